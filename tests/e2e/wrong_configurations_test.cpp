// Each configuration of wrong_configurations.yaml is refused by `sideband check`, or warned of,
// with the whole message of wrong_configurations.golden, so that none is accepted again and no
// message rots.
//
// After a change that is meant: SIDEBAND_WRITE_GOLDENS=1 build/release/tests/e2e/e2e_test
// wrong_configurations_test.cpp writes the golden file anew; read its difference.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <set>
#include <sstream>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

struct WrongConfiguration {
  std::string name;
  std::string text;
};

const std::string kFolder = SIDEBAND_SOURCE_DIR "/tests/e2e/";
constexpr std::string_view kCase = "# case: ";

// What is before the first case, without a name, then the cases.
std::vector<WrongConfiguration> wrong_configurations() {
  std::vector<WrongConfiguration> cases(1);
  std::istringstream lines(slurp(kFolder + "wrong_configurations.yaml"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kCase)) {
      cases.push_back({line.substr(kCase.size()), ""});
    } else {
      cases.back().text += line + '\n';
    }
  }
  return cases;
}

// What check says of a case beside the common part, in a folder of its own, so that places are
// short and always the same.
std::string answer_to(const std::string& common, const WrongConfiguration& wrong) {
  const TempDir folder;
  spill(folder.path("common.yaml"), common);
  spill(folder.path("case.yaml"), wrong.text);
  Command command;
  command.argv = {binary(), "check", "common.yaml", "case.yaml"};
  command.folder = folder.path();
  const Finished check = run_to_end(command);
  const bool marked = check.code == 2 || check.err.find("warning: ") != std::string::npos;
  EXPECT_TRUE(marked) << wrong.name << " is accepted: " << check.out << check.err;
  return "## " + wrong.name + "\n" + check.err + check.out;
}

TEST(WrongConfigurations, TheCommonPartIsGood) {
  const TempDir folder;
  spill(folder.path("common.yaml"), wrong_configurations().front().text);
  Command command;
  command.argv = {binary(), "check", folder.path("common.yaml")};
  const Finished check = run_to_end(command);
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_EQ(check.err, "");
}

// Near the edge, on the other side of it.
TEST(WrongConfigurations, OthersThatLookAlikePass) {
  const std::string more =
      target("again", "redis", "host: cache.internal, db: 1") +
      reconciler("strings",
                 "  desired: {target: shop-db, query: select 1, key: id}\n"
                 "  actual: {target: cache, key: \"p:{id}\", value: \"{any}\"}\n") +
      reconciler("another-database",
                 "  desired: {target: shop-db, table: prices, key: id}\n"
                 "  actual: {target: again, key: \"p:{id}\", value: \"{any}\"}\n") +
      reconciler("whole-hashes",
                 "  desired: {target: shop-db, table: prices, key: id}\n"
                 "  actual: {target: again, key: \"h:{id}\", type: hash}\n") +
      reconciler("copied-keys",
                 "  mode: observe\n"
                 "  desired: {target: cache, key: \"p:{id}\"}\n"
                 "  actual: {target: again, key: \"q:{name}\"}\n"
                 "  detect: {format: json, sets: [/tags], ignore: [{path: /hits, reason: r}]}\n") +
      reconciler("one-column",
                 "  desired: {target: shop-db, table: prices, key: id}\n"
                 "  actual: {target: shop-pg, table: t, key: id, fields: {a: \"{a}\"}}\n") +
      reconciler("the-other-column",
                 "  desired: {target: shop-db, table: prices, key: id}\n"
                 "  actual: {target: shop-pg, table: public.t, key: id, fields: {b: \"{b}\"}}\n") +
      reconciler("another-table",
                 "  desired: {target: shop-pg, table: t, key: id}\n"
                 "  actual: {target: shop-pg, table: other.t, key: id}\n");
  const TempDir folder;
  spill(folder.path("all.yaml"), wrong_configurations().front().text + more);
  Command command;
  command.argv = {binary(), "check", folder.path("all.yaml")};
  const Finished check = run_to_end(command);
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_EQ(check.err, "");
}

TEST(WrongConfigurations, K4_2_K4_3_K11_11_EachIsRefusedWithItsWholeMessage) {
  const auto cases = wrong_configurations();
  ASSERT_GT(cases.size(), 50U);
  std::set<std::string> names;
  std::string answers;
  for (std::size_t i = 1; i < cases.size(); ++i) {
    EXPECT_TRUE(names.insert(cases[i].name).second) << cases[i].name << " is there twice";
    answers += answer_to(cases.front().text, cases[i]);
  }
  const std::string golden = kFolder + "wrong_configurations.golden";
  if (getenv("SIDEBAND_WRITE_GOLDENS") != nullptr) spill(golden, answers);
  EXPECT_EQ(answers, slurp(golden));
}

}  // namespace
}  // namespace sideband::e2e
