#include "model/target_identity.h"

#include <array>

#include "base/bytes.h"

namespace sideband {
namespace {

constexpr std::uint64_t kTargetForm = 1;

bool same(const std::string& known, const std::string& seen) {
  return !known.empty() && known == seen;
}

bool goes_on(const TargetIdentity& known, const TargetIdentity& seen) {
  return same(known.history, seen.history) || same(known.history, seen.before);
}

// Of two runs: fewer than half of what was there, or an earlier state of the same history.
bool went_back(const TargetIdentity& known, const TargetIdentity& seen) {
  const bool earlier = same(known.history, seen.history) && known.position >= 0 &&
                       seen.position >= 0 && seen.position < known.position;
  const bool fewer = known.items >= 0 && seen.items >= 0 && seen.items < known.items - seen.items;
  return earlier || fewer;
}

// The process is the one of before. A primary makes its histories itself; a standby whose history
// does not go on took over the data of another primary.
IdentityChange in_one_run(const TargetIdentity& known, const TargetIdentity& seen) {
  if (known.role != seen.role) return IdentityChange::kFailedOver;
  const bool own = seen.role == "primary" || known.history.empty() || goes_on(known, seen);
  return own ? IdentityChange::kNone : IdentityChange::kReplaced;
}

IdentityChange in_another_run(const TargetIdentity& known, const TargetIdentity& seen) {
  const bool counted = known.items >= 0 && seen.items >= 0;
  if (went_back(known, seen)) return IdentityChange::kReplaced;
  if (known.role != seen.role) return IdentityChange::kFailedOver;
  if (goes_on(known, seen)) return IdentityChange::kRestarted;
  if (same(known.data, seen.data)) return IdentityChange::kFailedOver;
  return counted ? IdentityChange::kRestarted : IdentityChange::kReplaced;
}

void put_identity(std::string& out, const TargetIdentity& identity) {
  for (const std::string* text :
       {&identity.data, &identity.history, &identity.before, &identity.run, &identity.role}) {
    put_string(out, *text);
  }
  put_varint(out, static_cast<std::uint64_t>(identity.position + 1));
  put_varint(out, static_cast<std::uint64_t>(identity.items + 1));
}

Result<TargetIdentity> get_identity(ByteReader& reader) {
  TargetIdentity identity;
  for (std::string* text :
       {&identity.data, &identity.history, &identity.before, &identity.run, &identity.role}) {
    SB_ASSIGN(const std::string_view bytes, reader.get_string());
    text->assign(bytes);
  }
  for (std::int64_t* number : {&identity.position, &identity.items}) {
    SB_ASSIGN(const std::uint64_t value, reader.get_varint());
    *number = static_cast<std::int64_t>(value) - 1;
  }
  return identity;
}

}  // namespace

std::string_view identity_change_name(IdentityChange change) {
  static constexpr std::array<std::string_view, kIdentityChanges> kNames = {
      "none", "restarted", "failed_over", "replaced"};
  return kNames.at(static_cast<std::size_t>(change));
}

IdentityChange identity_change(const TargetIdentity& known, const TargetIdentity& seen) {
  if (known.data != seen.data) return IdentityChange::kReplaced;
  if (same(known.run, seen.run)) return in_one_run(known, seen);
  const bool no_runs = known.run.empty() && seen.run.empty();
  if (no_runs && known.role == seen.role && goes_on(known, seen)) return IdentityChange::kNone;
  return in_another_run(known, seen);
}

bool proves_target(const TargetIdentity& known, const TargetIdentity& seen) {
  if (!known.data.empty() || !seen.data.empty()) return known.data == seen.data;
  return same(known.run, seen.run) || goes_on(known, seen);
}

std::string identity_text(const TargetIdentity& identity) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      text += (text.empty() ? "" : ", ") + std::string(name) + " " + value;
    }
  };
  add("data", identity.data);
  add("history", identity.history);
  add("run", identity.run);
  add("role", identity.role);
  if (identity.items >= 0) text += ", " + std::to_string(identity.items) + " items";
  return text;
}

KnownTarget after_look(const KnownTarget* known, const TargetIdentity& seen, WallTime now) {
  if (known == nullptr) return {seen, now, IdentityChange::kNone, {}};
  const IdentityChange change = identity_change(known->identity, seen);
  if (change != IdentityChange::kNone) return {seen, now, change, known->identity};
  KnownTarget same_one = *known;
  same_one.identity = seen;
  return same_one;
}

std::string encode_known_target(const KnownTarget& target) {
  std::string out;
  put_varint(out, kTargetForm);
  put_identity(out, target.identity);
  put_varint(out, static_cast<std::uint64_t>(to_us(target.since)));
  put_varint(out, static_cast<std::uint64_t>(target.change));
  put_identity(out, target.replaced);
  return out;
}

Result<KnownTarget> decode_known_target(std::string_view bytes) {
  ByteReader reader(bytes);
  SB_ASSIGN(const std::uint64_t form, reader.get_varint());
  KnownTarget target;
  SB_ASSIGN(target.identity, get_identity(reader));
  SB_ASSIGN(const std::uint64_t since, reader.get_varint());
  SB_ASSIGN(const std::uint64_t change, reader.get_varint());
  SB_ASSIGN(target.replaced, get_identity(reader));
  if (form != kTargetForm || change >= kIdentityChanges || !reader.done()) {
    return Error::corrupt("bad identity of a target");
  }
  target.since = from_us(static_cast<std::int64_t>(since));
  target.change = static_cast<IdentityChange>(change);
  return target;
}

}  // namespace sideband
