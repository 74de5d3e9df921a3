// A thousand reconcilers of a thousand items each, from one SQLite table to keys of one Redis: what
// memory they take at rest, and when all of them are woken at once.
#include <fstream>
#include <iostream>
#include <sstream>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

constexpr int kReconcilers = 1000;
constexpr double kMostAtRest = 64, kMostWoken = 160;  // MiB

class Fleet : public testing::Test {
 protected:
  void SetUp() override {
    fill();
    std::string yaml = target("source", "sqlite", "path: " + daemon_.path("want.db")) +
                       target("cache", "redis", "socket: " + redis_.socket());
    for (int i = 0; i < kReconcilers; ++i) {
      const std::string n = std::to_string(i);
      yaml += reconciler("r" + n,
                         "  mode: auto\n  interval: 24h\n"
                         "  desired: {target: source, query: \"select id, name from items where "
                         "tenant = " +
                             n + "\", key: id}\n  actual: {target: cache, key: \"t" + n +
                             ":{id}\", value: \"{name}\"}\n");
    }
    daemon_.configure(yaml);
    daemon_.token("operator");
  }

  void fill() {
    SqliteClient want(daemon_.path("want.db"));
    want.run(
        "create table items(tenant integer, id integer, name text, primary key(tenant, id)) "
        "without rowid");
    want.run(
        "with recursive n(i) as (select 0 union all select i + 1 from n where i < 999999) "
        "insert into items select i / 1000, i % 1000, 'product ' || i from n");
    RedisClient(redis_.socket())
        .command({"EVAL",
                  "for i = 0, 999999 do redis.call('SET', 't' .. math.floor(i / 1000) .. ':' .. "
                  "(i % 1000), 'product ' .. i) end",
                  "0"});
  }

  // A figure of the daemon in a file of /proc, in MiB; -1 where it is not to be read.
  double mib(const std::string& file, const std::string& name) {
    std::ifstream lines("/proc/" + std::to_string(daemon_.process().pid()) + "/" + file);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) / 1024;
    }
    return -1;
  }
  // Where the pages of libraries are divided among those who use them.
  double pss() { return mib("smaps_rollup", "Pss"); }
  bool rests() {
    return until([&] { return pss() <= kMostAtRest; }, std::chrono::seconds(60));
  }

  // Looks at everything that ended, of all reconcilers.
  double looks(const std::string& result) {
    std::istringstream text(daemon_.call("GET", "/metrics").body);
    double sum = 0;
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with("sideband_scans_total{")) continue;
      if (line.find("result=\"" + result + "\"") == std::string::npos) continue;
      sum += std::stod(line.substr(line.rfind(' ')));
    }
    return sum;
  }

  bool have_looked(int times) {
    return until([&] { return looks("ok") >= times * kReconcilers; }, std::chrono::seconds(120));
  }

  RedisServer redis_;
  Daemon daemon_;
};

TEST_F(Fleet, OfAThousandReconcilersTakesLittleMemoryAtRestAndWhenAllAreWoken) {
  daemon_.start();
  ASSERT_TRUE(have_looked(1)) << daemon_.log();
  if (pss() < 0) GTEST_SKIP() << "SKIPPED: this user may not read the memory of a daemon";
  EXPECT_TRUE(rests()) << pss() << " MiB at rest";
  for (int i = 0; i < kReconcilers; ++i) {
    const std::string path = "/api/v1/reconcilers/r" + std::to_string(i) + "/scan";
    ASSERT_EQ(daemon_.call("POST", path, "{}").status, 200) << path;
  }
  ASSERT_TRUE(have_looked(2)) << daemon_.log();
  EXPECT_EQ(looks("failed"), 0);
  const double peak = mib("status", "VmHWM");
  EXPECT_GT(peak, pss());
  EXPECT_LE(peak, kMostWoken) << "MiB at most, since the start";
  EXPECT_TRUE(rests()) << pss() << " MiB at rest again";
  std::cout << "at rest " << pss() << " MiB, at most " << peak << " MiB\n";
  EXPECT_EQ(daemon_.stop().code, 0);
}

}  // namespace
}  // namespace sideband::e2e
