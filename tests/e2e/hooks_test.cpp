// What is run before and after a change, by the built binary: a real nginx whose configuration is
// tried beside the live file, put in place and reloaded, and taken back where that fails.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "e2e/daemon.h"
#include "support/free_port.h"
#include "support/http_peer.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kNginx = "/usr/sbin/nginx";

class Hooks : public testing::Test {
 protected:
  // One file `app.conf`, desired and live. `hooks`: lines below spec.repair.
  void configure(const std::string& hooks, const std::string& commands) {
    for (const char* folder : {"want", "live"}) {
      std::filesystem::create_directories(daemon_.path(folder));
    }
    daemon_.token("operator");
    daemon_.configure(target("wanted", "files", "root: " + daemon_.path("want")) +
                      target("here", "files", "root: " + daemon_.path("live")) +
                      target("host", "exec", "commands: [" + commands + "]") +
                      reconciler("site",
                                 "  mode: auto\n  interval: 200ms\n  gates: {cooldown: 100ms}\n"
                                 "  desired: {target: wanted, files: \"*.conf\"}\n"
                                 "  actual: {target: here, files: \"*.conf\"}\n"
                                 "  repair:\n" +
                                     hooks));
  }
  void want(const std::string& text) { spill(daemon_.path("want/app.conf"), text); }
  void have(const std::string& text) { spill(daemon_.path("live/app.conf"), text); }
  std::string live() { return slurp(daemon_.path("live/app.conf")); }
  // The newest repair, once it is at rest in `state`.
  Json repair_in(const std::string& state) {
    Json newest;
    EXPECT_TRUE(until([&] {
      const Json repairs = daemon_.repairs("site");
      if (!repairs.is_array() || repairs.empty()) return false;
      newest = repairs.at(0);
      return newest.at("state") == state;
    })) << newest.dump()
        << daemon_.log();
    return newest;
  }
  // No candidate is left behind.
  std::size_t files_in_live() {
    const auto all = std::filesystem::directory_iterator(daemon_.path("live"));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  Daemon daemon_;
};

TEST_F(Hooks, K4_8_ACandidateIsTriedBesideTheLiveFile) {
  configure("    before: {target: host, run: {argv: [/bin/grep, -q, good, \"{candidate}\"]}}\n",
            "/bin/grep");
  have("old good");
  want("new good");
  daemon_.start();
  repair_in("converged");
  EXPECT_EQ(live(), "new good");
  want("new bad");
  const Json refused = repair_in("needs_human");
  EXPECT_EQ(live(), "new good");
  EXPECT_THAT(refused.at("note").get<std::string>(),
              HasSubstr("before did not succeed for app.conf: "));
  const Finished described = daemon_.cli({"describe", refused.at("id").get<std::string>()});
  EXPECT_THAT(described.out, HasSubstr("app.conf")) << described.err;
  EXPECT_EQ(files_in_live(), 1U);
  const Finished exported = daemon_.cli({"audit", "export", daemon_.path("audit")});
  EXPECT_EQ(exported.code, 0) << exported.err;
  const Finished verified =
      daemon_.cli({"audit", "verify", daemon_.path("audit"), "--key", daemon_.public_key()});
  EXPECT_EQ(verified.code, 0) << verified.err;
}

TEST_F(Hooks, K4_8_WhatFailsAfterwardsIsTakenBack) {
  configure("    after: {target: host, run: {argv: [/bin/grep, -q, good, " +
                daemon_.path("live/app.conf") + "]}}\n",
            "/bin/grep");
  have("old good");
  want("new bad");
  daemon_.start();
  repair_in("compensated");
  EXPECT_EQ(live(), "old good");
  EXPECT_EQ(files_in_live(), 1U);
}

TEST_F(Hooks, K4_8_ACandidateHasTheModeOfTheLiveFile) {
  const std::string look = daemon_.path("look");
  spill(look, "#!/bin/sh\n[ \"$(stat -c %a \"$1\")\" = 640 ] && [ \"$(cat \"$1\")\" = new ]\n");
  ASSERT_EQ(chmod(look.c_str(), 0755), 0);
  configure("    before: {target: host, run: {argv: [" + look + ", \"{candidate}\"]}}\n", look);
  have("old");
  ASSERT_EQ(chmod(daemon_.path("live/app.conf").c_str(), 0640), 0);
  want("new");
  daemon_.start();
  repair_in("converged");
  EXPECT_EQ(live(), "new");
}

TEST_F(Hooks, CheckLooksWhetherItsCommandCanBeRun) {
  configure("    after: {target: host, run: {argv: [/no/such]}}\n", "/no/such");
  const Finished checked = daemon_.cli({"check", "--targets"});
  EXPECT_EQ(checked.code, 8) << checked.out << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("site after"));
  EXPECT_THAT(checked.out, HasSubstr("a command /no/such"));
}

