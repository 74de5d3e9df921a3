// Backup of a daemon at work and restore into its folder: copies that are whole or not there, and a
// log that cannot go back unseen.
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/crash_world.h"
#include "support/postgres_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;

const std::vector<int> kAll = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr const char* kSlow = "rateLimit: {maxPerSecond: 5, burst: 1}";

class Db : public testing::Test {
 protected:
  Daemon& daemon() { return world_.daemon; }
  std::string file(const std::string& name = "copy") { return daemon().path("out/" + name); }
  Finished backup(const std::string& to, const std::string& identity = "operator") {
    return daemon().cli({"-q", "db", "backup", to}, identity);
  }
  Finished restore(std::vector<std::string> more) {
    Words words = {"db", "restore"};
    words.insert(words.end(), more.begin(), more.end());
    return daemon().cli(words, "");
  }
  void start() {
    fs::create_directories(daemon().path("out"));
    ASSERT_NO_FATAL_FAILURE(daemon().start());
  }
  // Both folders without what starts with a dot, and with it.
  std::size_t entries(const std::string& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
  std::string log_of_audit() {
    fs::remove_all(daemon().path("audit"));
    EXPECT_TRUE(until([&] {
      return daemon().cli({"-q", "audit", "export", daemon().path("audit")}).code == 0;
    }));
    return slurp(daemon().path("audit/leaves.jsonl"));
  }
  bool verifies() {
    log_of_audit();
    const Finished done = daemon().cli(
        {"audit", "verify", daemon().path("audit"), "--key", daemon().public_key()}, "");
    EXPECT_EQ(done.code, 0) << done.err;
    return done.code == 0;
  }
  bool reaches_sync() {
    return until([&] {
      world_.push_prices();
      return world_.in_sync();
    });
  }
  std::string epoch() {
    SqliteClient store(daemon().state() + "/sideband.db");
    return store.list("select cast(epoch as blob) from tokens").at(0);
  }

  CrashWorld world_{"", kSlow};
};

TEST_F(Db, AMigrationIsShownBeforeItIsDone) {
  const auto migrate = [&](Words more) {
    Words words = {"db", "migrate"};
    words.insert(words.end(), more.begin(), more.end());
    return daemon().cli(words, "");
  };
  const Finished shown = migrate({"--plan"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_NE(shown.out.find("-- migration 1\nCREATE TABLE drifts"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("DRY-RUN"), std::string::npos);
  EXPECT_FALSE(fs::exists(daemon().state() + "/sideband.db"));
  EXPECT_EQ(migrate({}).code, 0);
  const Finished after = migrate({"--plan"});
  EXPECT_NE(after.out.find("nothing to do"), std::string::npos) << after.out;
  SqliteClient(daemon().state() + "/sideband.db").run("insert into migrations values (99, 0)");
  const Finished newer = migrate({"--plan"});
  EXPECT_EQ(newer.code, 2);
  EXPECT_NE(newer.err.find("schema version 99"), std::string::npos) << newer.err;
}

TEST_F(Db, ACopyMadeInTheMidstOfARepairIsAStoreThatGoesOn) {
  world_.break_items(kAll);
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(until([&] { return world_.writes_to("item:") >= 3; })) << daemon().log();
  const Finished made = backup(file());
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_LT(world_.writes_to("item:"), 16) << "the repair went on meanwhile";
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(entries(daemon().path("out")), 1U) << "nothing beside it";
  EXPECT_TRUE(reaches_sync());
  ASSERT_TRUE(verifies());

  // The log says who and where to; so does the copy of itself.
  const std::string told = log_of_audit();
  EXPECT_NE(told.find("\"kind\":\"backup\""), std::string::npos);
  EXPECT_NE(told.find(file()), std::string::npos);
  EXPECT_NE(told.find("\"actor\":\"operator\""), std::string::npos);

  EXPECT_EQ(restore({file(), "--yes"}).code, 6) << "a daemon holds the folder";
  EXPECT_EQ(daemon().stop().code, 0);
  const std::string before = epoch();
  const Finished dry = restore({file(), "--trust-store"});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_NE(dry.out.find("DRY-RUN"), std::string::npos) << dry.out;
  const Finished refused = restore({file(), "--yes"});
  EXPECT_EQ(refused.code, 9) << refused.err;
  EXPECT_NE(refused.err.find("LOG_FORKED"), std::string::npos) << refused.err;
  EXPECT_EQ(epoch(), before) << "a refusal changes nothing";

  const Finished done = restore({file(), "--trust-store", "--yes"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(std::stoi(epoch()), std::stoi(before) + 1);
  int kept = 0;
  for (const auto& entry : fs::directory_iterator(daemon().state())) {
    kept += entry.path().filename().string().starts_with("sideband.db.before-") ? 1 : 0;
  }
  EXPECT_GE(kept, 2) << "the old store and its anchor";

  ASSERT_NO_FATAL_FAILURE(daemon().start());
  EXPECT_TRUE(reaches_sync()) << daemon().log();
  EXPECT_TRUE(verifies());
  EXPECT_NE(log_of_audit().find("\"kind\":\"restore\""), std::string::npos);
  EXPECT_EQ(daemon().log().find("audit log is not signed"), std::string::npos) << daemon().log();
  EXPECT_EQ(daemon().stop().code, 0);
}

TEST_F(Db, ACopyOfEverythingThatWasSignedIsNoFork) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(until([&] { return log_of_audit().size() > 0; }));
  EXPECT_EQ(daemon().stop().code, 0);
  // A stopped folder's own file, as a copy of it has it.
  SqliteClient(daemon().state() + "/sideband.db").run("vacuum into '" + file() + "'");
  const Finished done = restore({file(), "--yes"});
  EXPECT_EQ(done.code, 0) << done.err;
  ASSERT_NO_FATAL_FAILURE(daemon().start());
  EXPECT_TRUE(verifies());
}

TEST_F(Db, ItWritesNewFilesOnlyAndFollowsNoLinks) {
  ASSERT_NO_FATAL_FAILURE(start());
  spill(file("taken"), "mine");
  fs::create_symlink(daemon().path("elsewhere"), file("link"));
  fs::create_directory_symlink(daemon().path("out"), daemon().path("folder-link"));
  const auto expect = [&](const std::string& to, int code, const std::string& said) {
    const Finished done = backup(to);
    EXPECT_EQ(done.code, code) << to << done.err;
    EXPECT_NE(done.err.find(said), std::string::npos) << done.err;
  };
  expect(file("taken"), 6, "never replaces a file");
  EXPECT_EQ(slurp(file("taken")), "mine");
  expect(file("link"), 6, "never replaces a file");
  EXPECT_FALSE(fs::exists(daemon().path("elsewhere")));
  expect(daemon().path("folder-link/copy"), 2, "links are not followed");
  expect(daemon().path("nowhere/copy"), 2, "the folder must be there");
  expect(daemon().state() + "/copy", 2, "is in the state folder");
  expect(daemon().state() + "/tokens/root", 2, "is in the state folder");
  const HttpAnswer relative = daemon().call("POST", "/api/v1/db/backup", R"({"file":"copy"})");
  EXPECT_EQ(relative.status, 400) << relative.body;
  EXPECT_EQ(daemon().call("POST", "/api/v1/db/backup", R"({"file":"/x"})", "").status, 401);
  EXPECT_EQ(entries(daemon().path("out")), 2U) << "nothing is left of what was refused";
}

TEST_F(Db, KilledInTheMidstLeavesNoFileWithTheName) {
  for (const char* point : {"backup_begun:1", "backup_written:1"}) {
    fs::create_directories(daemon().path("out"));
    ASSERT_NO_FATAL_FAILURE(daemon().start({{"SIDEBAND_CRASH_AT", point}}));
    EXPECT_NE(backup(file()).code, 0);
    ASSERT_TRUE(daemon().process().wait(std::chrono::seconds(20)));
    EXPECT_FALSE(fs::exists(file())) << point;
  }
  ASSERT_NO_FATAL_FAILURE(daemon().start());
  EXPECT_EQ(backup(file()).code, 0);
  EXPECT_EQ(entries(daemon().path("out")), 1U) << "what the killed ones left is gone";
}

TEST_F(Db, AFullDiskLeavesNothingAndHarmsNobody) {
  ASSERT_NO_FATAL_FAILURE(start());
  const std::string small = daemon().path("small");
  fs::create_directories(small);
  if (::getuid() != 0 || ::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "SKIPPED: a full disk needs root and a tmpfs of its own";
  }
  const std::unique_ptr<const std::string, void (*)(const std::string*)> mounted(
      &small, [](const std::string* path) { ::umount2(path->c_str(), MNT_DETACH); });
  const Finished done = backup(small + "/copy");
  EXPECT_EQ(done.code, 7) << done.err;
  EXPECT_NE(done.err.find("full"), std::string::npos) << done.err;
  EXPECT_EQ(entries(small), 0U);
  EXPECT_TRUE(daemon().ready());
  EXPECT_NE(log_of_audit().find("\"kind\":\"backup-end\""), std::string::npos);
  EXPECT_EQ(backup(file()).code, 0);
}

TEST_F(Db, WhatIsNoSoundStoreIsNotRestored) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(backup(file()).code, 0);
  EXPECT_EQ(daemon().stop().code, 0);
  spill(file("text"), "this is no database, whatever its name says");
  EXPECT_EQ(restore({file("text"), "--trust-store", "--yes"}).code, 9);
  SqliteClient(file("other")).run("create table t(a)");
  EXPECT_EQ(restore({file("other"), "--trust-store", "--yes"}).code, 9);
  fs::copy_file(file(), file("forged"));
  SqliteClient(file("forged")).run("update leaves set record = '{}' where idx = 0");
  const Finished forged = restore({file("forged"), "--trust-store", "--yes"});
  EXPECT_EQ(forged.code, 9) << forged.err;
  EXPECT_EQ(restore({file("nothing"), "--yes"}).code, 7);
  ASSERT_NO_FATAL_FAILURE(daemon().start());
  EXPECT_TRUE(verifies());
}

// The daemon that starts after a restore that was killed refuses to sign; the restore can be run
// again.
TEST_F(Db, ARestoreThatIsKilledCanBeRunAgain) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(backup(file()).code, 0);
  ASSERT_TRUE(until([&] { return log_of_audit().find("backup-end") != std::string::npos; }));
  EXPECT_EQ(daemon().stop().code, 0);
  for (const char* point : {"restore_aside", "restore_placed"}) {
    Command killed;
    killed.argv = {binary(),  "--state", daemon().state(), "db",
                   "restore", file(),    "--trust-store",  "--yes"};
    killed.env = {{"SIDEBAND_CRASH_AT", point}};
    EXPECT_EQ(run_to_end(killed).signal, SIGKILL);
    daemon().spawn();
    EXPECT_TRUE(daemon().logs("LOG_FORKED")) << point << daemon().log();
    daemon().kill_now();
    const Finished again = restore({file(), "--trust-store", "--yes"});
    ASSERT_EQ(again.code, 0) << point << again.err;
    ASSERT_NO_FATAL_FAILURE(daemon().start());
    EXPECT_TRUE(verifies()) << point;
    EXPECT_EQ(daemon().stop().code, 0);
  }
}

TEST(DbOfPostgres, IsBackedUpByItsServer) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server starts here";
  CrashWorld world(server->new_database());
  ASSERT_NO_FATAL_FAILURE(world.daemon.start());
  const Finished done = world.daemon.cli({"db", "backup", world.daemon.path("copy")});
  EXPECT_EQ(done.code, 2) << done.err;
  EXPECT_NE(done.err.find("pg_dump"), std::string::npos) << done.err;
  EXPECT_FALSE(fs::exists(world.daemon.path("copy")));
}

}  // namespace
}  // namespace sideband::e2e
