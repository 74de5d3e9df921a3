#include "drivers/sqlite/writer.h"

#include <algorithm>

#include "drivers/judge.h"
#include "drivers/options.h"

namespace sideband {
namespace {

constexpr const char* kMakeFence =
    "create table if not exists sideband_fence(scope text primary key, token integer not null)";
constexpr const char* kSeenToken = "select token from sideband_fence where scope = ?1";
constexpr const char* kStoreToken =
    "insert into sideband_fence(scope, token) values(?1, ?2) "
    "on conflict(scope) do update set token = excluded.token";

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

Result<std::unique_ptr<SqliteStatement>> prepared_write(SqliteDatabase& db,
                                                        const std::string& sql) {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql));
  return std::make_unique<SqliteStatement>(std::move(statement));
}

// "?2, ?3, ..." or "a = ?2, b = ?3, ...": parameter 1 is the key.
std::string parameters(const std::vector<std::string>& columns, bool assign) {
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += i == 0 ? "" : ", ";
    if (assign) out += quote_name(columns[i]) + " = ";
    out += '?' + std::to_string(i + 2);
  }
  return out;
}

Result<bool> is_blob_column(SqliteDatabase& db, const std::string& table,
                            const std::string& column) {
  SB_ASSIGN(SqliteStatement info,
            SqliteStatement::prepare(db, "select type from pragma_table_info(?1) where name = ?2"));
  info.bind_text(1, table);
  info.bind_text(2, column);
  SB_ASSIGN(const bool row, info.step());
  std::string type = row ? info.bytes(0) : "";
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return type.find("BLOB") != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<SqliteWriter>> SqliteWriter::open(const std::string& path,
                                                         const SqliteSource& source,
                                                         const SqliteFence& fence,
                                                         const Deadline& deadline) {
  SB_ASSIGN(auto db, SqliteDatabase::open(path, SqliteAccess::kWrite));
  db->set_deadline(deadline);
  std::unique_ptr<SqliteWriter> writer(new SqliteWriter(std::move(db), source, fence));
  SB_TRY(writer->prepare());
  return writer;
}

Result<void> SqliteWriter::prepare() {
  for (const std::string& column : source_.columns) {
    if (column == source_.key) continue;
    written_.push_back(column);
    SB_ASSIGN(const bool blob, is_blob_column(*db_, source_.table, column));
    blob_.push_back(blob);
  }
  const std::string table = quote_name(source_.table);
  const std::string collate = source_.order == KeyOrder::kBytes ? " collate binary" : "";
  const std::string where = " where " + quote_name(source_.key) + collate + " = ?1";
  std::string names = quote_name(source_.key);
  for (const std::string& column : written_) names += ", " + quote_name(column);
  const std::string values = written_.empty() ? "" : ", " + parameters(written_, false);
  SB_ASSIGN(select_, prepared_write(*db_, source_.select() + where));
  SB_ASSIGN(insert_, prepared_write(*db_, "insert into " + table + "(" + names + ") values(?1" +
                                              values + ")"));
  SB_ASSIGN(erase_, prepared_write(*db_, "delete from " + table + where));
  if (written_.empty()) return {};
  SB_ASSIGN(update_,
            prepared_write(*db_, "update " + table + " set " + parameters(written_, true) + where));
  return {};
}

Result<bool> SqliteWriter::admit(std::uint64_t token) {
  if (!fence_.on) return true;
  SB_TRY(db_->run(kMakeFence));
  const auto wanted = static_cast<std::int64_t>(token);
  SB_ASSIGN(SqliteStatement seen, SqliteStatement::prepare(*db_, kSeenToken));
  seen.bind_text(1, fence_.scope);
  SB_ASSIGN(const bool row, seen.step());
  if (row && seen.integer(0) > wanted) return false;
  if (row && seen.integer(0) == wanted) return true;
  SB_ASSIGN(SqliteStatement store, SqliteStatement::prepare(*db_, kStoreToken));
  store.bind_text(1, fence_.scope);
  store.bind_int(2, wanted);
  SB_TRY(store.step());
  return true;
}

Result<State> SqliteWriter::current(const std::string& key) {
  select_->reset();
  if (!bind_key(*select_, 1, key, source_.order)) return State::unknown("not a key of this table");
  SB_ASSIGN(const bool found, select_->step());
  if (!found) return State::absent();
  State state = State::of_fields(row_fields(*select_, source_.skipped_column()));
  SB_ASSIGN(const bool second, select_->step());
  select_->reset();
  if (second) return State::unknown("more than one row has this key");
  return state;
}

void SqliteWriter::bind_columns(SqliteStatement& statement, const Fields& want) {
  for (std::size_t i = 0; i < written_.size(); ++i) {
    const int at = static_cast<int>(i) + 2;
    const auto value = want.find(written_[i]);
    if (value == want.end()) {
      statement.bind_null(at);
    } else if (blob_[i]) {
      statement.bind_blob(at, value->second);
    } else {
      statement.bind_text(at, value->second);  // the column's affinity turns it into a number
    }
  }
}

Result<void> SqliteWriter::execute(const Change& change) {
  SqliteStatement* statement = change.op == ChangeOp::kCreate   ? insert_.get()
                               : change.op == ChangeOp::kDelete ? erase_.get()
                                                                : update_.get();
  if (statement == nullptr) return Error::invalid("this collection has no column to write");
  statement->reset();
  bind_key(*statement, 1, change.key, source_.order);
  if (change.want.present()) {
    SB_ASSIGN(const Fields want, decode_fields(change.want.bytes));
    for (const auto& [name, value] : want) {
      if (!contains(source_.columns, name)) {
        return Error::invalid("'" + name + "' is not among the columns of this collection");
      }
    }
    bind_columns(*statement, want);
  }
  const auto done = statement->step();
  statement->reset();
  if (!done) return done.error();
  return {};
}

// Within a savepoint: what the table does not take, or would not keep as it is, leaves no trace.
Result<ChangeOutcome> SqliteWriter::write(const Change& change) {
  SB_TRY(db_->run("savepoint change"));
  const auto done = execute(change);
  if (!done && done.error().code != ErrorCode::kInvalid &&
      done.error().code != ErrorCode::kConflict) {
    return done.error();
  }
  std::string why = done ? "" : done.error().message;
  if (done) {
    SB_ASSIGN(const State after, current(change.key));
    if (!after.same_as(change.want)) why = "the table would keep another value than the one wanted";
  }
  if (why.empty()) {
    SB_TRY(db_->run("release change"));
    return changed();
  }
  SB_TRY(db_->run("rollback to change; release change"));
  return failed(why);
}

Result<ChangeOutcome> SqliteWriter::apply_one(const Change& change) {
  if (auto rejected = reject_unsound(change, Shape::kFields)) return *rejected;
  SB_ASSIGN(const State now, current(change.key));
  if (auto settled = judge(change, now)) return *settled;
  return write(change);
}

Result<std::vector<ChangeOutcome>> SqliteWriter::apply_all(const std::vector<Change>& changes,
                                                           std::uint64_t token) {
  SB_ASSIGN(const bool admitted, admit(token));
  if (!admitted) {
    return std::vector<ChangeOutcome>(changes.size(), refused_by_fence());
  }
  std::vector<ChangeOutcome> outcomes;
  outcomes.reserve(changes.size());
  for (const Change& change : changes) {
    SB_ASSIGN(ChangeOutcome outcome, apply_one(change));
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

Result<std::vector<ChangeOutcome>> SqliteWriter::apply(const std::vector<Change>& changes,
                                                       std::uint64_t token,
                                                       const Deadline& deadline) {
  db_->set_deadline(deadline);
  SB_TRY(db_->run("begin immediate"));
  auto outcomes = apply_all(changes, token);
  if (!outcomes) {
    // An interrupted or failed statement may have ended the transaction already.
    (void)db_->run("rollback").ok();
    return outcomes.error();
  }
  const auto committed = db_->run("commit");
  if (committed) return outcomes;
  Error error = committed.error();
  const bool still_open = sqlite3_get_autocommit(db_->handle()) == 0;
  if (!still_open || !db_->run("rollback")) error.effect = Effect::kMaybe;
  return error;
}

}  // namespace sideband
