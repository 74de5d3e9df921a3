#include "store/postgres/connection.h"

#include <array>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

namespace sideband {
namespace {

constexpr Oid kInt8 = 20, kBytea = 17;

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

// Parameters in the arrays that libpq wants; integers as eight bytes, high byte first.
struct Bound {
  explicit Bound(Params params) : integers(params.size()) {
    for (const Param& param : params) {
      const std::size_t at = values.size();
      const bool integer = param.kind == Param::Kind::kInteger;
      for (std::size_t i = 0; integer && i < 8; ++i) {
        integers[at][i] =
            static_cast<char>(static_cast<std::uint64_t>(param.integer) >> (56 - 8 * i));
      }
      const char* bytes = param.bytes.data() == nullptr ? "" : param.bytes.data();
      values.push_back(integer ? integers[at].data() : bytes);
      lengths.push_back(integer ? 8 : static_cast<int>(param.bytes.size()));
      types.push_back(integer ? kInt8 : kBytea);
    }
    formats.assign(values.size(), 1);
  }
  std::vector<std::array<char, 8>> integers;
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  std::vector<Oid> types;
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
  proven_ = known_.size() == 0;
  link_ = open_link(where_);
  if (PQstatus(link_.get()) != CONNECTION_OK) return failed(nullptr, "connecting");
  return script("SET client_min_messages = warning");
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

Result<const char*> PostgresConnection::prepared(Sql sql, Params params) {
  const auto known = statements_.find(sql.text());
  if (known != statements_.end()) return known->second.c_str();
  const Bound bound(params);
  const std::string name = "s" + std::to_string(statements_.size());
  const std::string text = writes_ ? with_locks(sql.text()) : sql.text();
  const Answer answer(PQprepare(link_.get(), name.c_str(), text.c_str(),
                                static_cast<int>(params.size()), bound.types.data()),
                      &PQclear);
  if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return failed(answer.get(), sql.text());
  return statements_.emplace(sql.text(), name).first->second.c_str();
}

Result<PostgresConnection::Answer> PostgresConnection::run(Sql sql, Params params) {
  SB_ASSIGN(const char* const name, prepared(sql, params));
  const Bound bound(params);
  Answer answer(PQexecPrepared(link_.get(), name, static_cast<int>(params.size()),
                               bound.values.data(), bound.lengths.data(), bound.formats.data(), 1),
                &PQclear);
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    return failed(answer.get(), sql.text());
  }
  return answer;
}

Result<void> PostgresConnection::run_query(Sql sql, Params params, void* context, EachRow each) {
  SB_ASSIGN(const Answer answer, run(sql, params));
  for (int i = 0; i < PQntuples(answer.get()); ++i) each(context, PostgresRow(answer.get(), i));
  return {};
}

Result<std::int64_t> PostgresConnection::execute(Sql sql, Params params) {
  SB_ASSIGN(const Answer answer, run(sql, params));
  const char* text = PQcmdTuples(answer.get());
  std::int64_t count = 0;
  std::from_chars(text, text + std::strlen(text), count);
  changes_ += static_cast<std::uint64_t>(count);
  return count;
}

Result<void> PostgresConnection::script(const char* text) {
  const Answer answer(PQexec(link_.get(), text), &PQclear);
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
  return failed(answer.get(), text);
}

Result<void> PostgresConnection::begin(bool writes) {
  pending_.reset();
  if (forked_) {
    failure_ = Failure::kFatal;
    return *forked_;
  }
  if (PQstatus(link_.get()) != CONNECTION_OK) SB_TRY(connect());
  return script(writes ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                       : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Result<void> PostgresConnection::commit() {
  const Answer answer(PQexec(link_.get(), "COMMIT"), &PQclear);
  if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) {
    Error error = failed(answer.get(), "COMMIT");
    if (failure_ == Failure::kLost) error.effect = Effect::kMaybe;
    return error;
  }
  if (std::strcmp(PQcmdStatus(answer.get()), "COMMIT") == 0) {
    if (pending_) known_ = *std::exchange(pending_, std::nullopt);
    return {};
  }
  failure_ = Failure::kStatement;
  return Error::internal("PostgreSQL rolled back instead of committing");
}

void PostgresConnection::rollback() {
  if (!in_transaction()) return;
  const Answer answer(PQexec(link_.get(), "ROLLBACK"), &PQclear);
}

bool PostgresConnection::in_transaction() {
  return PQtransactionStatus(link_.get()) == PQTRANS_INTRANS ||
         PQtransactionStatus(link_.get()) == PQTRANS_INERROR;
}

Result<void> PostgresConnection::savepoint() {
  return script("SAVEPOINT fn");
}

Result<void> PostgresConnection::end_savepoint(bool keep) {
  return script(keep ? "RELEASE fn" : "ROLLBACK TO fn; RELEASE fn");
}

Error PostgresConnection::failed(const PGresult* answer, const char* doing) {
  std::string message = std::string("PostgreSQL: ") + PQerrorMessage(link_.get());
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
  // A name that was read as absent got there first from another node (SqlTx::put_value).
  const bool raced = state == "23505" && field(answer, PG_DIAG_TABLE_NAME) == "named_values";
  if (state == "40001" || state == "40P01" || raced) {
    failure_ = Failure::kRetry;
    return Error::unavailable(message);
  }
  failure_ = state == "53100" ? Failure::kFull : Failure::kStatement;
  return state.starts_with("23") ? Error::conflict(message) : Error::storage(message);
}

}  // namespace sideband
