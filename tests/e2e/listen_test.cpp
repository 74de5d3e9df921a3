// Where the daemon listens is settled before it acts: what cannot listen repairs nothing, and takes
// nobody's place.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "e2e/daemon.h"
#include "support/loopback_server.h"

namespace sideband::e2e {
namespace {

class Listen : public testing::Test {
 protected:
  Listen() {
    spill(daemon_.path("desired/a.conf"), "right\n");
    spill(daemon_.path("nodes/a.conf"), "wrong\n");
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet",
                                 "  mode: auto\n  interval: 200ms\n"
                                 "  desired: {target: source, files: \"*.conf\"}\n"
                                 "  actual: {target: nodes, files: \"*.conf\"}\n"));
  }
  // Ends by itself with this code, after saying this, with nothing repaired.
  void expect_refusal(const Words& words, int code, const std::string& says) {
    const Finished ended = daemon_.cli(words, "");
    EXPECT_EQ(ended.code, code) << ended.err;
    EXPECT_NE(ended.err.find(says), std::string::npos) << ended.err;
    EXPECT_EQ(slurp(daemon_.path("nodes/a.conf")), "wrong\n");
  }
  Daemon daemon_;
};

TEST_F(Listen, K8_1_ABusyPortIsFoundBeforeAnythingIsRepaired) {
  const LoopbackServer busy([](int) {});
  const std::string address = "127.0.0.1:" + std::to_string(busy.port());
  expect_refusal({"serve", "--metrics-listen", address}, 7, "cannot listen on " + address);
  EXPECT_FALSE(std::filesystem::exists(daemon_.socket())) << "its own socket is taken away again";
}

TEST_F(Listen, K4_6_AnAddressThatIsNoneIsAnErrorAndNoNetworkIsOpened) {
  for (const std::string address : {"9470", ":9470", "foo", "shop.example:9470"}) {
    expect_refusal({"serve", "--metrics-listen", address}, 2,
                   "cannot listen on \"" + address + "\"");
  }
}

TEST_F(Listen, K8_1_APathThatIsTooLongForASocketIsFoundBeforeAnythingIsRepaired) {
  daemon_.listen_at(daemon_.path(std::string(120, 's')));
  expect_refusal({"serve"}, 2, "at most 107 are possible");
}

TEST_F(Listen, K8_4_AFileThatIsNoSocketIsLeftAlone) {
  spill(daemon_.path("notes"), "mine\n");
  daemon_.listen_at(daemon_.path("notes"));
  expect_refusal({"serve"}, 2, "something else than a socket is there");
  EXPECT_EQ(slurp(daemon_.path("notes")), "mine\n");
}

TEST_F(Listen, K8_4_ASocketThatIsServedIsNotTaken) {
  Daemon first;
  ASSERT_NO_FATAL_FAILURE(first.start());
  daemon_.listen_at(first.socket());
  expect_refusal({"serve"}, 6, "another daemon serves the socket");
  EXPECT_TRUE(first.ready()) << "it is not disturbed";
  first.kill_now();
  ASSERT_TRUE(std::filesystem::exists(first.socket())) << "what a killed daemon leaves";
  ASSERT_NO_FATAL_FAILURE(first.start());
  EXPECT_EQ(first.stop().code, 0);
}

}  // namespace
}  // namespace sideband::e2e
