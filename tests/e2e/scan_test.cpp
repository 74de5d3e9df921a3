// `sideband scan` on prepared trees and servers: one true finding of a kind is found, and nothing
// where nothing is wrong; what could not be looked at is said and never counts as fine.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "e2e/daemon.h"
#include "support/certificates.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"

namespace sideband::e2e {
namespace {

constexpr auto kDay = std::chrono::hours(24);

class Scan : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) { spill(root_.path() + path, text); }

  // Everything as it should be.
  void put_clean_machine() {
    const WallTime now = SystemClock().wall();
    put("/etc/nginx/tls/shop.pem", make_certificate("shop.example", now + 80 * kDay).pem);
    put("/etc/sysctl.d/10-net.conf", "net.core.somaxconn = 1024\n-net.not.here = 1\n");
    put("/proc/sys/net/core/somaxconn", "1024\n");
    put("/etc/shop.conf", "a");  // md5 of "a" below
    put("/var/lib/dpkg/status",
        "Package: shop\nStatus: install ok installed\nConffiles:\n"
        " /etc/shop.conf 0cc175b9c0f1b6a831c399e269772661\n\n");
  }

  Finished scan(Words words, const std::map<std::string, std::string>& env = {}) const {
    Command command;
    command.argv = {binary()};
    for (std::string& word : words) command.argv.push_back(std::move(word));
    command.env = env;
    return run_to_end(std::move(command));
  }
  Json scan_tree() const {
    const Finished done = scan({"-o", "json", "scan", "--root", root_.path()});
    code_ = done.code;
    return Json::parse(done.out, nullptr, false);
  }
  static std::string found(const Json& report) {
    std::string text;
    for (const Json& finding : report["findings"]) {
      text += finding["kind"].get<std::string>() + " " + finding["where"].get<std::string>() + "\n";
    }
    return text;
  }

  TempDir root_;
  mutable int code_ = -1;
};

TEST_F(Scan, NothingIsFoundOnACleanTree) {
  put_clean_machine();
  const Json report = scan_tree();
  EXPECT_EQ(code_, 0) << report.dump(1);
  EXPECT_EQ(report["findings"], Json::array());
  for (const Json& probe : report["probes"]) {
    const bool of_files =
        probe["kind"] == "certificate" || probe["kind"] == "sysctl" || probe["kind"] == "conffile";
    EXPECT_EQ(probe["state"], of_files ? "looked" : "not_looked") << probe.dump();
  }
}

