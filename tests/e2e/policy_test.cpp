// Repairs of real files that a policy has to allow: by an Open Policy Agent where there is one
// (SIDEBAND_OPA, or `opa` in PATH), and by a peer that takes nothing but what OPA's REST API asks
// for and answers what no proper server would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "base/mutex.h"
#include "e2e/daemon.h"
#include "support/free_port.h"
#include "support/http_service.h"

namespace sideband::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Says to every proper question what a test wants; counts them.
class PolicyPeer {
 public:
  PolicyPeer()
      : service_([this](const auto& asked, const auto& client) { serve(asked, client); }) {}

  void say(const std::string& body, int status = 200, const std::string& headers = "") {
    set([=](const HttpClientSide& client) { client.answer(status, body, headers); });
  }
  void set(std::function<void(const HttpClientSide&)> answer) {
    const MutexLock lock(mutex_);
    answer_ = std::move(answer);
  }
  [[nodiscard]] Json last_input() const {
    const MutexLock lock(mutex_);
    return input_;
  }
  [[nodiscard]] int questions() const { return questions_; }
  [[nodiscard]] std::string url() const { return service_.url(); }

 private:
  static bool is_proper(const SeenRequest& asked, const Json& body) {
    const auto type = asked.headers.find("content-type");
    return asked.method == "POST" && asked.target == "/v1/data/sideband/repairs" &&
           type != asked.headers.end() && type->second == "application/json" && body.is_object() &&
           body.size() == 1 && body.contains("input");
  }
  void serve(const SeenRequest& asked, const HttpClientSide& client) {
    if (asked.method == "GET" && asked.target == "/health") return void(client.answer(200, "{}"));
    const Json body = Json::parse(asked.body, nullptr, false);
    if (!is_proper(asked, body)) return void(client.answer(400, R"({"code":"invalid_parameter"})"));
    std::function<void(const HttpClientSide&)> answer;
    {
      const MutexLock lock(mutex_);
      input_ = body.at("input");
      answer = answer_;
    }
    ++questions_;
    answer(client);
  }

  mutable Mutex mutex_;
  Json input_ SB_GUARDED_BY(mutex_);
  std::function<void(const HttpClientSide&)> answer_ SB_GUARDED_BY(mutex_) =
      [](const HttpClientSide& client) { client.answer(200, R"({"result": true})"); };
  std::atomic<int> questions_ = 0;
  HttpService service_;  // last: its threads use the rest
};

// Two files of which one differs.
class Policy : public testing::Test {
 protected:
  Policy() {
    for (const char* const folder : {"desired/", "nodes/"}) {
      spill(daemon_.path(std::string(folder) + "0.conf"), "on\n");
    }
    spill(daemon_.path("desired/1.conf"), "on\n");
    spill(daemon_.path("nodes/1.conf"), "off\n");
  }
  void configure(const std::string& url, const std::string& policy = "",
                 const std::string& mode = "auto") const {
    daemon_.configure(
        target("source", "files", "root: " + daemon_.path("desired")) +
        target("nodes", "files", "root: " + daemon_.path("nodes")) +
        target("opa", "http", "url: \"" + url + "\", allow: [127.0.0.1]") +
        reconciler("fleet", "  interval: 200ms\n  mode: " + mode +
                                "\n  desired: {target: source, files: \"*.conf\"}\n"
                                "  actual: {target: nodes, files: \"*.conf\"}\n"
                                "  decide: {policy: {target: opa, path: sideband/repairs" +
                                policy + "}}\n"));
  }
  [[nodiscard]] bool repaired() const {
    return until([&] { return slurp(daemon_.path("nodes/1.conf")) == "on\n"; });
  }
  [[nodiscard]] bool untouched() const { return slurp(daemon_.path("nodes/1.conf")) == "off\n"; }
  [[nodiscard]] std::string explained() const { return daemon_.cli({"explain", "fleet"}).out; }
  [[nodiscard]] bool explains(const std::string& text) const {
    return until([&] { return explained().find(text) != std::string::npos; });
  }

  Daemon daemon_;
};

