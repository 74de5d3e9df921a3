// A series in a file of comma-separated values (RFC 4180) with the columns timestamp and value.
#pragma once

#include <array>
#include <istream>
#include <string>
#include <string_view>

#include "base/result.h"
#include "detectors/finding.h"

namespace sideband::detectors {

struct SeriesRow {
  std::string_view timestamp;  // as in the file; until the next row is read
  Point point;                 // without a value where the file has none, or NaN
  std::int64_t line = 0;       // from 1
};

// Reads row by row in 64 KiB of memory. The first line names the columns, in any order and case,
// and there may be others; where the first line is a time and a number, the two columns are these.
// A byte order mark, CR LF, quotes around fields and blank lines are read over. A value is a
// number; nothing, nan, na, null and none, in any case, are none, and inf or a number too large for
// a double is infinite. Used by one thread; blocks as its stream does.
class SeriesReader {
 public:
  // `in` must outlive it.
  explicit SeriesReader(std::istream& in) : in_(in) {}

  // False at the end. kInvalid: what is no such file, with the line and what to do; reading on is
  // not possible then.
  Result<bool> next(SeriesRow& row);

 private:
  static constexpr std::size_t kTime = 0, kValue = 1;
  using Columns = std::array<std::size_t, 2>;
  using Fields = std::array<std::string_view, 2>;

  Result<bool> next_line(std::string_view& line);
  bool fill();
  [[nodiscard]] Error wrong(std::string_view what) const;
  Result<bool> read_header(std::string_view& line);
  [[nodiscard]] std::optional<Columns> named_columns(std::string_view line) const;
  Result<Fields> split(std::string_view line) const;

  std::istream& in_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what was not read, in the buffer
  bool ended_ = false;     // the stream has no more
  std::int64_t line_ = 0;
  Columns columns_{kTime, kValue};
  std::size_t column_count_ = 0;  // 0: the first line was not read yet
};

}  // namespace sideband::detectors
