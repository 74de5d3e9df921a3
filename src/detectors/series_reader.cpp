#include "detectors/series_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/jcs.h"
#include "base/utf8.h"
#include "detectors/decimal.h"
#include "detectors/series_time.h"

namespace sideband::detectors {
namespace {

constexpr std::size_t kBlock = std::size_t{64} * 1024;
constexpr std::size_t kMostLine = 4096;
constexpr std::size_t kMostShown = 60;

std::string shown(std::string_view text) {
  return json_string(clip_text(text, kMostShown));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return low;
}

bool is_no_value(std::string_view text) {
  const std::string low = lower(text);
  return low.empty() || low == "nan" || low == "na" || low == "n/a" || low == "null" ||
         low == "none";
}

// False where the text is no number.
bool read_value(std::string_view text, std::optional<double>& value) {
  value = parse_decimal(text);
  if (!value) return is_no_value(text);
  if (std::isnan(*value)) value.reset();
  return true;
}

// Calls `use(index, field)` for each field of a row (RFC 4180), and returns how many there are.
// Nothing where a quote is not closed, or followed by something else than a comma.
template <class Use>
std::optional<std::size_t> each_field(std::string_view row, Use use) {
  for (std::size_t index = 0;; ++index) {
    std::size_t end = row.find_first_not_of(" \t");
    const bool quoted = end != std::string_view::npos && row[end] == '"';
    if (quoted) {
      do {
        end = row.find('"', end + 1);
        if (end == std::string_view::npos) return std::nullopt;
        ++end;  // a doubled quote is one of the text
      } while (end < row.size() && row[end] == '"');
      const std::size_t next = row.find_first_not_of(" \t", end);
      if (next != std::string_view::npos && row[next] != ',') return std::nullopt;
      end = next;
    } else {
      end = row.find(',');
    }
    use(index, trimmed(row.substr(0, end)));
    if (end == std::string_view::npos) return index + 1;
    row.remove_prefix(end + 1);
  }
}

}  // namespace

Error SeriesReader::wrong(std::string_view what) const {
  return Error::invalid(fmt::format("line {}: {}", line_, what));
}

bool SeriesReader::fill() {
  if (ended_) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t had = buffer_.size();
  buffer_.resize(had + kBlock);
  in_.read(buffer_.data() + had, static_cast<std::streamsize>(kBlock));
  const auto got = static_cast<std::size_t>(in_.gcount());
  buffer_.resize(had + got);
  ended_ = got == 0;
  return !ended_;
}

Result<bool> SeriesReader::next_line(std::string_view& line) {
  for (std::size_t looked = 0;;) {
    const std::size_t end = buffer_.find('\n', begin_ + looked);
    const bool last = end == std::string::npos;
    const std::size_t size = (last ? buffer_.size() : end) - begin_;
    if (last && size <= kMostLine && fill()) {
      looked = size;
      continue;
    }
    if (last && in_.bad())
      return Error::invalid(fmt::format("cannot be read behind line {}", line_));
    if (last && size == 0) return false;
    ++line_;
    if (size > kMostLine) {
      return wrong(fmt::format("longer than {} bytes: this is no line of a timestamp and a value",
                               kMostLine));
    }
    line = std::string_view(buffer_).substr(begin_, size);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin_ += size + (last ? 0 : 1);
    return true;
  }
}

Result<SeriesReader::Fields> SeriesReader::split(std::string_view line) const {
  Fields fields;
  const auto count = each_field(line, [&](std::size_t index, std::string_view field) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (index == columns_[i]) fields[i] = field;
    }
  });
  if (!count) return wrong(fmt::format("{} has a quote that is not closed", shown(line)));
  if (*count != column_count_) {
    return wrong(fmt::format("{} has {} fields, and the first line has {}", shown(line), *count,
                             column_count_));
  }
  return fields;
}

// Where a line names both columns, each once.
std::optional<SeriesReader::Columns> SeriesReader::named_columns(std::string_view line) const {
  Columns columns{};
  std::array<int, 2> named{};
  each_field(line, [&](std::size_t index, std::string_view field) {
    const std::string name = lower(field);
    if (name != "timestamp" && name != "value") return;
    const std::size_t column = name == "value" ? kValue : kTime;
    columns[column] = index;
    ++named[column];
  });
  return named == std::array{1, 1} ? std::optional(columns) : std::nullopt;
}

// Whether the first line, which is handed back, is a row already.
Result<bool> SeriesReader::read_header(std::string_view& line) {
  SB_ASSIGN(const bool there, next_line(line));
  if (!there) return Error::invalid("the file is empty; its first line is timestamp,value");
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  column_count_ = each_field(line, [](std::size_t, std::string_view) {}).value_or(0);
  if (const auto columns = named_columns(line); columns && column_count_ > 0) {
    columns_ = *columns;
    return false;
  }
  const auto fields = split(line);
  std::optional<double> value;
  if (column_count_ == 2 && fields.ok() && parse_series_time((*fields)[kTime]) &&
      read_value((*fields)[kValue], value) && value) {
    return true;
  }
  column_count_ = 0;
  return wrong(
      fmt::format("{} does not name the columns: the first line has the names timestamp "
                  "and value, separated by commas",
                  shown(line)));
}

Result<bool> SeriesReader::next(SeriesRow& row) {
  std::string_view line;
  bool there = false;
  if (column_count_ == 0) {
    SB_ASSIGN(there, read_header(line));
  }
  while (!there || trimmed(line).empty()) {
    SB_ASSIGN(there, next_line(line));
    if (!there) return false;
  }
  SB_ASSIGN(const Fields fields, split(line));
  row.line = line_;
  row.timestamp = fields[kTime];
  const auto time = parse_series_time(row.timestamp);
  if (!time) {
    return wrong(
        fmt::format("{} is no time; write it as 2026-03-01T12:00:00Z, 2026-03-01 12:00:00 "
                    "or in seconds since 1970",
                    shown(row.timestamp)));
  }
  row.point.time = *time;
  if (!read_value(fields[kValue], row.point.value)) {
    return wrong(
        fmt::format("{} is no number; write a number with a point, or nothing where there "
                    "is none",
                    shown(fields[kValue])));
  }
  return true;
}

}  // namespace sideband::detectors