TEST_F(Policy, ADenialIsExplainedAndItsEndRepairs) {
  PolicyPeer peer;
  const std::string reasons = R"(["release \u001b[2Jday"])";
  peer.say(R"({"decision_id": "8a41", "result": {"allow": false, "reasons": )" + reasons + "}}");
  configure(peer.url());
  daemon_.start();
  ASSERT_TRUE(explains("policy opa sideband/repairs denies it: release  [2Jday (decision 8a41)"))
      << explained();
  EXPECT_TRUE(untouched());
  const Json input = peer.last_input();
  EXPECT_EQ(input.at("plan").at("changes"), 1);
  EXPECT_EQ(input.at("reconciler").at("name"), "fleet");
  EXPECT_EQ(input.at("requester"), "sideband");
  EXPECT_EQ(input.at("phase"), "decide");
  EXPECT_THAT(input.at("unknown").dump(), HasSubstr("window.site"));
  EXPECT_THAT(daemon_.call("GET", "/metrics", "", "").body,
              AllOf(HasSubstr("sideband_policy_answers_total{answer=\"deny\""),
                    HasSubstr("gate=\"policy\"")));
  peer.say(R"({"result": true})");
  EXPECT_TRUE(repaired()) << explained();
}

// Not one of these is a yes.
TEST_F(Policy, WhatIsNoVerdictHolds) {
  const std::string huge = R"({"result": true, "x": ")" + std::string(70'000, 'x') + "\"}";
  struct Case {
    const char* name;
    std::function<void(const HttpClientSide&)> answer;
    const char* why;
  };
  const auto say = [](int status, std::string body, std::string headers = "") {
    return [=](const HttpClientSide& client) { client.answer(status, body, headers); };
  };
  const auto send = [](std::string bytes) {
    return [=](const HttpClientSide& client) { client.send(bytes); };
  };
  const Case cases[] = {
      {"undefined", say(200, "{}"), "denies it: it is not defined there"},
      {"a text", say(200, R"({"result": "true"})"), "result is a text"},
      {"500", say(500, R"({"result": true})"), "status 500"},
      {"404", say(404, R"({"result": true})"), "status 404"},
      {"201", say(201, R"({"result": true})"), "status 201"},
      {"204", say(204, ""), "status 204"},
      {"401", say(401, R"({"result": true})"), "it answered 401"},
      {"moved", say(302, "", "Location: /v1/data/other\r\n"), "status 302; redirects are not"},
      {"huge", say(200, huge), "larger than 64 KiB"},
      {"html", say(200, "<html>ok</html>"), "no JSON"},
      {"empty", say(200, ""), "no JSON"},
      {"cut", send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"result\": true}"), ""},
      {"nothing", send(""), ""},
      {"no HTTP", send("{\"result\": true}"), ""},
      {"slow", [](const HttpClientSide& client) { client.await_end(std::chrono::seconds(20)); },
       "time"},
  };
  PolicyPeer peer;
  peer.set(cases[0].answer);
  configure(peer.url(), ", timeout: 300ms");
  daemon_.start();
  for (const Case& each : cases) {
    peer.set(each.answer);
    const int before = peer.questions();
    EXPECT_TRUE(until([&] { return peer.questions() >= before + 2; })) << each.name;
    EXPECT_TRUE(explains(each.why)) << each.name << ": " << explained();
    EXPECT_THAT(explained(), HasSubstr("policy ")) << each.name;
    EXPECT_TRUE(untouched()) << each.name;
  }
  peer.say(R"({"result": {"allow": true, "reasons": []}})");
  EXPECT_TRUE(repaired()) << explained();
}

