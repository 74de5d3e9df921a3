#include "engine/commands/silence_commands.h"

#include "base/units.h"
#include "engine/execute/records.h"

namespace sideband {
namespace {

// An ended one is shown for so long.
constexpr Duration kShownFor = std::chrono::hours(24);

Result<void> drop_old(StoreTx& store, WallTime now) {
  SB_ASSIGN(const auto all, store.silences());
  for (const Silence& silence : all) {
    if (silence.until + kShownFor < now) SB_TRY(store.put_silence(silence.id, {}));
  }
  return {};
}

}  // namespace

Result<void> check_silence(Duration length, const std::string& reason) {
  if (reason.empty()) return Error::invalid("a silence needs a reason");
  if (length > Duration(0) && length <= kLongestSilence) return {};
  return Error::invalid("a silence lasts some time, and " + format_duration(kLongestSilence) +
                        " at most");
}

Result<Silence> SilenceCommands::add(SilenceMatch match, Duration length, const Principal& by,
                                     const std::string& reason) {
  SB_TRY(check_silence(length, reason));
  const WallTime now = context_.clock.wall();
  const Silence silence{.id = Uuid::make(now, context_.random),
                        .match = std::move(match),
                        .by = by.name(),
                        .reason = reason,
                        .since = now,
                        .until = now + length};
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_TRY(store.lock_switches(SwitchLock::kExclusive));
    SB_TRY(drop_old(store, now));
    store.stage_audit(silence_record("silence", silence, by.name(), now));
    return store.put_silence(silence.id, silence);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  return silence;
}

Result<Silence> SilenceCommands::expire(const Uuid& id, const Principal& by) {
  const WallTime now = context_.clock.wall();
  Silence ended;
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(const auto kept, store.silence(id));
    if (!kept || !kept->holds_at(now)) {
      return Error::not_found("there is no silence " + id.text() + " that holds");
    }
    ended = *kept;
    ended.until = now;
    store.stage_audit(silence_record("silence_expires", ended, by.name(), now));
    return store.put_silence(id, ended);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  return ended;
}

}  // namespace sideband
