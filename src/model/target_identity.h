// What a connection reached: which data, and which run of the server that holds them. Kept by the
// address of a target, so that another one behind the same address is noticed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

// Plain values, as a driver was told them. An empty text, and -1, is what the driver cannot tell.
struct TargetIdentity {
  // Names the data, the same after a restart: PostgreSQL's system identifier with the OID of the
  // database. Redis has nothing of that kind.
  std::string data;
  // Names the line of changes that made the data what they are, and the one from which it goes on:
  // PostgreSQL's timeline; Redis' replication id and the second one.
  std::string history;
  std::string before;
  std::string run;             // names the process: its start, its run id
  std::string role;            // "primary" or "standby"
  std::int64_t position = -1;  // in the history: bytes of the log
  std::int64_t items = -1;     // entries of the whole database
  bool operator==(const TargetIdentity&) const = default;
};

// What came between two looks at one address. All but the first void what was learnt before.
enum class IdentityChange : std::uint8_t {
  kNone,
  kRestarted,   // another run with the data of before: a restart, or a replica that took over
  kFailedOver,  // another history of the same data: what was written last may be gone
  kReplaced,    // other data, fewer than half of the items, or an earlier state of the data
};
inline constexpr int kIdentityChanges = 4;
// "none", "restarted", "failed_over", "replaced".
std::string_view identity_change_name(IdentityChange change);

// What `seen` is to `known`. Pure. Where it cannot be told that the data are those of before, they
// are not.
IdentityChange identity_change(const TargetIdentity& known, const TargetIdentity& seen);

// Whether `seen` is proved to be of the data that `known` names: the same name of them, or where
// there is none, the same run or a history that goes on. Pure; stricter than identity_change, which
// also believes what looks like a restart.
bool proves_target(const TargetIdentity& known, const TargetIdentity& seen);

// "run ab12, history 4, 1200 items", for people and records; no secrets and no values of items.
std::string identity_text(const TargetIdentity& identity);

// What is kept of a target.
struct KnownTarget {
  TargetIdentity identity;                        // of the last whole look
  WallTime since;                                 // when this one was first seen
  IdentityChange change = IdentityChange::kNone;  // how it came in the place of `replaced`
  TargetIdentity replaced;
  bool operator==(const KnownTarget&) const = default;
};

// `known` with what a look saw at `now`; nothing known: the first look.
KnownTarget after_look(const KnownTarget* known, const TargetIdentity& seen, WallTime now);

// For the store. decode: kCorrupt on anything that encode does not write.
std::string encode_known_target(const KnownTarget& target);
Result<KnownTarget> decode_known_target(std::string_view bytes);

}  // namespace sideband
