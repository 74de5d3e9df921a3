// The rules over the repository. SIDEBAND_SOURCE_DIR comes from CMake.
#include <fnmatch.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "model/repair_state.h"
#include "tidy/rules.h"

namespace sideband::tidy {
namespace {

namespace fs = std::filesystem;

const std::string kRoot = SIDEBAND_SOURCE_DIR;

const std::vector<SourceFile>& sources() {
  static const auto kFiles = read_files(kRoot, {"src", "tests", "bench"}, {".cpp", ".h"});
  return kFiles;
}

// The pages of the top folder and of docs/, and the README of each part.
const std::vector<SourceFile>& pages() {
  static const auto kPages = [] {
    auto files = read_files(kRoot, {"docs", "src", "bench", "recipes"}, {".md"});
    for (const auto& entry : fs::directory_iterator(kRoot)) {
      if (entry.path().extension() != ".md") continue;
      std::ifstream in(entry.path());
      std::stringstream text;
      text << in.rdbuf();
      files.push_back(make_file(entry.path().filename().string(), text.str()));
    }
    return files;
  }();
  return kPages;
}

template <typename Check>
void expect_none(const std::vector<SourceFile>& files, Check check) {
  ASSERT_FALSE(files.empty());
  std::string found;
  for (const SourceFile& file : files) {
    for (const Violation& violation : check(file)) found += "\n" + violation.text();
  }
  EXPECT_TRUE(found.empty()) << found;
}

// Whether a path of the repository exists; '*' stands for anything but '/'.
bool exists(const std::string& path) {
  if (path.find('*') == std::string::npos) return fs::exists(kRoot + "/" + path);
  std::string fixed = path.substr(0, path.find('*'));
  fixed = fixed.substr(0, fixed.rfind('/'));
  if (!fs::exists(kRoot + "/" + fixed)) return false;
  const auto files = fs::recursive_directory_iterator(kRoot + "/" + fixed);
  return std::any_of(begin(files), end(files), [&](const fs::directory_entry& entry) {
    const std::string name = entry.path().string().substr(kRoot.size() + 1);
    return ::fnmatch(path.c_str(), name.c_str(), FNM_PATHNAME) == 0;
  });
}

TEST(Tidy, IncludesStayInTheirRow) {
  expect_none(sources(), check_layers);
}
TEST(Tidy, LinesFunctionsAndFilesAreShort) {
  expect_none(sources(), check_sizes);
}

TEST(Tidy, AHeaderTellsWhereItsCodeIs) {
  for (const Violation& violation : check_one_source(sources())) ADD_FAILURE() << violation.text();
}

TEST(Tidy, TheSystemIsCalledThroughBase) {
  expect_none(sources(), check_banned_calls);
}

TEST(Tidy, JsonIsReadInOnePlace) {
  expect_none(sources(), check_json_reader);
}

TEST(Tidy, KindsOfJobsAreReadInOnePlace) {
  expect_none(sources(), check_job_kind);
}

TEST(Tidy, NothingIsLeftOver) {
  expect_none(sources(), check_leftovers);
  expect_none(pages(), check_leftovers);
}

TEST(Tidy, NothingClaimsTooMuch) {
  expect_none(sources(), check_claims);
  expect_none(pages(), check_claims);
}

TEST(Tidy, PathsNamedInThePagesExist) {
  expect_none(pages(), [](const SourceFile& page) { return check_paths(page, exists); });
}

TEST(Tidy, EachDriverHasAPageThatSaysTheSameThings) {
  int drivers = 0;
  for (const auto& entry : fs::directory_iterator(kRoot + "/src/drivers")) {
    if (!entry.is_directory()) continue;
    ++drivers;
    std::ifstream in(entry.path() / "README.md");
    const std::string page((std::istreambuf_iterator<char>(in)), {});
    for (const char* head : {"What it observes", "What it changes", "What it cannot undo",
                             "Permissions it needs", "How it validates, and what can race"}) {
      EXPECT_NE(page.find("\n## " + std::string(head) + "\n"), std::string::npos)
          << entry.path().filename() << "/README.md has no \"## " << head << "\"";
    }
  }
  EXPECT_GT(drivers, 0);
}

TEST(Tidy, TheMetricCatalogueIsTheCode) {
  const auto catalogue = std::find_if(pages().begin(), pages().end(), [](const SourceFile& page) {
    return page.path == "docs/metrics.md";
  });
  ASSERT_NE(catalogue, pages().end()) << "docs/metrics.md is missing";
  for (const auto& violation : check_metrics(*catalogue, metrics_in(sources()))) {
    ADD_FAILURE() << violation.text();
  }
}

std::string how_it_works() {
  std::string text;
  for (const SourceFile& page : pages()) {
    if (page.path != "docs/how-it-works.md") continue;
    for (const std::string& line : page.lines) text += line + "\n";
  }
  return text;
}

TEST(Tidy, TheStateDiagramIsTheTable) {
  const std::string text = how_it_works();
  EXPECT_NE(text.find(repair_state_diagram()), std::string::npos)
      << "docs/how-it-works.md should hold this:\n"
      << repair_state_diagram();
}

// Each point that a test can kill at has a row that says what a death there leaves, and no other
// has.
TEST(Tidy, TheTableOfCrashPointsIsTheCode) {
  const auto find_all = [](const std::string& text, const char* pattern) {
    std::set<std::string> names;
    const std::regex wanted(pattern);
    for (std::sregex_iterator it(text.begin(), text.end(), wanted), end; it != end; ++it) {
      names.insert((*it)[1]);
    }
    return names;
  };
  std::set<std::string> in_code;
  for (const SourceFile& file : sources()) {
    if (!file.path.starts_with("src/")) continue;
    for (const std::string& line : file.lines) {
      in_code.merge(find_all(line, "crash_point\\(\"(\\w+)\"\\)"));
    }
  }
  const std::string page = how_it_works();
  const std::size_t begin = page.find("| point | stands |");
  ASSERT_NE(begin, std::string::npos) << "docs/how-it-works.md has no table of crash points";
  std::set<std::string> in_table;
  std::istringstream rows(page.substr(begin, page.find("\n\n", begin) - begin));
  for (std::string row; std::getline(rows, row);) {
    in_table.merge(find_all(row.substr(0, row.find('|', 1)), "`(\\w+)`"));
  }
  EXPECT_EQ(in_table, in_code);
}

}  // namespace
}  // namespace sideband::tidy
