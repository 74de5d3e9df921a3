// One step of a playbook at its target. No store, no policy about when.
#pragma once

#include <functional>
#include <optional>

#include "engine/playbook/playbook_targets.h"
#include "policy/playbook_values.h"

namespace sideband {

struct PlaybookCall {
  PlaybookStep step;
  PlaybookValues values;
  Uuid repair = {};
  std::uint64_t token = 0;
  std::int64_t seq = 0;
  bool undo = false;
  // An earlier attempt was begun and nobody knows how it ended.
  bool lost = false;
  // False once a person cancelled the run: what was begun is resolved, and nothing more is done.
  bool may_act = true;
  // How long the call may take: the step's timeout, less where the lease ends before.
  Duration timeout = {};
  // The run that this one undoes; empty = it undoes none.
  Uuid original = {};
  // Asked right before the call, when it can be stopped: whether it is to end already.
  std::function<bool()> ended = {};
  // Of a step with change: what was found and what it shall be, the other way round for an undo.
  std::optional<Change> change = {};
  // What of `timeout` the lease still allows, asked again where a look came before the act.
  std::function<Duration()> time_left = {};
};

struct PlaybookAnswer {
  ChangeOutcome outcome;
  std::string output = "{}";
  std::optional<Error> error;
  bool hopeless = false;  // with kUnknown: there is no way to find out
};

// What a step with change will do: reads the item and puts the wanted state beside it. Where both
// are the same there is nothing to do. Blocks.
Result<Change> find_change(const PlaybookTargets& tools, const PlaybookCall& call);

// Blocks up to the step's timeout. Never fails as a whole: what could not be done is in the answer.
// A lost answer is resolved first: by the driver's own memory where it is idempotent, by looking
// where it can, else not at all.
PlaybookAnswer act_on_target(const PlaybookTargets& tools, const PlaybookCall& call);

}  // namespace sideband
