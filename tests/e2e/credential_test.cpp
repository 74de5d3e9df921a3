// Credentials that are not there when the daemon starts or reloads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

class Credentials : public testing::Test {
 protected:
  // One pair of folders that needs nothing, and a cache whose password is in a file.
  Credentials() {
    spill(daemon_.path("want/a.conf"), "on\n");
    spill(daemon_.path("have/a.conf"), "off\n");
    SqliteClient shop(daemon_.path("shop.db"));
    shop.run("create table product(id integer primary key, name text)");
    shop.run("insert into product values(1, 'lamp')");
    daemon_.configure(
        target("want", "files", "root: " + daemon_.path("want")) +
        target("have", "files", "root: " + daemon_.path("have")) +
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        "---\napiVersion: resolved.sideband/v1\nkind: Target\nmetadata: {name: cache}\nspec: "
        "{driver: "
        "redis, connect: {socket: " +
        server_.socket() + "}, password: {valueFrom: {file: " + daemon_.path("password") + "}}}\n" +
        reconciler("files",
                   "  mode: auto\n  interval: 200ms\n  desired: {target: want, files: "
                   "\"*.conf\"}\n  actual: {target: have, files: \"*.conf\"}\n") +
        reconciler("prices",
                   "  mode: auto\n  interval: 200ms\n  desired: {target: shop, query: \"select id, "
                   "name from product\", key: id}\n  actual: {target: cache, key: "
                   "\"product:{id}\", value: \"{name}\"}\n"));
  }
  Json of(const std::string& name) { return daemon_.get("/api/v1/reconcilers/" + name); }

  RedisServer server_{{"--requirepass", "secret"}};
  Daemon daemon_;
};

TEST_F(Credentials, K4_1_OneThatIsMissingFailsOnlyWhatNeedsIt) {
  const Finished checked = daemon_.cli({"check"});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_THAT(checked.err, HasSubstr(daemon_.path("password"))) << "check says it";
  EXPECT_NE(daemon_.cli({"check", "--targets"}).code, 0);
  daemon_.spawn();
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("have/a.conf")) == "on\n"; })) << daemon_.log();
  EXPECT_TRUE(until([&] { return of("prices").value("status", "") == "failing"; }));
  EXPECT_THAT(of("prices").dump(), HasSubstr(daemon_.path("password")));
  EXPECT_TRUE(until([&] { return of("files").value("status", "") == "in_sync"; }));

  spill(daemon_.path("password"), "secret\n");
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(until([&] { return of("prices").value("status", "") == "in_sync"; }))
      << of("prices").dump(1) << daemon_.log();

  std::filesystem::remove(daemon_.path("password"));
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(daemon_.logs("reload failed; the running configuration stays"));
  EXPECT_EQ(of("prices").value("status", ""), "in_sync") << "what worked goes on working";
}

}  // namespace
}  // namespace sideband::e2e
