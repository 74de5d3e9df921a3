// The likeliest mistakes, each with its whole message, so that messages cannot rot.
#include <filesystem>
#include <fstream>
#include <map>

#include "settings/compile.h"
#include "settings/drivers_for_tests.h"

namespace sideband::policy {
namespace {

const WallTime kCheckedAt = *parse_time("2027-01-01T00:00:00.000000Z");

const char* const kTargets = R"(apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-db}
spec: {driver: table, connect: {path: shop.db}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-cache}
spec: {driver: cache, connect: {host: cache.internal}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: web-files}
spec: {driver: files, connect: {root: /srv/web}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: new-files}
spec: {driver: files, connect: {root: /srv/new}}
)";

std::string check(const std::string& text) {
  return compile({{"targets.yaml", kTargets}, {"shop.yaml", text}}, drivers_for_tests(), kCheckedAt)
      .messages.render();
}

// A good reconciler whose spec continues with `rest` from line 9 on.
std::string reconciler(const std::string& rest) {
  return R"(apiVersion: resolved.sideband/v1
kind: Reconciler
metadata:
  name: price-cache
  labels: {owner: pricing, environment: production, criticality: high, repairType: cache}
spec:
  desired: {target: shop-db, query: "select id, amount from prices", key: id}
  actual: {target: shop-cache, key: "price:{id}", value: "{amount}"}
)" + rest;
}

// The same with both sides replaced by `sides`, which begins on line 7.
std::string with_sides(const std::string& sides) {
  const std::string text = reconciler("");
  return text.substr(0, text.find("  desired:")) + sides;
}

// The same text under another name.
std::string renamed(std::string text) {
  return text.replace(text.find("price-cache"), 11, "price-eu");
}

TEST(Mistakes, TheBaseIsGood) {
  EXPECT_EQ(check(reconciler("")), "");
}

struct Mistake {
  const char* name;
  std::string text;
};

// The messages in mistakes.golden: "## Name" and the text until the next one.
std::map<std::string, std::string> goldens() {
  std::ifstream in(SIDEBAND_GOLDENS);
  std::map<std::string, std::string> found;
  std::string name;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) {
      name = line.substr(3);
    } else {
      found[name] += line + "\n";
    }
  }
  return found;
}

class OfPeople : public testing::TestWithParam<Mistake> {};

TEST_P(OfPeople, GetTheWholeMessage) {
  EXPECT_EQ(check(GetParam().text), goldens()[GetParam().name]) << GetParam().name;
}

