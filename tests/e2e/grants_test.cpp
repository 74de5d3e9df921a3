// Missing grants: `check --targets` says so beforehand; in a repair one costs one attempt, and the
// repair's note says what to run. Real servers count the attempts.
#include <gtest/gtest.h>
#include <signal.h>

#include "e2e/daemon.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"

namespace sideband::e2e {
namespace {

class Grants : public testing::Test {
 protected:
  // Two flags on the cache, of which one differs; `acl` are the rules of the user.
  void use_redis(const std::string& mode, std::vector<std::string> acl) {
    std::vector<std::string> words = {"ACL", "SETUSER", "weak", "reset", "on", "nopass"};
    words.insert(words.end(), acl.begin(), acl.end());
    ASSERT_EQ(redis_.command(words), "OK");
    spill(daemon_.path("flags/a"), "on");
    daemon_.configure(target("source", "files", "root: " + daemon_.path("flags")) +
                      target("cache", "redis", "socket: " + server_.socket() + ", user: weak") +
                      reconciler("fleet", "  mode: " + mode +
                                              "\n  interval: 1h\n"
                                              "  desired: {target: source, files: \"*\"}\n"
                                              "  actual: {target: cache, key: \"flag:{id}\"}\n"
                                              "  gates: {maxChanges: {count: 10, window: 1h}}\n"
                                              "  retry: {limit: 4}\n"));
    redis_.command({"SET", "flag:a", "off"});
  }
  // A number of "cmdstat_auth:calls=3,...,failed_calls=2": how often the server counted that.
  int counted(const std::string& command, const std::string& what) {
    const std::string info = redis_.command({"INFO", "commandstats"});
    const std::size_t line = info.find("cmdstat_" + command + ":");
    if (line == std::string::npos) return 0;
    const std::size_t at = info.find(what + "=", line);
    return at == std::string::npos ? 0 : std::stoi(info.substr(at + what.size() + 1));
  }
  Json rested() {
    Json repair;
    EXPECT_TRUE(until([&] {
      const Json all = daemon_.repairs("fleet");
      if (all.is_null() || all.empty()) return false;
      repair = all.at(0);
      return repair["state"] == "needs_human";
    })) << daemon_.log();
    return repair;
  }

