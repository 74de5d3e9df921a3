// Who may call, from the outside: tokens, the places they lie in, and what people may write.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

class Identity : public testing::Test {
 protected:
  Identity() {
    for (const std::string side : {"desired", "nodes"}) {
      spill(daemon_.path(side + "/a.conf"), "on\n");
    }
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet",
                                 "  mode: propose\n"
                                 "  desired: {target: source, files: \"*.conf\"}\n"
                                 "  actual: {target: nodes, files: \"*.conf\"}\n"));
  }
  void allow(const std::string& path, mode_t mode) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0) << path;
  }
  // A start that ends by itself, with a sentence.
  static void expect_sentence(const Finished& run, int code, const std::string& said) {
    EXPECT_EQ(run.code, code) << run.err;
    EXPECT_NE(run.err.find(said), std::string::npos) << run.err;
    EXPECT_EQ(run.err.find("terminate called"), std::string::npos) << run.err;
  }
  void expect_no_start(const std::string& said) {
    expect_sentence(daemon_.cli({"serve"}), 8, said);
  }

  Daemon daemon_;
};

TEST_F(Identity, K8_3_PlacesThatOthersMayWriteAreRefused) {
  for (const std::string& folder : {daemon_.state(), daemon_.state() + "/tokens"}) {
    for (const mode_t mode : {0777, 0720, 01777}) {
      allow(folder, mode);
      expect_no_start("can be written by others, who could then be anybody; run: chmod go-w ");
    }
    allow(folder, 0700);
  }
  daemon_.start();
  EXPECT_EQ(daemon_.stop().code, 0);
  for (const mode_t mode : {0666, 0640}) {
    allow(daemon_.state() + "/audit.key", mode);
    expect_no_start("chmod 600 ");
  }
}

TEST_F(Identity, K8_3_AStateFolderOfSomebodyElseIsASentence) {
  spill(daemon_.path("file"), "");
  for (const std::string& state : {daemon_.path("file"), daemon_.path("file/state")}) {
    Command serve;
    serve.argv = {binary(), "--config", daemon_.path("conf"), "--state", state, "serve"};
    serve.folder = daemon_.path("");
    expect_sentence(run_to_end(serve, std::chrono::seconds(60)), 8, "the state folder");
    serve.argv = {binary(), "--state", state, "token", "add", "somebody"};
    expect_sentence(run_to_end(serve, std::chrono::seconds(60)), 2, "cannot make " + state);
  }
}

TEST_F(Identity, K9_2_AnExportMakesNoTokenAndReplacesNothing) {
  daemon_.start();
  ASSERT_EQ(daemon_.cli({"pause", "--reason", "so that there is a record"}).code, 0);
  const std::string tokens = daemon_.state() + "/tokens";
  for (const std::string& folder : {tokens, tokens + "/new", daemon_.state()}) {
    const Finished run = daemon_.cli({"audit", "export", folder});
    EXPECT_EQ(run.code, 2) << run.err;
    EXPECT_NE(run.err.find("in the daemon's state folder"), std::string::npos) << run.err;
  }
  const std::string folder = daemon_.path("audit");
  EXPECT_EQ(daemon_.cli({"audit", "export", folder}).code, 0);
  const std::string before = slurp(folder + "/checkpoint");
  EXPECT_EQ(daemon_.cli({"pause", "--reason", "x"}).code, 0);
  const Finished again = daemon_.cli({"audit", "export", folder});
  EXPECT_EQ(again.code, 6) << again.err;
  EXPECT_NE(again.err.find("an export never replaces a file"), std::string::npos) << again.err;
  EXPECT_EQ(slurp(folder + "/checkpoint"), before);
  // By hand, as root might: a public text is still no token.
  spill(tokens + "/checkpoint", before);
  allow(tokens + "/checkpoint", 0600);
  spill(daemon_.path("stolen"), before);
  EXPECT_EQ(daemon_.cli({"--token-file", daemon_.path("stolen"), "get", "repairs"}, "").code, 8);
  EXPECT_TRUE(daemon_.logs("checkpoint is no token"));
}

TEST_F(Identity, K9_3_ARevokedTokenEndsAtOnce) {
  daemon_.start();
  EXPECT_EQ(daemon_.call("GET", "/api/v1/me", "", "reviewer").status, 200);
  const std::string token = daemon_.token("reviewer");
  std::filesystem::remove(daemon_.state() + "/tokens/reviewer");
  HttpPeer peer(daemon_.socket());
  peer.send(http_request("GET", "/api/v1/me", token));
  EXPECT_EQ(peer.receive().status, 401);
  ASSERT_EQ(::mkfifo((daemon_.state() + "/tokens/pipe").c_str(), 0600), 0);
  EXPECT_EQ(daemon_.call("GET", "/api/v1/me").status, 200);
}

TEST_F(Identity, K10_1_AHugeReasonIsRefusedAndTheLogVerifies) {
  daemon_.start();
  const std::string huge(70'000, 'x');
  for (const Words& words : {Words{"pause", "--reason", huge}, Words{"resume", "--reason", huge},
                             Words{"pause", "fleet", "--reason", huge}}) {
    const Finished run = daemon_.cli(words);
    EXPECT_EQ(run.code, 2) << run.err;
    EXPECT_NE(run.err.find("\"reason\" is longer than 4096 bytes"), std::string::npos) << run.err;
  }
  EXPECT_EQ(daemon_.cli({"pause", "--reason", std::string(4096, 'x')}).code, 0);
  const std::string folder = daemon_.path("audit");
  ASSERT_EQ(daemon_.cli({"audit", "export", folder}).code, 0);
  EXPECT_EQ(daemon_.cli({"audit", "verify", folder, "--key", daemon_.public_key()}).code, 0);
}

}  // namespace
}  // namespace sideband::e2e
