#include "cli/table.h"

#include <algorithm>
#include <ostream>

namespace sideband::cli {
namespace {

// Columns on a terminal, near enough: code points of UTF-8.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

void print_table(std::ostream& out, const std::vector<Row>& rows, const PaintCell& paint) {
  std::vector<std::size_t> width;
  for (const Row& row : rows) {
    width.resize(std::max(width.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], width_of(row[i]));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      const std::string& cell = rows[i][j];
      out << (paint ? paint(cell, i, j) : cell);
      if (j + 1 < rows[i].size()) out << std::string(width[j] - width_of(cell) + 2, ' ');
    }
    out << "\n";
  }
}

}  // namespace sideband::cli
