// The likeliest mistakes in playbooks, each with its message and place.
#include <gmock/gmock.h>

#include "model/playbook.h"
#include "settings/compile.h"
#include "settings/drivers_for_tests.h"

namespace sideband::policy {
namespace {

using ::testing::HasSubstr;

const char* const kToolAndCache = R"(apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: worker}
spec: {driver: tool}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-cache}
spec: {driver: cache, connect: {host: cache.internal}}
---
apiVersion: resolved.sideband/v1
kind: Group
metadata: {name: team}
spec: {members: [mel, kim]}
)";

// A playbook whose spec is `spec`, from line 7 on.
Compiled load(const std::string& spec) {
  const std::string head = R"(apiVersion: resolved.sideband/v1
kind: Playbook
metadata:
  name: rebuild
  labels: {owner: search, environment: production, criticality: high, repairType: index}
spec:
)";
  return compile({{"targets.yaml", kToolAndCache}, {"p.yaml", head + spec}}, drivers_for_tests(),
                 *parse_time("2027-01-01T00:00:00.000000Z"));
}

std::string problem(const std::string& spec) {
  return load(spec).messages.render();
}

const std::string kInputs = "  inputs: {table: {type: string, pattern: \"^[a-z]+$\"}}\n";

TEST(PlaybookConfig, TheStepsStandInTheOrderInWhichTheyRun) {
  const Compiled good = load(kInputs + R"(  startableBy: team
  approval: {reviewers: {count: 2, from: team}, expires: 30m}
  form: {title: Rebuild}
  steps:
    - name: flag
      needs: [rebuild]
      change:
        {target: shop-cache, key: "flag:{n}", item: "{inputs.table}", value: "{steps.rebuild.rows}"}
    - name: rebuild
      needs: [stop]
      target: worker
      run: {argv: [make, "{inputs.table}"], comment: "a {b}"}
      undo: none
    - {name: stop, target: worker, run: {argv: [stop]}, undo: {argv: [start, "{steps.stop.id}"]}}
    - {name: pause, needs: rebuild, wait: 10s}
    - name: look
      needs: pause
      manual: {instruction: Look, evidence: true, by: team}
      onFailure: compensate
)");
  ASSERT_TRUE(good.ok()) << good.messages.render();
  const PlaybookSettings& book = *good.settings.playbooks.at("rebuild");
  std::vector<std::string> names;
  for (const PlaybookStep& step : book.steps) names.push_back(step.name);
  EXPECT_THAT(names, ::testing::ElementsAre("stop", "rebuild", "flag", "pause", "look"));
  EXPECT_EQ(book.steps[1].run.at("comment"), "a {{b}}");  // nothing is filled in there
  EXPECT_EQ(book.steps[1].run.at("output"), "text");
  EXPECT_TRUE(book.steps[1].look.empty());  // not written, so there are no defaults either
  EXPECT_TRUE(book.steps[4].run.empty());
  EXPECT_EQ(book.steps[2].item.collection.options.at("key"), "flag:{n}");
  EXPECT_EQ(book.steps[1].undo_kind, UndoKind::kNothing);
  EXPECT_EQ(book.approval->reviewers, 2);
  EXPECT_EQ(book.source, "p.yaml:1");
}

struct Wrong {
  const char* name;
  std::string spec;
  std::string message;
};

class Playbooks : public testing::TestWithParam<Wrong> {};

TEST_P(Playbooks, AreRefusedWithPlaceAndReason) {
  EXPECT_THAT(problem(GetParam().spec), HasSubstr(GetParam().message));
}

TEST(PlaybookWords, K4_7_OfBeforeNameTheNewOnes) {
  const std::string said = problem(
      "  steps:\n    - {name: a, on: worker, run: {argv: [a]}, retry: {on: timeout}}\n"
      "    - {name: b, check: {on: shop-cache, key: \"{n}\", item: x, exists: true}}\n");
  EXPECT_THAT(said, HasSubstr("spec.steps[0].on: `on` is now called `target`"));
  EXPECT_THAT(said, HasSubstr("spec.steps[0].retry.on: `on` is now called `errors`"));
  EXPECT_THAT(said, HasSubstr("spec.steps[1].check.on: `on` is now called `target`"));
}

std::string name_of_wrong(const testing::TestParamInfo<Wrong>& info) {
  return info.param.name;
}

const std::string kRun = "target: worker, run: {argv: [a]}";

