#include "drivers/sqlite/operation.h"

#include <cstdlib>

#include "base/bytes.h"
#include "drivers/judge.h"

namespace sideband {
namespace {

constexpr const char* kMakeTable =
    "create table if not exists sideband_operations(key text primary key, token integer not null, "
    "at text not null default current_timestamp, output text)";
constexpr const char* kAdmit =
    "insert into sideband_operations(key, token) values(?1, ?2) on conflict(key) do update set "
    "token = excluded.token, at = current_timestamp where token <= excluded.token";
constexpr const char* kMark =
    "insert into sideband_operations(key, token) values(?1, ?2) on conflict(key) do nothing";
constexpr const char* kMarked =
    "select coalesce(output, '{}') from sideband_operations where key = ?1";
constexpr const char* kStoreOutput = "update sideband_operations set output = ?2 where key = ?1";
constexpr const char* kHasTable =
    "select 1 from sqlite_schema where type = 'table' and name = 'sideband_operations'";

struct Answer {
  std::int64_t rows = 0;
  SqlRow first;
};

std::optional<std::string> value_text(const SqliteStatement& statement, int column) {
  switch (statement.type(column)) {
    case SQLITE_NULL:
      return std::nullopt;
    case SQLITE_BLOB:
      return to_hex(statement.bytes(column));
    default:
      return statement.bytes(column);
  }
}

void bind(SqliteStatement& statement, const SqlOperation& sql, std::size_t i) {
  const int at = static_cast<int>(i) + 1;
  const std::string& value = sql.parameters[i];
  switch (sql.types.empty() ? SqlType::kText : sql.types[i]) {
    case SqlType::kText:
      return statement.bind_text(at, value);
    case SqlType::kInteger:
      return statement.bind_int(at, std::strtoll(value.c_str(), nullptr, 10));
    case SqlType::kReal:
      return statement.bind_real(at, std::strtod(value.c_str(), nullptr));
    case SqlType::kBoolean:
      return statement.bind_int(at, value == "true" ? 1 : 0);
    case SqlType::kBytes:
      return statement.bind_blob(at, from_hex(value).value());
  }
}

Result<Answer> run_statement(SqliteDatabase& db, const SqlOperation& sql, std::size_t i) {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql.statements[i]));
  const auto given = static_cast<int>(sql.parameters.size());
  // Of several statements each may use some of the values only.
  if (statement.parameters() > given ||
      (sql.statements.size() == 1 && given > statement.parameters())) {
    Error error = Error::invalid("statement " + std::to_string(i + 1) + " has " +
                                 std::to_string(statement.parameters()) + " parameters, and " +
                                 std::to_string(given) + " values are given");
    error.retry = Retry::kPerson;
    return error;
  }
  for (int at = 0; at < statement.parameters(); ++at) {
    bind(statement, sql, static_cast<std::size_t>(at));
  }
  Answer answer;
  for (;;) {
    SB_ASSIGN(const bool row, statement.step());
    if (!row) break;
    for (int c = 0; answer.rows == 0 && c < statement.columns(); ++c) {
      answer.first.emplace_back(statement.name(c), value_text(statement, c));
    }
    ++answer.rows;
  }
  const bool counts = statement.columns() == 0 && !statement.read_only();
  if (counts) answer.rows = sqlite3_changes64(db.handle());
  return answer;
}

// Whether a statement on the table of markers touched a row.
Result<bool> touch(SqliteDatabase& db, const char* sql, const std::string& key,
                   std::uint64_t token) {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql));
  statement.bind_text(1, key);
  statement.bind_int(2, static_cast<std::int64_t>(token));
  SB_TRY(statement.step());
  return sqlite3_changes64(db.handle()) == 1;
}

Result<SqlMarker> read_marker(SqliteDatabase& db, const std::string& key) {
  SB_ASSIGN(SqliteStatement there, SqliteStatement::prepare(db, kHasTable));
  SB_ASSIGN(const bool made, there.step());
  if (!made) return SqlMarker();
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, kMarked));
  statement.bind_text(1, key);
  SB_ASSIGN(const bool row, statement.step());
  return row ? SqlMarker{true, statement.bytes(0)} : SqlMarker();
}

// The write lock is held: nobody comes between the look at the marker and COMMIT.
Result<OperationReply> within(SqliteDatabase& db, const SqliteStep& step,
                              const OperationRequest& request) {
  if (step.fenced) {
    SB_TRY(db.run(kMakeTable));
    SB_ASSIGN(const bool admitted, touch(db, kAdmit, sql_token_key(request), request.token));
    if (!admitted) return OperationReply{refused_by_fence(), "{}"};
    SB_ASSIGN(const bool first, touch(db, kMark, sql_done_key(request), request.token));
    if (!first) {
      SB_ASSIGN(SqlMarker before, read_marker(db, sql_done_key(request)));
      return OperationReply{already_there(), before.output};
    }
  }
  Answer all;
  for (std::size_t i = 0; i < step.sql.statements.size(); ++i) {
    SB_ASSIGN(Answer one, run_statement(db, step.sql, i));
    if (sqlite3_get_autocommit(db.handle()) != 0) {
      Error error = Error::invalid("statement " + std::to_string(i + 1) +
                                   " ended the transaction that it runs in");
      error.retry = Retry::kPerson;
      error.effect = Effect::kMaybe;
      return error;
    }
    all.rows += one.rows;
    if (!one.first.empty()) all.first = std::move(one.first);
    const SqlRows* expected = step.sql.expected(i);
    if (expected == nullptr || expected->holds(one.rows)) continue;
    return OperationReply{refused_rows(i, one.rows, *expected), "{}"};
  }
  std::string output = sql_output(all.rows, all.first);
  if (step.fenced) {
    SB_ASSIGN(SqliteStatement store, SqliteStatement::prepare(db, kStoreOutput));
    store.bind_text(1, sql_done_key(request));
    store.bind_text(2, output);
    SB_TRY(store.step());
  }
  return OperationReply{changed(), std::move(output)};
}

