#include "store/sqlite/connection.h"

#include <algorithm>

#include "base/check.h"

namespace sideband {
namespace {

// For a person who looks into the database with another tool while we run.
constexpr int kBusyTimeoutMs = 2000;

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] std::string_view bytes(int column) const override {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return data == nullptr ? std::string_view()
                           : std::string_view(data, static_cast<std::size_t>(size));
  }

 private:
  sqlite3_stmt* statement_;
};

// Ends a run of a statement, so that it holds no locks and can be bound again.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  ~Reset() { sqlite3_reset(statement_); }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

 private:
  sqlite3_stmt* statement_;
};

std::string with_index_hints(std::string sql) {
  for (const auto& [mark, hint] :
       {std::pair<std::string_view, std::string_view>{"/*active*/", "INDEXED BY repairs_active"},
        {"/*queued*/", "INDEXED BY repairs_queued"},
        {"/*undos*/", "INDEXED BY repairs_undos"},
        {"/*wide*/", "INDEXED BY range_locks_wide"}}) {
    for (auto at = sql.find(mark); at != std::string::npos; at = sql.find(mark)) {
      sql.replace(at, mark.size(), hint);
    }
  }
  return sql;
}

int bind_one(sqlite3_stmt* statement, int at, const Param& param) {
  if (param.kind == Param::Kind::kInteger) return sqlite3_bind_int64(statement, at, param.integer);
  const char* data = param.bytes.data() == nullptr ? "" : param.bytes.data();
  const auto size = static_cast<sqlite3_uint64>(param.bytes.size());
  if (param.kind == Param::Kind::kBytes) {
    return sqlite3_bind_blob64(statement, at, data, size, SQLITE_STATIC);
  }
  return sqlite3_bind_text64(statement, at, data, size, SQLITE_STATIC, SQLITE_UTF8);
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(SqliteConnectionOptions options) {
  // Its memory statistics take a process-wide lock at each allocation, and nobody reads them.
  // Refused without harm when SQLite is in use already.
  static const int no_statistics = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)no_statistics;
  std::unique_ptr<SqliteConnection> made(new SqliteConnection(std::move(options)));
  const auto& chosen = made->options_;
  const int mode =
      chosen.writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const char* vfs = chosen.vfs.empty() ? nullptr : chosen.vfs.c_str();
  const int code =
      sqlite3_open_v2(chosen.path.c_str(), &made->db_, mode | SQLITE_OPEN_NOMUTEX, vfs);
  if (code != SQLITE_OK) return made->failed(code, ("opening " + chosen.path).c_str());
  SB_TRY(made->configure());
  return made;
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(db_);
}

Result<void> SqliteConnection::configure() {
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  // 3.40.1 can lose a commit when one connection checkpoints while another commits
  // (sqlite.org/wal.html#walresetbug): only the writer checkpoints, and nobody does on close.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  SB_TRY(script("PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY"));
  if (!options_.writes) return script("PRAGMA cache_size = -4096");
  sqlite3_wal_hook(db_, &SqliteConnection::after_commit, this);
  return script(
      "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864");
}

int SqliteConnection::after_commit(void* self, sqlite3*, const char*, int pages) {
  auto& connection = *static_cast<SqliteConnection*>(self);
  if (pages < connection.wal_pages_) connection.next_checkpoint_ = 0;  // the log began anew
  connection.wal_pages_ = pages;
  return SQLITE_OK;
}

// A long read keeps the log from beginning anew; then a checkpoint is tried again only after as
// many pages more, not after each commit.
void SqliteConnection::housekeep() {
  if (dead_ || wal_pages_ < std::max(next_checkpoint_, options_.checkpoint_pages)) return;
  next_checkpoint_ = wal_pages_ + options_.checkpoint_pages;
  const int code =
      sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && code != SQLITE_BUSY) failed(code, "checkpointing the write-ahead log");
}

