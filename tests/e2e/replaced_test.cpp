// What is connected may be another one now: files and folders that something else takes the place
// of, under the daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <filesystem>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

class Replaced : public testing::Test {
 protected:
  std::string status(const std::string& name) {
    return daemon_.get("/api/v1/reconcilers/" + name).value("status", "");
  }
  void make(const std::string& file, const std::string& name) {
    SqliteClient client(daemon_.path(file));
    client.run("create table product(id integer primary key, name text)");
    client.run("insert into product values(1, '" + name + "')");
  }
  // The names of the products, in a cache.
  void configure_cache(const RedisServer& server, const std::string& more,
                       const std::string& of_cache = "") {
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        target("cache", "redis", "socket: " + server.socket()) +
        reconciler("prices",
                   "  mode: auto\n  interval: 100ms\n" + more +
                       "  desired: {target: shop, query: \"select id, name from product\","
                       " key: id}\n"
                       "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"" +
                       of_cache + "}\n"));
  }
  // The folders want and have.
  void configure_fleet() {
    daemon_.configure(target("want", "files", "root: " + daemon_.path("want")) +
                      target("have", "files", "root: " + daemon_.path("have")) +
                      reconciler("fleet",
                                 "  mode: auto\n  interval: 100ms\n  gates: {cooldown: 10ms}\n"
                                 "  desired: {target: want, files: \"*.conf\"}\n"
                                 "  actual: {target: have, files: \"*.conf\"}\n"));
  }
  void put_in_place(const std::string& file, const std::string& of) {
    std::filesystem::rename(daemon_.path(file), daemon_.path(of));
  }

  Daemon daemon_;
};

TEST_F(Replaced, K6_1_ASourceThatIsReplacedIsReadAnew) {
  const RedisServer server;
  RedisClient redis(server.socket());
  make("shop.db", "lamp");
  configure_cache(server, "  gates: {cooldown: 10ms}\n  wake: {targets: [shop]}\n");
  daemon_.start();
  ASSERT_TRUE(until([&] { return redis.command({"GET", "product:1"}) == "lamp"; }));
  make("next.db", "desk");
  put_in_place("next.db", "shop.db");
  EXPECT_TRUE(until([&] {
    return redis.command({"GET", "product:1"}) == "desk";
  })) << daemon_.log();
  // As its application does, which knows the new database.
  redis.command({"SET", "product:1", "desk"});
  let_pass(seconds(1));
  EXPECT_EQ(redis.command({"GET", "product:1"}), "desk");
  EXPECT_EQ(status("prices"), "in_sync");
  EXPECT_THAT(daemon_.log(), HasSubstr("another file was put in the place of a database"));
}

TEST_F(Replaced, K6_1_ATargetThatIsReplacedIsRepairedWhereItIsNow) {
  make("want.db", "lamp");
  make("have.db", "other");
  daemon_.configure(target("want", "sqlite", "path: " + daemon_.path("want.db")) +
                    target("have", "sqlite", "path: " + daemon_.path("have.db")) +
                    reconciler("products",
                               "  mode: auto\n  interval: 100ms\n  gates: {cooldown: 10ms}\n"
                               "  desired: {target: want, table: product, key: id}\n"
                               "  actual: {target: have, table: product, key: id}\n"));
  daemon_.start();
  ASSERT_TRUE(until([&] { return status("products") == "in_sync"; })) << daemon_.log();
  make("next.db", "restored from a copy");
  put_in_place("next.db", "have.db");
  const auto name = [&] {
    return SqliteClient(daemon_.path("have.db")).list("select name from product").at(0);
  };
  EXPECT_TRUE(until([&] { return name() == "lamp"; })) << daemon_.log();
  EXPECT_TRUE(until([&] { return status("products") == "in_sync"; }));
  for (const Json& repair : daemon_.repairs("products")) {
    EXPECT_NE(repair.at("state"), "needs_human") << repair.dump(1);
  }
}

TEST_F(Replaced, K6_1_AFileThatIsGoneIsSaidAndDeletesNothing) {
  const RedisServer server;
  RedisClient redis(server.socket());
  make("shop.db", "lamp");
  configure_cache(server, "  repair: {prune: true}\n", ", sweep: 1s");
  daemon_.start();
  ASSERT_TRUE(until([&] { return redis.command({"GET", "product:1"}) == "lamp"; }));
  std::filesystem::remove(daemon_.path("shop.db"));
  EXPECT_TRUE(until([&] { return status("prices") == "failing"; })) << daemon_.log();
  let_pass(seconds(2));
  EXPECT_EQ(redis.command({"GET", "product:1"}), "lamp");
}

class ReplacedRoot : public Replaced {
 protected:
  ReplacedRoot() {
    spill(daemon_.path("want/a.conf"), "on\n");
    spill(daemon_.path("have/a.conf"), "on\n");
    spill(daemon_.path("elsewhere/a.conf"), "not ours\n");
    configure_fleet();
    daemon_.start();
  }
  void lead_elsewhere() {
    namespace fs = std::filesystem;
    fs::rename(daemon_.path("have"), daemon_.path("have.old"));
    fs::create_directory_symlink(daemon_.path("elsewhere"), daemon_.path("have"));
  }
};

