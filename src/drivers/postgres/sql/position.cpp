#include "drivers/postgres/sql/position.h"

#include <charconv>

#include "drivers/options.h"
#include "drivers/postgres/sql/identity.h"

namespace sideband {
namespace {

// The timeline in front of a log file's name changes with a promotion; the last checkpoint with a
// recovery that may have lost commits. A transaction whose commit is in the log may still wait
// before others see it: it is then in the snapshot's list.
std::string position_sql() {
  return std::string(
             "with recursive parts(oid) as (select $1::regclass::oid union select i.inhrelid from "
             "pg_inherits i join parts on i.inhparent = parts.oid) "
             "select case when pg_is_in_recovery() or not (select bool_and(c.relkind in ('r', 'p') "
             "and c.relpersistence = 'p') from parts join pg_class c on c.oid = parts.oid) then '' "
             "else ") +
         kPgSystem + " || ' ' || " + kPgTimeline +
         " || ' ' || (select checkpoint_lsn from pg_control_checkpoint()) || ' ' || "
         "pg_current_wal_insert_lsn() || ' ' || txid_current_snapshot() end";
}

// Times in microseconds since 1970; 0 = none yet.
struct Mark {
  std::string source;          // what it is of: another one has other transactions
  std::int64_t since = 0;      // transactions that began to write before it have ended
  std::int64_t candidate = 0;  // will be the next `since`
  std::int64_t horizon = 0;    // behind every transaction that ran at the candidate