Result<sqlite3_stmt*> SqliteConnection::prepared(Sql sql, Params params) {
  const auto known = statements_.find(sql.text());
  if (known != statements_.end()) return known->second;
  const std::string text = with_index_hints(sql.text());
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(db_, text.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failed(code, sql.text());
  const int count = sqlite3_bind_parameter_count(statement);
  SB_CHECK(count == static_cast<int>(params.size()));
  for (int i = 1; i <= count; ++i) {
    SB_CHECK("$" + std::to_string(i) == sqlite3_bind_parameter_name(statement, i));
  }
  statements_.emplace(sql.text(), statement);
  return statement;
}

Result<void> SqliteConnection::bind(sqlite3_stmt* statement, Params params) {
  int at = 0;
  for (const Param& param : params) {
    if (const int code = bind_one(statement, ++at, param); code != SQLITE_OK) {
      return failed(code, "binding a value");
    }
  }
  return {};
}

Result<void> SqliteConnection::run_query(Sql sql, const RowKey* /*only*/, Params params,
                                         void* context, EachRow each) {
  SB_ASSIGN(sqlite3_stmt* const statement, prepared(sql, params));
  const Reset reset(statement);
  SB_TRY(bind(statement, params));
  const SqliteRow row(statement);
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) each(context, row);
  if (code != SQLITE_DONE) return failed(code, sql.text());
  return {};
}

Result<std::int64_t> SqliteConnection::execute(Sql sql, Params params) {
  SB_ASSIGN(sqlite3_stmt* const statement, prepared(sql, params));
  const Reset reset(statement);
  SB_TRY(bind(statement, params));
  const int code = sqlite3_step(statement);
  if (code != SQLITE_DONE) return failed(code, sql.text());
  return sqlite3_changes64(db_);
}

Result<void> SqliteConnection::script(const char* text) {
  const int code = sqlite3_exec(db_, text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failed(code, "running a script");
  return {};
}

Result<void> SqliteConnection::begin(bool writes) {
  if (dead_) {
    failure_ = Failure::kFatal;
    return Error::storage("the store's medium failed; restart to see what it kept");
  }
  if (writes && lost_its_file()) {
    failure_ = Failure::kStatement;
    return Error{ErrorCode::kStorage,
                 "the store's file " + options_.path +
                     " was removed or replaced, so that nothing written would last; stop, put it "
                     "back, and start again",
                 Retry::kAfter};
  }
  if (writes) return run_query("BEGIN IMMEDIATE", nullptr, {}, nullptr, nullptr);
  return run_query("BEGIN", nullptr, {}, nullptr, nullptr);
}

// https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlhasmoved
bool SqliteConnection::lost_its_file() const {
  int moved = 0;
  return sqlite3_file_control(db_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved != 0;
}

// What a full disk cut short may be whole in the log all the same, when only what SQLite fills the
// last sector up with had no room: a restart finds it, unless something else was committed since.
Result<void> SqliteConnection::commit() {
  const Result<void> done = run_query("COMMIT", nullptr, {}, nullptr, nullptr);
  if (done.ok() || (failure_ != Failure::kFatal && failure_ != Failure::kFull)) return done;
  Error error = done.error();
  error.effect = Effect::kMaybe;
  return error;
}

void SqliteConnection::rollback() {
  if (!in_transaction()) return;
  const Failure before = failure_;
  (void)script("ROLLBACK");
  if (before != Failure::kNone) failure_ = before;
}

Result<void> SqliteConnection::savepoint() {
  return run_query("SAVEPOINT fn", nullptr, {}, nullptr, nullptr);
}

Result<void> SqliteConnection::end_savepoint(bool keep) {
  if (!keep) SB_TRY(run_query("ROLLBACK TO fn", nullptr, {}, nullptr, nullptr));
  return run_query("RELEASE fn", nullptr, {}, nullptr, nullptr);
}

bool SqliteConnection::in_transaction() {
  return sqlite3_get_autocommit(db_) == 0;
}

std::uint64_t SqliteConnection::changes() {
  return static_cast<std::uint64_t>(sqlite3_total_changes64(db_));
}

Error SqliteConnection::failed(int code, const char* doing) {
  const std::string message =
      std::string("SQLite: ") + sqlite3_errmsg(db_) + " (" + std::to_string(code) + "), " + doing;
  failure_ = Failure::kStatement;
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return Error::conflict(message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error::unavailable(message);
    case SQLITE_FULL:
      failure_ = Failure::kFull;
      return {ErrorCode::kStorage, message + "; make room on its disk", Retry::kAfter};
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      break;
    default:
      return Error::storage(message);
  }
  failure_ = Failure::kFatal;
  dead_ = true;
  const Error error = Error::storage(message);
  if (options_.on_fatal) options_.on_fatal(error);
  return error;
}

}  // namespace sideband
