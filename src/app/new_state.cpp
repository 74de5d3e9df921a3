#include "app/new_state.h"

#include <filesystem>

#include "base/log.h"
#include "base/units.h"
#include "engine/execute/records.h"

namespace sideband {
namespace {

namespace fs = std::filesystem;

Result<void> keep_aside(const std::string& anchor, WallTime now) {
  std::error_code failed;
  if (!fs::exists(anchor, failed)) return {};
  fs::rename(anchor, anchor + ".before-" + format_time(now), failed);
  if (failed) return Error::storage("renaming " + anchor + ": " + failed.message());
  return {};
}

Result<bool> is_unused(Store& store) {
  bool unused = false;
  SB_TRY(store.read([&unused](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const AuditHead head, reader.audit_head());
    unused = head.size == 0;
    return {};
  }));
  return unused;
}

Error not_needed() {
  return Error::invalid(
      "the store is the one that was signed here last; --new-state is for once, when it was "
      "replaced on purpose: start without it");
}

}  // namespace

Result<void> check_store_is_there(const std::string& state) {
  std::error_code failed;
  const bool store = fs::exists(state + "/sideband.db", failed);
  const bool served = fs::exists(state + "/audit.key", failed) || fs::exists(state + "/anchor");
  if (store || !served) return {};
  return Error::corrupt(
      "LOG_FORKED: " + state +
      " has signed an audit log, and its store sideband.db is gone; with it went pauses, approvals "
      "and what the gates have counted. Put it back (sideband db restore), or, if it is lost for "
      "good, start with --new-state REASON");
}

Result<std::unique_ptr<Checkpointer>> open_new_state(Store& store, SigningKey key,
                                                     const Clock& clock,
                                                     CheckpointerOptions options,
                                                     const NewState& accepted) {
  const WallTime now = clock.wall();
  SB_ASSIGN(const bool unused, is_unused(store));
  auto known = Checkpointer::open(store, key, clock, options);
  const bool replaced = !known.ok() && known.error().code == ErrorCode::kCorrupt;
  if (!replaced && !known.ok()) return known.error();
  if (!replaced && !unused) return not_needed();
  if (replaced) SB_TRY(keep_aside(options.anchor, now));
  options.trust_store = true;
  const std::string record =
      switch_record("new-state", accepted.state, accepted.actor, accepted.reason, now);
  SB_TRY(store.run(Lane::kControl, [&record](StoreTx& tx) -> Result<void> {
    tx.stage_audit(record);
    return {};
  }));
  log(LogLevel::kWarn, "another store than the one before is used",
      {{"state", accepted.state}, {"by", accepted.actor}, {"reason", accepted.reason}});
  return Checkpointer::open(store, std::move(key), clock, std::move(options));
}

}  // namespace sideband
