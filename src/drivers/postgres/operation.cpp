#include "drivers/postgres/operation.h"

#include <algorithm>

#include "drivers/judge.h"
#include "drivers/postgres/sql/source.h"

namespace sideband {
namespace {

constexpr const char* kBegin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr const char* kFenceColumns =
    "(key text PRIMARY KEY, token bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), output "
    "text)";

Oid oid_of(SqlType type) {
  constexpr Oid kOids[] = {kPgText, kPgInt8, kPgFloat8, kPgBool, kPgBytea};
  return kOids[static_cast<std::size_t>(type)];
}

PgParams bound(const SqlOperation& sql) {
  PgParams params;
  for (std::size_t i = 0; i < sql.parameters.size(); ++i) {
    const Oid type = sql.types.empty() ? 0 : oid_of(sql.types[i]);
    params.written(type, type == kPgBytea ? "\\x" + sql.parameters[i] : sql.parameters[i]);
  }
  return params;
}

// "INSERT" of "insert into ...", for the message about a grant.
std::string first_word(const std::string& sql) {
  std::string word;
  for (const char c : sql) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !word.empty()) break;
    if (letter) word += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const bool known = word == "INSERT" || word == "UPDATE" || word == "DELETE" || word == "SELECT";
  return known ? (word == "SELECT" ? word : "SELECT, " + word) : "ALL";
}

SqlRow first_row(const PgAnswer& answer) {
  SqlRow row;
  if (answer.rows() == 0) return row;
  for (int i = 0; i < answer.columns(); ++i) {
    const PgValue value = answer.value(0, i);
    row.emplace_back(answer.name(i),
                     value.null ? std::nullopt : std::optional(std::string(value.bytes)));
  }
  return row;
}

// One run on one connection.
class Running {
 public:
  Running(PgConnection& connection, const PgStep& step, const OperationRequest& request,
          const Deadline& deadline)
      : connection_(connection),
        step_(step),
        request_(request),
        deadline_(deadline),
        params_(bound(step.sql)) {}

  Result<OperationReply> in_transaction();
  Result<OperationReply> alone();
  Result<SqlMarker> marker();

 private:
  Result<PgAnswer> statement(std::size_t i);
  Result<std::optional<ChangeOutcome>> admit(std::string& output);
  Result<std::optional<ChangeOutcome>> all_statements(std::string& output);
  Result<PgAnswer> fence(const std::string& sql, const PgParams& params);
  Result<OperationReply> finished(ChangeOutcome outcome, std::string output);
  [[nodiscard]] std::string tagged(const std::string& sql) const;

