// What people may ask of playbooks: start, confirm, and look at what a start would do. Each refuses
// by an Error that says what to do instead.
#pragma once

#include <map>
#include <string>

#include "engine/context.h"
#include "engine/playbook_tools.h"

namespace sideband {

struct PlaybookStart {
  std::string playbook;
  std::map<std::string, std::string> inputs;
  std::string by;
};

// What a start would do. Says nothing about pauses and locks, which may change until then.
struct PlaybookPreview {
  PlaybookRun run;
  std::string plan_hash;
  bool stale = false;
};

struct PlaybookConfirmation {
  Uuid repair;
  std::string step;
  std::string by;
  std::string evidence;
  bool failed = false;  // the person could not do it
};

// Who has to approve a run, and what approvals bind to. Of a run whose playbook is another one now
// kConflict.
struct PlaybookReview {
  ApprovalSettings approval;
  std::string version;
};
Result<PlaybookReview> playbook_review(StoreReader& store, const PlaybookTools& tools,
                                       const Plan& plan);

// Thread-safe. Calls block until the effect is durable.
class PlaybookCommands {
 public:
  PlaybookCommands(EngineContext& context, const PlaybookTools& tools)
      : context_(context), tools_(tools) {}

  // kNotFound, kInvalid for the inputs, kPermission for somebody outside startableBy.
  [[nodiscard]] Result<PlaybookPreview> preview(const PlaybookStart& start) const;
  // As preview; kRefused while paused.
  Result<Repair> start(const PlaybookStart& start);
  // kConflict: that step does not wait for anybody; kPermission: not for this one; kInvalid: the
  // evidence is missing.
  Result<Repair> confirm(const PlaybookConfirmation& confirmation);

 private:
  EngineContext& context_;
  const PlaybookTools& tools_;
};

}  // namespace sideband
