// A range of a scan: what one COPY brought, handed out page by page.
//
// A round trip costs as much as hundreds of rows, so a range is larger than the page that was asked
// for. It is kept as the server sent it, and becomes items when it is handed out.
// Format: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "drivers/postgres/rows.h"
#include "ports/collection.h"

namespace sideband {

struct PgRangeLimits {
  std::size_t rows = 1000;
  std::size_t bytes = 4 << 20;  // about
};

// Used by one thread at a time.
class PgRange {
 public:
  // The rows above the cursor ("" = from the start). An error where the stream ended before its
  // end.
  static Result<PgRange> fetch(PgConnection& connection, const PgShape& shape,
                               const std::string& cursor, const PgRangeLimits& limits,
                               const Deadline& deadline);

  // The next items. An error where two rows have one key. `last` is set at the end of the source.
  Result<ScanPage> page(PgRowDecoder& decoder, std::size_t max_items, std::size_t max_bytes);

  // Where the next page starts, and whether it has rows for it.
  [[nodiscard]] const std::string& cursor() const { return cursor_; }
  [[nodiscard]] bool has_rows() const { return left_ > 0; }
  [[nodiscard]] MonoTime at() const { return at_time_; }
  [[nodiscard]] std::size_t mean_row_bytes() const { return mean_; }

 private:
  Result<void> count_rows(bool ended, std::size_t asked);
  Result<Item> next(PgRowDecoder& decoder);

  std::string cursor_;
  std::string bytes_;  // whole rows
  std::size_t place_ = 0;
  std::size_t left_ = 0;  // rows from place_ on
  std::size_t mean_ = 0;
  bool complete_ = false;  // its last row is the source's last row
  MonoTime at_time_;
  std::vector<PgValue> row_;
};

// Ranges whose rest waits for the next page. Thread-safe. Keeps few and forgets old ones, so that
// scans that were given up cost little.
class PgRanges {
 public:
  std::optional<PgRange> take(const std::string& cursor, MonoTime now) SB_EXCLUDES(mutex_);
  void keep(PgRange range) SB_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::vector<PgRange> ranges_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
