// Values that are too large to be looked at stay at the server: in their place it sends a mark with
// their size.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sideband {

// Immutable.
class PgLargeValues {
 public:
  // Without a mark nothing is too large.
  PgLargeValues() = default;
  // `mark` is a text that no value begins with: a random one for each collection. It stands in
  // statements as it is.
  PgLargeValues(std::string mark, std::size_t max_size)
      : mark_(std::move(mark)), max_size_(max_size) {}

  // SQL for the column, an expression of this type: itself as `sent`, or the mark.
  [[nodiscard]] std::string sql(const std::string& column, Oid type, std::string_view sent) const;
  // Whether values of this type can be too large.
  [[nodiscard]] bool concerns(Oid type) const;
  // The size of the value that these bytes stand for; nothing where they are a value.
  [[nodiscard]] std::optional<std::size_t> size_of(std::string_view bytes) const;
  [[nodiscard]] std::size_t max_size() const { return max_size_; }

 private:
  std::string mark_;
  std::size_t max_size_ = 0;
};

}  // namespace sideband
