// What is in the state folder is compared with what was signed there before anything acts on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "e2e/daemon.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void configure_fleet(const Daemon& daemon) {
  daemon.configure(target("source", "files", "root: " + daemon.path("desired")) +
                   target("nodes", "files", "root: " + daemon.path("nodes")) +
                   reconciler("fleet",
                              "  mode: auto\n  interval: 200ms\n  gates: {cooldown: 50ms}\n"
                              "  desired: {target: source, files: \"*.conf\"}\n"
                              "  actual: {target: nodes, files: \"*.conf\"}\n"));
}

class NewState : public testing::Test {
 protected:
  NewState() {
    want("first\n");
    put("wrong\n");
    configure_fleet(daemon_);
  }
  void want(const std::string& text) { spill(daemon_.path("desired/a.conf"), text); }
  void put(const std::string& text) { spill(daemon_.path("nodes/a.conf"), text); }
  std::string is() { return slurp(daemon_.path("nodes/a.conf")); }
  std::string in_state(const std::string& name) { return daemon_.state() + "/" + name; }
  // Starts, repairs, and stops with everything signed.
  void serve_once() {
    ASSERT_NO_FATAL_FAILURE(daemon_.start());
    const std::string right = slurp(daemon_.path("desired/a.conf"));
    ASSERT_TRUE(until([&] { return is() == right; })) << daemon_.log();
    ASSERT_TRUE(until([&] { return daemon_.repairs("fleet", true).empty(); }));
    EXPECT_EQ(daemon_.stop().code, 0);
  }
  void keep_store(const std::string& as) {
    for (const char* ending : {"", "-wal", "-shm"}) {
      const std::string file = in_state("sideband.db") + ending;
      if (fs::exists(file)) fs::copy(file, daemon_.path(as) + ending);
    }
  }
  void replace_store(const std::string& by) {
    remove_store();
    fs::copy(by, in_state("sideband.db"));
    if (fs::exists(by + "-wal")) fs::copy(by + "-wal", in_state("sideband.db-wal"));
  }
  void remove_store() {
    for (const char* ending : {"", "-wal", "-shm"}) fs::remove(in_state("sideband.db") + ending);
  }
  // It ends by itself, says why and what to do, and repairs nothing.
  void expect_refusal(const std::string& says) {
    put("drifted\n");
    const Finished ended = daemon_.cli({"serve"}, "");
    EXPECT_EQ(ended.code, 9) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("LOG_FORKED: "));
    EXPECT_THAT(ended.err, HasSubstr(says));
    EXPECT_THAT(ended.err, HasSubstr("--new-state REASON"));
    EXPECT_EQ(is(), "drifted\n");
  }
  // With the option it goes on, once, and the log says why.
  void expect_accepted() {
    daemon_.serve_options = {"--new-state", "the disk was lost"};
    ASSERT_NO_FATAL_FAILURE(serve_once());
    daemon_.serve_options.clear();
    want("after\n");
    ASSERT_NO_FATAL_FAILURE(daemon_.start());
    EXPECT_TRUE(until([&] { return is() == "after\n"; })) << daemon_.log();
    const std::string folder = daemon_.path("export-" + std::to_string(++exports_));
    EXPECT_EQ(daemon_.cli({"audit", "export", folder}).code, 0);
    EXPECT_EQ(daemon_.cli({"audit", "verify", folder, "--key", daemon_.public_key()}).code, 0);
    EXPECT_THAT(records_in(folder), HasSubstr("\"kind\":\"new-state\""));
    EXPECT_THAT(records_in(folder), HasSubstr("the disk was lost"));
    EXPECT_EQ(daemon_.stop().code, 0);
  }
  static std::string records_in(const std::string& folder) {
    std::string all;
    for (const auto& file : fs::recursive_directory_iterator(folder)) {
      if (file.is_regular_file()) all += slurp(file.path());
    }
    return all;
  }

  Daemon daemon_;
  int exports_ = 0;
};

TEST_F(NewState, K8_2_AFirstStartAndARestartNeedNothing) {
  serve_once();
  want("second\n");
  serve_once();
  daemon_.start();
  daemon_.kill_now();
  want("third\n");
  serve_once();
}

TEST_F(NewState, K8_2_AnOlderCopyOfTheStoreDoesNotAct) {
  serve_once();
  keep_store("older.db");
  want("second\n");
  serve_once();
  replace_store(daemon_.path("older.db"));
  expect_refusal("audit leaves, but");
  expect_refusal("audit leaves, but");  // nor the second time
  expect_accepted();
}

