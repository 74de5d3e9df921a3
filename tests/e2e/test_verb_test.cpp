// `sideband test` by the built binary: the tests of every gate, exit codes, what it prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kRules = std::string(SIDEBAND_SOURCE_DIR) + "/tests/rules";

Finished test(const Words& words) {
  Command command;
  command.argv = {binary(), "test"};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  return run_to_end(std::move(command));
}

// What a rehearsal has no part of: playbooks, edits of the configuration while a test runs, two
// reconcilers of the same things, which `sideband check` refuses.
const std::set<std::string> kNotRehearsed = {"startableBy", "reviewBy", "onFailure",
                                             "configuration", "lock"};

TEST(TestVerb, EachGateHasTestsThatPass) {
  // Each gate has a page (src/policy/gates/pages_test.cpp).
  const std::string pages = std::string(SIDEBAND_SOURCE_DIR) + "/docs/gates";
  for (const auto& page : std::filesystem::directory_iterator(pages)) {
    const std::string name = page.path().stem().string();
    if (name == "README") continue;
    const bool there = std::filesystem::exists(kRules + "/" + name + ".yaml");
    EXPECT_NE(there, kNotRehearsed.contains(name)) << name;
  }
  const Finished all = test({kRules});
  EXPECT_EQ(all.code, 0) << all.out << all.err;
  EXPECT_THAT(all.out, HasSubstr(" passed, 0 failed\n"));
  EXPECT_EQ(all.err, "");
}

TEST(TestVerb, TheWalkOfItsPage) {
  const std::string tree = SIDEBAND_SOURCE_DIR;
  const Finished done = test({tree + "/examples/tests"});
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  const std::string page = slurp(tree + "/docs/testing-rules.md");
  EXPECT_THAT(page, HasSubstr("$ sideband test examples/tests\n" + done.out));
}

class TestVerbFile : public testing::Test {
 protected:
  // The tests of a gate with another expectation.
  std::string edited(const std::string& gate, const std::string& from, const std::string& to) {
    std::string text = slurp(kRules + "/" + gate + ".yaml");
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    spill(dir_.path("site/targets.yaml"), slurp(kRules + "/site/targets.yaml"));
    spill(dir_.path(gate + ".yaml"), text);
    return dir_.path(gate + ".yaml");
  }
  TempDir dir_;
};

TEST_F(TestVerbFile, OneThatFailsIsExitOneWithWhatItGot) {
  const Finished done = test({edited("maxChanges", "repairs: 1, changed: 3", "repairs: 7")});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.out, HasSubstr("FAIL  five-in-a-hundred-may-change-in-an-hour"));
  EXPECT_THAT(done.out, HasSubstr("after 2m: fleet repairs: expected 7, got 1"));
  EXPECT_THAT(done.out, HasSubstr("1 passed, 1 failed\n"));
}

// A gate that would let pass what it should hold is found.
TEST_F(TestVerbFile, ALooserConfigurationFailsItsTests) {
  const Finished done = test({edited("maxChanges", "percent: 5%", "percent: 50%")});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.out, HasSubstr("fleet status: expected held, got in_sync"));
}

TEST_F(TestVerbFile, AWrongFileIsExitTwoAndNothingRuns) {
  const Finished done = test({edited("maxChanges", "holds:", "hold:"), kRules + "/pause.yaml"});
  EXPECT_EQ(done.code, 2);
  EXPECT_EQ(done.out, "");
  EXPECT_THAT(done.err, HasSubstr("did you mean \"holds\""));
}

TEST_F(TestVerbFile, WhatIsNotThereIsExitTwo) {
  std::filesystem::create_directories(dir_.path("empty"));
  EXPECT_EQ(test({dir_.path("none.yaml")}).code, 2);
  EXPECT_EQ(test({dir_.path("empty")}).code, 2);
  EXPECT_EQ(test({kRules + "/site/targets.yaml"}).code, 2) << "a configuration is no test";
  EXPECT_EQ(test({kRules, "--run", "no such name"}).code, 2);
  EXPECT_EQ(test({}).code, 2);
}

TEST_F(TestVerbFile, OneByItsNameAsJson) {
  const Finished done = test({"-o", "json", kRules, "--run", "a-silence-ends"});
  EXPECT_EQ(done.code, 0) << done.err;
  const Json said = Json::parse(done.out);
  EXPECT_EQ(said.at("passed"), 1);
  EXPECT_EQ(said.at("tests").at(0).at("name"), "a-silence-ends-by-itself");
  EXPECT_EQ(said.at("tests").at(0).at("failures"), Json::array());
}

}  // namespace
}  // namespace sideband::e2e
