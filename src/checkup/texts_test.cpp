// The parsers of dpkg, /proc, nft and RabbitMQ texts, and what is suggested to a shell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkup/dead_letters.h"
#include "checkup/dpkg_status.h"
#include "checkup/for_tests.h"
#include "checkup/nft_rules.h"
#include "checkup/processes.h"
#include "checkup/redis_look.h"
#include "checkup/service_config.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ShellWords, AreReadBackAsTheyAre) {
  EXPECT_EQ(shell_command({"a", "b c", "it's", "$(x)", ""}), R"(a 'b c' 'it'\''s' '$(x)' '')");
  EXPECT_EQ(shell_command({"a", "b\nc"}), "");
  EXPECT_EQ(shell_command({"a", "\x1b[2J"}), "");
  EXPECT_EQ(shell_command({"a", "\xe2\x80\xaeright to left"}), "");
}

TEST(DpkgStatus, ConffilesOfInstalledPackages) {
  const std::string md5 = "0123456789abcdef0123456789abcdef";
  const auto files = parse_dpkg_status(
      "Package: a\nStatus: install ok installed\nConffiles:\n /etc/a " + md5 +
      "\n /etc/with blank " + md5 + "\n /etc/old " + md5 +
      " obsolete\n /etc/new newconffile\nVersion: 1\n /etc/no " + md5 +
      "\n\nPackage: b\nStatus: deinstall ok config-files\nConffiles:\n /etc/b " + md5 +
      "\n\nPackage: c\nConffiles:\n /etc/c " + md5 + "\nStatus: hold ok installed\n");
  std::vector<std::string> paths;
  for (const Conffile& file : files) paths.push_back(file.package + file.path);
  EXPECT_THAT(paths, ElementsAre("a/etc/a", "a/etc/with blank", "c/etc/c"));
  EXPECT_THAT(parse_dpkg_status(std::string("\0\0\n \n\n Conffiles:", 17)), IsEmpty());
  EXPECT_THAT(parse_dpkg_status("Conffiles:\n /\n x\n /etc/a zzz\n"), IsEmpty());
  EXPECT_EQ(parse_diversions("/a\n/a.distrib\nx\n/b\n").at("/a").to, "/a.distrib");
}

TEST(ProcStat, NamesMayHoldAnything) {
  const std::string rest = " S 7 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1 1";
  const auto fields = parse_stat("42 (evil) R 9 (name)" + rest);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->name, "evil) R 9 (name");
  EXPECT_EQ(fields->parent, 7);
  EXPECT_EQ(fields->start_ticks, 12345);
  EXPECT_FALSE(parse_stat("42 (short) S 7"));
  EXPECT_FALSE(parse_stat(") ("));
  EXPECT_FALSE(parse_stat(""));
  EXPECT_FALSE(parse_stat("42 (x) S y 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1 1"));
}

TEST(Cgroup, TheUnitIsTheInnermostName) {
  EXPECT_EQ(unit_of_cgroup("0::/system.slice/nginx.service\n"), "nginx.service");
  EXPECT_EQ(unit_of_cgroup("0::/system.slice/a.service/sub\n"), "a.service");
  EXPECT_EQ(unit_of_cgroup("12:cpu:/x.service\n1:name=systemd:/user.slice/session-1.scope\n"),
            "session-1.scope");
  EXPECT_EQ(unit_of_cgroup("0::/\n"), "");
}

TEST(Maps, DeletedCodeOfInstalledSoftwareOnly) {
  EXPECT_THAT(deleted_libraries("7f-80 r-xp 0 08:01 1   /usr/lib/libssl.so.3 (deleted)\n"
                                "7f-80 r--p 0 08:01 2   /usr/lib/data (deleted)\n"
                                "7f-80 r-xp 0 00:01 3   /memfd:jit (deleted)\n"
                                "7f-80 r-xp 0 08:01 4   /tmp/built (deleted)\n"
                                "7f-80 r-xp 0 08:01 5   /usr/lib/libc.so.6\n"
                                "/usr/lib/odd (deleted)\n"),
              ElementsAre("/usr/lib/libssl.so.3"));
}

TEST(ServiceConfig, FlagsInBothForms) {
  EXPECT_THAT(flag_values({"x", "-f", "a", "-fb", "-f"}, "-f"), ElementsAre("a", "b"));
  EXPECT_THAT(flag_values({"-f"}, "-f"), IsEmpty());
}

TEST(ServiceConfig, K3_2_OnlyAMasterOfHaproxyIsSentTheSignal) {
  Process process;
  process.pid = 7;
  process.words = {"haproxy", "-Ws", "-f", "x"};
  EXPECT_EQ(haproxy_reload(process), "kill -USR2 7");
  process.unit = "haproxy.service";
  EXPECT_EQ(haproxy_reload(process), "systemctl reload haproxy.service");
  process.words = {"haproxy", "-f", "x"};
  EXPECT_EQ(haproxy_reload(process), "");
}

