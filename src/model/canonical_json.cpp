#include "model/canonical_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/jcs.h"
#include "base/utf8.h"

namespace sideband {
namespace {

// 0.d1d2d3... times ten to the power of `point`: the shortest digits that give the double back.
struct Shortest {
  std::string digits;
  int point = 0;
};

Shortest shortest(double positive) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), positive, std::chars_format::scientific)
          .ptr;
  const std::string_view whole(text.data(), static_cast<std::size_t>(end - text.data()));
  const std::size_t e = whole.find('e');
  Shortest out;
  std::copy_if(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(e),
               std::back_inserter(out.digits), [](char c) { return c != '.'; });
  const std::size_t exponent = whole[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(whole.data() + exponent, end, out.point);
  ++out.point;
  return out;
}

// What RFC 8785 3.2.2.3 asks for; parse_json lets no number through that no double can hold.
std::string canonical_double(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Too small for any double is out of range here and zero there.
  if (error == std::errc::result_out_of_range) value = 0;
  return ecmascript_number(value);
}

std::string canonical_map(const Document& map) {
  std::vector<const std::pair<const std::string, Document>*> members;
  for (const auto& member : map.members) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return less_utf16(a->first, b->first); });
  std::string out = "{";
  for (const auto* member : members) {
    if (out.size() > 1) out += ',';
    out += json_string(member->first) + ":" + canonical_json(member->second);
  }
  return out += '}';
}

}  // namespace

std::string ecmascript_number(double value) {
  if (value == 0) return "0";
  const std::string sign = value < 0 ? "-" : "";
  const auto [digits, point] = shortest(std::fabs(value));
  const int count = static_cast<int>(digits.size());
  constexpr int kMostPlain = 21, kLeastPlain = -6;  // of ECMA-262
  if (point > kMostPlain || point <= kLeastPlain) {
    const std::string rest = count > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}{}e{:+}", sign, digits.front(), rest, point - 1);
  }
  if (point <= 0) return sign + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  const auto whole = static_cast<std::size_t>(point);
  if (point >= count) return sign + digits + std::string(whole - digits.size(), '0');
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string canonical_json(const Document& document) {
  switch (document.kind) {
    case Document::Kind::kNumber:
      return canonical_double(document.text);
    case Document::Kind::kList: {
      std::vector<std::string> items;
      for (const Document& item : document.items) items.push_back(canonical_json(item));
      return json_array(items);
    }
    case Document::Kind::kMap:
      return canonical_map(document);
    default:
      return to_json(document);
  }
}

}  // namespace sideband
