// docs/data.md says of pairs of documents whether they are equal; each row is tried.
#include <gtest/gtest.h>

#include <vector>

#include "settings/normalizer.h"
#include "support/temp_dir.h"

namespace sideband::policy {
namespace {

struct Row {
  std::string format, one, another, verdict;
};

// "`a\nb`" of a cell: without its quotes, with the breaks that it shows.
std::string value_of(const std::string& cell) {
  std::string out;
  const std::string inner = cell.substr(1, cell.size() - 2);
  for (std::size_t at = 0; at < inner.size(); ++at) {
    const std::string_view two = std::string_view(inner).substr(at, 2);
    const bool escape = two == "\\n" || two == "\\r";
    out += two == "\\n" ? '\n' : two == "\\r" ? '\r' : inner[at];
    if (escape) ++at;
  }
  return out;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  for (std::size_t at = 2; at < line.size();) {
    const std::size_t end = line.find(" |", at);
    if (end == std::string::npos) break;
    cells.push_back(line.substr(at, end - at));
    at = end + 3;
  }
  return cells;
}

std::vector<Row> rows() {
  std::vector<Row> out;
  std::istringstream page(slurp(SIDEBAND_SOURCE "/docs/data.md"));
  for (std::string line; std::getline(page, line);) {
    const auto cells = cells_of(line);
    if (!line.starts_with("| ") || cells.size() != 4 || !cells[1].starts_with('`')) continue;
    out.push_back({cells[0], value_of(cells[1]), value_of(cells[2]), cells[3]});
  }
  return out;
}

DetectSettings detect_of(const std::string& format) {
  DetectSettings detect;
  detect.format = format.starts_with("yaml")   ? ContentFormat::kYaml
                  : format.starts_with("json") ? ContentFormat::kJson
                                               : ContentFormat::kText;
  if (format.ends_with(" declared")) detect.compare = CompareScope::kDeclared;
  return detect;
}

std::string verdict_of(const Row& row) {
  const auto [normal, declare] = make_content_rules(detect_of(row.format), WallTime());
  const auto wanted = declare ? declare(row.one, row.another) : Result<std::string>(row.one);
  if (!wanted.ok()) return "refused";
  const auto one = normal(*wanted);
  const auto another = normal(row.another);
  if (!one.ok() || !another.ok()) return "refused";
  return *one == *another ? "equal" : "different";
}

TEST(DataPage, K11_15_EachRowOfDocumentsIsTrue) {
  const std::vector<Row> all = rows();
  EXPECT_GE(all.size(), 48U);
  for (const Row& row : all) {
    EXPECT_EQ(verdict_of(row), row.verdict)
        << row.format << ": " << row.one << " | " << row.another;
  }
}

}  // namespace
}  // namespace sideband::policy
