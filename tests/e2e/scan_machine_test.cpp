// `scan` as root on a whole machine: one where everything is as it should be, and one with a true
// finding of each kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "e2e/scan_machine.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

// "kind where: what".
std::vector<std::string> findings(const Json& body) {
  std::vector<std::string> found;
  for (const Json& one : body["findings"]) {
    found.push_back(one["kind"].get<std::string>() + " " + one["where"].get<std::string>() + ": " +
                    one["what"].get<std::string>());
  }
  return found;
}

TEST(OnAMachine, NothingOnACleanOne) {
  if (const std::string why = ScanMachine::why_not(); !why.empty()) GTEST_SKIP() << why;
  const Finished run = ScanMachine().scan("clean", "-o json scan --timeout 20s");
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  const Json body = Json::parse(run.out, nullptr, false);
  ASSERT_FALSE(body.is_discarded());
  for (const Json& probe : body["probes"]) {
    EXPECT_EQ(probe["state"], "looked") << probe.dump();
    EXPECT_EQ(probe["notLookedAt"].size(), 0U) << probe.dump();
  }
}

// The file flushes the ruleset, and with it what belongs to other programs.
TEST(OnAMachine, K3_2_NoCommandThatDropsTheTablesOfOthers) {
  if (const std::string why = ScanMachine::why_not(); !why.empty()) GTEST_SKIP() << why;
  const Finished run = ScanMachine().scan("shared", "-o json scan --only nft --timeout 20s");
  EXPECT_EQ(run.code, 1) << run.out << run.err;
  const Json body = Json::parse(run.out, nullptr, false);
  ASSERT_FALSE(body.is_discarded());
  EXPECT_THAT(
      findings(body),
      testing::ElementsAre(
          "nft table inet engine: loaded, but the file knows nothing of it",
          "nft table inet f: chain in: 1 rule loaded that the file does not have",
          "nft table ip f2b: loaded, but the file knows nothing of it",
          "nft /etc/nftables.conf: loading it would drop what it does not have: inet engine, "
          "ip f2b; who needs that?"));
  for (const Json& one : body["findings"]) EXPECT_EQ(one["repair"]["by"], "none") << one.dump();
}

TEST(OnAMachine, OneOfEachKindOnABrokenOne) {
  if (const std::string why = ScanMachine::why_not(); !why.empty()) GTEST_SKIP() << why;
  const Finished run = ScanMachine().scan("broken", "-o json scan --timeout 20s");
  EXPECT_EQ(run.code, 1) << run.out << run.err;
  const Json body = Json::parse(run.out, nullptr, false);
  ASSERT_FALSE(body.is_discarded());
  EXPECT_THAT(
      findings(body),
      testing::UnorderedElementsAre(
          "certificate /etc/nginx/site.pem: certificate for site.example expires in 4 days",
          "nft table inet f: chain in: 1 rule loaded that the file does not have",
          testing::MatchesRegex("sysctl vm.swappiness: is [0-9]+, "
                                "/etc/sysctl.d/20-swap.conf:1 says [0-9]+"),
          testing::MatchesRegex("service nginx \\(process [0-9]+\\): runs on configuration older "
                                "than /etc/nginx/nginx.conf"),
          testing::MatchesRegex("service server \\(process [0-9]+\\): runs old code: /opt/server "
                                "was replaced or removed"),
          "conffile /etc/demo.conf: differs from the one of package demo",
          "conffile /etc/demo.conf.dpkg-dist: the package's newer version was never merged",
          "postgres port 5432 postgres: public.i: the index is invalid: on public.t",
          "postgres port 5432 postgres: public.t: constraint c was never validated",
          testing::StartsWith("postgres port 5432 postgres: its collation is of version 0, "),
          "postgres port 5432: runs on configuration older than /run/data/postgresql.conf",
          "queue redis /run/redis.sock db 0 jobs:dead: 3 dead letters"));
  EXPECT_EQ(body["summary"]["findings"], 12);
  const Finished table = ScanMachine().scan("broken", "scan --timeout 20s");
  EXPECT_THAT(table.out, HasSubstr("12 findings: 7 by hand, 5 report only\n"));
}

}  // namespace
}  // namespace sideband::e2e