TEST_F(Hooks, AHookThatNeverEndsIsStoppedAndSaid) {
  configure(
      "    before: {target: host, timeout: 300ms, run: {argv: [/bin/sleep, \"60\"]}}\n"
      "  retry: {limit: 1, backoff: {initial: 10ms}}\n",
      "/bin/sleep");
  have("old");
  want("new");
  daemon_.start();
  const Json repair = repair_in("needs_human");
  EXPECT_THAT(repair.at("note").get<std::string>(), HasSubstr("before did not succeed"));
  EXPECT_EQ(live(), "old");
}

// Its process is gone at once, not at its timeout.
class CancelledHook : public Hooks {
 protected:
  // `hook`: before or after.
  void cancel_while_it_runs(const std::string& hook) {
    const std::string script = daemon_.path("slow");
    spill(script, "#!/bin/sh\necho $$ >" + daemon_.path("pid") + "\nexec sleep 1000\n");
    ASSERT_EQ(chmod(script.c_str(), 0755), 0);
    configure("    " + hook + ": {target: host, timeout: 20m, run: {argv: [" + script + "]}}\n",
              script);
    have("old");
    want("new");
    daemon_.start();
    ASSERT_TRUE(until([&] { return slurp(daemon_.path("pid")).ends_with("\n"); }));
    const std::string pid = slurp(daemon_.path("pid"));
    const std::string id = daemon_.repairs("site").at(0)["id"];
    EXPECT_EQ(daemon_.cli({"cancel", id, "--now", "--reason", "it hangs"}).code, 0);
    const Json repair = repair_in("cancelled");
    EXPECT_THAT(repair.at("note").get<std::string>(), HasSubstr(hook + " did not succeed"));
    EXPECT_FALSE(std::filesystem::exists("/proc/" + pid.substr(0, pid.size() - 1)));
  }
};

TEST_F(CancelledHook, K4_8_BeforeTheChangeNothingIsChanged) {
  cancel_while_it_runs("before");
  EXPECT_EQ(live(), "old");
}

TEST_F(CancelledHook, K4_8_AfterTheChangeItStays) {
  cancel_while_it_runs("after");
  EXPECT_EQ(live(), "new");
}

class Nginx : public Hooks {
 protected:
  void SetUp() override {
    if (access(kNginx, X_OK) != 0) GTEST_SKIP() << "SKIPPED: nginx is not installed";
    const std::string live = daemon_.path("live/app.conf");
    const std::string run = "{argv: [/usr/sbin/nginx, -e, stderr, ";
    configure("    before: {target: host, run: " + run + "-t, -c, \"{candidate}\"]}}\n" +
                  "    after: {target: host, run: " + run + "-s, reload, -c, " + live + "]}}\n",
              kNginx);
    have(config("one"));
    want(config("one"));
    Command nginx;
    nginx.argv = {kNginx, "-e", daemon_.path("error.log"), "-c", live, "-g", "daemon off;"};
    server_ = std::make_unique<Process>(nginx);
    ASSERT_TRUE(until([&] { return answer() == "one"; })) << slurp(daemon_.path("error.log"));
    daemon_.start();
  }
  // Its workers end with it only when it is asked.
  void TearDown() override {
    if (!server_) return;
    server_->signal(SIGTERM);
    EXPECT_TRUE(server_->wait(std::chrono::seconds(10)));
  }
  std::string config(const std::string& says) const {
    return "pid " + daemon_.path("nginx.pid") + ";\nerror_log " + daemon_.path("error.log") +
           ";\nevents {}\nhttp {\n  access_log off;\n  server {\n    listen 127.0.0.1:" +
           std::to_string(port_) + ";\n    return 200 \"" + says + "\";\n  }\n}\n";
  }
  std::string answer() const {
    HttpPeer peer("127.0.0.1", port_);
    if (!peer.connected()) return "";
    peer.send(http_request("GET", "/"));
    return peer.receive().body;
  }

  const int port_ = free_port();
  std::unique_ptr<Process> server_;
};

TEST_F(Nginx, K4_8_ServesWhatIsDesiredAndNothingThatItWouldRefuse) {
  want(config("two"));
  EXPECT_TRUE(until([&] { return answer() == "two"; })) << daemon_.log();
  repair_in("converged");
  // A typo in the repository reaches neither the file nor the server.
  want("worker_processes many;\n" + config("three"));
  const Json refused = repair_in("needs_human");
  EXPECT_THAT(daemon_.cli({"describe", refused.at("id").get<std::string>()}).out,
              HasSubstr("before did not succeed for app.conf"));
  EXPECT_EQ(answer(), "two");
  EXPECT_EQ(live(), config("two"));
  EXPECT_EQ(files_in_live(), 1U);
}

}  // namespace
}  // namespace sideband::e2e
