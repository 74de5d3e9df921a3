// More callers than there is room for, at each of the daemon's doors.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <regex>
#include <sstream>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using std::chrono::milliseconds;

class Crowded : public testing::Test {
 protected:
  Crowded() {
    // For the connections of the test itself.
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    std::filesystem::create_directory(daemon_.path("conf"));
    daemon_.serve_options = {"--metrics-listen", "127.0.0.1:0"};
    daemon_.start();
  }
  int port() {
    const std::string log = daemon_.log();
    std::smatch found;
    EXPECT_TRUE(std::regex_search(log, found, std::regex("metrics_port=(\\d+)"))) << log;
    return std::atoi(found[1].str().c_str());
  }
  // User and system time of the daemon until now, in clock ticks.
  long ticks() {
    std::istringstream stat(slurp("/proc/" + std::to_string(daemon_.process().pid()) + "/stat"));
    std::string word;
    long user = 0, system = 0;
    for (int i = 1; i <= 15 && stat >> word; ++i) {
      if (i == 14) user = std::atol(word.c_str());
      if (i == 15) system = std::atol(word.c_str());
    }
    return user + system;
  }
  void limit_descriptors(rlim_t count) {
    const rlimit few{count, count};
    ASSERT_EQ(prlimit(daemon_.process().pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  }

  Daemon daemon_;
};

TEST_F(Crowded, K9_4_IdleStrangersOnThePortLockNobodyOut) {
  std::vector<std::unique_ptr<HttpPeer>> strangers;
  const int to = port();
  for (int i = 0; i < 1'100; ++i) strangers.push_back(std::make_unique<HttpPeer>("127.0.0.1", to));
  EXPECT_EQ(daemon_.call("GET", "/api/v1/me").status, 200);
  EXPECT_EQ(daemon_.cli({"pause", "--reason", "crowded"}).code, 0);
  const std::string refused = "sideband_connections_refused_total{listener=\"port\"} 900";
  EXPECT_TRUE(until([&] {
    return daemon_.call("GET", "/metrics").body.find(refused) != std::string::npos;
  })) << "of 1,100, with room for 200";
  strangers.clear();
  EXPECT_TRUE(until([&] {
    HttpPeer peer("127.0.0.1", to);
    peer.send(http_request("GET", "/metrics"));
    return peer.receive().status == 200;
  }));
}

TEST_F(Crowded, K9_4_WithoutDescriptorsAcceptingRestsAndGoesOn) {
  limit_descriptors(60);
  std::vector<std::unique_ptr<HttpPeer>> callers;
  for (int i = 0; i < 100; ++i) callers.push_back(std::make_unique<HttpPeer>(daemon_.socket()));
  ASSERT_TRUE(daemon_.logs("cannot accept connections"));
  const long before = ticks();
  let_pass(std::chrono::seconds(1));
  EXPECT_LT(ticks() - before, sysconf(_SC_CLK_TCK) / 2) << "a loop would take the whole second";
  callers.clear();
  EXPECT_TRUE(until([&] { return daemon_.call("GET", "/api/v1/me").status == 200; }));
}

}  // namespace
}  // namespace sideband::e2e
