// Targets that accept a connection and say nothing, or cannot be opened, beside one that works.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "e2e/daemon.h"
#include "support/loopback_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

class SilentTargets : public testing::Test {
 protected:
  SilentTargets() {
    spill(daemon_.path("want/a.conf"), "on\n");
    spill(daemon_.path("have/a.conf"), "off\n");
    EXPECT_EQ(::mkfifo(daemon_.path("pipe.db").c_str(), 0600), 0);
    SqliteClient(daemon_.path("rows.db"))
        .run("create table product(id integer primary key, name text)");
    std::string all = target("rows", "sqlite", "path: " + daemon_.path("rows.db")) +
                      target("want", "files", "root: " + daemon_.path("want")) +
                      target("have", "files", "root: " + daemon_.path("have")) +
                      target("pipe", "sqlite", "path: " + daemon_.path("pipe.db")) +
                      reconciler("a-pipe", watched(kRows, "pipe", "table: product, key: id")) +
                      reconciler("fleet",
                                 "  mode: auto\n  interval: 100ms\n"
                                 "  desired: {target: want, files: \"*.conf\"}\n"
                                 "  actual: {target: have, files: \"*.conf\"}\n");
    for (int i = 0; i < kSilent; ++i) {
      const std::string name = fmt::format("a-silent{}", i);
      const std::string place = fmt::format("host: 127.0.0.1, port: {}", server_.port());
      all += i % 2 == 0 ? target(name, "redis", place)
                        : target(name, "postgres",
                                 place + ", dbname: shop, user: sideband, sslmode: disable");
      all += reconciler(
          name, i % 2 == 0 ? watched(kFiles, name, fmt::format("key: \"p{}:{{path}}\"", i))
                           : watched(kRows, name, fmt::format("table: product{}, key: id", i)));
    }
    daemon_.configure(all);
  }
  // Its name is before "fleet": reconcilers were once opened in the order of their names.
  static std::string watched(const std::string& desired, const std::string& actual,
                             const std::string& collection) {
    return fmt::format(
        "  mode: observe\n  interval: 1s\n"
        "  desired: {{{}}}\n"
        "  actual: {{target: {}, {}}}\n",
        desired, actual, collection);
  }
  std::string problem(const std::string& name) {
    return daemon_.get("/api/v1/reconcilers/" + name).value("problem", "");
  }

  static constexpr const char* kFiles = "target: want, files: \"*.conf\"";
  static constexpr const char* kRows = "target: rows, table: product, key: id";
  static constexpr int kSilent = 10;
  Daemon daemon_;
  // Reads what it is told until the caller hangs up.
  LoopbackServer server_{[](int fd) {
    char byte = 0;
    while (::recv(fd, &byte, 1, 0) > 0) {
    }
  }};
};

TEST_F(SilentTargets, K5_5_TheOthersAreRepairedAndTheApiAnswersMeanwhile) {
  daemon_.spawn();
  ASSERT_TRUE(until([&] { return slurp(daemon_.path("have/a.conf")) == "on\n"; })) << daemon_.log();
  for (int i = 0; i < kSilent; ++i) {
    EXPECT_EQ(problem(fmt::format("a-silent{}", i)), "its targets are being opened");
  }
  EXPECT_THAT(problem("a-pipe"), HasSubstr("no regular file"));
  EXPECT_TRUE(until([&] {
    for (int i = 0; i < kSilent; ++i) {
      if (problem(fmt::format("a-silent{}", i)).find("being opened") != std::string::npos) {
        return false;
      }
    }
    return true;
  }));
  EXPECT_EQ(daemon_.stop().code, 0);
}

}  // namespace
}  // namespace sideband::e2e