TEST(ServiceConfig, K3_2_ARestartThatTakesOthersWithItIsNoAdvice) {
  EXPECT_NE(restart_takes("dbus.service"), "");
  EXPECT_NE(restart_takes("user@1000.service"), "");
  EXPECT_NE(restart_takes("docker.service"), "");
  EXPECT_EQ(restart_takes("nginx.service"), "");
  EXPECT_EQ(restart_takes(""), "");
}

TEST(RedisTitle, SaysWhereItAnswers) {
  Process process;
  process.name = "redis-server";
  process.words = {"/usr/bin/redis-server 127.0.0.1:6380"};
  EXPECT_EQ(redis_place_of(process)->endpoint.port, 6380);
  process.words = {"redis-server *:7000 [cluster]"};
  EXPECT_EQ(redis_place_of(process)->endpoint.port, 7000);
  process.words = {"redis-server unixsocket:/run/r.sock"};
  EXPECT_EQ(redis_place_of(process)->endpoint.socket, "/run/r.sock");
  for (const char* title : {"redis-server", "redis-server x", "redis-server a:99999", ""}) {
    process.words = {title};
    EXPECT_FALSE(redis_place_of(process)) << title;
  }
}

// The child that saves has its parent's title for a moment.
TEST(RedisTitle, AForkOfAServerIsNoSecondServer) {
  Process server;
  server.pid = 7;
  server.name = "redis-server";
  server.words = {"redis-server 127.0.0.1:6379"};
  Process fork = server;
  fork.pid = 8;
  fork.parent = 7;
  EXPECT_EQ(redis_places({server, fork}).size(), 1U);
}

std::string rules(const std::string& inside) {
  return R"({"nftables": [{"metainfo": {"version": "1.0.6"}},
             {"table": {"family": "inet", "name": "f", "handle": 1}},
             {"chain": {"family": "inet", "table": "f", "name": "in", "handle": 2}})" +
         inside + "]}";
}

std::string rule(int handle, int port, int packets) {
  return R"(, {"rule": {"family": "inet", "table": "f", "chain": "in", "handle": )" +
         std::to_string(handle) + R"(, "expr": [{"match": {"right": )" + std::to_string(port) +
         R"(}}, {"counter": {"packets": )" + std::to_string(packets) + R"(, "bytes": 9}}]}})";
}

std::vector<std::string> differences(const std::string& loaded, const std::string& file) {
  std::vector<std::string> found;
  for (const auto& one : compare_nft(parse_nft(loaded).value(), parse_nft(file).value())) {
    found.push_back(one.table + ": " + one.what);
  }
  return found;
}

TEST(NftRules, HandlesAndCountersDoNotMatter) {
  EXPECT_THAT(differences(rules(rule(3, 22, 7)), rules(rule(9, 22, 0))), IsEmpty());
}

TEST(NftRules, RulesAndTheirOrderDo) {
  const std::string both = rules(rule(3, 22, 0) + rule(4, 80, 0));
  EXPECT_THAT(differences(rules(rule(3, 22, 0)), both),
              ElementsAre("inet f: chain in: 1 rule of the file not loaded"));
  EXPECT_THAT(differences(both, rules(rule(3, 22, 0))),
              ElementsAre("inet f: chain in: 1 rule loaded that the file does not have"));
  EXPECT_THAT(differences(both, rules(rule(4, 80, 0) + rule(3, 22, 0))),
              ElementsAre("inet f: chain in: rules in another order"));
  EXPECT_THAT(differences(R"({"nftables": []})", both),
              ElementsAre("inet f: of the file is not loaded"));
  EXPECT_THAT(differences(both, R"({"nftables": []})"),
              ElementsAre("inet f: loaded, but the file knows nothing of it"));
}

TEST(NftRules, SetsHaveNoOrderAndMayFillThemselves) {
  const auto set = [](const std::string& flags, const std::string& elements) {
    return rules(R"(, {"set": {"family": "inet", "table": "f", "name": "s", "flags": [)" + flags +
                 R"(], "elem": [)" + elements + "]}}");
  };
  EXPECT_THAT(differences(set("", "1, 2"), set("", "2, 1")), IsEmpty());
  EXPECT_THAT(differences(set("", "1, 2"), set("", "1")), ElementsAre("inet f: set s differs"));
  EXPECT_THAT(differences(set(R"("dynamic")", "1, 2"), set(R"("dynamic")", "")), IsEmpty());
}

std::string table(const std::string& name, const std::string& chain) {
  return R"(, {"table": {"family": "ip", "name": ")" + name +
         R"("}}, {"chain": {"family": "ip", "table": ")" + name + R"(", "name": ")" + chain +
         R"("}})";
}

