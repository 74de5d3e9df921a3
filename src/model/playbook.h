// A playbook as configuration says it: ordered steps with what takes them back. Plain values.
//
// Made by settings; the steps stand in the order in which they run.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/job_kind.h"
#include "model/settings.h"

namespace sideband {

enum class InputType : std::uint8_t { kString, kInteger, kNumber, kBoolean };

// One input, by the words of JSON Schema. Unset parts do not limit.
struct PlaybookInput {
  InputType type = InputType::kString;
  std::string title;
  std::string description;
  std::string pattern;                  // RE2; matches anywhere unless anchored
  std::vector<std::string> one_of;      // `enum`
  std::optional<std::string> fallback;  // `default`; without it the input is required
  std::optional<std::int64_t> minimum;
  std::optional<std::int64_t> maximum;
  std::optional<std::int64_t> min_length;  // characters
  std::optional<std::int64_t> max_length;
};

enum class StepKind : std::uint8_t { kRun, kChange, kWait, kCheck, kManual };
constexpr std::string_view step_kind_name(StepKind kind) {
  constexpr std::string_view kNames[] = {"run", "change", "wait", "check", "manual"};
  return kNames[static_cast<std::size_t>(kind)];
}

// What becomes of a run when a step failed for good.
enum class OnFailure : std::uint8_t { kStop, kCompensate, kContinue, kEscalate };
constexpr std::string_view on_failure_name(OnFailure word) {
  constexpr std::string_view kNames[] = {"stop", "compensate", "continue", "escalate"};
  return kNames[static_cast<std::size_t>(word)];
}

// kMissing: configuration says nothing; kNothing: it says that there is nothing to take back.
enum class UndoKind : std::uint8_t { kMissing, kNothing, kOptions };

// One item of a Collection, and the state that it shall have (`change`) or has to have (`check`).
// Texts are templates over inputs and outputs.
struct ItemState {
  CollectionSettings collection;
  std::string item;                           // its key
  std::optional<std::string> value;           // the whole value
  std::map<std::string, std::string> fields;  // these fields; others stay as they are
  bool absent = false;
  bool exists = false;  // `check` only: whatever it holds
  Duration within{0};   // `check` only: how long it may take to become true
};

struct ManualStep {
  std::string instruction;
  bool evidence = false;        // a confirmation without evidence is refused
  std::vector<std::string> by;  // identities or groups; empty = anybody
};

struct StepRetry : RetrySettings {
  std::vector<std::string> errors;  // "unavailable", "timeout", "failed": what is tried again
};

struct PlaybookStep {
  std::string name;
  std::vector<std::string> needs;
  StepKind kind = StepKind::kRun;
  std::string target;  // of kRun, kChange and kCheck
  DriverOptions run;   // values are templates over inputs and outputs
  DriverOptions look;  // empty = there is no looking
  UndoKind undo_kind = UndoKind::kMissing;
  DriverOptions undo;
  ItemState item;
  Duration wait{0};
  ManualStep manual;
  Duration timeout = std::chrono::seconds(30);
  StepRetry retry;
  OnFailure on_failure = OnFailure::kStop;
};

struct PlaybookSettings {
  std::string name;
  std::string version;  // hex SHA-256 of the documents of it and its Targets: approvals bind to it
  std::string source;   // "file:line", for messages
  Labels labels;
  std::string description;
  std::string form_title;
  std::string form_help;
  std::optional<WallTime> review_by;  // from then on it is stale
  Priority priority = Priority::kNormal;
  std::vector<std::string> startable_by;  // identities or groups; empty = nobody
  std::map<std::string, PlaybookInput> inputs;
  std::optional<ApprovalSettings> approval;
  Duration timeout = std::chrono::hours(1);  // after it no further step is begun
  std::vector<PlaybookStep> steps;
};

// One run: everything that it is pinned to.
struct PlaybookRun {
  PlaybookSettings playbook;
  std::map<std::string, std::string> inputs;  // each one, as text; defaults filled in
};

}  // namespace sideband
