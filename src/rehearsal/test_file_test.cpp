// Files of tests: what is wrong with them is said with its place, and nothing is run.
#include "rehearsal/test_file.h"

#include <gmock/gmock.h>

#include "config/reference.h"
#include "rehearsal/for_tests.h"
#include "rehearsal/test_fields.h"
#include "support/doc_table.h"

namespace sideband::sim {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOne = "  steps: [{at: 1m, expect: [{reconciler: fleet, repairs: 0}]}]\n";

TEST(TestFile, ATestBesideItsConfiguration) {
  const TestFile file = load_text(with_test(kOne));
  EXPECT_TRUE(file.ok) << file.messages;
  ASSERT_EQ(file.tests.size(), 1U);
  EXPECT_EQ(file.tests[0].test.name, "it");
  EXPECT_EQ(file.tests[0].settings.reconcilers.count("fleet"), 1U);
  EXPECT_THAT(file.tests[0].test.steps[0].expect[0].place, HasSubstr("fleet.yaml:26"));
}

TEST(TestFile, AConfigurationElsewhere) {
  const TempDir dir;
  spill(dir.path("site/fleet.yaml"), kFleet);
  spill(
      dir.path("tests/one.yaml"),
      "apiVersion: resolved.sideband/v1\nkind: Test  # of the fleet\nmetadata: {name: it}\nspec:\n"
      "  configuration: ../site\n" +
          std::string(kOne));
  const auto file = load_test_file(dir.path("tests/one.yaml"), policy::drivers_for_tests());
  EXPECT_TRUE(file->ok) << file->messages;
  EXPECT_EQ(file->tests.size(), 1U);
}

TEST(TestFile, AFileWithoutTestsSaysSo) {
  const TestFile file = load_text(kFleet);
  EXPECT_TRUE(file.none);
  EXPECT_TRUE(file.ok);
  EXPECT_FALSE(load_test_file("/none/such.yaml", policy::drivers_for_tests()).ok());
}

struct Wrong {
  std::string spec;
  const char* said;
};

TEST(TestFile, WhatIsWrongIsSaidWithItsPlace) {
  const auto step = [](const std::string& more) {
    return "  steps: [{at: 1m, expect: [{reconciler: fleet, repairs: 0}], " + more + "}]\n";
  };
  const Wrong cases[] = {
      {"  start: 2026-03-02T09:00:00Z\n", "spec.steps: missing"},
      {"  steps: []\n", "write at least one item"},
      {"  steps: [{at: 1m, drift: {fleet: 1}}]\n", "it expects nothing, so it could never fail"},
      {"  steps: [{at: 1m, expect: [{reconciler: fleet}]}]\n", "it names nothing to look at"},
      {"  steps: [{expect: [{reconciler: fleet, repairs: 0}]}]\n", "spec.steps[0].at: missing"},
      {"  steps: [{at: 1m, expect: [{reconciler: flet, repairs: 0}]}]\n", "did you mean \"fleet\""},
      {"  steps: [{at: 1m, expect: [{reconciler: fleet, status: syncd}]}]\n", "status"},
      {"  steps: [{at: 1m, expect: [{reconciler: fleet, holds: maxChange}]}]\n",
       "did you mean \"maxChanges\""},
      {"  steps: [{at: 1m, expect: {reconciler: fleet}}]\n", "expected a list, found a map"},
      {"  steps:\n    - {at: 2m, expect: [{reconciler: fleet, repairs: 0}]}\n    - {at: 1m}\n",
       "1m is before the step above, which is at 2m"},
      {"  steps: [{at: 9999h, expect: [{reconciler: fleet, repairs: 0}]}]\n", "after the start"},
      {"  start: yesterday\n" + std::string(kOne), "is no time like 2026-03-02T09:00:00Z"},
      {"  start: 2026-03-02T09:00:00\n" + std::string(kOne), "whose offset has to be there"},
      {"  items: {fleet: 100001}\n" + std::string(kOne), "is more than 100000"},
      {"  items: {flet: 1}\n" + std::string(kOne), "did you mean \"fleet\""},
      {"  configuration: none.yaml\n" + std::string(kOne), "none.yaml"},
      {step("drifts: {fleet: 1}"), "did you mean \"drift\""},
      {step("drift: {fleet: -1}"), "drift"},
      {step("drift: {fleet: lots}"), "drift"},
      {step("signals: {lag: 5}"), "lag"},
      {step("signals: {lag: fast}"), "is no reading"},
      {step("signals: {lag: 1e999}"), "is no reading"},
      {step("signals: {lag: nan}"), "is no reading"},
      {step("targets: {nodes: broken}"), "is none of works, readOnly, denies, away"},
      {step("targets: {node: away}"), "did you mean \"nodes\""},
      {step("policies: {nodes: maybe}"), "is none of allow, deny, undefined, away"},
      {step("people: [{by: ana, does: approve}]"), "only pause and resume are of everything"},
      {step("people: [{by: ana, does: dance, reconciler: fleet}]"), "does"},
      {step("people: [{does: pause}]"), "by: missing"},
      {step("people: [{by: ana, does: apply, reconciler: fleet, release: modes}]"),
       "did you mean \"mode\""},
      {step("unsigned: soon"), "unsigned"},
  };
  for (const Wrong& wrong : cases) {
    const TestFile file = load_text(with_test(wrong.spec));
    EXPECT_FALSE(file.ok) << wrong.spec;
    EXPECT_THAT(file.messages, HasSubstr(wrong.said)) << wrong.spec;
    EXPECT_THAT(file.messages, HasSubstr("error: ")) << wrong.spec;
  }
}

TEST(TestFile, AWrongConfigurationIsSaidAtItsLine) {
  std::string text = with_test(kOne);
  text.replace(text.find("interval: 10s"), 13, "intervall: 1s");
  const TestFile file = load_text(text);
  EXPECT_FALSE(file.ok);
  EXPECT_THAT(file.messages, HasSubstr("fleet.yaml:18:"));
  EXPECT_THAT(file.messages, HasSubstr("did you mean \"interval\""));
}

// "a | b" would be two cells.
std::string in_one_cell(std::string text) {
  for (std::size_t at = text.find(" |"); at != std::string::npos; at = text.find(" |")) {
    text.replace(at, 2, ",");
  }
  return text;
}

TEST(TestFile, ThePageHasTheTableOfItsKeys) {
  std::string table = "| key | type | | what it says |\n|---|---|---|---|\n";
  for (const config::ReferenceRow& row : config::reference_rows(test_fields())) {
    if (!row.path.starts_with("spec.")) continue;
    table += "| `" + row.path.substr(5) + "` | " + in_one_cell(row.type) + " | " + row.presence +
             " | " + row.doc + " |\n";
  }
  expect_doc_table(SIDEBAND_SOURCE "/docs/testing-rules.md", table,
                   "<!-- from the table of tests -->\n");
}

}  // namespace
}  // namespace sideband::sim
