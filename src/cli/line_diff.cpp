#include "cli/line_diff.h"

#include <algorithm>

#include "cli/plan_view.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMaxLines = 2000;
constexpr std::size_t kMaxWidth = 160;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

using Table = std::vector<std::vector<std::uint16_t>>;

// Length of the longest common subsequence of the tails from i and j.
Table common_lengths(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  Table length(a.size() + 1, std::vector<std::uint16_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      length[i][j] = a[i] == b[j] ? static_cast<std::uint16_t>(length[i + 1][j + 1] + 1)
                                  : std::max(length[i + 1][j], length[i][j + 1]);
    }
  }
  return length;
}

}  // namespace

std::vector<std::string> line_diff(const std::string& before, const std::string& after) {
  const auto a = lines_of(before);
  const auto b = lines_of(after);
  const bool small = a.size() <= kMaxLines && b.size() <= kMaxLines;
  const Table length = small ? common_lengths(a, b) : Table();
  std::vector<std::string> out;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i;
      ++j;
    } else if (i < a.size() && (j == b.size() || !small || length[i + 1][j] >= length[i][j + 1])) {
      out.push_back("- " + safe_text(a[i++], kMaxWidth));
    } else {
      out.push_back("+ " + safe_text(b[j++], kMaxWidth));
    }
  }
  return out;
}

}  // namespace sideband::cli
