// What good configurations decode to.
#include "settings/compile.h"

#include <rapidcheck/gtest.h>

#include "settings/drivers_for_tests.h"
#include "settings/load.h"
#include "settings/overlaps.h"
#include "support/temp_dir.h"

namespace sideband::policy {
namespace {

const char* const kShop = R"(apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-db}
spec:
  driver: table
  connect: {path: shop.db}
  password: {valueFrom: {env: SHOP_DB_PASSWORD}}
  limits: {readsPerSecond: 200k, bytesPerSecond: 8MiB}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-cache}
spec: {driver: cache, connect: {host: cache.internal}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-replica}
spec: {driver: cache, connect: {host: replica.internal, port: 6380}}
---
apiVersion: resolved.sideband/v1
kind: Group
metadata: {name: team-pricing}
spec: {members: [robot-a, robot-b]}
---
apiVersion: resolved.sideband/v1
kind: Reconciler
metadata:
  name: price-cache
  labels: {owner: team-pricing, environment: production, criticality: critical,
           repairType: cache, tier: "1"}
spec:
  mode: auto
  interval: 10s
  wake: {targets: shop-db}
  desired: {target: shop-db, query: "select id, amount from prices", key: id}
  actual: {target: shop-cache, key: "price:{id}", value: "{amount}", coverage: partial, sweep: 1h}
  detect: {for: 1s, maxAge: 20s, format: json, sets: [/tags],
           ignore: [{path: /ttl, reason: set by the cache, expires: 2027-06-30}]}
  repair: {strategy: invalidate}
  gates:
    maxChanges: {count: 5000, percent: 10%, window: 1h}
    rateLimit: {maxPerSecond: 500, burst: 1000}
    canary: {cohorts: [1, 1%, 100%], hold: 1s}
    cooldown: 1m
    approval: {reviewers: {count: 2, from: [team-pricing]}, expires: 30m}
  retry: {limit: 4, backoff: {initial: 1s, factor: 1.5, max: 30s}}
  validate: {independent: {target: shop-replica}, settle: 500ms, stayGood: 2s, within: 30s}
  slo: {timeToConverge: {p95: 30s}, successRate: 99%, reopenWithin: 10m}
)";

const WallTime kNow = *parse_time("2027-01-01T00:00:00.000000Z");

Compiled compile_text(const std::string& text) {
  return compile({{"shop.yaml", text}}, drivers_for_tests(), kNow);
}

TEST(Compile, DecodesRulesAndCalendars) {
  const std::string calendar = R"(---
apiVersion: resolved.sideband/v1
kind: Calendar
metadata: {name: office}
spec:
  timeZone: Europe/Berlin
  windows:
    - {days: [mon-wed, sun], from: 09:00, to: "24:00"}
    - {from: 22:30, to: 06:00}
    - {days: sat-mon, from: 00:00, to: 00:00}
    - {from: 2026-12-20T18:00:00+01:00, to: 2027-01-04T08:00:00Z}
)";
  const std::string decide =
      "  decide: {when: plan.changes < 3, risk: \"'low'\"}\n"
      "  gates: {calendar: {allow: [office]}, approval: {risk: [high, medium]}}\n";
  std::string text = kShop;
  text.replace(text.find("  gates:\n"), text.find("  retry:") - text.find("  gates:\n"), decide);
  const Compiled compiled = compile_text(text + calendar);
  ASSERT_EQ(compiled.messages.errors(), 0U) << compiled.messages.render();
  const ReconcilerSettings& reconciler = compiled.settings.reconcilers.at("price-cache");
  EXPECT_EQ(reconciler.decide.when, "plan.changes < 3");
  EXPECT_EQ(reconciler.gates.approval.risk, (std::vector{Risk::kHigh, Risk::kMedium}));
  EXPECT_EQ(reconciler.gates.calendar.allow, std::vector<std::string>{"office"});
  const CalendarSettings& office = compiled.settings.calendars.at("office");
  EXPECT_EQ(office.time_zone, "Europe/Berlin");
  ASSERT_EQ(office.windows.size(), 4U);
  EXPECT_EQ(office.windows[0].days, 0b0001111);
  EXPECT_EQ(office.windows[0].from_minute, 9 * 60);
  EXPECT_EQ(office.windows[0].to_minute, 24 * 60);
  EXPECT_EQ(office.windows[1].days, 0b1111111) << "every day";
  EXPECT_EQ(office.windows[2].days, 0b1000011);
  EXPECT_EQ(office.windows[2].to_minute, 0);
  EXPECT_FALSE(office.windows[3].is_weekly());
  EXPECT_EQ(format_time(*office.windows[3].from), "2026-12-20T17:00:00.000000Z");
}

