// What gates and people's switches remember between transactions: one row type for each table of
// the store, so that what is kept has a name, a type and a migration.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/uuid.h"

namespace sideband {

// Somebody stopped a reconciler, or everything.
struct Pause {
  std::string by;
  std::string reason;
  WallTime since;  // the epoch where an older store did not say
  bool operator==(const Pause&) const = default;
};
// "by NAME: REASON", as screens and records say it.
std::string pause_text(const Pause& pause);

// Somebody asked for the end of a repair that its worker has to carry out.
struct CancelRequest {
  std::string by;
  std::string reason;
  bool at_once = false;  // a call under way is stopped too
  WallTime since;
  bool operator==(const CancelRequest&) const = default;
};
// "cancelled by NAME: REASON", or "cancelled at once by ...".
std::string cancel_text(const CancelRequest& cancel);

// The plan of a reconciler that somebody declined last.
struct DeclinedPlan {
  std::string plan_hash;
  std::string by;
  bool operator==(const DeclinedPlan&) const = default;
};

// How often a worker of a repair ended without a word since it last got on by a step.
struct CrashCount {
  std::int64_t step = 0;
  std::int64_t crashes = 0;
  bool operator==(const CrashCount&) const = default;
};

enum class WindowKind : std::uint8_t { kChanges, kDeletes, kSite };

// Whose window: what is protected (ReconcilerRuntime::scope), or "" of the site.
struct WindowKey {
  WindowKind kind = WindowKind::kChanges;
  std::string scope;
  auto operator<=>(const WindowKey&) const = default;
};

// Changes that were let through from `start_us` on; they count until `until_us` in any case.
struct WindowSlot {
  std::int64_t start_us = 0;
  std::int64_t count = 0;
  std::int64_t until_us = 0;
  bool operator==(const WindowSlot&) const = default;
};
std::string encode_slots(const std::vector<WindowSlot>& slots);
// kCorrupt on anything that encode_slots does not write.
Result<std::vector<WindowSlot>> decode_slots(std::string_view bytes);

// The state of a token bucket.
struct RateBucket {
  std::int64_t micro_tokens = 0;
  WallTime filled_at;
  bool operator==(const RateBucket&) const = default;
};

// What one rule of pauseWhen came to when its signal was read last.
struct SignalHold {
  bool holding = false;  // the threshold was crossed for long enough, and `clear` not reached since
  WallTime since = {};   // it has been so
  WallTime crossed_since = {};  // crossed, but not for long enough yet; the epoch: it is not
  std::string unknown = {};     // why the signal has no reading that counts; empty: it has
  WallTime unknown_since = {};
  [[nodiscard]] bool holds_back() const { return holding || !unknown.empty(); }
  bool operator==(const SignalHold&) const = default;
};

// How fast one rule of gates.throttle lets repairs be.
struct Throttle {
  std::int64_t per_second = 0;
  WallTime since = {};      // it is less than the whole; the epoch: it is the whole
  WallTime judged_at = {};  // the last reading that changed it
  std::string why = {};     // what the last bad reading said; empty: it is the whole
  bool operator==(const Throttle&) const = default;
};

// How the last repairs of a reconciler ended, and whether that stopped it (policy/breaker.h).
struct Breaker {
  std::string ends = {};           // of those that count, oldest first, a character each
  WallTime opened_at = {};         // the epoch: it is closed
  Duration open_for{0};            // from then on nothing begins for so long
  std::int64_t failed_probes = 0;  // since it opened
  Uuid probe = {};                 // the repair that tries whether it may close; empty: none
  bool operator==(const Breaker&) const = default;
};

// Which process leads, by the store's lease clock (Store::lease_clock).
struct LeaderRow {
  std::string owner;
  std::int64_t until = 0;
  bool operator==(const LeaderRow&) const = default;
};

}  // namespace sideband
