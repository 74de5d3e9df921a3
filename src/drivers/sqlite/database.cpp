#include "drivers/sqlite/database.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "drivers/options.h"

namespace sideband {
namespace {

// Virtual machine instructions between two looks at the clock: some tens of microseconds.
constexpr int kProgressSteps = 2000;

bool on_read_only_disk(const std::string& path) {
  return access(path.c_str(), W_OK) != 0 && errno == EROFS;
}

Error open_error(const std::string& path, sqlite3* db, int code) {
  const std::string why = db == nullptr ? "out of memory" : sqlite3_errmsg(db);
  const std::string message = "opening '" + path + "': " + why;
  if (code == SQLITE_CANTOPEN) {
    return Error::unavailable(message + "; is the file there, and may this user read its folder?");
  }
  if (code == SQLITE_PERM || code == SQLITE_READONLY) return Error::permission(message);
  return Error::unavailable(message);
}

// https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlhasmoved
bool has_moved(sqlite3* db) {
  int moved = 0;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

int as_limit(std::size_t bytes) {
  return static_cast<int>(
      std::clamp<std::size_t>(bytes, 1U << 20U, std::numeric_limits<int>::max()));
}

// https://www.sqlite.org/rescode.html#readonly_rollback
// One who only reads may also take the journal of a commit that is just ending for one that was
// left behind.
bool is_journal_of_others(int extended) {
  return extended == SQLITE_READONLY_ROLLBACK || extended == SQLITE_READONLY_RECOVERY;
}

// What SQLite says, once a commit that was just ending has ended.
template <class Call>
int past_ending_commits(Call call) {
  constexpr int kTries = 50;  // of a millisecond
  int code = call();
  for (int i = 0; i < kTries && is_journal_of_others(code); ++i) {
    sqlite3_sleep(1);
    code = call();
  }
  return code;
}

// Opening a pipe would wait for whoever writes into it.
Result<void> refuse_special(const std::string& path) {
  struct stat seen {};
  if (::stat(path.c_str(), &seen) != 0 || S_ISREG(seen.st_mode)) return {};
  return for_person(Error::invalid("'" + path + "' is no regular file"));
}

}  // namespace

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path,
                                                             SqliteAccess access) {
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (access == SqliteAccess::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  SB_TRY(refuse_special(path));
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<sqlite3, Close> db(handle);
  if (code != SQLITE_OK) return open_error(path, handle, code);
  // Asked in this order: a file that is put there in between is noticed by one or the other.
  const FileId id = file_id(path, Links::kFollow);
  if (has_moved(handle)) return Error::unavailable("'" + path + "' is being replaced");
  sqlite3_extended_result_codes(handle, 1);
  // A hostile file must not run functions of its schema with our rights.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // Else a column that is not there is its own name as a text.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  // Off by default, and a matter of each connection.
  if (access == SqliteAccess::kWrite) {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  }
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::move(db), path, id));
}

int SqliteDatabase::on_progress(void* self) {
  const auto& deadline = static_cast<SqliteDatabase*>(self)->deadline_;
  return deadline && deadline->passed() ? 1 : 0;
}

void SqliteDatabase::set_deadline(const Deadline& deadline) {
  deadline_ = deadline;
  sqlite3_busy_timeout(db_.get(), deadline.left_ms());
  sqlite3_progress_handler(db_.get(), kProgressSteps, on_progress, this);
}

Error SqliteDatabase::error(std::string_view doing) const {
  const int extended = sqlite3_extended_errcode(db_.get());
  const std::string message = std::string(doing) + ": " + sqlite3_errmsg(db_.get());
  if (is_journal_of_others(extended)) {
    return Error::not_ready(message + "; the journal of another process has to be rolled back");
  }
  switch (extended & 0xff) {
    case SQLITE_INTERRUPT:
      return Error::timeout(message, Effect::kNone);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error::not_ready(message + "; another process holds the lock");
    case SQLITE_FULL:
      return Error::not_ready(message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return for_person(Error::corrupt(message + "; check it with PRAGMA integrity_check"));
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return on_read_only_disk(path_) ? Error::not_ready(message) : Error::permission(message);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return Error::conflict(message);
    case SQLITE_ERROR:
      return for_person(Error::invalid(message));
    default:
      return Error::unavailable(message);
  }
}

bool SqliteDatabase::owes_keys() const {
  int owed = 0, unused = 0;
  sqlite3_db_status(db_.get(), SQLITE_DBSTATUS_DEFERRED_FKS, &owed, &unused, 0);
  return owed != 0;
}

Result<void> SqliteDatabase::run(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return error(sql);
}

// https://www.sqlite.org/c3ref/c_limit_attached.html
// SQLite makes texts of its own under the same limit, so it is never a low one.
SqliteValueLimit::SqliteValueLimit(SqliteDatabase& db, std::size_t bytes)
    : db_(db), before_(sqlite3_limit(db.handle(), SQLITE_LIMIT_LENGTH, as_limit(bytes))) {}

SqliteValueLimit::~SqliteValueLimit() {
  sqlite3_limit(db_.handle(), SQLITE_LIMIT_LENGTH, before_);
}

Result<SqliteStatement> SqliteStatement::prepare(SqliteDatabase& db, const std::string& sql) {
  sqlite3_stmt* stmt = nullptr;
  const char* rest = nullptr;
  const int length = static_cast<int>(sql.size()) + 1;
  const int code = past_ending_commits(
      [&] { return sqlite3_prepare_v2(db.handle(), sql.c_str(), length, &stmt, &rest); });
  if (code != SQLITE_OK) {
    return db.error("preparing \"" + sql + '"');
  }
  SqliteStatement statement(db, stmt);
  const bool more = std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos;
  if (stmt == nullptr || more) {
    return for_person(Error::invalid("\"" + sql + "\" must be exactly one statement"));
  }
  return statement;
}

void SqliteStatement::bind_int(int at, std::int64_t value) {
  sqlite3_bind_int64(stmt_.get(), at, value);
}
void SqliteStatement::bind_text(int at, std::string_view value) {
  sqlite3_bind_text64(stmt_.get(), at, value.data() == nullptr ? "" : value.data(), value.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
}
void SqliteStatement::bind_blob(int at, std::string_view value) {
  sqlite3_bind_blob64(stmt_.get(), at, value.data() == nullptr ? "" : value.data(), value.size(),
                      SQLITE_TRANSIENT);
}
void SqliteStatement::bind_null(int at) {
  sqlite3_bind_null(stmt_.get(), at);
}

void SqliteStatement::bind_real(int at, double value) {
  sqlite3_bind_double(stmt_.get(), at, value);
}

Result<bool> SqliteStatement::step() {
  // A lock is taken before anything else is done, so a step that gets none can be made again.
  const int code = past_ending_commits([&] { return sqlite3_step(stmt_.get()); });
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return db_->error("running a statement");
}

void SqliteStatement::reset() {
  sqlite3_reset(stmt_.get());
}

std::string SqliteStatement::name(int column) const {
  const char* text = sqlite3_column_name(stmt_.get(), column);
  return text == nullptr ? "" : text;
}

std::vector<std::string> SqliteStatement::names() const {
  std::vector<std::string> out;
  for (int i = 0; i < columns(); ++i) out.push_back(name(i));
  return out;
}

std::string SqliteStatement::bytes(int column) const {
  const void* data = sqlite3_column_type(stmt_.get(), column) == SQLITE_BLOB
                         ? sqlite3_column_blob(stmt_.get(), column)
                         : sqlite3_column_text(stmt_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(stmt_.get(), column));
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

}  // namespace sideband
