// The orders in which keys can be compared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sideband {

// The order of keys that are one column, or of those of several (model/key_parts.h), of which the
// first one that differs decides. Immutable but for assignment.
class KeyOrder {
 public:
  // int64 columns are canonical decimal text ("-7", "0", "42"), ordered as numbers; bytes columns
  // are ordered byte by byte; none has no order.
  enum Column : std::uint8_t { kNone, kInt64, kBytes };

  KeyOrder(Column only = kNone) : columns_{only} {}  // NOLINT(google-explicit-constructor)
  // Of several columns, none of them kNone.
  explicit KeyOrder(std::vector<Column> columns) : columns_(std::move(columns)) {}

  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  bool operator==(const KeyOrder& other) const = default;

 private:
  std::vector<Column> columns_;
};

// What the texts of keys are, or of one part of them: any text or bytes, whole numbers, UUIDs.
enum class KeyForm : std::uint8_t { kText, kInt64, kUuid };

// The forms of a key's columns; one for a key that is one column.
using KeyForms = std::vector<KeyForm>;

// Whether a column of a key of this form can be this text, in the one way in which it is written.
bool is_key(KeyForm form, std::string_view text);

// Whether `a` stands before `b`. With kNone the byte order, for want of another.
bool key_before(const KeyOrder& order, const std::string& a, const std::string& b);

}  // namespace sideband
