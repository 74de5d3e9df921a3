// Rows under each other.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace sideband::cli {

using Row = std::vector<std::string>;

// Puts colour around a cell after it got its width; gets the cell's text and its place.
using PaintCell =
    std::function<std::string(const std::string& text, std::size_t row, std::size_t column)>;

// Columns as wide as their widest cell.
void print_table(std::ostream& out, const std::vector<Row>& rows, const PaintCell& paint = {});

}  // namespace sideband::cli