NftEffect effect(const std::string& loaded, const std::string& file, const std::string& after) {
  return nft_effect(parse_nft(loaded).value(), parse_nft(file).value(), parse_nft(after).value());
}

TEST(NftRules, K3_2_WhatLoadingTheFileTakesWithIt) {
  const std::string file = rules(rule(1, 22, 0));
  EXPECT_TRUE(effect(rules(""), file, file).safe());
  const std::string others = rules(table("docker", "NAT"));
  EXPECT_THAT(effect(others, file, file).dropped, ElementsAre("ip docker"));
  EXPECT_TRUE(effect(others, file, rules(rule(1, 22, 0) + table("docker", "NAT"))).safe());
  EXPECT_THAT(effect(others, file, rules(rule(1, 22, 0) + table("docker", "X"))).dropped,
              ElementsAre("parts of ip docker"));
  // A chain that somebody added to a table of the file.
  const std::string shared = rules(table("f2b", "a") + table("f2b", "b"));
  EXPECT_THAT(effect(shared, rules(table("f2b", "a")), rules(table("f2b", "a"))).dropped,
              ElementsAre("ip f2b chain b"));
  // What a set gathered.
  const auto bans = [](const std::string& elements) {
    return rules(
        R"(, {"set": {"family": "inet", "table": "f", "name": "bans", "flags": ["timeout"])" +
        elements + "}}");
  };
  EXPECT_THAT(effect(bans(R"(, "elem": ["192.0.2.1"])"), bans(""), bans("")).dropped,
              ElementsAre("elements of inet f set bans"));
  EXPECT_THAT(effect(bans(""), bans(""), bans("")).dropped, IsEmpty());
  // A file that does not flush adds its rules once more.
  const NftEffect twice = effect(rules(""), file, rules(rule(1, 22, 0) + rule(2, 22, 0)));
  EXPECT_FALSE(twice.mends);
  EXPECT_THAT(twice.dropped, IsEmpty());
}

TEST(NftRules, K3_2_OnlyNamesThatNftReadsBack) {
  EXPECT_EQ(empty_nft_tables({"ip a-b", "ip x; include \"/etc/shadow\""}), "add table ip a-b\n");
}

TEST(NftRules, TextThatIsNoneIsRefused) {
  for (const std::string text :
       {"", "[]", "{}", "{\"nftables\": 1}", "{\"nftables\": [", "\xff\xff"}) {
    EXPECT_FALSE(parse_nft(text).ok()) << text;
  }
  EXPECT_TRUE(parse_nft("{\"nftables\": [1, null, {\"rule\": 7}, {\"x\": {\"elem\": 3}}]}").ok());
}

TEST(DeadLetters, K3_2_NamesByWholeWords) {
  for (const char* name : {"orders.dlq", "DLQ", "dlq2", "DeadLetters", "x-dead", "ordersDLQ",
                           "deadline-dead-letters", "orders_deadletter", "DEAD_LETTERS"}) {
    EXPECT_TRUE(is_dead_letter_name(name)) << name;
  }
  for (const char* name : {"", "orders", "deadline-reminders", "deadlocks", "leaderboard:deadlift",
                           "undead", "Deadpool", "bull:mail:failed", "bull:mail:wait", "failed"}) {
    EXPECT_FALSE(is_dead_letter_name(name)) << name;
  }
}

TEST(DeadLetters, QueuesThatOthersNameAreSome) {
  const auto queues = parse_rabbit_queues(R"([
    {"vhost": "/", "name": "orders", "messages": 3, "arguments":
      {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "parking"}},
    {"vhost": "/", "name": "mail", "messages": 0, "effective_policy_definition":
      {"dead-letter-exchange": "", "dead-letter-routing-key": "lost"}},
    {"vhost": "/", "name": "ctl", "messages": 0, "arguments":
      [["x-dead-letter-exchange", "longstr", ""], ["x-dead-letter-routing-key", "longstr", "pit"]]},
    {"vhost": "/", "name": "parking", "messages": 5}, {"vhost": "/", "name": "lost", "messages": 1},
    {"vhost": "/", "name": "pit", "messages": 2}, {"vhost": "/", "name": "a.dlq", "messages": 0},
    {"vhost": "b", "name": "parking", "messages": 5}])");
  ASSERT_TRUE(queues.ok());
  std::vector<std::string> names;
  for (const RabbitQueue& queue : dead_letter_queues(*queues)) names.push_back(queue.name);
  EXPECT_THAT(names, ElementsAre("parking", "lost", "pit"));
  for (const char* text : {"", "{}", "nonsense", "[1", "{\"error\": \"not_authorised\"}"}) {
    EXPECT_FALSE(parse_rabbit_queues(text).ok()) << text;
  }
  EXPECT_TRUE(parse_rabbit_queues("[1, null, \"x\"]").ok());
}

}  // namespace
}  // namespace sideband::scan
