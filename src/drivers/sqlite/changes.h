// Whether anything was written to a SQLite file, and which keys of a table, from a log that
// triggers of the user's keep. Reads only. https://www.sqlite.org/pragma.html#pragma_data_version
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "drivers/context.h"
#include "drivers/sqlite/source.h"
#include "ports/collection.h"

namespace sideband {

// The statements that make the table `log` and the triggers of `source` that fill it; each alone.
std::vector<std::string> sqlite_change_log_sql(const SqliteSource& source, const std::string& log);

// Thread-safe. Keeps one connection, because SQLite counts the commits of others for each.
class SqliteChanges {
 public:
  // `log` is the table that keeps the changed keys; empty: there is none.
  SqliteChanges(std::string path, SqliteSource source, std::string log,
                const DriverContext& context)
      : path_(std::move(path)),
        source_(std::move(source)),
        log_(std::move(log)),
        context_(context) {}

  // Whether the source is a table, which holds nothing but what was written to the file.
  [[nodiscard]] bool tells_position() const { return source_.query.empty(); }
  [[nodiscard]] bool tells_keys() const { return tells_position() && !log_.empty(); }

  // As Collection::position. Empty where the table is a view or virtual.
  Result<std::string> position(const Deadline& deadline);
  // As Collection::changed_since, deleted keys too.
  Result<Changed> since(const ChangedRequest& request);

 private:
  class Log;
  Result<SqliteDatabase*> database(const Deadline& deadline) SB_REQUIRES(mutex_);

  const std::string path_;
  const SqliteSource source_;
  const std::string log_;
  const DriverContext context_;
  Mutex mutex_;
  std::unique_ptr<SqliteDatabase> db_ SB_GUARDED_BY(mutex_);
  std::string opening_ SB_GUARDED_BY(mutex_);  // random; of another connection nothing compares
};

}  // namespace sideband