  Daemon daemon_;
  RedisServer server_;
  RedisClient redis_{server_.socket()};
};

std::vector<std::string> reading(std::vector<std::string> more) {
  std::vector<std::string> rules = {"+get", "+mget", "+scan", "+select", "+info"};
  rules.insert(rules.end(), more.begin(), more.end());
  return rules;
}

TEST_F(Grants, AMissingOneOfRedisCostsOneAttemptAndIsNamed) {
  ASSERT_NO_FATAL_FAILURE(use_redis("auto", reading({"~*"})));
  daemon_.start();
  const Json repair = rested();
  const std::string note = repair.value("note", "");
  EXPECT_NE(note.find("run: ACL SETUSER weak +eval"), std::string::npos) << note;
  EXPECT_EQ(repair.value("attempt", -1), 0) << repair.dump(1);
  EXPECT_EQ(daemon_.repairs("fleet").size(), 1U);
  EXPECT_EQ(redis_.command({"GET", "flag:a"}), "off");
  EXPECT_EQ(counted("eval", "rejected_calls") + counted("evalsha", "rejected_calls"), 1)
      << "one attempt, one refusal";
}

// The script runs, and may not write the fence: a denial inside of it is no broken script.
TEST_F(Grants, AMissingOneInsideTheScriptCostsOneAttemptToo) {
  ASSERT_NO_FATAL_FAILURE(use_redis("auto", reading({"~*", "+eval", "+evalsha", "+hmget"})));
  daemon_.start();
  const Json repair = rested();
  const std::string note = repair.value("note", "");
  EXPECT_NE(note.find("run: ACL SETUSER weak +get +set"), std::string::npos) << note;
  EXPECT_EQ(repair.value("attempt", -1), 0) << repair.dump(1);
  EXPECT_EQ(counted("eval", "calls"), 1);
  EXPECT_EQ(redis_.command({"GET", "flag:a"}), "off");
}

TEST_F(Grants, CheckSaysBeforehandWhatIsMissing) {
  ASSERT_NO_FATAL_FAILURE(use_redis("auto", reading({"~flag:*", "+eval"})));
  const Finished before = daemon_.cli({"check", "--targets"});
  EXPECT_EQ(before.code, 8) << before.out << before.err;
  EXPECT_NE(before.out.find("ACL SETUSER weak"), std::string::npos) << before.out;
  EXPECT_NE(before.err.find("missing"), std::string::npos) << before.err;

  redis_.command({"ACL", "SETUSER", "weak", "~sideband:fence:*", "+evalsha", "+set", "+unlink",
                  "+hmget", "+hset"});
  const Finished json = daemon_.cli({"-o", "json", "check", "--targets"});
  // Whoever runs the tests as root has more rights to the files than a reader needs.
  EXPECT_TRUE(json.code == 0 || json.code == 1) << json.out << json.err;
  const Json said = Json::parse(json.out);
  for (const Json& side : said.at("items")) {
    for (const Json& grant : side.at("grants")) {
      EXPECT_NE(grant.at("state"), "missing") << grant.dump();
      EXPECT_NE(grant.at("state"), "unknown") << grant.dump();
      EXPECT_TRUE(side.at("target") != "cache" || grant.at("state") == "has") << grant.dump();
    }
  }
  EXPECT_EQ(redis_.command({"GET", "flag:a"}), "off") << "asking changes nothing";
  EXPECT_EQ(redis_.command({"DBSIZE"}), "1");
}

TEST_F(Grants, CheckSaysWhatIsTooMuchForAnObserver) {
  ASSERT_NO_FATAL_FAILURE(use_redis("observe", {"~*", "+@all"}));
  const Finished wide = daemon_.cli({"check", "--targets"});
  EXPECT_EQ(wide.code, 1) << wide.out << wide.err;
  EXPECT_NE(wide.out.find("excess"), std::string::npos) << wide.out;
  EXPECT_NE(wide.out.find("+flushall"), std::string::npos) << wide.out;
}

TEST_F(Grants, CheckOfATargetThatIsNotThereIs7AndOfAWrongConfiguration2) {
  ASSERT_NO_FATAL_FAILURE(use_redis("observe", {"~*", "+@all"}));
  server_.stop();
  EXPECT_EQ(daemon_.cli({"check", "--targets"}).code, 7);
  daemon_.configure("nonsense");
  EXPECT_EQ(daemon_.cli({"check", "--targets"}).code, 2);
}

TEST_F(Grants, ARefusedCredentialIsNotTriedAgainBeforeAReload) {
  ASSERT_NO_FATAL_FAILURE(use_redis("observe", {"~*", "+@all"}));
  redis_.command({"ACL", "SETUSER", "weak", "resetpass", ">secret"});
  daemon_.start();
  ASSERT_TRUE(daemon_.logs("not tried again before a reload"));
  const auto tries = [&] { return counted("auth", "failed_calls"); };
  EXPECT_EQ(tries(), 1);
  let_pass(std::chrono::milliseconds(4'500));  // two rounds of what tries unreachable ones again
  EXPECT_EQ(tries(), 1);
  redis_.command({"ACL", "SETUSER", "weak", "nopass"});
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(until([&] { return daemon_.cli({"scan-now", "fleet"}).code == 1; })) << daemon_.log();
}

TEST_F(Grants, AMissingOneOfPostgresCostsOneAttemptAndIsNamed) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server starts here";
  const std::string database = server->create_database();
  PostgresClient db(server->connection_string(database));
  const std::string role = "weak_" + database;
  db.run("create role " + role + " login; create table want(id int primary key, v text);" +
         "create table have(id int primary key, v text); insert into want values (1, 'a');" +
         "insert into have values (1, 'b'); grant select on want, have to " + role);
  const std::string connect = "host: " + server->folder() + ", port: " + server->port() +
                              ", dbname: " + database + ", user: " + role;
  daemon_.configure(
      target("shop", "postgres", connect) +
      reconciler("fleet",
                 "  mode: auto\n  interval: 1h\n"
                 "  desired: {target: shop, table: want, key: id}\n"
                 "  actual: {target: shop, table: have, key: id, fields: {v: \"{v}\"}}\n"
                 "  gates: {maxChanges: {count: 10, window: 1h}}\n"));
  const Finished table = daemon_.cli({"check", "--targets"});
  EXPECT_EQ(table.code, 8);
  // K3.1: what the table says to run can be pasted, quotes and length included.
  const Json listed = Json::parse(daemon_.cli({"-o", "json", "check", "--targets"}).out);
  std::size_t commands = 0;
  for (const Json& side : listed.at("items")) {
    for (const Json& grant : side.at("grants")) {
      const std::string run = grant.at("run");
      if (run.empty()) continue;
      ++commands;
      EXPECT_NE(table.out.find(run), std::string::npos) << run << "\n" << table.out;
      if (grant.at("state") == "missing") db.run("begin; " + run + "; rollback");
    }
  }
  EXPECT_GE(commands, 1U);
  daemon_.start();
  const Json repair = rested();
  EXPECT_EQ(repair.value("attempt", -1), 0) << repair.dump(1);
  EXPECT_NE(repair.value("note", "").find("run: GRANT SELECT, UPDATE ON have TO " + role),
            std::string::npos)
      << repair.dump(1);
  EXPECT_EQ(db.one("select v from have"), "b");
}

}  // namespace
}  // namespace sideband::e2e
