#include "store/convert_values.h"

#include <array>
#include <sstream>

#include "base/bytes.h"
#include "store/kept_tables.h"

namespace sideband {
namespace {

constexpr const char* kSite = "@site";

struct NamedValue {
  std::string name;
  std::string key;  // what follows the kind in the name
  std::string value;
};

Error unreadable(const NamedValue& named) {
  return Error::corrupt("the value \"" + named.name + "\" of the old store cannot be read");
}

// "by NAME: REASON", of which `before` is the part in front of the name.
struct Said {
  std::string by, reason;
};
std::optional<Said> said(std::string_view text, std::string_view before) {
  const std::size_t colon = text.find(": ");
  if (!text.starts_with(before) || colon == std::string_view::npos) return std::nullopt;
  return Said{std::string(text.substr(before.size(), colon - before.size())),
              std::string(text.substr(colon + 2))};
}

Result<void> keep_pause(Connection& db, const NamedValue& named) {
  const auto found = said(named.value, "by ");
  if (!found) return unreadable(named);
  const std::string reconciler = named.key == "@all" ? "" : named.key;
  return PauseTable::upsert(db, reconciler, Pause{found->by, found->reason, {}});
}

Result<void> keep_cancel(Connection& db, const NamedValue& named) {
  const auto now = said(named.value, "cancelled at once by ");
  const auto found = now ? now : said(named.value, "cancelled by ");
  if (!found) return unreadable(named);
  SB_ASSIGN(const Uuid repair, Uuid::parse(named.key));
  return CancelTable::upsert(db, repair,
                             CancelRequest{found->by, found->reason, now.has_value(), {}});
}

// "HASH NAME"; a hash has no blanks.
Result<void> keep_declined(Connection& db, const NamedValue& named) {
  const std::size_t blank = named.value.find(' ');
  if (blank == std::string::npos) return unreadable(named);
  return DeclinedTable::upsert(
      db, named.key, DeclinedPlan{named.value.substr(0, blank), named.value.substr(blank + 1)});
}

// "STEP COUNT".
Result<void> keep_crashes(Connection& db, const NamedValue& named) {
  SB_ASSIGN(const Uuid repair, Uuid::parse(named.key));
  CrashCount count;
  if (!(std::istringstream(named.value) >> count.step >> count.crashes)) return unreadable(named);
  return CrashTable::upsert(db, repair, count);
}

// Pairs of start and count; since schema 4 a zero, and then triples with the end.
Result<std::vector<WindowSlot>> slots_of(std::string_view bytes) {
  if (bytes.starts_with('\0')) return decode_slots(bytes.substr(1));
  std::vector<WindowSlot> slots;
  ByteReader reader(bytes);
  while (!reader.done()) {
    SB_ASSIGN(const std::uint64_t start, reader.get_varint());
    SB_ASSIGN(const std::uint64_t count, reader.get_varint());
    slots.push_back({static_cast<std::int64_t>(start), static_cast<std::int64_t>(count), 0});
  }
  return slots;
}

Result<void> keep_window(Connection& db, const NamedValue& named) {
  WindowKey key{WindowKind::kChanges, named.key};
  if (named.name.starts_with("deletes/")) key.kind = WindowKind::kDeletes;
  if (named.key == kSite) key = {WindowKind::kSite, ""};
  SB_ASSIGN(const auto slots, slots_of(named.value));
  return WindowTable::upsert(db, key, slots);
}

Result<void> keep_bucket(Connection& db, const NamedValue& named) {
  ByteReader reader(named.value);
  SB_ASSIGN(const std::uint64_t tokens, reader.get_varint());
  SB_ASSIGN(const std::uint64_t at, reader.get_varint());
  const RateBucket bucket{static_cast<std::int64_t>(tokens),
                          from_us(static_cast<std::int64_t>(at))};
  return BucketTable::upsert(db, named.key == kSite ? "" : named.key, bucket);
}

// Ids between blanks.
Result<void> keep_undos(Connection& db, const NamedValue& named) {
  SB_ASSIGN(const Uuid run, Uuid::parse(named.key));
  std::istringstream words(named.value);
  for (std::string word; words >> word;) {
    SB_ASSIGN(const Uuid undo, Uuid::parse(word));
    SB_TRY(db.execute("INSERT INTO run_undos (run, undo) VALUES ($1, $2)", {run, undo}));
  }
  return {};
}

// "UNTIL OWNER".
Result<void> keep_leader(Connection& db, const NamedValue& named) {
  const std::size_t blank = named.value.find(' ');
  LeaderRow leader;
  if (blank == std::string::npos || !(std::istringstream(named.value) >> leader.until)) {
    return unreadable(named);
  }
  leader.owner = named.value.substr(blank + 1);
  return LeaderTable::upsert(db, 1, leader);
}

Result<void> keep_name(Connection& db, const NamedValue& named) {
  const auto done = db.execute("INSERT INTO audit_name (id, name) VALUES (1, $1)", {named.value});
  return done.ok() ? Result<void>() : Result<void>(done.error());
}

Result<void> drop(Connection& /*db*/, const NamedValue& /*named*/) {
  return {};
}

// By how a name begins.
struct Kind {
  std::string_view prefix;
  Result<void> (*keep)(Connection&, const NamedValue&);
};
constexpr std::array kKinds = {
    Kind{"pause/", keep_pause},    Kind{"cancel/", keep_cancel}, Kind{"declined/", keep_declined},
    Kind{"deaths/", keep_crashes}, Kind{"window/", keep_window}, Kind{"deletes/", keep_window},
    Kind{"bucket/", keep_bucket},  Kind{"undone/", keep_undos},  Kind{"lead", keep_leader},
    Kind{"audit.name", keep_name}, Kind{"undos/", drop},         Kind{"turnstile/", drop},
    Kind{"store.probe", drop},
};

Result<void> keep(Connection& db, NamedValue named) {
  for (const Kind& kind : kKinds) {
    if (!named.name.starts_with(kind.prefix)) continue;
    named.key = named.name.substr(kind.prefix.size());
    const auto kept = kind.keep(db, named);
    return kept.ok() ? kept : Result<void>(unreadable(named));
  }
  return Error::corrupt("the old store has a value of an unknown name, \"" + named.name + "\"");
}

}  // namespace

Result<void> convert_named_values(Connection& connection) {
  SB_ASSIGN(auto values,
            collect(connection, "SELECT name, value FROM named_values", {}, [](Columns& row) {
              NamedValue named;
              named.name = row.text();
              named.value = row.text();
              return named;
            }));
  for (NamedValue& named : values) SB_TRY(keep(connection, std::move(named)));
  SB_TRY(connection.flush());
  return connection.script("DROP TABLE named_values");
}

}  // namespace sideband