// Approved, but the policy is away or says no when the repair would begin; through a kill.
TEST_F(Policy, AnApprovedRepairWaitsForThePolicyThroughAKill) {
  PolicyPeer peer;
  configure(peer.url(), ", timeout: 300ms, maxAge: 1300ms", "approve");
  daemon_.start();
  ASSERT_TRUE(until([&] { return !daemon_.repairs("fleet", true).empty(); }));
  const std::string id = daemon_.repairs("fleet").at(0).at("id");
  // Its decision's answer still counts; of that a restart knows nothing.
  daemon_.kill_now();
  peer.say("{}", 503);
  daemon_.start();
  const std::string hash = daemon_.get("/api/v1/plans/" + id).at("hash");
  ASSERT_EQ(daemon_
                .call("POST", "/api/v1/repairs/" + id + "/approve", Json{{"planHash", hash}}.dump(),
                      "kim")
                .status,
            200);
  const auto noted = [&](const std::string& text) {
    return until([&] {
      return daemon_.get("/api/v1/repairs/" + id).dump().find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(noted("status 503")) << daemon_.get("/api/v1/repairs/" + id).dump(1);
  daemon_.kill_now();
  peer.say(R"({"decision_id": "c1", "result": {"allow": false, "reasons": ["frozen"]}})");
  daemon_.start();
  EXPECT_TRUE(noted("denies it: frozen (decision c1)"))
      << daemon_.get("/api/v1/repairs/" + id).dump(1);
  EXPECT_EQ(peer.last_input().at("phase"), "claim");
  EXPECT_TRUE(untouched());
  peer.say(R"({"decision_id": "c2", "result": true})");
  EXPECT_TRUE(repaired());
  ASSERT_EQ(daemon_.cli({"audit", "export", daemon_.path("audit")}).code, 0);
  const Finished verified =
      daemon_.cli({"audit", "verify", daemon_.path("audit"), "--key", daemon_.public_key()});
  EXPECT_EQ(verified.code, 0) << verified.err;
}

TEST_F(Policy, PlanAsksAndCheckTargetsTellsWhatIsNotDefined) {
  PolicyPeer peer;
  peer.say(R"({"result": {"allow": false, "reasons": ["ask the owner"]}})");
  configure(peer.url());
  EXPECT_THAT(daemon_.cli({"plan", "fleet"}).out, HasSubstr("denies it: ask the owner"));
  const auto check = [&] { return daemon_.cli({"check", "--targets"}); };
  Finished run = check();
  EXPECT_LE(run.code, 1) << "root may more than is needed: " << run.out << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("sideband/repairs"), HasSubstr("deny")));
  peer.say("{}");
  run = check();
  EXPECT_EQ(run.code, 2) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("an undefined document denies"));
  EXPECT_THAT(run.err, HasSubstr("policies: 0 answered, 1 not defined, 0 without an answer"));
  peer.say("{}", 500);
  EXPECT_EQ(check().code, 7);
}

std::string opa() {
  if (const char* const named = getenv("SIDEBAND_OPA")) return named;
  const Finished found = run_to_end(
      {.argv = {"sh", "-c", "command -v opa"}, .env = {}, .out = "", .err = "", .folder = ""});
  return found.code == 0 ? found.out.substr(0, found.out.find('\n')) : "";
}

// The policy of docs/gates/policy.md, on the real server.
TEST_F(Policy, ARealOpenPolicyAgentAllowsDeniesAndIsAway) {
  const std::string program = opa();
  if (program.empty()) {
    GTEST_SKIP() << "SKIPPED: there is no Open Policy Agent; name one in SIDEBAND_OPA";
  }
  const std::string page = slurp(SIDEBAND_SOURCE_DIR "/docs/gates/policy.md");
  const std::size_t from = page.find("```rego\n") + 8;
  std::string rules = page.substr(from, page.find("```", from) - from);
  rules.replace(rules.find("> 100"), 5, "> 0");
  spill(daemon_.path("gate.rego"), rules);
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  const auto serve = [&](const std::string& file) {
    Command command;
    command.argv = {program,  "run",   "--server",
                    "--addr", address, "--log-level",
                    "error",  "--set", "decision_logs.console=true",
                    file};
    return std::make_unique<Process>(command);
  };
  const auto is_well = [&] {
    return until([&] {
      HttpPeer client("127.0.0.1", std::stoi(address.substr(10)));
      if (!client.connected()) return false;
      client.send(http_request("GET", "/health"));
      return client.receive().status == 200;
    });
  };
  auto server = serve(daemon_.path("gate.rego"));
  ASSERT_TRUE(is_well());
  configure("http://" + address, ", timeout: 2s, maxAge: 3s");
  EXPECT_THAT(daemon_.cli({"check", "--targets"}).err, HasSubstr("policies: 1 answered"));
  daemon_.start();
  ASSERT_TRUE(explains("policy opa sideband/repairs denies it: more than 100 changes (decision "))
      << explained();
  EXPECT_TRUE(untouched());
  server->signal(SIGKILL);
  ASSERT_TRUE(server->wait(std::chrono::seconds(10)));
  ASSERT_TRUE(explains("policy opa sideband/repairs: ")) << explained();
  EXPECT_TRUE(untouched());
  spill(daemon_.path("gate.rego"), "package sideband.others\n\ndefault allow := true\n");
  server = serve(daemon_.path("gate.rego"));
  ASSERT_TRUE(is_well());
  ASSERT_TRUE(explains("denies it: it is not defined there")) << explained();
  EXPECT_TRUE(untouched());
  server->signal(SIGKILL);
  ASSERT_TRUE(server->wait(std::chrono::seconds(10)));
  rules.replace(rules.find("> 0"), 3, "> 100");
  spill(daemon_.path("gate.rego"), rules);
  server = serve(daemon_.path("gate.rego"));
  EXPECT_TRUE(repaired()) << explained();
}

}  // namespace
}  // namespace sideband::e2e
