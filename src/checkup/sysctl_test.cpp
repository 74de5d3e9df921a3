#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "checkup/for_tests.h"
#include "checkup/sysctl_config.h"

namespace sideband::scan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Sysctl : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) { spill(dir_.path() + path, text); }
  void kernel(const std::string& path, const std::string& value) {
    put("/proc/sys/" + path, value + "\n");
  }
  ProbeReport look() { return look_now(&look_at_sysctl, dir_.path()); }

  TempDir dir_;
};

TEST_F(Sysctl, SaysWhatDiffersAndWhoAsksForIt) {
  kernel("net/ipv4/ip_forward", "0");
  kernel("vm/swappiness", "10");
  put("/etc/sysctl.d/50-net.conf", "# routers only\nnet.ipv4.ip_forward = 1\nvm/swappiness=10\n");
  const ProbeReport report = look();
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.looked_at, 2);
  EXPECT_EQ(report.findings[0].where, "net.ipv4.ip_forward");
  EXPECT_EQ(report.findings[0].what, "is 0, /etc/sysctl.d/50-net.conf:2 says 1");
  EXPECT_EQ(report.findings[0].with, "sysctl -w net.ipv4.ip_forward=1");
  EXPECT_EQ(report.findings[0].remedy, Remedy::kByHand);
}

TEST_F(Sysctl, K3_3_ListsThatMeanTheSame) {
  kernel("net/ipv4/ip_local_reserved_ports", "10050-10051");
  put("/etc/sysctl.d/1.conf", "net.ipv4.ip_local_reserved_ports = 10050,10051\n");
  EXPECT_THAT(places(look()), IsEmpty());
  EXPECT_TRUE(same_sysctl_value("1-5,7", "7,3-5,1-4"));
  EXPECT_TRUE(same_sysctl_value("1-6", "1-3,4-6"));
  for (const char* other : {"1-5", "1-6,8", "2-6", "6-1", "1-", "1,,6", "a-b", "-1-6", "1-6-7"}) {
    EXPECT_FALSE(same_sysctl_value("1-6", other)) << other;
  }
  EXPECT_FALSE(same_sysctl_value("", "1"));
  EXPECT_FALSE(same_sysctl_value("-1", "1"));
}

TEST_F(Sysctl, TheLastFileByNameWinsAndEtcHidesTheOthers) {
  kernel("a/x", "9");
  kernel("a/y", "9");
  kernel("a/z", "9");
  put("/usr/lib/sysctl.d/10-a.conf", "a.x = 1\n");  // hidden by the one in /etc
  put("/etc/sysctl.d/10-a.conf", "a.y = 2\n");
  put("/run/sysctl.d/20-b.conf", "a.y = 9\n");
  put("/usr/lib/sysctl.d/30-c.conf", "a.z = 1\n");
  std::filesystem::create_symlink("/dev/null", dir_.path() + "/etc/sysctl.d/30-c.conf");
  EXPECT_THAT(places(look()), IsEmpty());
}

TEST_F(Sysctl, TheOldFileIsReadAtItsLinkOrLast) {
  kernel("a/x", "1");
  put("/etc/sysctl.conf", "a.x = 1\n");
  put("/etc/sysctl.d/zz.conf", "a.x = 2\n");
  EXPECT_THAT(places(look()), IsEmpty());
  std::filesystem::create_symlink("../sysctl.conf", dir_.path() + "/etc/sysctl.d/99-sysctl.conf");
  EXPECT_THAT(places(look()), ElementsAre("a.x"));
}

TEST_F(Sysctl, PatternsReachWhatNobodyNames) {
  for (const char* name : {"all", "eth0", "eth1", "lo"}) {
    kernel("net/ipv4/conf/" + std::string(name) + "/rp_filter", "0");
  }
  put("/etc/sysctl.d/1.conf",
      "net.ipv4.conf.*.rp_filter = 1\n"
      "-net.ipv4.conf.lo.rp_filter\n"
      "net.ipv4.conf.eth0.rp_filter = 0\n");
  EXPECT_THAT(places(look()),
              ElementsAre("net.ipv4.conf.all.rp_filter", "net.ipv4.conf.eth1.rp_filter"));
}

TEST_F(Sysctl, ALackingKeyIsNoFindingButIsNotFine) {
  kernel("a/x", "1");
  put("/etc/sysctl.d/1.conf", "no.such.key = 1\n-optional.key = 1\na.x = 1\n");
  const ProbeReport report = look();
  EXPECT_THAT(places(report), IsEmpty());
  ASSERT_EQ(report.gaps.size(), 1U);
  EXPECT_EQ(report.gaps[0].what, "no.such.key");
}

TEST_F(Sysctl, ValuesAreComparedAsTheKernelReadsThem) {
  EXPECT_TRUE(same_sysctl_value("4 4 1 7", sysctl_value("4\t4\t1\t7\n")));
  EXPECT_TRUE(same_sysctl_value("438", "0x1b6"));
  EXPECT_TRUE(same_sysctl_value("-1", "-1"));
  EXPECT_FALSE(same_sysctl_value("1", "1 1"));
  EXPECT_FALSE(same_sysctl_value("", "0"));
  EXPECT_FALSE(same_sysctl_value("99999999999999999999", "99999999999999999998"));
}

TEST(SysctlKeys, SeparatorsAreReadAsTheManualSays) {
  EXPECT_EQ(sysctl_path("net.ipv4.conf.eth0/100.forwarding"), "net/ipv4/conf/eth0.100/forwarding");
  EXPECT_EQ(sysctl_path("net/ipv4/conf/eth0.100/forwarding"), "net/ipv4/conf/eth0.100/forwarding");
  EXPECT_EQ(sysctl_key("net/ipv4/conf/eth0.100/forwarding"), "net.ipv4.conf.eth0/100.forwarding");
}

// Whatever a file says, nothing outside of /proc/sys is read and nothing unsafe is suggested.
TEST_F(Sysctl, HostileFilesGetNowhere) {
  put("/etc/shadow", "secret");
  kernel("a/x", "1");
  put("/etc/sysctl.d/1.conf", std::string("x/../../../etc/shadow = 1\n../../etc/shadow = 1\n"
                                          "a.x = 2; rm -rf '/'\nno equals sign\n = 3\n") +
                                  std::string("a.\0x = 2\n", 9) + std::string(1000, '-') + "\n");
  const ProbeReport report = look();
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].with, R"(sysctl -w 'a.x=2; rm -rf '\''/'\''')");
  EXPECT_GE(report.gaps.size(), 5U);
  put("/etc/sysctl.d/2.conf", std::string(kMaxConfig + 1, 'x'));
  EXPECT_THAT(look().gaps, testing::Contains(testing::Field(&Gap::why, HasSubstr("larger than"))));
}

TEST_F(Sysctl, SecretsAreNotShown) {
  kernel("net/ipv4/tcp_fastopen_key", "11111111-22222222");
  put("/etc/sysctl.d/1.conf", "net.ipv4.tcp_fastopen_key = 33333333-44444444\n");
  const ProbeReport report = look();
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].what.find("33333333"), std::string::npos);
  EXPECT_EQ(report.findings[0].with, "");
}

}  // namespace
}  // namespace sideband::scan
