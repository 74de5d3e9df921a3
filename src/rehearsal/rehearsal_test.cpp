// Tests of decisions that fail, and that cannot be carried out.
#include "rehearsal/rehearsal.h"

#include <gmock/gmock.h>

#include "rehearsal/for_tests.h"

namespace sideband::sim {
namespace {

using ::testing::HasSubstr;

TEST(Rehearsal, WhatIsAsExpectedPasses) {
  EXPECT_EQ(failures_of("  steps:\n"
                        "    - {at: 1m, drift: {fleet: 3}, missing: {fleet: 2}}\n"
                        "    - {at: 2m, expect: [{reconciler: fleet, status: in_sync, repairs: 1, "
                        "changed: 5, differ: 0}]}\n"),
            "");
}

TEST(Rehearsal, EachDifferenceIsALine) {
  EXPECT_EQ(
      failures_of("  steps:\n"
                  "    - {at: 1m, drift: {fleet: 3}}\n"
                  "    - at: 2m\n"
                  "      expect:\n"
                  "        - {reconciler: fleet, status: held, holds: maxChanges, repairs: 0, "
                  "changed: 4, differ: 1, why: cap}\n"),
      "fleet.yaml:30: after 2m: fleet status: expected held, got in_sync\n"
      "fleet.yaml:30: after 2m: fleet holds: expected maxChanges, got none\n"
      "fleet.yaml:30: after 2m: fleet why: expected \"cap\", got \"\"\n"
      "fleet.yaml:30: after 2m: fleet repairs: expected 0, got 1\n"
      "fleet.yaml:30: after 2m: fleet changed: expected 4, got 3\n"
      "fleet.yaml:30: after 2m: fleet differ: expected 1, got 0\n");
}

TEST(Rehearsal, WhatCannotHappenFails) {
  EXPECT_THAT(failures_of("  items: {fleet: 2}\n  steps:\n"
                          "    - {at: 1m, drift: {fleet: 3}}\n"
                          "    - {at: 2m, expect: [{reconciler: fleet, changed: 2}]}\n"),
              HasSubstr("fleet has 2 items for drift: 3"));
  EXPECT_THAT(failures_of("  steps:\n"
                          "    - {at: 1m, people: [{by: ana, does: approve, reconciler: fleet}]}\n"
                          "    - {at: 2m, expect: [{reconciler: fleet, repairs: 0}]}\n"),
              HasSubstr("no repair of fleet waits for people"));
  EXPECT_THAT(failures_of("  steps:\n"
                          "    - {at: 1m, people: [{by: ana, does: pause, refused: not you}]}\n"
                          "    - {at: 2m, expect: [{reconciler: fleet, repairs: 0}]}\n"),
              HasSubstr("what ana asks for is not refused"));
}

// Each inputs' effect on the side that it is about.
TEST(Rehearsal, WhatHappensToItems) {
  struct Case {
    const char* step;
    const char* then;
  };
  const Case cases[] = {
      {"drift: {fleet: 4}", "changed: 4, differ: 0"},
      {"missing: {fleet: 4}", "changed: 4, differ: 0"},
      {"wanted: {fleet: 4}", "changed: 4, differ: 0"},
      {"extra: {fleet: 4}", "changed: 0, differ: 4"},
      {"lost: {fleet: 4}", "changed: 0, differ: 4"},
      {"targets: {nodes: away}, drift: {fleet: 4}", "changed: 0, differ: 4, status: failing"},
      {"targets: {source: away}, drift: {fleet: 4}", "changed: 0, differ: 4"},
      {"targets: {nodes: readOnly}, drift: {fleet: 4}", "changed: 0, differ: 4"},
      {"targets: {nodes: denies}, drift: {fleet: 4}", "changed: 0, differ: 4"},
      {"unsigned: 2m, drift: {fleet: 4}", "changed: 0, differ: 4, holds: audit"},
      {"people: [{by: ana, does: pause}], drift: {fleet: 4}", "changed: 0, status: paused"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(failures_of(std::string("  steps:\n    - {at: 1m, ") + one.step +
                          "}\n    - {at: 10m, expect: [{reconciler: fleet, " + one.then + "}]}\n"),
              "")
        << one.step;
  }
}

TEST(Rehearsal, WhatIsHealedNeedsNoRepair) {
  EXPECT_EQ(failures_of("  steps:\n"
                        "    - {at: 1m, people: [{by: ana, does: pause}], drift: {fleet: 2}, "
                        "extra: {fleet: 1}}\n"
                        "    - {at: 2m, expect: [{reconciler: fleet, differ: 3}], healed: {fleet: "
                        "3}, people: [{by: ana, does: resume}]}\n"
                        "    - {at: 9m, expect: [{reconciler: fleet, repairs: 0, differ: 0}]}\n"),
            "");
}

TEST(Rehearsal, TheSameTestComesToTheSame) {
  const TestFile file = load_text(with_test(
      "  steps:\n"
      "    - {at: 1m, drift: {fleet: 30}, targets: {nodes: readOnly}}\n"
      "    - {at: 7m, targets: {nodes: works}, expect: [{reconciler: fleet, repairs: 9}]}\n"
      "    - {at: 1h, expect: [{reconciler: fleet, status: blind}]}\n"));
  ASSERT_TRUE(file.ok) << file.messages;
  const auto run = [&] { return Rehearsal(file.tests[0].test, file.tests[0].settings).run(); };
  EXPECT_EQ(run().failures, run().failures);
}

}  // namespace
}  // namespace sideband::sim