TEST_F(ReplacedRoot, K6_2_ALinkInThePlaceOfTheRootIsNotFollowed) {
  ASSERT_TRUE(until([&] { return status("fleet") == "in_sync"; }));
  lead_elsewhere();
  ASSERT_TRUE(until([&] { return status("fleet") == "failing"; })) << daemon_.log();
  EXPECT_THAT(daemon_.cli({"describe", "fleet"}).out, HasSubstr("is a link now"));
  let_pass(seconds(1));
  EXPECT_EQ(slurp(daemon_.path("elsewhere/a.conf")), "not ours\n");
}

TEST_F(ReplacedRoot, K6_2_AReloadSaysThatItIsMeant) {
  ASSERT_TRUE(until([&] { return status("fleet") == "in_sync"; }));
  lead_elsewhere();
  ASSERT_TRUE(until([&] { return status("fleet") == "failing"; })) << daemon_.log();
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("elsewhere/a.conf")) == "on\n"; }))
      << daemon_.log();
}

TEST_F(ReplacedRoot, K6_2_AFolderThatIsMadeAgainIsRepaired) {
  ASSERT_TRUE(until([&] { return status("fleet") == "in_sync"; }));
  std::filesystem::remove_all(daemon_.path("have"));
  ASSERT_TRUE(until([&] { return status("fleet") == "failing"; })) << daemon_.log();
  std::filesystem::create_directory(daemon_.path("have"));
  EXPECT_TRUE(until([&] { return std::filesystem::exists(daemon_.path("have/a.conf")); }))
      << daemon_.log();
}

// The root is a volume of its own.
class ReplacedVolume : public Replaced {
 protected:
  void SetUp() override {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      GTEST_SKIP() << "SKIPPED: this user cannot make a mount namespace";
    }
    std::filesystem::create_directory(have_);
    ASSERT_EQ(::mount("none", have_.c_str(), "tmpfs", 0, "size=1m"), 0);
    spill(daemon_.path("want/a.conf"), "on\n");
    configure_fleet();
    daemon_.start();
    ASSERT_TRUE(until([&] { return status("fleet") == "in_sync"; })) << daemon_.log();
  }

  const std::string have_ = daemon_.path("have");
};

// A volume that is not mounted leaves an empty folder in its place.
TEST_F(ReplacedVolume, K6_2_WhatLiesBelowAnUnmountedVolumeIsNotFilled) {
  ASSERT_EQ(::umount2(have_.c_str(), MNT_DETACH), 0);
  ASSERT_TRUE(until([&] { return status("fleet") == "failing"; })) << daemon_.log();
  let_pass(seconds(1));
  EXPECT_FALSE(std::filesystem::exists(have_ + "/a.conf"));
  EXPECT_THAT(daemon_.cli({"describe", "fleet"}).out, HasSubstr("on another file system"));
}

// Written to by nobody: said in the words of the error that it is, and waited for.
TEST_F(ReplacedVolume, K11_13_K7_2_AReadOnlyVolumeIsSaidToBeOneAndWaitedFor) {
  ASSERT_EQ(::mount("none", have_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  spill(daemon_.path("want/a.conf"), "off\n");
  spill(daemon_.path("want/b.conf"), "new\n");
  ASSERT_TRUE(until([&] { return status("fleet") == "waiting"; }))
      << daemon_.repairs("fleet").dump(1);
  const std::string told = daemon_.cli({"describe", daemon_.repairs("fleet").at(0).at("id")}).out;
  EXPECT_THAT(told, HasSubstr("Read-only file system"));
  EXPECT_THAT(told, testing::Not(HasSubstr("could not be removed")));
  ASSERT_EQ(::mount("none", have_.c_str(), nullptr, MS_REMOUNT, nullptr), 0);
  EXPECT_TRUE(until([&] { return status("fleet") == "in_sync"; }))
      << daemon_.repairs("fleet").dump(1);
  EXPECT_EQ(slurp(have_ + "/a.conf"), "off\n");
}

TEST_F(ReplacedVolume, K7_2_AFullVolumeIsWaitedForUntilItHasRoom) {
  spill(have_ + "/ballast", std::string(900 << 10, 'x'));
  spill(daemon_.path("want/a.conf"), std::string(400 << 10, 'a'));
  ASSERT_TRUE(until([&] { return status("fleet") == "waiting"; }))
      << daemon_.repairs("fleet").dump(1);
  const std::string told = daemon_.cli({"describe", daemon_.repairs("fleet").at(0).at("id")}).out;
  EXPECT_THAT(told, HasSubstr("No space left on device"));
  EXPECT_EQ(slurp(have_ + "/a.conf"), "on\n");
  std::filesystem::remove(have_ + "/ballast");
  EXPECT_TRUE(until([&] { return status("fleet") == "in_sync"; }))
      << daemon_.repairs("fleet").dump(1);
  EXPECT_EQ(slurp(have_ + "/a.conf").size(), std::size_t{400} << 10);
}

}  // namespace
}  // namespace sideband::e2e