  PgConnection& connection_;
  const PgStep& step_;
  const OperationRequest& request_;
  const Deadline& deadline_;
  const PgParams params_;
};

// The server's log then says which step of which repair it was.
std::string Running::tagged(const std::string& sql) const {
  if (request_.repair.empty()) return sql;
  return "/* sideband repair " + request_.repair.text() + " token " +
         std::to_string(request_.token) + " */ " + sql;
}

Result<PgAnswer> Running::statement(std::size_t i) {
  const std::string& sql = step_.sql.statements[i];
  return connection_.run(tagged(sql), params_, deadline_, first_word(sql), PgFormat::kText);
}

Result<PgAnswer> Running::fence(const std::string& sql, const PgParams& params) {
  auto answer = connection_.query(tagged(sql), params, deadline_, "SELECT, INSERT, UPDATE");
  if (answer || answer.error().code != ErrorCode::kInvalid) return answer;
  Error error = answer.error();
  error.message += "; run: CREATE TABLE " + step_.fence + kFenceColumns;
  return error;
}

// The repair's row is locked until COMMIT: of two runs the later one sees the other's token, and
// its marker.
Result<std::optional<ChangeOutcome>> Running::admit(std::string& output) {
  const auto token = static_cast<std::int64_t>(request_.token);
  PgParams seen;
  seen.text(sql_token_key(request_)).integer(token);
  SB_ASSIGN(const PgAnswer admitted,
            fence("insert into " + step_.fence +
                      " as f (key, token) values ($1, $2) on conflict (key) do update set token = "
                      "excluded.token, at = now() where f.token <= excluded.token returning 1",
                  seen));
  if (admitted.rows() == 0) return std::optional(refused_by_fence());
  PgParams done;
  done.text(sql_done_key(request_)).integer(token);
  SB_ASSIGN(const PgAnswer first, fence("insert into " + step_.fence +
                                            " (key, token) values ($1, $2) on conflict (key) do "
                                            "nothing returning 1",
                                        done));
  if (first.rows() == 1) return std::optional<ChangeOutcome>();
  SB_ASSIGN(SqlMarker before, marker());
  output = std::move(before.output);
  return std::optional(already_there());
}

Result<SqlMarker> Running::marker() {
  PgParams key;
  key.text(sql_done_key(request_));
  SB_ASSIGN(const PgAnswer answer,
            fence("select coalesce(output, '{}') from " + step_.fence + " where key = $1", key));
  if (answer.rows() == 0) return SqlMarker();
  return SqlMarker{true, answer.text(0, 0)};
}

Result<std::optional<ChangeOutcome>> Running::all_statements(std::string& output) {
  std::int64_t rows = 0;
  SqlRow first;
  for (std::size_t i = 0; i < step_.sql.statements.size(); ++i) {
    SB_ASSIGN(const PgAnswer answer, statement(i));
    if (!connection_.in_transaction()) {
      Error error = Error::invalid("statement " + std::to_string(i + 1) +
                                   " ended the transaction that it runs in");
      error.retry = Retry::kPerson;
      error.effect = Effect::kMaybe;
      return error;
    }
    rows += answer.touched();
    if (answer.columns() > 0) first = first_row(answer);
    const SqlRows* expected = step_.sql.expected(i);
    if (expected == nullptr || expected->holds(answer.touched())) continue;
    return std::optional(refused_rows(i, answer.touched(), *expected));
  }
  output = sql_output(rows, first);
  return std::optional<ChangeOutcome>();
}

Result<OperationReply> Running::finished(ChangeOutcome outcome, std::string output) {
  if (!is_settled(outcome)) {
    connection_.rollback(deadline_);
    return OperationReply{std::move(outcome), "{}"};
  }
  SB_TRY(connection_.commit(deadline_));
  return OperationReply{std::move(outcome), std::move(output)};
}

Result<OperationReply> Running::in_transaction() {
  const std::string repair = request_.repair.empty() ? "" : request_.repair.text();
  SB_TRY(connection_.script(std::string(kBegin) + ";SET LOCAL sideband.repair = '" + repair + "'",
                            deadline_));
  std::string output = "{}";
  if (!step_.fence.empty()) {
    SB_ASSIGN(auto settled, admit(output));
    if (settled) return finished(std::move(*settled), std::move(output));
  }
  SB_ASSIGN(auto settled, all_statements(output));
  if (settled) return finished(std::move(*settled), "{}");
  if (!step_.fence.empty()) {
    PgParams done;
    done.text(sql_done_key(request_)).text(output);
    SB_TRY(fence("update " + step_.fence + " set output = $2 where key = $1 returning 1", done));
  }
  return finished(changed(), std::move(output));
}

// Sessions are read only; what fails here may have left something, as an invalid index.
Result<OperationReply> Running::alone() {
  SB_TRY(connection_.script("SET default_transaction_read_only = off", deadline_));
  auto answer = statement(0);
  if (!answer) {
    Error error = answer.error();
    const bool before_it =
        error.code == ErrorCode::kPermission || error.code == ErrorCode::kInvalid;
    error.effect = before_it ? Effect::kNone : Effect::kMaybe;
    return error;
  }
  return OperationReply{changed(), sql_output(answer->touched(), first_row(*answer))};
}

}  // namespace

