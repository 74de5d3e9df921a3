#include "model/key_order.h"

#include "model/int64_key.h"
#include "model/key_parts.h"

namespace sideband {
namespace {

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const std::string_view allowed = hyphen ? "-" : "0123456789abcdef";
    if (allowed.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

bool column_before(KeyOrder::Column order, const std::string& a, const std::string& b) {
  if (order != KeyOrder::kInt64) return a < b;
  const bool a_negative = !a.empty() && a.front() == '-';
  const bool b_negative = !b.empty() && b.front() == '-';
  if (a_negative != b_negative) return a_negative;
  // Canonical decimals of one sign: the longer one has the larger magnitude.
  const bool smaller = a.size() != b.size() ? a.size() < b.size() : a < b;
  return a_negative ? a != b && !smaller : smaller;
}

}  // namespace

bool is_key(KeyForm form, std::string_view text) {
  switch (form) {
    case KeyForm::kInt64:
      return parse_int64_key(text).has_value();
    case KeyForm::kUuid:
      return is_uuid(text);
    case KeyForm::kText:
      break;
  }
  return true;
}

bool key_before(const KeyOrder& order, const std::string& a, const std::string& b) {
  const auto& columns = order.columns();
  if (columns.size() == 1) return column_before(columns.front(), a, b);
  const auto left = split_key(a, columns.size());
  const auto right = split_key(b, columns.size());
  if (!left || !right) return a < b;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if ((*left)[i] != (*right)[i]) return column_before(columns[i], (*left)[i], (*right)[i]);
  }
  return false;
}

}  // namespace sideband
