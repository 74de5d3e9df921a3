// What people may ask of playbooks: start, confirm, and look at what a start would do. Each refuses
// by an Error that says what to do instead.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/commands/request_key.h"
#include "engine/playbook/playbook_targets.h"
#include "engine/runtime/context.h"

namespace sideband {

struct PlaybookStart {
  std::string playbook;
  std::map<std::string, std::string> inputs;
  Principal by;
  RequestKey request = {};
};

// What a start would do. Says nothing about pauses and locks, which may change until then.
struct PlaybookPreview {
  PlaybookRun run;
  std::string plan_hash;
  bool stale = false;
};

// Steps of a run that would be taken back, the newest first.
struct PlaybookUndo {
  PlaybookRun run;
  std::vector<std::size_t> steps;
};

struct PlaybookConfirmation {
  Uuid repair;
  std::string step;
  Principal by;
  std::string evidence;
  bool failed = false;  // the person could not do it
};

// Who has to approve a run, and what approvals bind to. Of a run whose playbook is another one now
// kConflict.
struct PlaybookReview {
  ApprovalSettings approval;
  std::string version;
};
Result<PlaybookReview> playbook_review(StoreReader& store, const PlaybookTargets& tools,
                                       const Plan& plan);

// Thread-safe. Calls block until the effect is durable.
class PlaybookCommands {
 public:
  PlaybookCommands(EngineContext& context, const PlaybookTargets& tools)
      : context_(context), tools_(tools) {}

  // kNotFound, kInvalid for the inputs, kPermission for somebody outside startableBy,
  // kRefused where the site's maxMode is below what it would do.
  [[nodiscard]] Result<PlaybookPreview> preview(const PlaybookStart& start) const;
  // As preview; kRefused while paused.
  Result<Repair> start(const PlaybookStart& start);
  // Takes back a run that has ended, as a new repair. kNotFound; kPermission: not in startableBy;
  // kConflict: it has not ended, one of its steps has no undo, or there is nothing to take back.
  Result<Repair> undo(const Uuid& run, const Principal& by, const RequestKey& request = {});
  // What that would do; changes nothing.
  Result<PlaybookUndo> preview_undo(const Uuid& run, const Principal& by) const;
  // kConflict: that step does not wait for anybody; kPermission: not for this one; kInvalid: the
  // evidence is missing.
  Result<Repair> confirm(const PlaybookConfirmation& confirmation);

 private:
  struct Asked {
    const PlaybookPreview& preview;
    const Change& change;
    const Principal& by;
    RequestKey request;
    std::optional<Uuid> undoes = {};
  };
  // Stores a sealed plan with its decision, repair and record, where `allowed` in the same
  // transaction.
  Result<Repair> accept(const Asked& asked, const StoreFn& allowed);
  Result<PlaybookUndo> find_undo(StoreReader& store, const Uuid& run, const Principal& by) const;

  EngineContext& context_;
  const PlaybookTargets& tools_;
};

}  // namespace sideband