INSTANTIATE_TEST_SUITE_P(
    Wrong, Playbooks,
    testing::Values(
        Wrong{"Cycle",
              "  steps:\n    - {name: a, needs: [b], " + kRun + "}\n    - {name: b, needs: [a], " +
                  kRun + "}\n",
              "p.yaml:8:17: error: spec.steps[0].needs: these steps need each other: a -> b -> a"},
        Wrong{"UnknownNeed",
              "  steps:\n    - {name: stop, " + kRun + "}\n    - {name: b, needs: [stp], " + kRun +
                  "}\n",
              "p.yaml:9:25: error: spec.steps[1].needs[0]: there is no step \"stp\"; did you mean "
              "\"stop\"?"},
        Wrong{"UndoMissing",
              "  steps:\n    - {name: a, " + kRun + "}\n    - {name: b, needs: a, " + kRun +
                  ", onFailure: compensate}\n",
              "p.yaml:8:7: error: spec.steps[0]: undo is missing: step \"b\" runs later and "
              "compensates; write undo: none if there is nothing to take back"},
        Wrong{"OutputOfAStepThatIsNotNeeded",
              "  steps:\n    - {name: a, " + kRun +
                  "}\n    - {name: b, target: worker, run: {argv: [x, \"{steps.a.n}\"]}}\n",
              "spec.steps[1].run.argv: uses the output of step \"a\", which this step does not "
              "need; add it to needs"},
        Wrong{"UnknownInput",
              kInputs + "  steps:\n    - {name: a, target: worker, run: {argv: [x, "
                        "\"{inputs.tabel}\"]}}\n",
              "spec.steps[0].run.argv: there is no input \"tabel\"; did you mean \"table\"?"},
        Wrong{"StrangePlaceholder",
              "  steps:\n    - {name: a, target: worker, run: {argv: [x, \"{id}\"]}}\n",
              "spec.steps[0].run.argv: {id} is neither {inputs.NAME} nor {steps.NAME.FIELD}"},
        Wrong{"PlaceholderInAText",
              kInputs + "  steps:\n    - {name: a, target: worker, run: {argv: [x], comment: "
                        "\"{inputs.table}\"}}\n",
              "spec.steps[0].run.comment: nothing is filled in here; the driver has other keys"},
        Wrong{"NoAction", "  steps:\n    - {name: a}\n",
              "p.yaml:8:7: error: spec.steps[0]: a step does something: write one of run, change, "
              "wait, check, manual"},
        Wrong{"TwoActions", "  steps:\n    - {name: a, wait: 1s, " + kRun + "}\n",
              "spec.steps[0]: a step does one thing, here are run, wait"},
        Wrong{"TwoOfAName", "  steps:\n    - {name: a, wait: 1s}\n    - {name: a, wait: 1s}\n",
              "p.yaml:9:14: error: spec.steps[1].name: there is already a step \"a\""},
        Wrong{"NoOperations", "  steps:\n    - {name: a, target: shop-cache, run: {argv: [a]}}\n",
              "spec.steps[0].target: the driver \"cache\" of Target \"shop-cache\" has no "
              "operations"},
        Wrong{"UnknownTarget", "  steps:\n    - {name: a, target: workr, run: {argv: [a]}}\n",
              "spec.steps[0].target: there is no Target \"workr\"; did you mean \"worker\"?"},
        Wrong{"UnknownOption", "  steps:\n    - {name: a, target: worker, run: {argz: [a]}}\n",
              "spec.steps[0].run.argz: unknown key; did you mean \"argv\"?"},
        Wrong{"UndoOfAWait", "  steps:\n    - {name: a, wait: 1s, undo: none}\n",
              "spec.steps[0].undo: only a step with run has undo"},
        Wrong{"TwoValues",
              "  steps:\n    - {name: a, change: {target: shop-cache, key: \"{n}\", item: x, "
              "value: y, absent: true}}\n",
              "spec.steps[0].change: write one of value, fields, absent: true"},
        Wrong{"UnknownSchemaWord", "  inputs: {n: {type: string, format: email}}\n  steps: []\n",
              "p.yaml:7:30: error: spec.inputs.n.format: unknown key; known here: default, "
              "description, enum, maxLength, maximum, minLength, minimum, pattern, title, type"},
        Wrong{"DefaultThatDoesNotFit",
              "  inputs: {n: {type: integer, default: many}}\n  steps:\n    - {name: a, wait: "
              "1s}\n",
              "spec.inputs.n.default: is not a whole number"},
        Wrong{"BadPattern",
              "  inputs: {n: {pattern: \"[a\"}}\n  steps:\n    - {name: a, wait: 1s}\n",
              "spec.inputs.n.pattern: is no regular expression: "},
        Wrong{"NoSteps", "  steps: []\n", "spec.steps: a playbook needs a step"},
        Wrong{"TooFewReviewers",
              "  approval: {reviewers: {count: 3, from: team}}\n  steps:\n    - {name: a, wait: "
              "1s}\n",
              "spec.approval.reviewers: 3 approvals are needed, but only 2 may approve: kim, mel"},
        Wrong{"Stale", "  reviewBy: 2026-06-30\n  steps:\n    - {name: a, wait: 1s}\n",
              "warning: spec.reviewBy: stale since 2026-06-30; look whether it still fits"}),
    name_of_wrong);

}  // namespace
}  // namespace sideband::policy
