// `db stats` beside a daemon at work and without one, on both kinds of store.
#include <gtest/gtest.h>

#include "e2e/crash_world.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

// Of 2020, in the first six bytes of its id; each database writes bytes in its own way.
const std::string kOldDecision =
    "insert into decisions values (ID, 'items', '', 1577836800000000, 2, '')";

std::string old_decision(const std::string& id) {
  std::string statement = kOldDecision;
  return statement.replace(statement.find("ID"), 2, id);
}

class DbStats : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    PostgresServer* const server = on_postgres() ? PostgresServer::shared() : nullptr;
    if (on_postgres() && server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL here";
    if (on_postgres()) where_ = server->new_database();
    world_ = std::make_unique<CrashWorld>(where_);
    spill(daemon().path("conf/site.yaml"),
          "apiVersion: resolved.sideband/v1\nkind: Guardrails\nmetadata: {name: site}\n"
          "spec: {retention: {repairs: 90d, budget: 1GiB}}\n");
  }
  [[nodiscard]] static bool on_postgres() { return GetParam() == "postgres"; }
  Daemon& daemon() { return world_->daemon; }
  Finished stats(const Words& more) {
    Words words = {"db", "stats"};
    words.insert(words.end(), more.begin(), more.end());
    if (!where_.empty()) words.insert(words.end(), {"--postgres", where_});
    return daemon().cli(words, "");
  }
  Json json() {
    const Finished done = stats({"-o", "json"});
    EXPECT_EQ(done.code, 0) << done.err;
    return Json::parse(done.out, nullptr, false);
  }
  static Json table(const Json& all, const std::string& name) {
    for (const Json& one : all["tables"]) {
      if (one["table"] == name) return one;
    }
    ADD_FAILURE() << "no table " << name << " in " << all;
    return {};
  }
  void work() {
    world_->break_items({1, 2, 3});
    ASSERT_NO_FATAL_FAILURE(daemon().start());
    ASSERT_TRUE(until([&] {
      world_->push_prices();
      return world_->in_sync();
    })) << daemon().log();
  }

  std::string where_;
  std::unique_ptr<CrashWorld> world_;
};

TEST_P(DbStats, TellsWhatIsThereWithAndWithoutADaemon) {
  const Finished none = stats({});
  EXPECT_EQ(none.code, 2) << "there is no store yet: " << none.err;
  ASSERT_NO_FATAL_FAILURE(work());
  const Json running = json();
  EXPECT_EQ(table(running, "repairs")["kept"], "90d") << "as the configuration says";
  EXPECT_EQ(table(running, "decisions")["kept"], "30d");
  EXPECT_EQ(table(running, "leaves")["kept"], "for ever");
  EXPECT_GT(table(running, "leaves")["rows"], 5);
  EXPECT_EQ(running["budgetBytes"], 1 << 30);
  EXPECT_EQ(daemon().stop().code, 0);
  const Json stopped = json();
  for (const char* name : {"repairs", "plans", "chunks", "steps"}) {
    const Json one = table(stopped, name);
    EXPECT_GE(one["rows"], 1) << name;
    EXPECT_GT(one["contentBytes"], 0) << name;
    EXPECT_GT(one["diskBytes"], 0) << name;
    EXPECT_EQ(one["due"], 0) << name;
    EXPECT_TRUE(one.contains("oldest") && one.contains("next")) << name;
  }
  EXPECT_GE(table(stopped, "repairs")["rows"], table(running, "repairs")["rows"]);
}

TEST_P(DbStats, IsWrittenInEveryFormat) {
  ASSERT_NO_FATAL_FAILURE(daemon().start());
  const std::string text = stats({}).out;
  EXPECT_EQ(text.substr(0, 5), "TABLE") << text;
  EXPECT_NE(text.find("of a budget of 1.0 GiB"), std::string::npos) << text;
  EXPECT_NE(stats({"-o", "yaml"}).out.find("budgetBytes: 1073741824"), std::string::npos);
  EXPECT_EQ(stats({"-o", "jsonl"}).out.find("\n"), stats({"-o", "jsonl"}).out.size() - 1);
  EXPECT_NE(stats({"-o", "name"}).out.find("repairs\n"), std::string::npos);
}

TEST_P(DbStats, SaysWhatIsDue) {
  ASSERT_NO_FATAL_FAILURE(daemon().start());
  EXPECT_EQ(daemon().stop().code, 0);
  if (on_postgres()) {
    PostgresClient(where_).run(old_decision("'\\x016f5e66e80070008000000000000001'"));
  } else {
    SqliteClient(daemon().state() + "/sideband.db")
        .run(old_decision("x'016f5e66e80070008000000000000001'"));
  }
  const Json decisions = table(json(), "decisions");
  EXPECT_EQ(decisions["due"], 1);
  EXPECT_EQ(decisions["oldest"], "2020-01-01T00:00:00.000000Z");
  EXPECT_EQ(decisions["next"], "2020-01-31T00:00:00.000000Z");
  EXPECT_NE(stats({}).out.find("now"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Stores, DbStats, testing::Values("sqlite", "postgres"),
                         [](const auto& kind) { return kind.param; });

}  // namespace
}  // namespace sideband::e2e