// What was approved for some times is not approved for others.
TEST(Compile, AnEditedCalendarIsAnotherVersionOfWhatGoesByIt) {
  const auto versions = [](const std::string& to) {
    std::string text = kShop;
    text.replace(text.find("    cooldown: 1m\n"), 0, "    calendar: {deny: freeze}\n");
    const Compiled compiled = compile_text(
        text + "---\napiVersion: resolved.sideband/v1\nkind: Guardrails\nmetadata: {name: site}\n" +
        "spec: {calendar: {deny: [freeze]}}\n" +
        "---\napiVersion: resolved.sideband/v1\nkind: Calendar\nmetadata: {name: freeze}\n" +
        "spec: {timeZone: UTC, windows: [{from: 01:00, to: " + to + "}]}\n");
    EXPECT_EQ(compiled.messages.errors(), 0U) << compiled.messages.render();
    return std::pair(compiled.settings.reconcilers.at("price-cache").version,
                     compiled.settings.guardrails->version);
  };
  EXPECT_EQ(versions("02:00"), versions("02:00"));
  EXPECT_NE(versions("02:00").first, versions("03:00").first);
  EXPECT_NE(versions("02:00").second, versions("03:00").second);
}

TEST(Compile, DecodesTargets) {
  const Compiled compiled = compile_text(kShop);
  ASSERT_EQ(compiled.messages.render(), "");
  const TargetSettings& target = compiled.settings.targets.at("shop-db");
  EXPECT_EQ(target.driver, "table");
  EXPECT_EQ(target.connect,
            (DriverOptions{{"path", "shop.db"}, {"password.env", "SHOP_DB_PASSWORD"}}));
  EXPECT_EQ(target.limits.reads_per_second, 200'000);
  EXPECT_EQ(target.limits.bytes_per_second, 8 << 20);
  EXPECT_EQ(target.limits.connections, 2);
  EXPECT_EQ(compiled.settings.targets.at("shop-cache").connect.at("port"), "6379");
  EXPECT_THAT(compiled.settings.groups.at("team-pricing").members,
              testing::ElementsAre("robot-a", "robot-b"));
}

TEST(Compile, DecodesBothSidesOfAReconciler) {
  const Compiled compiled = compile_text(kShop);
  const ReconcilerSettings& r = compiled.settings.reconcilers.at("price-cache");
  EXPECT_EQ(r.source, "shop.yaml:25");
  EXPECT_EQ(r.version.size(), 64U);
  EXPECT_EQ(r.labels.owner, "team-pricing");
  EXPECT_EQ(r.labels.other.at("tier"), "1");
  EXPECT_EQ(r.mode, Mode::kAuto);
  EXPECT_THAT(r.wake.targets, testing::ElementsAre("shop-db"));
  EXPECT_EQ(r.desired.target, "shop-db");
  EXPECT_EQ(r.desired.options,
            (DriverOptions{{"query", "select id, amount from prices"}, {"key", "id"}}));
  EXPECT_EQ(r.actual.options, (DriverOptions{{"key", "price:{id}"}}));
  EXPECT_EQ(r.actual.value, "{amount}");
  EXPECT_EQ(r.actual.coverage, Coverage::kPartial);
  EXPECT_EQ(r.actual.sweep, std::chrono::hours(1));
}

TEST(Compile, DecodesRulesOfAReconciler) {
  const Compiled compiled = compile_text(kShop);
  const ReconcilerSettings& r = compiled.settings.reconcilers.at("price-cache");
  EXPECT_EQ(r.detect.hold, std::chrono::seconds(1));
  EXPECT_EQ(r.detect.format, ContentFormat::kJson);
  EXPECT_EQ(r.detect.ignore.at(0).reason, "set by the cache");
  EXPECT_EQ(format_time(*r.detect.ignore.at(0).expires), "2027-06-30T00:00:00.000000Z");
  EXPECT_EQ(r.repair.strategy, Strategy::kInvalidate);
  EXPECT_EQ(r.gates.max_changes.percent, 100'000);
  EXPECT_EQ(r.gates.canary.cohorts.at(0).count, 1);
  EXPECT_EQ(r.gates.canary.cohorts.at(2).percent, 1'000'000);
  EXPECT_EQ(r.gates.approval.reviewers, 2);
  EXPECT_EQ(r.retry.factor, 1.5);
  EXPECT_EQ(r.validate.independent, "shop-replica");
  EXPECT_EQ(r.slo.time_to_converge_p95, std::chrono::seconds(30));
  EXPECT_EQ(r.slo.success_rate, 990'000);
}

TEST(Compile, VersionsFollowMeaningNotLayout) {
  const std::string text = kShop;
  std::string moved = text;
  moved.replace(moved.find("  mode: auto\n"), 13, "");
  moved.replace(moved.find("spec:\n  interval"), 5, "spec:  # a note\n  mode: \"auto\"");
  std::string changed = text;
  changed.replace(changed.find("interval: 10s"), 13, "interval: 11s");
  const auto version = [](const std::string& t) {
    return compile_text(t).settings.reconcilers.at("price-cache").version;
  };
  EXPECT_EQ(version(text), version(moved));
  EXPECT_NE(version(text), version(changed));
  EXPECT_EQ(compile_text(text).settings.version, compile_text(moved).settings.version);
  EXPECT_NE(compile_text(text).settings.version, compile_text(changed).settings.version);
}

// What was approved for one place is not for another that has got its name.
TEST(Compile, AVersionCoversTheTargetsOfTheReconciler) {
  const auto edited = [](const std::string& from, const std::string& to) {
    std::string text = kShop;
    text.replace(text.find(from), from.size(), to);
    return compile_text(text).settings.reconcilers.at("price-cache").version;
  };
  const std::string before = edited("driver", "driver");
  EXPECT_NE(before, edited("shop.db", "other.db"));
  EXPECT_NE(before, edited("cache.internal", "other.internal"));
  EXPECT_NE(before, edited("replica.internal", "other.internal"));
  EXPECT_NE(before, edited("readsPerSecond: 200k", "readsPerSecond: 100k"));
  EXPECT_EQ(before, edited("robot-a", "robot-c")) << "groups are asked when somebody approves";
  const std::string other =
      "---\napiVersion: resolved.sideband/v1\nkind: Target\nmetadata: {name: other}\n"
      "spec: {driver: cache, connect: {host: other.internal}}\n";
  EXPECT_EQ(before, compile_text(kShop + other).settings.reconcilers.at("price-cache").version);
}

TEST(Compile, CeilingsFillWhatAReconcilerLeavesOpen) {
  std::string text = kShop;
  text.replace(text.find("    rateLimit: {maxPerSecond: 500, burst: 1000}\n"), 48, "");
  text += R"(---
apiVersion: resolved.sideband/v1
kind: Guardrails
metadata: {name: site}
spec: {maxMode: auto, maxChanges: {count: 10000, window: 1h}, rateLimit: {maxPerSecond: 50}}
)";
  const Compiled compiled = compile_text(text);
  EXPECT_EQ(compiled.messages.render(), "");
  EXPECT_EQ(compiled.settings.reconcilers.at("price-cache").gates.rate_limit.max_per_second, 50);
  EXPECT_EQ(compiled.settings.reconcilers.at("price-cache").gates.max_changes.count, 5000);
  EXPECT_EQ(compiled.settings.guardrails->max_changes.count, 10'000);
}

// A reconciler with this breaker, below that of the site.
Compiled with_breakers(const std::string& own, const std::string& site) {
  std::string text = kShop;
  const std::string rate = "    rateLimit: {maxPerSecond: 500, burst: 1000}\n";
  if (!own.empty()) text.insert(text.find(rate), "    circuitBreaker: {" + own + "}\n");
  if (!site.empty()) {
    text +=
        "---\napiVersion: resolved.sideband/v1\nkind: Guardrails\nmetadata: {name: site}\n"
        "spec: {circuitBreaker: {" +
        site + "}}\n";
  }
  return compile_text(text);
}

TEST(Compile, ABreakerOfTheSiteIsThatOfAllAndOnlyTightenedByTheirOwn) {
  const char* const site = "failures: 3, of: 5, open: 10m, probe: 10";
  const auto gates = [](const Compiled& compiled) {
    EXPECT_EQ(compiled.messages.render(), "");
    return compiled.settings.reconcilers.at("price-cache").gates.breaker;
  };
  EXPECT_FALSE(gates(with_breakers("", "")).is_set());
  EXPECT_EQ(gates(with_breakers("failures: 3", "")).of, 3) << "in a row";
  EXPECT_EQ(gates(with_breakers("", site)).failures, 3);
  EXPECT_EQ(gates(with_breakers("failures: 2, of: 5", site)).failures, 2);
  for (const char* const tight :
       {"failures: 3, of: 5", "failures: 1, of: 100", "failures: 3, of: 6, open: 24h, probe: 1"}) {
    EXPECT_EQ(with_breakers(tight, site).messages.errors(), 0U) << tight;
  }
  for (const char* const loose :
       {"failures: 4, of: 5", "failures: 3, of: 4", "failures: 3", "failures: 3, of: 5, open: 9m",
        "failures: 3, of: 5, probe: 11"}) {
    EXPECT_EQ(with_breakers(loose, site).messages.errors(), 1U) << loose;
  }
}

TEST(Compile, ABreakerThatCannotBeIsAnErrorWhereverItStands) {
  for (const char* const wrong :
       {"failures: 0", "failures: 4, of: 3", "of: 3", "failures: 1, of: 101", "failures: 101",
        "failures: 1, open: 25h", "failures: 1, open: 999ms", "failures: 1, open: 0s",
        "failures: 1, probe: 0", "failures: 20%", "failures: 1, window: 1m", "failures: -1"}) {
    EXPECT_EQ(with_breakers(wrong, "").messages.errors(), 1U) << wrong;
    EXPECT_EQ(with_breakers("", wrong).messages.errors(), 1U) << "of the site: " << wrong;
  }
}

Compiled with_retention(const std::string& retention) {
  return compile_text(
      "apiVersion: resolved.sideband/v1\nkind: Guardrails\nmetadata: {name: site}\n"
      "spec: {retention: " +
      retention + "}\n");
}

TEST(Compile, RetentionHasItsDefaultsWhereAKeyIsLeftOut) {
  const Compiled compiled = with_retention("{repairs: 90d, budget: 500MiB}");
  EXPECT_EQ(compiled.messages.render(), "");
  const RetentionSettings& retention = compiled.settings.guardrails->retention;
  EXPECT_EQ(retention.repairs, std::chrono::hours(24 * 90));
  EXPECT_EQ(retention.undo, std::chrono::hours(24 * 30));
  EXPECT_EQ(retention.budget, std::int64_t{500} << 20);
}

TEST(Compile, RetentionThatWouldEraseTooMuchIsAnError) {
  for (const char* const wrong :
       {"{repairs: 20d, undo: 21d}", "{repairs: 20d}", "{repairs: 1h, undo: 1h}", "{undo: 0s}",
        "{decisions: 0s}", "{drafts: 5m}", "{budget: 1KiB}", "{budget: 2}", "{audit: 1d}"}) {
    EXPECT_EQ(with_retention(wrong).messages.errors(), 1U) << wrong;
  }
  EXPECT_NE(with_retention("{repairs: 20d}")
                .messages.render()
                .find("spec.retention.undo: 30d is longer than spec.retention.repairs, 20d"),
            std::string::npos);
}

TEST(Compile, NothingAtAllIsAnError) {
  EXPECT_EQ(compile({}, drivers_for_tests(), kNow).messages.errors(), 1U);
}

// Damage of any kind gives settings or errors, never a crash, and damage is never silent loss.
RC_GTEST_PROP(CompileHostile, DamagedTextNeverCrashes, ()) {
  std::string text = kShop;
  for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
    const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
    const std::size_t length = *rc::gen::inRange<std::size_t>(0, 30);
    const auto with = *rc::gen::elementOf(std::vector<std::string>{
        "", "\n", ":", "- ", "{", "}", "[", "]", "'", "0", "&a ", "*a", "spec", "\n---\n"});
    text.replace(at, length, with);
  }
  const Compiled compiled = compile_text(text);
  RC_ASSERT(compiled.ok() || !compiled.messages.render().empty());
  RC_ASSERT(!compiled.ok() || !compiled.settings.reconcilers.contains(""));
}

TEST(Patterns, MeetWhenOneTextFitsBoth) {
  EXPECT_TRUE(patterns_meet("price:{id}", "price:{sku}"));
  EXPECT_TRUE(patterns_meet("price:{id}", "price:{id}:eu"));
  EXPECT_TRUE(patterns_meet("{a}:eu", "price:{b}"));
  EXPECT_TRUE(patterns_meet("conf/*.yaml", "conf/app.yaml"));
  EXPECT_FALSE(patterns_meet("price:{id}", "stock:{id}"));
  EXPECT_FALSE(patterns_meet("{id}:eu", "{id}:us"));
  EXPECT_FALSE(patterns_meet("a", "b"));
  EXPECT_TRUE(patterns_meet("{{x}}", "{{x}}"));
}

TEST(ReadSources, SaysWhatIsMissing) {
  EXPECT_EQ(read_sources("/nonexistent/shop.yaml").error().message,
            "/nonexistent/shop.yaml: there is no such file or folder");
  EXPECT_EQ(read_sources("/dev/null").error().message, "/dev/null: is not a regular file");
}

const std::string kGuardrails =
    "apiVersion: resolved.sideband/v1\nkind: Guardrails\nmetadata: {name: site}\n"
    "spec: {maxMode: observe}\n";

class BesideTest : public testing::Test {
 protected:
  BesideTest() { spill(folder_.path("sideband.yaml"), kShop); }
  std::string problem(const std::string& path, const std::vector<std::string>& also = {}) {
    const auto sources = read_sources(path, also);
    return sources.ok() ? "" : sources.error().message;
  }
  TempDir folder_;
};

TEST_F(BesideTest, K1_8_ConfigurationBesideSidebandYamlIsNeverSilentlyLeftOut) {
  spill(folder_.path("guardrails.yaml"), kGuardrails);
  EXPECT_EQ(problem(folder_.path()),
            folder_.path("guardrails.yaml") +
                ": is configuration, but not read, because its folder has a sideband.yaml; move "
                "it to " +
                folder_.path() +
                "/conf.d/, or give sideband.yaml another name: then all *.yaml of the folder are "
                "read");
  std::filesystem::create_directory(folder_.path("conf.d"));
  std::filesystem::rename(folder_.path("guardrails.yaml"), folder_.path("conf.d/guardrails.yaml"));
  EXPECT_EQ(problem(folder_.path()), "");
  spill(folder_.path("more.yml"), "# ours\n---\n{apiVersion: resolved.sideband/v9, kind: Later}\n");
  EXPECT_THAT(problem(folder_.path()), testing::HasSubstr("more.yml: is configuration"));
}

TEST_F(BesideTest, K1_8_GuardrailsBesideASingleFileAreNeverSilentlyLeftOut) {
  const std::string file = folder_.path("sideband.yaml");
  spill(folder_.path("site.yaml"), "a: 1\n---\n" + kGuardrails);
  EXPECT_EQ(problem(file),
            folder_.path("site.yaml") + ": holds Guardrails, which would not hold for " + file +
                " alone; give the folder " + folder_.path() + " instead, or put them into " + file);
  EXPECT_EQ(problem(file, {file, folder_.path("site.yaml")}), "") << "both are read";
}

TEST_F(BesideTest, FilesOfOthersMayLieThere) {
  spill(folder_.path("values.yaml"), "a: [\n");
  spill(folder_.path("deployment.yaml"), "apiVersion: apps/v1\nkind: Guardrails\n");
  spill(folder_.path(".hidden.yaml"), kGuardrails);
  spill(folder_.path("sideband.yaml.orig"), kGuardrails);
  EXPECT_EQ(problem(folder_.path()), "");
  EXPECT_EQ(problem(folder_.path("sideband.yaml")), "");
}

}  // namespace
}  // namespace sideband::policy
