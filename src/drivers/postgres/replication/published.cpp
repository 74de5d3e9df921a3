#include "drivers/postgres/replication/published.h"

#include "drivers/options.h"
#include "drivers/postgres/sql/log_place.h"

namespace sideband {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);

// A view or a table of another server is not in the log by its own name.
constexpr const char* kPublishedTable =
    "select quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname::text "
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
    "join pg_attribute a on a.attrelid = c.oid and a.attnum = $2 "
    "where c.oid = $1::oid and c.relkind in ('r', 'p')";

// The relation $1 with everything that it is a part of.
constexpr const char* kParts =
    "with recursive up(oid) as (select $1::oid union select i.inhparent from pg_inherits i "
    "join up on i.inhrelid = up.oid) ";

constexpr const char* kInterest =
    "select exists (select 1 from pg_class where oid = $1::oid), "
    "exists (select 1 from up where oid = to_regclass($2))";

// Tables with all their parts: of a partitioned table the parts are listed, or itself.
constexpr const char* kPublished =
    "with recursive down(oid) as (select to_regclass($2)::oid union select i.inhrelid from "
    "pg_inherits i join down on i.inhparent = down.oid) "
    "select exists (select 1 from pg_publication where pubname = $1), "
    "exists (select 1 from pg_publication_tables t join pg_namespace n on n.nspname = t.schemaname "
    "join pg_class c on c.relnamespace = n.oid and c.relname = t.tablename "
    "join down on down.oid = c.oid where t.pubname = $1)";

constexpr const char* kHeldBack =
    "select pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() "
    "else pg_current_wal_lsn() end, restart_lsn)::int8 from pg_replication_slots "
    "where slot_name = $1 and restart_lsn is not null";

// Whether one of these transactions, by the lower 32 bits of its number, runs: it is listed in the
// snapshot, or behind the end of it.
constexpr const char* kRunning =
    "select coalesce(bool_or(((n - txid_snapshot_xmax(s)) % 4294967296 + 4294967296) % 4294967296 "
    "< 2147483648 or exists (select 1 from txid_snapshot_xip(s) x where x % 4294967296 = n)), "
    "false) from txid_current_snapshot() s, unnest($1) n";

PgParams of_relation(std::uint32_t relation) {
  PgParams params;
  params.integer(relation);
  return params;
}

}  // namespace

Result<std::unique_ptr<PgPublished>> PgPublished::open(const PgEndpoint& endpoint,
                                                       const PgSource& source,
                                                       const std::string& publication,
                                                       const Clock& clock) {
  SB_ASSIGN(auto connection, PgConnection::open(endpoint, Deadline(clock, kPatience)));
  std::unique_ptr<PgPublished> made(new PgPublished(std::move(connection), clock));
  SB_TRY(made->find_key(source));
  SB_TRY(made->check_server());
  SB_TRY(made->check_publication(publication));
  return made;
}

Result<PgAnswer> PgPublished::ask(const std::string& sql, const PgParams& params) {
  const Deadline deadline(clock_, kPatience);
  SB_TRY(connection_->bound(deadline));
  return connection_->query(sql, params, deadline);
}

// The server knows of each column of a statement which table's it is.
Result<void> PgPublished::find_key(const PgSource& source) {
  const Deadline deadline(clock_, kPatience);
  SB_ASSIGN(const PgAnswer described, connection_->describe(source.select(source.from), deadline));
  for (const std::string& name : source.keys) {
    SB_ASSIGN(const bool found, find_key_column(described, name));
    if (found) continue;
    table_.clear();
    key_.clear();
    return {};
  }
  alone_ = source.query.empty();
  return {};
}

// False where it is computed, or of another table than the columns before it.
Result<bool> PgPublished::find_key_column(const PgAnswer& described, const std::string& name) {
  for (int i = 0; i < described.columns(); ++i) {
    if (described.name(i) != name || described.table(i) == 0) continue;
    PgParams params = of_relation(described.table(i));
    params.integer(described.table_column(i));
    SB_ASSIGN(const PgAnswer table, ask(kPublishedTable, params));
    if (table.rows() != 1) return false;
    if (!key_.empty() && table.text(0, 0) != table_) return false;
    table_ = table.text(0, 0);
    key_.push_back({table.text(0, 1), pg_form(described.type(i))});
    return true;
  }
  return false;
}

Result<void> PgPublished::check_server() {
  SB_ASSIGN(const PgAnswer answer, ask("select current_setting('wal_level')"));
  if (answer.text(0, 0) == "logical") return {};
  return for_person(Error::unsupported(
      "publication: the server's wal_level is '" + answer.text(0, 0) +
      "', decoding needs 'logical'; run: ALTER SYSTEM SET wal_level = logical, and start the "
      "server again, or use listen"));
}

Result<void> PgPublished::check_publication(const std::string& name) {
  PgParams params;
  params.text(name).text(table_);
  const std::string sql = table_.empty() ? "select exists (select 1 from pg_publication where "
                                           "pubname = $1), true where $2 = ''"
                                         : kPublished;
  SB_ASSIGN(const PgAnswer answer, ask(sql, params));
  const std::string which = table_.empty() ? "the tables of the query" : table_;
  if (!answer.truth(0, 0)) {
    return for_person(Error::invalid("publication: there is no publication '" + name +
                                     "'; run: CREATE PUBLICATION " + quote_name(name) +
                                     " FOR TABLE " + which));
  }
  if (answer.truth(0, 1)) return {};
  return for_person(Error::invalid("publication: " + table_ + " is not in '" + name +
                                   "'; run: ALTER PUBLICATION " + quote_name(name) + " ADD TABLE " +
                                   table_));
}

Result<PgInterest> PgPublished::interest(std::uint32_t relation) {
  if (table_.empty()) return PgInterest::kScan;
  PgParams params = of_relation(relation);
  params.text(table_);
  SB_ASSIGN(const PgAnswer answer, ask(std::string(kParts) + kInterest, params));
  if (answer.truth(0, 1)) return PgInterest::kKeys;
  if (!answer.truth(0, 0)) return PgInterest::kLater;
  return alone_ ? PgInterest::kNone : PgInterest::kScan;
}

Result<std::string> PgPublished::log() {
  SB_ASSIGN(const PgAnswer answer, ask("select " + pg_log_sql()));
  return answer.text(0, 0);
}

Result<std::optional<std::int64_t>> PgPublished::held_back(const std::string& slot) {
  PgParams params;
  params.text(slot);
  SB_ASSIGN(const PgAnswer answer, ask(kHeldBack, params));
  if (answer.rows() != 1) return std::optional<std::int64_t>();
  return std::optional(answer.integer(0, 0));
}

Result<void> PgPublished::drop_visible(std::deque<std::uint32_t>& transactions) {
  if (transactions.empty()) return {};
  std::vector<PgElement> numbers;
  for (const std::uint32_t number : transactions) {
    numbers.emplace_back();
    put_big_endian(numbers.back().emplace(), number, 8);
  }
  PgParams params;
  params.array(kPgInt8, numbers);
  SB_ASSIGN(const PgAnswer answer, ask(kRunning, params));
  if (!answer.truth(0, 0)) transactions.clear();
  return {};
}

Result<void> PgPublished::end(int backend) {
  PgParams params;
  params.integer(backend);
  SB_TRY(ask("select pg_terminate_backend($1::int)", params));
  return {};
}

}  // namespace sideband