Result<PgStep> PgOperation::parse(const DriverOptions& options) const {
  const OptionReader reader(options, "operation on " + target_);
  PgStep out;
  SB_ASSIGN(out.sql, parse_sql_operation(reader));
  SB_ASSIGN(out.transaction, reader.flag_or("transaction", true));
  if (const std::string table = reader.text_or("fence", ""); !table.empty()) {
    auto name = pg_table_name(table);
    if (!name) return reader.wrong("fence", name.error().message);
    out.fence = std::move(*name);
  }
  const bool simple = out.sql.statements.size() == 1 && out.fence.empty() && out.sql.expect.empty();
  if (out.transaction || simple) return out;
  return reader.wrong("transaction",
                      "without one there is one statement, no fence and no expectRows");
}

OperationTraits PgOperation::traits(const OperationRequest& request) const {
  const OptionReader options(request.options, "");
  OperationTraits traits;
  traits.fenced = !options.text_or("fence", "").empty();
  traits.idempotent = traits.fenced || options.text_or("idempotent", "") == "true";
  traits.looks = traits.fenced || !request.look.empty();
  traits.undoable = !request.undo.empty();
  traits.stoppable = true;
  return traits;
}

Result<void> PgOperation::check(const OperationRequest& request) const {
  SB_TRY(parse(request.options));
  if (!request.undo.empty()) SB_TRY(parse(request.undo));
  if (request.look.empty()) return {};
  SB_ASSIGN(const PgStep look, parse(request.look));
  if (look.sql.statements.size() == 1) return {};
  return OptionReader(request.look, "look on " + target_)
      .wrong("statements", "a look is one query");
}

Result<OperationReply> PgOperation::execute(const DriverOptions& options,
                                            const OperationRequest& request) {
  const Deadline deadline(context_.clock, request.timeout);
  SB_ASSIGN(const PgStep step, parse(options));
  SB_ASSIGN(auto connection, connections_->take(deadline));
  const RunningOperations::Entry entry(running_, request.key, connection->canceller());
  Running running(*connection, step, request, deadline);
  auto reply = step.transaction ? running.in_transaction() : running.alone();
  // After a statement alone the session is not what it was: it is not used again.
  if (step.transaction) {
    if (!reply) connection->rollback(deadline);
    connections_->give(std::move(connection));
  }
  if (reply) return reply;
  const Error& error = reply.error();
  if (error.code == ErrorCode::kConflict && error.effect == Effect::kNone) {
    return OperationReply{failed(error), "{}"};
  }
  return error.in("target " + target_);
}

Result<OperationReply> PgOperation::run(const OperationRequest& request) {
  return execute(request.options, request);
}

Result<OperationReply> PgOperation::undo(const OperationRequest& request) {
  if (request.undo.empty()) return Error::unsupported("this step says nothing of taking it back");
  return execute(request.undo, request);
}

Result<EffectProbe> PgOperation::probe_effect(const OperationRequest& request) {
  const Deadline deadline(context_.clock, request.timeout);
  SB_ASSIGN(const PgStep step, parse(request.options));
  if (step.fence.empty() && request.look.empty()) {
    return Error::unsupported("this step says nothing of looking");
  }
  SB_ASSIGN(auto connection, connections_->take(deadline));
  EffectProbe look{EffectStatus::kNotThere, "the step's marker is not there", "{}"};
  if (!step.fence.empty()) {
    SB_ASSIGN(SqlMarker marker, Running(*connection, step, request, deadline).marker());
    if (marker.there) look = {EffectStatus::kThere, "the step's marker is there", marker.output};
  }
  if (look.effect != EffectStatus::kThere && !request.look.empty()) {
    SB_ASSIGN(const PgStep asked, parse(request.look));
    SB_ASSIGN(const PgAnswer answer, connection->query(asked.sql.statements[0], bound(asked.sql),
                                                       deadline, "SELECT", PgFormat::kText));
    look = sql_look(asked.sql, answer.touched(), first_row(answer));
  }
  connections_->give(std::move(connection));
  return look;
}

}  // namespace sideband