Result<OperationReply> transact(SqliteDatabase& db, const SqliteStep& step,
                                const OperationRequest& request) {
  SB_TRY(db.run("begin immediate"));
  auto reply = within(db, step, request);
  if (!reply || !is_settled(reply->outcome)) {
    // An interrupted or failed statement may have ended the transaction already.
    (void)db.run("rollback").ok();
    return reply;
  }
  const auto committed = db.run("commit");
  if (committed) return reply;
  Error error = committed.error();
  const bool still_open = sqlite3_get_autocommit(db.handle()) == 0;
  if (!still_open || !db.run("rollback")) error.effect = Effect::kMaybe;
  return error;
}

}  // namespace

Result<SqliteStep> SqliteOperation::parse(const DriverOptions& options) const {
  const OptionReader reader(options, "operation on " + target_);
  SqliteStep out;
  SB_ASSIGN(out.sql, parse_sql_operation(reader));
  SB_ASSIGN(out.fenced, reader.flag_or("fence", false));
  return out;
}

OperationTraits SqliteOperation::traits(const OperationRequest& request) const {
  const OptionReader options(request.options, "");
  OperationTraits traits;
  traits.fenced = options.text_or("fence", "") == "true";
  traits.idempotent = traits.fenced || options.text_or("idempotent", "") == "true";
  traits.looks = traits.fenced || !request.look.empty();
  traits.undoable = !request.undo.empty();
  traits.stoppable = true;
  return traits;
}

Result<void> SqliteOperation::check(const OperationRequest& request) const {
  SB_TRY(parse(request.options));
  if (!request.undo.empty()) SB_TRY(parse(request.undo));
  if (request.look.empty()) return {};
  SB_ASSIGN(const SqliteStep look, parse(request.look));
  if (look.sql.statements.size() == 1) return {};
  return OptionReader(request.look, "look on " + target_)
      .wrong("statements", "a look is one query");
}

Result<OperationReply> SqliteOperation::execute(const DriverOptions& options,
                                                const OperationRequest& request) {
  const Deadline deadline(clock_, request.timeout);
  SB_ASSIGN(const SqliteStep step, parse(options));
  if (deadline.passed()) return Error::timeout("no time left for SQLite", Effect::kNone);
  SB_ASSIGN(auto opened, SqliteDatabase::open(path_, SqliteAccess::kWrite));
  const std::shared_ptr<SqliteDatabase> db = std::move(opened);
  db->set_deadline(deadline);
  const RunningOperations::Entry entry(running_, request.key,
                                       [db] { sqlite3_interrupt(db->handle()); });
  auto reply = transact(*db, step, request);
  if (reply) return reply;
  const Error& error = reply.error();
  if (error.code == ErrorCode::kConflict && error.effect == Effect::kNone) {
    return OperationReply{failed(error), "{}"};
  }
  return error.in("target " + target_);
}

Result<OperationReply> SqliteOperation::run(const OperationRequest& request) {
  return execute(request.options, request);
}

Result<OperationReply> SqliteOperation::undo(const OperationRequest& request) {
  if (request.undo.empty()) return Error::unsupported("this step says nothing of taking it back");
  return execute(request.undo, request);
}

Result<EffectProbe> SqliteOperation::probe_effect(const OperationRequest& request) {
  SB_ASSIGN(const SqliteStep step, parse(request.options));
  if (!step.fenced && request.look.empty()) {
    return Error::unsupported("this step says nothing of looking");
  }
  SB_ASSIGN(const auto db, SqliteDatabase::open(path_, SqliteAccess::kRead));
  db->set_deadline(Deadline(clock_, request.timeout));
  if (step.fenced) {
    SB_ASSIGN(const SqlMarker marker, read_marker(*db, sql_done_key(request)));
    if (marker.there) {
      return EffectProbe{EffectStatus::kThere, "the step's marker is there", marker.output};
    }
    if (request.look.empty()) {
      return EffectProbe{EffectStatus::kNotThere, "the step's marker is not there", "{}"};
    }
  }
  SB_ASSIGN(const SqliteStep asked, parse(request.look));
  SB_ASSIGN(const Answer answer, run_statement(*db, asked.sql, 0));
  return sql_look(asked.sql, answer.rows, answer.first);
}

}  // namespace sideband
