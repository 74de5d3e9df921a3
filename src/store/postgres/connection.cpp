#include "store/postgres/connection.h"

#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "store/binary_lists.h"
#include "store/kept_tables.h"

namespace sideband {
namespace {

// Answers that may wait to be read: well below what the sockets between us and the server hold.
constexpr std::size_t kMaxSent = 256;

constexpr const char* kSettings = "SET client_min_messages = warning";
// Each statement of the writer finds its rows by an index. Statistics of tables that have just
// grown must not talk the planner out of that, and plans do not depend on what is bound.
constexpr const char* kWriterSettings =
    "SET client_min_messages = warning; SET plan_cache_mode = force_generic_plan;"
    " SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    " SET jit = off";

std::int64_t big_endian(const char* bytes, int size) {
  std::uint64_t value = size > 0 && (bytes[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (int i = 0; i < size; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(value);
}

class PostgresRow final : public Row {
 public:
  PostgresRow(const PGresult* answer, int row) : answer_(answer), row_(row) {}
  [[nodiscard]] std::int64_t integer(int column) const override {
    return big_endian(PQgetvalue(answer_, row_, column), PQgetlength(answer_, row_, column));
  }
  [[nodiscard]] std::string_view bytes(int column) const override {
    return {PQgetvalue(answer_, row_, column),
            static_cast<std::size_t>(PQgetlength(answer_, row_, column))};
  }

 private:
  const PGresult* answer_;
  int row_;
};

std::string with_locks(std::string sql) {
  for (const auto& [mark, meaning] :
       {std::pair<std::string_view, std::string_view>{"/*lock*/", "FOR UPDATE"},
        {"/*skip*/", "FOR UPDATE SKIP LOCKED"}}) {
    if (const auto at = sql.find(mark); at != std::string::npos) {
      sql.replace(at, mark.size(), meaning);
    }
  }
  return sql;
}

bool is_good(const PGresult* answer) {
  const ExecStatusType status = PQresultStatus(answer);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

std::int64_t rows_of(PGresult* answer) {
  const char* const text = PQcmdTuples(answer);
  std::int64_t count = 0;
  std::from_chars(text, text + std::strlen(text), count);
  return count;
}

std::string_view field(const PGresult* answer, int code) {
  const char* text = answer == nullptr ? nullptr : PQresultErrorField(answer, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(std::string where,
                                                                     bool writes) {
  std::unique_ptr<PostgresConnection> made(new PostgresConnection(std::move(where), writes));
  SB_TRY(made->connect());
  return made;
}

Result<void> PostgresConnection::connect() {
  statements_.clear();
  sent_.clear();
  rows_.clear();
  pipelined_ = open_ = syncing_ = false;
  proven_ = known_.size() == 0;
  link_ = open_link(where_);
  if (PQstatus(link_.get()) != CONNECTION_OK) return failed(nullptr, "connecting");
  return script(writes_ ? kWriterSettings : kSettings);
}

// The known tree with the server's leaves up to `size` appended, hashed anew from their bytes.
Result<CompactRange> PostgresConnection::known_tree_up_to(std::uint64_t size) {
  CompactRange tree = known_;
  while (tree.size() < size) {
    const std::uint64_t before = tree.size();
    SB_TRY(query("SELECT record FROM leaves WHERE idx >= $1 AND idx < $2 ORDER BY idx LIMIT 1000",
                 {before, size}, [&](const Row& row) { tree.append(leaf_hash(row.bytes(0))); }));
    if (tree.size() == before) return fork("audit leaf " + std::to_string(before) + " is missing");
  }
  return tree;
}

Result<void> PostgresConnection::grow_from(const CompactRange& stored) {
  if (stored.size() < known_.size()) {
    return fork("the database has " + std::to_string(stored.size()) + " audit leaves, but " +
                std::to_string(known_.size()) + " were committed");
  }
  if (proven_) return {};
  SB_ASSIGN(const CompactRange tree, known_tree_up_to(stored.size()));
  if (tree.root() != stored.root()) return fork("its audit leaves are not those committed before");
  proven_ = true;
  return {};
}

Error PostgresConnection::fork(const std::string& why) {
  failure_ = Failure::kFatal;
  forked_ = Error::corrupt(
      "LOG_FORKED: " + why +
      "; this database is older than or different from the one before. Bring that one back "
      "(promote the server that has it) and restart this node, or, if what is missing is lost for "
      "good, stop all nodes, remove the anchor in each state folder and start with --trust-store");
  forked_->retry = Retry::kPerson;
  return *forked_;
}

// The name of the statement, prepared when it is needed first.
Result<const char*> PostgresConnection::prepared(const char* sql, const BoundParams& bound) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return known->second.c_str();
  const std::string name = "s" + std::to_string(++names_);
  const std::string text = writes_ ? with_locks(sql) : sql;
  if (pipelined_) {
    if (PQsendPrepare(link_.get(), name.c_str(), text.c_str(), bound.count(), bound.types.data()) !=
        1) {
      return failed(nullptr, sql);
    }
    sent_.push_back({sql, true});
  } else {
    const Answer answer(
        PQprepare(link_.get(), name.c_str(), text.c_str(), bound.count(), bound.types.data()),
        &PQclear);
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return failed(answer.get(), sql);
  }
  return statements_.emplace(sql, name).first->second.c_str();
}

Result<PostgresConnection::Answer> PostgresConnection::run_plain(Sql sql, Params params) {
  const BoundParams bound(params);
  SB_ASSIGN(const char* const name, prepared(sql.text(), bound));
  Answer answer(PQexecPrepared(link_.get(), name, bound.count(), bound.values.data(),
                               bound.lengths.data(), bound.formats.data(), 1),
                &PQclear);
  if (!is_good(answer.get())) return failed(answer.get(), sql.text());
  return answer;
}

Result<void> PostgresConnection::send(const char* sql, const BoundParams& bound,
                                      std::function<Error()> missed, std::int64_t rows) {
  if (sent_.size() >= kMaxSent) SB_TRY(drain());
  SB_ASSIGN(const char* const name, prepared(sql, bound));
  const int done = PQsendQueryPrepared(link_.get(), name, bound.count(), bound.values.data(),
                                       bound.lengths.data(), bound.formats.data(), 1);
  if (done != 1) return failed(nullptr, sql);
  sent_.push_back({sql, false, rows, std::move(missed)});
  return {};
}

Result<void> PostgresConnection::send_rows() {
  for (RowBatches::Batch& batch : rows_.take()) {
    const std::vector<Param> params = batch.lists.params();
    const auto rows = static_cast<std::int64_t>(batch.lists.rows());
    SB_TRY(
        send(batch.statement->many().text(), BoundParams(params), std::move(batch.missed), rows));
    sent_.back().many = true;
  }
  if (PQflush(link_.get()) < 0) return failed(nullptr, "sending rows");
  return {};
}

Result<void> PostgresConnection::send_rows_before(Sql sql) {
  return rows_.waits_for(sql.tables()) ? send_rows() : Result<void>();
}

Result<void> PostgresConnection::send_text(const char* text) {
  const int done = PQsendQueryParams(link_.get(), text, 0, nullptr, nullptr, nullptr, nullptr, 1);
  if (done != 1) return failed(nullptr, text);
  sent_.push_back({text});
  return {};
}

Result<PostgresConnection::Answer> PostgresConnection::take_answer(const Sent& sent,
                                                                   std::optional<Error>& missed) {
  Answer answer(PQgetResult(link_.get()), &PQclear);
  if (!is_good(answer.get())) return failed(answer.get(), sent.text);
  const Answer end(PQgetResult(link_.get()), &PQclear);  // null: between two answers
  if (sent.missed && rows_of(answer.get()) != sent.rows && !missed) {
    missed = sent.missed();
    unclear_ = sent.many;
  }
  return answer;
}

Result<PostgresConnection::Answer> PostgresConnection::drain() {
  Answer last(nullptr, &PQclear);
  std::optional<Error> missed;
  if (!sent_.empty() && !syncing_) PQsendFlushRequest(link_.get());
  PQflush(link_.get());
  while (!sent_.empty()) {
    auto answer = take_answer(sent_.front(), missed);
    if (!answer.ok()) {
      synchronise();
      return answer.error();
    }
    sent_.pop_front();
    last = std::move(*answer);
  }
  if (!missed) return last;
  failure_ = unclear_ ? Failure::kBatchFailed : Failure::kStatement;
  return *missed;
}

void PostgresConnection::synchronise() {
  for (const Sent& sent : sent_) {
    if (sent.prepares) statements_.erase(sent.text);
  }
  sent_.clear();
  if (!std::exchange(syncing_, false) && PQpipelineSync(link_.get()) != 1) return;
  while (PQstatus(link_.get()) == CONNECTION_OK) {
    const Answer answer(PQgetResult(link_.get()), &PQclear);
    if (PQresultStatus(answer.get()) == PGRES_PIPELINE_SYNC) return;
  }
}

void PostgresConnection::leave_pipeline() {
  if (!std::exchange(pipelined_, false)) return;
  synchronise();
  PQexitPipelineMode(link_.get());
}

Result<PostgresConnection::Answer> PostgresConnection::run(Sql sql, Params params) {
  if (!pipelined_) return run_plain(sql, params);
  SB_TRY(send(sql.text(), BoundParams(params), {}, 0));
  return drain();
}

Result<void> PostgresConnection::run_query(Sql sql, const RowKey* only, Params params,
                                           void* context, EachRow each) {
  if (only == nullptr) SB_TRY(send_rows_before(sql));
  if (only != nullptr && rows_.waits(only->table, only->row)) SB_TRY(send_rows());
  SB_ASSIGN(const Answer answer, run(sql, params));
  for (int i = 0; i < PQntuples(answer.get()); ++i) each(context, PostgresRow(answer.get(), i));
  return {};
}

Result<std::int64_t> PostgresConnection::execute(Sql sql, Params params) {
  SB_TRY(send_rows_before(sql));
  SB_ASSIGN(const Answer answer, run(sql, params));
  const std::int64_t count = rows_of(answer.get());
  changes_ += static_cast<std::uint64_t>(count);
  return count;
}

Result<void> PostgresConnection::post(Sql sql, Params params) {
  if (!pipelined_ || careful_) return Connection::post(sql, params);
  ++changes_;
  SB_TRY(send_rows_before(sql));
  return send(sql.text(), BoundParams(params), {}, 0);
}

Result<void> PostgresConnection::post_one(Sql sql, Params params,
                                          const std::function<Error()>& missed) {
  if (!pipelined_ || careful_) return Connection::post_one(sql, params, missed);
  ++changes_;
  SB_TRY(send_rows_before(sql));
  return send(sql.text(), BoundParams(params), missed, 1);
}

Result<void> PostgresConnection::post_row(const RowStatement& statement, std::string_view row,
                                          Params params, const std::function<Error()>& missed) {
  if (!pipelined_ || careful_) return Connection::post_row(statement, row, params, missed);
  ++changes_;
  if (rows_.waits(statement.table(), row)) SB_TRY(send_rows());
  return rows_.add(statement, row, params, missed) ? Result<void>() : send_rows();
}

Result<void> PostgresConnection::flush() {
  if (!pipelined_) return {};
  SB_TRY(send_rows());
  SB_TRY(drain());
  return {};
}

Result<void> PostgresConnection::append_leaves(std::uint64_t first,
                                               const std::vector<std::string>& records) {
  const std::string list = byte_list(records);
  return post(
      "INSERT INTO leaves (idx, record) SELECT $1 + n - 1, record"
      " FROM unnest($2) WITH ORDINALITY AS given(record, n)",
      {first, Param::list(list)});
}

Result<void> PostgresConnection::script(const char* text) {
  if (pipelined_) {
    SB_TRY(flush());
    leave_pipeline();
  }
  const Answer answer(PQexec(link_.get(), text), &PQclear);
  return is_good(answer.get()) ? Result<void>() : Result<void>(failed(answer.get(), text));
}

Result<void> PostgresConnection::begin(bool writes) {
  grown_.reset();
  careful_ = false;
  if (forked_) {
    failure_ = Failure::kFatal;
    return *forked_;
  }
  if (PQstatus(link_.get()) != CONNECTION_OK) SB_TRY(connect());
  if (PQenterPipelineMode(link_.get()) != 1) return failed(nullptr, "entering pipeline mode");
  pipelined_ = open_ = true;
  rows_.clear();
  return send_text(writes ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                          : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Result<void> PostgresConnection::commit() {
  Result<Answer> answer = [this]() -> Result<Answer> {
    if (!pipelined_) {
      Answer plain(PQexec(link_.get(), "COMMIT"), &PQclear);
      if (!is_good(plain.get())) return failed(plain.get(), "COMMIT");
      return plain;
    }
    SB_TRY(send_rows());
    SB_TRY(send_text("COMMIT"));
    syncing_ = PQpipelineSync(link_.get()) == 1;
    return drain();
  }();
  if (!answer.ok()) {
    Error error = answer.error();
    if (failure_ == Failure::kLost) error.effect = Effect::kMaybe;
    return error;
  }
  leave_pipeline();
  open_ = false;
  if (std::strcmp(PQcmdStatus(answer->get()), "COMMIT") == 0) {
    if (grown_) known_ = *std::exchange(grown_, std::nullopt);
    return {};
  }
  failure_ = Failure::kStatement;
  return Error::internal("PostgreSQL rolled back instead of committing");
}

void PostgresConnection::rollback() {
  rows_.clear();
  if (!std::exchange(open_, false)) return;
  leave_pipeline();
  const Answer answer(PQexec(link_.get(), "ROLLBACK"), &PQclear);
}

bool PostgresConnection::in_transaction() {
  return open_ && PQstatus(link_.get()) == CONNECTION_OK;
}

Result<void> PostgresConnection::savepoint() {
  careful_ = true;
  SB_TRY(send_text("SAVEPOINT fn"));
  return flush();
}

Result<void> PostgresConnection::end_savepoint(bool keep) {
  if (!keep) SB_TRY(send_text("ROLLBACK TO fn"));
  SB_TRY(send_text("RELEASE fn"));
  return flush();
}

Error PostgresConnection::failed(const PGresult* answer, const char* doing) {
  const char* const said = answer == nullptr ? "" : PQresultErrorMessage(answer);
  std::string message =
      std::string("PostgreSQL: ") + (*said == '\0' ? PQerrorMessage(link_.get()) : said);
  while (message.ends_with('\n')) message.pop_back();
  message += std::string(", ") + doing;
  const std::string_view state = field(answer, PG_DIAG_SQLSTATE);
  if (PQstatus(link_.get()) != CONNECTION_OK || state.starts_with("57P")) {
    failure_ = Failure::kLost;
    return Error::unavailable(message);
  }
  // Demoted under us: only a new connection finds the primary.
  if (state == "25006") {
    failure_ = Failure::kLost;
    link_.reset();
    return Error::unavailable(message);
  }
  // A row that was read as absent got there first from another node (store/row_cache.h).
  const bool raced = state == "23505" && is_kept_table(field(answer, PG_DIAG_TABLE_NAME));
  if (state == "40001" || state == "40P01" || raced) {
    failure_ = Failure::kRetry;
    return Error::unavailable(message);
  }
  failure_ = state == "53100" ? Failure::kFull : Failure::kStatement;
  return state.starts_with("23") ? Error::conflict(message) : Error::storage(message);
}

}  // namespace sideband