TEST_F(Scan, OneTrueFindingOfEachKindOfFile) {
  put_clean_machine();
  put("/etc/nginx/tls/old.pem", make_certificate("old.example", SystemClock().wall() - kDay).pem);
  put("/proc/sys/net/core/somaxconn", "128\n");
  put("/etc/shop.conf", "edited by hand");
  const Json report = scan_tree();
  EXPECT_EQ(code_, 1);
  EXPECT_EQ(found(report),
            "certificate /etc/nginx/tls/old.pem\n"
            "sysctl net.core.somaxconn\n"
            "conffile /etc/shop.conf\n");
  EXPECT_EQ(report["findings"][1]["repair"]["with"], "sysctl -w net.core.somaxconn=1024");
  const Finished table = scan({"scan", "--root", root_.path()});
  EXPECT_EQ(table.code, 1);
  EXPECT_NE(table.out.find("3 findings: "), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("certificate for old.example expired"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("Not looked at:"), std::string::npos) << table.out;
}

// Names from the machine reach a terminal without their control characters.
TEST_F(Scan, HostileNamesAndFilesHarmNobody) {
  put("/etc/nginx/\x1b[2Jevil.pem", make_certificate("x\x1b[31m", SystemClock().wall() - kDay).pem);
  put("/etc/nginx/junk.pem", std::string(1 << 20, '\xff'));
  ASSERT_EQ(mkfifo((root_.path() + "/etc/nginx/pipe.pem").c_str(), 0600), 0);
  put("/etc/sysctl.d/bad.conf", std::string("\0\xff=\n= =\n", 7));
  const Finished done = scan({"scan", "--root", root_.path()});
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  EXPECT_EQ(done.out.find('\x1b'), std::string::npos) << done.out;
}

TEST_F(Scan, NothingToLookAtIsNotFine) {
  const Finished done = scan({"scan", "--root", root_.path(), "--only", "nft"});
  EXPECT_EQ(done.code, 7) << done.out;
  EXPECT_EQ(scan({"scan", "--only", "weather"}).code, 2);
  EXPECT_EQ(scan({"scan", "--within", "soon"}).code, 2);
  EXPECT_EQ(scan({"scan", "--root", root_.path() + "/none"}).code, 2);
}

TEST_F(Scan, OnlyWhatIsAskedForIsLookedAtAndNamesAreForScripts) {
  put_clean_machine();
  put("/proc/sys/net/core/somaxconn", "128\n");
  put("/etc/shop.conf", "edited by hand");
  const Finished names =
      scan({"-o", "name", "scan", "--root", root_.path(), "--only", "conffile,sysctl"});
  EXPECT_EQ(names.out, "sysctl net.core.somaxconn\nconffile /etc/shop.conf\n");
  const Words near = {"scan", "--root", root_.path(), "--only", "certificate"};
  EXPECT_EQ(scan(near).code, 0);
  Words far = near;
  far.insert(far.end(), {"--within", "81d"});
  EXPECT_EQ(scan(far).code, 1);
}

// FIFOs in place of everything that is read: each is said to be none of the files it stands for.
TEST_F(Scan, AMachineThatDoesNotWantToBeReadTakesNoTime) {
  put_clean_machine();
  for (const char* path : {"/etc/shop.conf", "/etc/sysctl.d/10-net.conf"}) {
    std::filesystem::remove(root_.path() + path);
    ASSERT_EQ(mkfifo((root_.path() + path).c_str(), 0666), 0);
  }
  const Finished done = scan({"scan", "--root", root_.path(), "--timeout", "20s"});
  EXPECT_EQ(done.code, 0) << "the certificate was looked at";
  for (const char* path : {"/etc/shop.conf", "/etc/sysctl.d/10-net.conf"}) {
    EXPECT_NE(done.out.find(std::string(path) + ": not a regular file"), std::string::npos)
        << done.out;
  }
  EXPECT_EQ(done.out.find("within 20s"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("6 probes did not look"), std::string::npos) << done.out;
}

TEST_F(Scan, DeadLettersOfARealRedisAreFoundAndALockedOneIsSaidToBe) {
  const RedisServer open, locked({"--requirepass", "secret"});
  RedisClient client(open.socket());
  client.command({"LPUSH", "jobs:dead", "a", "b"});
  client.command({"ZADD", "bull:mail:failed", "1", "a"});
  client.command({"HSET", "bull:mail:meta", "version", "bullmq:5.1.0"});
  client.command({"LPUSH", "deadline-reminders", "a"});
  client.command({"XADD", "empty.dlq", "MAXLEN", "0", "*", "a", "b"});
  const Finished done = scan({"-o", "json", "scan", "--only", "queue", "--timeout", "20s"});
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  const Json report = Json::parse(done.out, nullptr, false);
  const std::string name = "redis 127.0.0.1:" + std::to_string(open.port());
  std::set<std::string> mine;  // other servers may run beside this test
  for (const Json& finding : report["findings"]) {
    const std::string where = finding["where"];
    if (where.starts_with(name)) mine.insert(where + ": " + finding["what"].get<std::string>());
  }
  EXPECT_EQ(mine,
            (std::set<std::string>{name + " db 0 bull:mail:failed: 1 failed job of BullMQ; look "
                                          "at getFailed() of the queue",
                                   name + " db 0 jobs:dead: 2 dead letters"}));
  EXPECT_NE(done.out.find("redis 127.0.0.1:" + std::to_string(locked.port()) + "\",\"why\":"),
            std::string::npos)
      << done.out;
}

TEST_F(Scan, ARedisThatDoesNotAnswerCostsNotTheOthersTheirTurn) {
  const RedisServer frozen, open;
  RedisClient(open.socket()).command({"LPUSH", "jobs:dead", "a"});
  frozen.freeze();
  const Finished done = scan({"scan", "--only", "queue,service", "--timeout", "4s"});
  frozen.thaw();
  EXPECT_NE(done.out.find("redis 127.0.0.1:" + std::to_string(open.port()) + " db 0 jobs:dead"),
            std::string::npos)
      << done.out;
  EXPECT_NE(done.out.find("redis 127.0.0.1:" + std::to_string(frozen.port()) + ": "),
            std::string::npos)
      << done.out;
}

TEST_F(Scan, InvalidIndexOfARealPostgreSqlIsFound) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "no PostgreSQL server starts here";
  const std::string database = server->new_database();
  PostgresClient client(database);
  client.run("create table items(id int, name text); insert into items values (1, 'a'), (1, 'b')");
  const std::map<std::string, std::string> env = {
      {"PGHOST", server->folder()}, {"PGPORT", server->port()}, {"PGUSER", "sideband"}};
  const Words words = {"-o", "json", "scan", "--only", "postgres", "--timeout", "20s"};
  const auto mine = [&](const Finished& done) {
    const Json report = Json::parse(done.out, nullptr, false);
    return found(report).find("items_once") != std::string::npos;
  };
  EXPECT_FALSE(mine(scan(words, env)));
  // A build that fails leaves the index behind, invalid.
  EXPECT_TRUE(client.fails("create unique index concurrently items_once on items(id)"));
  const Finished done = scan(words, env);
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  EXPECT_TRUE(mine(done)) << done.out;
}

}  // namespace
}  // namespace sideband::e2e
