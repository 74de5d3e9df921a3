#include "store/sqlite/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/crash_point.h"
#include "base/fd.h"

namespace sideband {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

Error file_error(const std::string& path, int number) {
  const std::string message = path + ": " + std::strerror(number);
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return Error::permission(message +
                               "; the daemon's user must be able to write there (under "
                               "systemd: ReadWritePaths= of its folder)");
    case EEXIST:
      return Error::conflict(message + "; a backup never replaces a file: choose another name");
    case ELOOP:
      return Error::invalid(message + "; links are not followed: name the real folder");
    case ENOENT:
    case ENOTDIR:
      return Error::invalid(message + "; the folder must be there");
    default:
      return Error::unavailable(message);
  }
}

Error database_error(const std::string& what, sqlite3* db) {
  const int code = sqlite3_errcode(db) & 0xff;
  const std::string message = what + ": " + sqlite3_errmsg(db);
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) return Error::corrupt(message);
  return Error::unavailable(message);
}

Result<Database> open_database(const std::string& path, int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(handle);
  if (code != SQLITE_OK) return database_error("opening " + path, handle);
  // Only the store's writer checkpoints (store/sqlite/connection.cpp says why).
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_exec(handle, "PRAGMA wal_autocheckpoint = 0", nullptr, nullptr, nullptr);
  sqlite3_busy_timeout(handle, 5000);
  return db;
}

// The first column of the first row; "" when there is none.
Result<std::string> ask(sqlite3* db, const std::string& sql) {
  std::string answer;
  const auto take = [](void* out, int, char** values, char**) {
    if (values[0] != nullptr) *static_cast<std::string*>(out) = values[0];
    return 0;
  };
  if (sqlite3_exec(db, sql.c_str(), take, &answer, nullptr) == SQLITE_OK) return answer;
  return database_error(sql, db);
}

// Name by name, each without following a link: openat2(2) could do it in one call, but containers
// often do not let it through.
Result<Fd> open_folder(const std::filesystem::path& path) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Fd folder(open("/", kFlags));
  for (const auto& name : path.relative_path()) {
    if (name.empty()) continue;
    struct stat seen {};
    const bool link = fstatat(folder.get(), name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0 &&
                      S_ISLNK(seen.st_mode);
    Fd next(openat(folder.get(), name.c_str(), kFlags));
    if (!next.valid()) return file_error(path.string(), link ? ELOOP : errno);
    folder = std::move(next);
  }
  return folder;
}

// A new file beside its final name, in a folder that was reached without following links.
class NewFile {
 public:
  static Result<NewFile> make(const std::string& path) {
    NewFile made(path);
    const std::filesystem::path whole(path);
    if (!whole.is_absolute() || !whole.has_filename()) {
      return Error::invalid("\"" + path + "\" must be the absolute path of a new file");
    }
    SB_ASSIGN(made.folder_, open_folder(whole.parent_path()));
    made.name_ = whole.filename().string();
    made.part_ = "." + made.name_ + ".part";
    struct stat seen {};
    if (fstatat(made.folder_.get(), made.name_.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0) {
      return file_error(path, EEXIST);
    }
    // What a killed backup of this name left.
    unlinkat(made.folder_.get(), made.part_.c_str(), 0);
    made.file_ = Fd(openat(made.folder_.get(), made.part_.c_str(),
                           O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made.file_.valid()) return file_error(path, errno);
    return made;
  }
  NewFile(NewFile&&) = default;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile() {
    if (folder_.valid() && file_.valid()) unlinkat(folder_.get(), part_.c_str(), 0);
  }

  [[nodiscard]] int fd() const { return file_.get(); }
  // Through the folder that was checked, whatever its path means by now.
  [[nodiscard]] std::string part_path() const {
    return "/proc/self/fd/" + std::to_string(folder_.get()) + "/" + part_;
  }
  Result<std::int64_t> publish() {
    struct stat seen {};
    crash_point("backup_written");
    const bool done = fsync(file_.get()) == 0 && fstat(file_.get(), &seen) == 0 &&
                      renameat2(folder_.get(), part_.c_str(), folder_.get(), name_.c_str(),
                                RENAME_NOREPLACE) == 0 &&
                      fsync(folder_.get()) == 0;
    if (!done) return file_error(path_, errno);
    file_ = Fd();
    return static_cast<std::int64_t>(seen.st_size);
  }

 private:
  explicit NewFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
  Fd folder_;
  Fd file_;
  std::string name_;
  std::string part_;
};

}  // namespace

Result<std::int64_t> backup_sqlite(const std::string& from, const std::string& to) {
  SB_ASSIGN(NewFile file, NewFile::make(to));
  SB_ASSIGN(const Database db, open_database(from, SQLITE_OPEN_READONLY));
  crash_point("backup_begun");
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db.get(), "VACUUM INTO ?1", -1, &statement, nullptr) != SQLITE_OK) {
    return database_error("preparing the copy", db.get());
  }
  const std::string part = file.part_path();
  sqlite3_bind_text(statement, 1, part.c_str(), -1, SQLITE_TRANSIENT);
  const int code = sqlite3_step(statement);
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) return database_error("writing " + to, db.get());
  return file.publish();
}

Result<void> copy_store_file(const std::string& from, const std::string& to) {
  const Fd source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.valid()) return file_error(from, errno);
  SB_ASSIGN(NewFile file, NewFile::make(to));
  std::array<char, 1 << 16> bytes{};
  for (;;) {
    const ssize_t got = read(source.get(), bytes.data(), bytes.size());
    if (got < 0) return file_error(from, errno);
    if (got == 0) break;
    if (write(file.fd(), bytes.data(), static_cast<std::size_t>(got)) != got) {
      return file_error(to, errno == 0 ? ENOSPC : errno);
    }
  }
  SB_TRY(file.publish());
  return {};
}

Result<void> check_store_file(const std::string& path) {
  SB_ASSIGN(const Database db, open_database(path, SQLITE_OPEN_READONLY));
  SB_ASSIGN(const std::string state, ask(db.get(), "PRAGMA integrity_check(1)"));
  if (state != "ok") return Error::corrupt(path + " is damaged: " + state);
  SB_ASSIGN(const std::string tables,
            ask(db.get(),
                "SELECT count(*) FROM sqlite_schema WHERE name IN ('migrations', 'leaves', "
                "'repairs', 'tokens')"));
  if (tables == "4") return {};
  return Error::corrupt(path + " is a SQLite database, but no store of sideband");
}

Result<void> fold_log(const std::string& path) {
  SB_ASSIGN(const Database db, open_database(path, SQLITE_OPEN_READWRITE));
  SB_ASSIGN(const std::string busy, ask(db.get(), "PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy == "0") return {};
  return Error::conflict(path + " is in use by another process");
}

}  // namespace sideband