std::string name_of(const testing::TestParamInfo<Mistake>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Documents, OfPeople,
    testing::Values(
        Mistake{"UnknownKind", "apiVersion: resolved.sideband/v1\nkind: Reconciller\n"},
        Mistake{"MissingKind", "apiVersion: resolved.sideband/v1\nmetadata: {name: a}\n"},
        Mistake{"KindOfALaterVersion", "apiVersion: resolved.sideband/v1\nkind: Silence\n"},
        Mistake{"WrongApiVersion",
                "apiVersion: v1\nkind: Group\nmetadata: {name: ops}\nspec: {members: [robot]}\n"},
        Mistake{"MissingSpec",
                "apiVersion: resolved.sideband/v1\nkind: Group\nmetadata: {name: ops}\n"},
        Mistake{"NoMap", "- apiVersion: resolved.sideband/v1\n"},
        Mistake{"BadName",
                "apiVersion: resolved.sideband/v1\nkind: Group\nmetadata: {name: Ops_Team}\n"
                "spec: {members: [robot]}\n"},
        Mistake{"DuplicateName",
                "apiVersion: resolved.sideband/v1\nkind: Target\nmetadata:\n  name: shop-db\n"
                "spec: {driver: table, connect: {path: b.db}}\n"},
        Mistake{"UnknownDriver",
                "apiVersion: resolved.sideband/v1\nkind: Target\nmetadata: {name: other}\n"
                "spec: {driver: tabel, connect: {x: 1}, password: {y: 2}}\n"},
        Mistake{"DriverKeyMissing",
                "apiVersion: resolved.sideband/v1\nkind: Target\nmetadata: {name: other}\n"
                "spec: {driver: cache, connect: {prot: 7}}\n"},
        Mistake{"SecretInTheText",
                "apiVersion: resolved.sideband/v1\nkind: Target\nmetadata: {name: other}\n"
                "spec: {driver: table, connect: {path: a}, password: hunter2}\n"},
        Mistake{"MissingLabel",
                "apiVersion: resolved.sideband/v1\nkind: Reconciler\n"
                "metadata: {name: a, labels: {owner: x, environment: production, criticality: "
                "urgent}}\n"
                "spec:\n  desired: {target: shop-db, query: q, key: id}\n"
                "  actual: {target: shop-cache, key: \"{id}\"}\n"},
        Mistake{
            "SecondGuardrails",
            "apiVersion: resolved.sideband/v1\nkind: Guardrails\nmetadata: {name: a}\nspec: {}\n"
            "---\n"
            "apiVersion: resolved.sideband/v1\nkind: Guardrails\nmetadata: {name: b}\nspec: "
            "{}\n"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Values, OfPeople,
    testing::Values(
        Mistake{"UnknownKey", reconciler("  intervall: 10s\n")},
        Mistake{"KeyOfALaterVersion", reconciler("  gates: {errorBudget: []}\n")},
        Mistake{"BareNumber", reconciler("  interval: 10\n")},
        Mistake{"BadPercent", reconciler("  gates: {maxChanges: {percent: 110%}}\n")},
        Mistake{"BadMode", reconciler("  mode: atuo\n")},
        Mistake{"BadModeFarOff", reconciler("  mode: yes\n")},
        Mistake{"ListForMap", reconciler("  gates:\n    - maxChanges: 1\n")},
        Mistake{"MapForList", reconciler("  detect: {sets: {a: b}}\n")},
        Mistake{"NothingForValue", reconciler("  interval:\n")},
        Mistake{"ZeroInterval", reconciler("  interval: 0s\n")},
        Mistake{"BadBool", reconciler("  suspend: no\n")},
        Mistake{"QuotedBool", reconciler("  suspend: \"true\"\n")},
        Mistake{"DuplicateKey", reconciler("  interval: 1s\n  interval: 2s\n")},
        Mistake{"IgnoreWithoutReason", reconciler("  detect: {ignore: [{path: ttl}]}\n")},
        Mistake{"CohortOutOfOrder",
                reconciler("  gates: {canary: {cohorts: [1, 50%, 10%, 100%]}}\n")},
        Mistake{"CohortsEndEarly", reconciler("  gates: {canary: {cohorts: [1, 50%]}}\n")},
        Mistake{"TooFewReviewers",
                reconciler("  gates: {approval: {reviewers: {count: 2, from: robot-a}}}\n")},
        Mistake{"ValueAndFields",
                with_sides("  desired: {target: shop-db, query: q, key: id}\n"
                           "  actual: {target: shop-cache, key: \"{id}\", value: \"{a}\", "
                           "fields: {a: \"{a}\"}}\n")},
        Mistake{"MisspeltFact", reconciler("  decide: {when: plan.chnages < 3}\n")},
        Mistake{"MistakesInABlock",
                reconciler("  decide:\n    when: |\n      plan.changes < 3 &&\n"
                           "      plan.delets == 0 || nwo > plan.observedAt\n")},
        Mistake{"RuleInQuotes", reconciler("  decide: {when: \"plan.changes == 'a'\"}\n")},
        Mistake{"RuleWithEscapes",
                reconciler("  decide: {when: \"requester == \\\"a\\\" && plan.x\"}\n")},
        Mistake{"RuleThatIsNoCondition", reconciler("  decide: {when: plan.changes}\n")},
        Mistake{"RiskThatNobodyAsksFor", reconciler("  decide: {risk: \"'high'\"}\n")},
        Mistake{"RiskWithoutARule", reconciler("  gates: {approval: {risk: [high]}}\n")},
        Mistake{"RiskThatIsNoWord", reconciler("  decide: {risk: \"'high'\"}\n"
                                               "  gates: {approval: {risk: [hgih]}}\n")},
        Mistake{"WithinTooShort", reconciler("  validate: {stayGood: 1m, within: 30s}\n")}),
    name_of);

std::string calendar_of(const std::string& spec) {
  return "apiVersion: resolved.sideband/v1\nkind: Calendar\nmetadata: {name: freeze}\nspec:\n" +
         spec + "---\n" + reconciler("  gates: {calendar: {deny: freeze}}\n");
}

INSTANTIATE_TEST_SUITE_P(
    Calendars, OfPeople,
    testing::Values(
        Mistake{
            "BadTimeOfDay",
            calendar_of("  timeZone: Europe/Berln\n  windows: [{from: \"1:00\", to: 02:00}]\n")},
        Mistake{"NoSuchZone", calendar_of("  timeZone: Europe/Berln\n"
                                          "  windows: [{from: 01:00, to: 02:00}]\n")},
        Mistake{"EndsOfTwoKinds",
                calendar_of("  timeZone: UTC\n"
                            "  windows: [{from: 01:00, to: 2026-12-20T18:00:00Z}]\n")},
        Mistake{"EndBeforeBegin", calendar_of("  timeZone: UTC\n  windows:\n"
                                              "    - from: 2026-12-20T18:00:00+01:00\n"
                                              "      to: 2026-12-20T17:00:00Z\n")},
        Mistake{"DaysOfAnInstant", calendar_of("  timeZone: UTC\n  windows:\n"
                                               "    - days: mon-fri\n"
                                               "      from: 2026-12-20T18:00:00Z\n"
                                               "      to: 2026-12-20T19:00:00Z\n")},
        Mistake{"DateWithoutOffset",
                calendar_of("  timeZone: UTC\n  windows:\n"
                            "    - {from: 2026-12-20T18:00:00, to: \"25:00\"}\n")},
        Mistake{"NoWindow", calendar_of("  timeZone: UTC\n  windows: []\n")},
        Mistake{"NoDay", calendar_of("  timeZone: UTC\n"
                                     "  windows: [{days: [monday], from: 01:00, to: 02:00}]\n")},
        Mistake{"RatesOfNobody",
                reconciler("---\napiVersion: resolved.sideband/v1\nkind: Guardrails\n"
                           "metadata: {name: site}\nspec:\n  rateLimits:\n"
                           "    owners: {prcing: 10}\n    targets: {shop-db: 5, shop-cache: 5}\n")},
        Mistake{"UnknownCalendar",
                calendar_of("  timeZone: UTC\n  windows: [{from: 01:00, to: 02:00}]\n") +
                    "---\napiVersion: resolved.sideband/v1\nkind: Guardrails\n"
                    "metadata: {name: site}\n"
                    "spec: {calendar: {allow: [freeez]}, decide: {when: plan.changs < 3}}\n"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Names, OfPeople,
    testing::Values(
        Mistake{"UnknownTarget", with_sides("  desired: {target: shop-bd, query: q, key: id}\n"
                                            "  actual: {target: nowhere, key: \"{id}\"}\n")},
        Mistake{"DriverKeyMisspelt", with_sides("  desired: {target: shop-db, qeury: q, key: id}\n"
                                                "  actual: {target: shop-cache, key: \"{id\"}\n")},
        Mistake{"WordsOfBefore", with_sides("  desired: {from: shop-db, query: q, key: id}\n"
                                            "  actual: {on: shop-cache, key: \"{id}\"}\n"
                                            "  wake: {on: [shop-db]}\n"
                                            "  validate: {independent: {on: shop-replica}}\n")},
        Mistake{"DriverOnTheWrongSide",
                with_sides("  desired: {target: shop-cache}\n  actual: {target: shop-db}\n")},
        Mistake{"NotIndependent", reconciler("  validate: {independent: {target: shop-cache}}\n")},
        Mistake{"IndependentByAnotherDriver",
                reconciler("  validate: {independent: {target: shop-db}}\n")},
        Mistake{"WakeByNobody", reconciler("  wake: {targets: [shop-db, shop-dx]}\n")},
        Mistake{"IgnoreThatARewriteOverwrites",
                with_sides("  mode: auto\n"
                           "  desired: {target: new-files, files: [a.yaml]}\n"
                           "  actual: {target: web-files, files: [a.yaml]}\n"
                           "  gates: {maxChanges: {count: 1}}\n"
                           "  detect: {format: yaml, ignore: [{path: /ttl, reason: varies}]}\n")},
        Mistake{"DeclaredOfBytes", reconciler("  detect: {compare: declared}\n")},
        Mistake{"ListKeysOfTheWhole",
                reconciler("  detect: {format: json, listKeys: [{path: /c, by: name}]}\n")},
        Mistake{
            "Overlap",
            reconciler("---\n") +
                renamed(with_sides(
                    "  desired: {target: shop-db, query: q, key: id}\n"
                    "  actual: {target: shop-cache, key: \"price:{id}:eu\", value: \"{n}\"}\n"))},
        Mistake{"LooserThanTheCeiling",
                reconciler("  mode: auto\n  gates: {maxChanges: {count: 500, window: 1m}}\n"
                           "---\n"
                           "apiVersion: resolved.sideband/v1\nkind: Guardrails\n"
                           "metadata: {name: site}\n"
                           "spec: {maxMode: approve, maxChanges: {count: 1000, window: 1h}}\n")},
        Mistake{"BreakerThatCanNeverOpen",
                reconciler("  gates: {circuitBreaker: {failures: 4, of: 3}}\n")},
        Mistake{"BreakerThatIsOpenForTooLong",
                reconciler("  gates: {circuitBreaker: {failures: 4, of: 101, open: 25h}}\n")},
        Mistake{"BreakerWithoutFailures", reconciler("  gates: {circuitBreaker: {of: 3}}\n")},
        Mistake{"LooserBreaker",
                reconciler("  gates: {circuitBreaker: {failures: 4, of: 5}}\n"
                           "---\n"
                           "apiVersion: resolved.sideband/v1\nkind: Guardrails\n"
                           "metadata: {name: site}\n"
                           "spec: {circuitBreaker: {failures: 3, of: 5, open: 10m}}\n")}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Warnings, OfPeople,
    testing::Values(
        Mistake{
            "ExpiredIgnore",
            reconciler("  detect: {format: yaml, ignore: [{path: /ttl, reason: old cache, expires: "
                       "2026-06-30}]}\n")},
        Mistake{"AutoWithoutNet", reconciler("  mode: auto\n")},
        Mistake{"PromiseThatCannotBeKept",
                reconciler("  interval: 1m\n  detect: {for: 5s}\n"
                           "  gates: {canary: {cohorts: [1, 10%, 100%], hold: 10s}}\n"
                           "  validate: {settle: 1s, stayGood: 4s}\n"
                           "  slo: {timeToConverge: {p95: 30s}}\n")}),
    name_of);

TEST(Mistakes, EmptyConfiguration) {
  EXPECT_EQ(
      compile({{"shop.yaml", "# nothing\n"}}, drivers_for_tests(), kCheckedAt).messages.render(),
      "shop.yaml: error: no document here; a configuration begins with apiVersion: "
      "resolved.sideband/v1\n");
}

TEST(Mistakes, AFeedMakesThePromiseKeepable) {
  EXPECT_EQ(check(reconciler("  interval: 1h\n  wake: {targets: shop-db}\n"
                             "  slo: {timeToConverge: {p95: 30s}}\n")),
            "");
}

}  // namespace
}  // namespace sideband::policy
