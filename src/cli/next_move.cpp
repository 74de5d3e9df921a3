#include "cli/next_move.h"

#include <fmt/format.h>

#include "cli/api_client.h"
#include "cli/remote_answers.h"
#include "model/repair_state.h"

namespace sideband::cli {
namespace {

struct Known {
  RepairState state;
  const char* when;
  std::vector<Suggestion> commands;  // {} is the repair's id, {name} its reconciler or playbook
};

const std::vector<Known>& known_states() {
  const Suggestion cancel{"sideband cancel {id} --reason \"not wanted\"", "ends it"};
  const Suggestion describe{"sideband describe {id}", "shows its changes and what became of them"};
  const Suggestion undo{"sideband undo {id}", "shows what taking it back would do"};
  const Suggestion retry{"sideband retry {id} --reason \"the cause is mended\"",
                         "lets its resources be judged and repaired anew"};
  const Suggestion now{"sideband explain {name}", "says what is true now"};
  static const std::vector<Known> kStates = {
      {RepairState::kAwaitingApproval,
       "not by itself: it waits for people",
       {{"sideband approve {id}", "says yes; as somebody else than who asked for it"},
        {"sideband reject {id} --comment \"the change is wanted\"", "says no, for good"},
        describe}},
      {RepairState::kQueued,
       "by itself, once a place is free and each gate of its beginning passes; they are asked "
       "several times a second",
       {cancel, describe}},
      {RepairState::kScheduled, "by itself, once what its note says is over", {cancel, describe}},
      {RepairState::kRunning, "by itself: its next step follows", {describe, cancel}},
      {RepairState::kValidating, "by itself: it looks whether its changes hold", {describe}},
      {RepairState::kHalted, "not by itself: a person says what is the case", {describe, cancel}},
      {RepairState::kCompensating, "by itself: it takes back what it did", {describe}},
      {RepairState::kConverged, "it has ended; what differs again is a new repair", {undo, now}},
      {RepairState::kCompensated,
       "it has ended, and was taken back; what differs is judged anew",
       {describe, now}},
      {RepairState::kNeedsHuman,
       "it has ended without success; what differs is judged anew, slowly",
       {describe, retry, undo}},
      {RepairState::kCancelled, "it has ended; what differs is judged anew", {describe, undo, now}},
      {RepairState::kSuperseded, "it has ended; what differs is judged anew", {describe, now}},
  };
  return kStates;
}

std::string filled(std::string text, const std::string& word, const std::string& value) {
  const std::size_t at = text.find(word);
  return at == std::string::npos ? text : text.replace(at, word.size(), value);
}

// Of one that waits for people: how many have to, and until when.
std::string with_approvals(std::string when, const Document& repair) {
  const std::string needed = member(repair, "approvalsNeeded");
  if (needed.empty()) return when;
  when += fmt::format("; {} approval(s) are needed", needed);
  const std::string until = member(repair, "approvalExpiresAt");
  return until.empty() ? when : when + ", until " + until;
}

}  // namespace

NextMove next_move(const Document& repair) {
  const std::string id = member(repair, "id");
  const std::string name = member(repair, "reconciler");
  const auto state = repair_state_from_name(member(repair, "state"));
  if (!state.ok()) return {"a state that this command does not know", {}};
  for (const Known& known : known_states()) {
    if (known.state != *state) continue;
    NextMove move{known.when, known.commands};
    if (*state == RepairState::kAwaitingApproval) move.when = with_approvals(move.when, repair);
    for (Suggestion& command : move.commands) {
      command.run = filled(filled(std::move(command.run), "{id}", id), "{name}", name);
    }
    return move;
  }
  return {};
}

}  // namespace sideband::cli