TEST_F(NewState, K8_2_AFolderWhoseStoreIsGoneDoesNotAct) {
  serve_once();
  remove_store();
  expect_refusal("its store sideband.db is gone");
  EXPECT_FALSE(fs::exists(in_state("sideband.db"))) << "the next start has to see it too";
  expect_accepted();
}

TEST_F(NewState, K8_2_AnOldRecordThatWasEditedDoesNotAct) {
  serve_once();
  SqliteClient(in_state("sideband.db")).run("update leaves set record = '{}' where idx = 1");
  expect_refusal("is not the one signed");
  remove_store();  // as the message says
  expect_accepted();
}

// Of a log that an earlier build wrote no sample can be taken.
TEST_F(NewState, K8_2_OneThatNoSampleMeetsIsFoundBehindTheStart) {
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(daemon_.call("POST", "/api/v1/pause", R"({"reason": "test"})").status, 200);
    ASSERT_EQ(daemon_.call("POST", "/api/v1/resume", "{}").status, 200);
  }
  EXPECT_EQ(daemon_.stop().code, 0);
  {
    SqliteClient store(in_state("sideband.db"));
    store.run("delete from audit_nodes");
    store.run("update leaves set record = '{}' where idx = 100");
  }
  daemon_.spawn();
  EXPECT_TRUE(daemon_.logs("LOG_FORKED: audit leaves in the store are not those"));
  EXPECT_TRUE(until([&] { return daemon_.call("GET", "/readyz").status == 503; }));
  put("drifted\n");
  const Finished status = daemon_.cli({"get", "reconcilers"});
  EXPECT_THAT(status.out, HasSubstr("paused")) << status.err;
}

TEST_F(NewState, K8_2_AStoreOfAnotherSiteDoesNotAct) {
  serve_once();
  Daemon other;
  spill(other.path("desired/a.conf"), "theirs\n");
  spill(other.path("nodes/a.conf"), "");
  configure_fleet(other);
  ASSERT_NO_FATAL_FAILURE(other.start());
  EXPECT_TRUE(until([&] { return slurp(other.path("nodes/a.conf")) == "theirs\n"; }));
  EXPECT_EQ(other.stop().code, 0);
  replace_store(other.state() + "/sideband.db");
  expect_refusal("this store is older than or different from the one signed before");
  expect_accepted();
}

TEST_F(NewState, K8_2_TheOptionIsForOnceAndNeedsAReason) {
  serve_once();
  const Finished again = daemon_.cli({"serve", "--new-state", "because"}, "");
  EXPECT_EQ(again.code, 2) << again.err;
  EXPECT_THAT(again.err, HasSubstr("start without it"));
  EXPECT_EQ(daemon_.cli({"serve", "--new-state", ""}, "").code, 2);
}

TEST_F(NewState, K8_2_AFirstStartMaySayWhy) {
  daemon_.serve_options = {"--new-state", "the first start of this site"};
  serve_once();
}

// What is written to a file that nobody can find any more is gone with the next start.
TEST_F(NewState, K6_AStoreThatIsRemovedWhileItRunsActsNoMore) {
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  ASSERT_TRUE(until([&] { return is() == "first\n"; })) << daemon_.log();
  ASSERT_TRUE(until([&] { return daemon_.repairs("fleet", true).empty(); }));
  fs::rename(in_state("sideband.db"), in_state("away"));
  put("drifted\n");
  ASSERT_TRUE(until([&] { return daemon_.call("GET", "/readyz").status == 503; }));
  EXPECT_THAT(daemon_.call("GET", "/readyz").body, HasSubstr("removed or replaced"));
  let_pass(std::chrono::seconds(1));
  EXPECT_EQ(is(), "drifted\n");
  fs::rename(in_state("away"), in_state("sideband.db"));
  EXPECT_TRUE(until([&] { return is() == "first\n"; })) << daemon_.log();
}

TEST_F(NewState, K6_AStoreThatAnotherOneTakesThePlaceOfActsNoMore) {
  serve_once();
  keep_store("copy.db");
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  ASSERT_TRUE(until([&] { return daemon_.ready(); }));
  fs::rename(daemon_.path("copy.db"), in_state("sideband.db"));
  put("drifted\n");
  ASSERT_TRUE(until([&] { return daemon_.call("GET", "/readyz").status == 503; }));
  EXPECT_EQ(is(), "drifted\n");
}

}  // namespace
}  // namespace sideband::e2e