  [[nodiscard]] std::string text() const {
    return source + " " + std::to_string(since) + " " + std::to_string(candidate) + " " +
           std::to_string(horizon);
  }
};

Result<Mark> parse_mark(const std::string& text) {
  Mark mark;
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return Error::invalid("not a mark of this collection");
  mark.source = text.substr(0, space);
  const char* at = text.data() + space + 1;
  const char* const end = text.data() + text.size();
  for (std::int64_t* number : {&mark.since, &mark.candidate, &mark.horizon}) {
    const auto [rest, error] = std::from_chars(at, end, *number);
    if (error != std::errc()) return Error::invalid("not a mark of this collection");
    at = rest == end ? rest : rest + 1;
  }
  return mark;
}

std::string columns_of(const PgShape& shape) {
  // Of a table all columns can be asked, of a query those that it yields.
  return shape.is_table() ? " from " + shape.table() + " q" : shape.from_sql();
}

// The number behind every transaction that runs. A snapshot ends at the last one that has ended, so
// later ones that run already are not in it: each holds a lock on its own number, of 32 bits.
constexpr const char* kBehindAll =
    "(select coalesce(max(txid_snapshot_xmax(s)::int8 + ahead + 1) filter (where ahead < "
    "2147483648), "
    "txid_snapshot_xmax(s)) from (select (transactionid::text::int8 - txid_snapshot_xmax(s)::int8 "
    "% "
    "4294967296 + 4294967296) % 4294967296 ahead from pg_locks where locktype = 'transactionid' "
    "and "
    "mode = 'ExclusiveLock' and granted) running)";

// Names this run of the server, the database and the table: one that was restored, failed over or
// made again under its name is another. Without spaces.
std::string source_sql() {
  return std::string("(") + kPgDatabase + " || '.' || " + kPgRun +
         " || '.' || coalesce(to_regclass(nullif($3, ''))::oid, 0))";
}

// Which column of the answer is the first one of the key.
constexpr int kFirstKey = 5;

// One statement has one snapshot: of what it does not see, the transaction has not ended in it. The
// locks are read behind that: whoever ended in between is seen by whatever comes next.
std::string changed_sql(const PgShape& shape, const PgChangedSource& source) {
  const std::string epoch =
      source.has_zone ? "timestamptz '1970-01-01 00:00:00+00'" : "timestamp '1970-01-01 00:00:00'";
  return std::string("select txid_snapshot_xmin(s)::int8, ") + kBehindAll +
         "::int8, "
         "(extract(epoch from statement_timestamp()) * 1000000)::int8, pg_is_in_recovery(), " +
         source_sql() + ", " + shape.key().sent_names() +
         " from txid_current_snapshot() s left join lateral (select " + shape.key().sent_sql() +
         columns_of(shape) + " where q." + quote_name(source.column) + " >= " + epoch +
         " + $1::int8 * interval '1 microsecond' limit $2::int8) found on true";
}

// What the transactions of an answer mean for the mark. Whatever began to write before `since` has
// ended: what others write is newer, but for the time between their start and their first write.
Mark moved_on(Mark mark, std::int64_t now, std::int64_t oldest_running, std::int64_t behind_all) {
  const bool candidate_ended = mark.candidate != 0 && oldest_running >= mark.horizon;
  if (mark.candidate != 0 && !candidate_ended) return mark;
  // Of a transaction that runs at the first look nobody knows since when.
  if (candidate_ended) {
    mark.since = mark.candidate;
  } else if (oldest_running == behind_all) {
    mark.since = now;
  }
  mark.candidate = now;
  mark.horizon = behind_all;
  return mark;
}

// Rows without a whole key are left to the full scan, which refuses them.
Result<void> take_keys(const PgAnswer& answer, const PgKey& key, std::vector<std::string>& keys) {
  for (int row = 0; row < answer.rows(); ++row) {
    bool whole = true;
    for (std::size_t i = 0; i < key.size(); ++i) {
      whole = whole && !answer.value(row, kFirstKey + static_cast<int>(i)).null;
    }
    if (!whole) continue;
    SB_ASSIGN(std::string text, key.text(answer, row, kFirstKey));
    keys.push_back(std::move(text));
  }
  return {};
}

}  // namespace

Result<std::string> pg_position(PgConnection& connection, const PgShape& shape,
                                const Deadline& deadline) {
  if (!shape.is_table()) return std::string();
  PgParams params;
  params.text(shape.table());
  SB_ASSIGN(const PgAnswer answer, connection.query(position_sql(), params, deadline, "EXECUTE"));
  if (answer.rows() != 1 || answer.value(0, 0).null) return std::string();
  return answer.text(0, 0);
}

Result<PgChangedSource> pg_describe_changed(PgConnection& connection, const PgShape& shape,
                                            PgChangedSource source, const Deadline& deadline) {
  const std::string sql = "select q." + quote_name(source.column) + columns_of(shape);
  SB_ASSIGN(const PgAnswer described, connection.describe(sql, deadline));
  // Nothing is read, but rights are checked.
  SB_TRY(connection.query(sql + " limit 0", {}, deadline));
  source.has_zone = described.type(0) == kPgTimestamptz;
  if (source.has_zone || described.type(0) == kPgTimestamp) return source;
  return for_person(Error::invalid("changedSince: column '" + source.column +
                                   "' must be a timestamp that each write of a row sets"));
}

Result<Changed> pg_changed(PgConnection& connection, const PgShape& shape,
                           const PgChangedSource& source, const ChangedRequest& request,
                           const Deadline& deadline) {
  Mark mark;
  if (!request.mark.empty()) {
    SB_ASSIGN(mark, parse_mark(request.mark));
  }
  const bool first = mark.since == 0;
  PgParams params;
  params.integer(mark.since - source.overlap.count());
  params.integer(first ? 0 : static_cast<std::int64_t>(request.max_keys) + 1);
  params.text(shape.table());
  SB_ASSIGN(const PgAnswer answer, connection.query(changed_sql(shape, source), params, deadline));
  if (answer.rows() == 0) return Error::corrupt("PostgreSQL answered without a snapshot");
  Changed changed;
  // On a standby, commits come as late as they like.
  if (answer.truth(0, 3)) return changed;
  const bool same = request.mark.empty() || mark.source == answer.text(0, 4);
  if (!same) mark = {};
  mark.source = answer.text(0, 4);
  changed.mark =
      moved_on(std::move(mark), answer.integer(0, 2), answer.integer(0, 0), answer.integer(0, 1))
          .text();
  changed.known = !first && same && static_cast<std::size_t>(answer.rows()) <= request.max_keys;
  if (changed.known) SB_TRY(take_keys(answer, shape.key(), changed.keys));
  return changed;
}

}  // namespace sideband
