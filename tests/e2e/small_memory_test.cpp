// A daemon that has 128 MiB of memory for all that it does.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "e2e/daemon.h"
#include "support/memory_group.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kLimit = 128 << 20;

class SmallMemory : public testing::Test {
 protected:
  void SetUp() override {
    group_ = MemoryGroup::make(kLimit);
    if (!group_) GTEST_SKIP() << "SKIPPED: no control group for memory can be made here";
    daemon_.token("operator");
  }
  // Before it has done anything.
  void start() {
    daemon_.spawn();
    ASSERT_TRUE(group_->take(daemon_.process().pid()));
    ASSERT_TRUE(until([&] { return daemon_.ready(); }, std::chrono::seconds(60))) << daemon_.log();
  }
  void TearDown() override {
    if (!group_) return;
    EXPECT_EQ(group_->kills(), 0);
    EXPECT_TRUE(daemon_.process().running()) << daemon_.log();
    EXPECT_EQ(daemon_.stop().code, 0);
  }
  std::string copies(const std::string& name, const std::string& more = "") {
    return target(name + "-from", "sqlite", "path: " + daemon_.path(name + ".db")) +
           target(name + "-to", "sqlite", "path: " + daemon_.path(name + "-copy.db")) +
           reconciler(name,
                      "  mode: auto\n  interval: 1h\n  gates: {maxDeletes: {percent: 100%}}\n"
                      "  validate: {within: 5m}\n"
                      "  desired: {target: " +
                          name + "-from, table: t, key: id" + more + "}\n  actual: {target: " +
                          name + "-to, table: t, key: id" + more + "}\n");
  }

  std::unique_ptr<MemoryGroup> group_;
  Daemon daemon_;
};

// What runs: 100,000 missing rows, beside values and files that are larger than the memory.
TEST_F(SmallMemory, RepairsManyRowsAndLeavesAloneWhatDoesNotFit) {
  {
    SqliteClient many(daemon_.path("many.db"));
    many.run("create table t(id integer primary key, a text, b text)");
    many.run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) "
        "insert into t select i, hex(randomblob(40)), 'row ' || i from n");
    SqliteClient(daemon_.path("many-copy.db"))
        .run("create table t(id integer primary key, a text, b text)");
    SqliteClient huge(daemon_.path("huge.db"));
    huge.run("create table t(id integer primary key, a blob)");
    huge.run(
        "insert into t values(1, 'small'), (2, zeroblob(300000000)), (3, zeroblob(2000000)), "
        "(4, 'small')");
    SqliteClient(daemon_.path("huge-copy.db"))
        .run("create table t(id integer primary key, a blob)");
  }
  std::filesystem::create_directories(daemon_.path("want"));
  std::filesystem::create_directories(daemon_.path("have"));
  spill(daemon_.path("want/small"), "small");
  spill(daemon_.path("want/large"), "");
  std::filesystem::resize_file(daemon_.path("want/large"), 400'000'000);
  daemon_.configure(copies("many") + copies("huge") +
                    target("want", "files", "root: " + daemon_.path("want")) +
                    target("have", "files", "root: " + daemon_.path("have")) +
                    reconciler("files",
                               "  mode: auto\n  interval: 1h\n"
                               "  desired: {target: want, files: \"*\"}\n"
                               "  actual: {target: have, files: \"*\"}\n"));
  start();
  SqliteClient copy(daemon_.path("many-copy.db"));
  EXPECT_TRUE(until([&] { return copy.list("select count(*) from t").front() == "100000"; },
                    std::chrono::seconds(180)))
      << daemon_.log();
  SqliteClient huge(daemon_.path("huge-copy.db"));
  EXPECT_TRUE(until([&] {
    return huge.list("select group_concat(id) from (select id from t order by id)").front() ==
           "1,3,4";
  })) << daemon_.log();
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("have/small")) == "small"; }));
  EXPECT_FALSE(std::filesystem::exists(daemon_.path("have/large")));
  EXPECT_TRUE(until([&] { return daemon_.repairs("", true).empty(); }, std::chrono::seconds(60)));
  EXPECT_THAT(daemon_.cli({"get", "reconcilers"}).out, HasSubstr("many"));
}

}  // namespace
}  // namespace sideband::e2e
