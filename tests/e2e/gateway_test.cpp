// What hostile clients of the API get: refused early, answered with 4xx, and nobody else waits.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <regex>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// One daemon for all tests, with a fleet of three files of which one differs.
class GatewayApi : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    daemon_ = std::make_unique<Daemon>();
    for (const std::string name : {"a", "b", "c"}) {
      spill(daemon_->path("desired/" + name + ".conf"), "on\n");
      spill(daemon_->path("nodes/" + name + ".conf"), name == "a" ? "off\n" : "on\n");
    }
    daemon_->configure(target("source", "files", "root: " + daemon_->path("desired")) +
                       target("nodes", "files", "root: " + daemon_->path("nodes")) +
                       reconciler("fleet",
                                  "  mode: propose\n"
                                  "  desired: {target: source, files: \"*.conf\"}\n"
                                  "  actual: {target: nodes, files: \"*.conf\"}\n"));
    daemon_->serve_options = {"--metrics-listen", "127.0.0.1:0"};
    daemon_->start();
    ASSERT_TRUE(daemon_->logs("event=\"serving\""));
  }
  static void TearDownTestSuite() {
    const std::string log = daemon_->log();
    EXPECT_EQ(daemon_->stop().code, 0) << log;
    daemon_.reset();
  }
  // Every answer of every test is checked for what no answer may have.
  static HttpAnswer checked(HttpAnswer answer) {
    EXPECT_NE(answer.status, 500) << answer.body;
    EXPECT_EQ(answer.body.find("SELECT "), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find(".cpp"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find(daemon_->state()), std::string::npos) << answer.body;
    return answer;
  }
  static HttpAnswer call(const std::string& method, const std::string& path,
                         const std::string& body = "", const std::string& identity = "operator") {
    return checked(daemon_->call(method, path, body, identity));
  }
  // Sends bytes as they are.
  static HttpAnswer raw(const std::string& bytes) {
    HttpPeer peer(daemon_->socket());
    peer.send(bytes);
    return checked(peer.receive());
  }
  static std::string head(const std::string& line, const std::string& more = "") {
    return line + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + daemon_->token("operator") +
           "\r\n" + more + "\r\n";
  }
  static int tcp_port() {
    const std::string log = daemon_->log();
    std::smatch found;
    EXPECT_TRUE(std::regex_search(log, found, std::regex("metrics_port=(\\d+)"))) << log;
    return std::atoi(found[1].str().c_str());
  }

  static std::unique_ptr<Daemon> daemon_;
};
std::unique_ptr<Daemon> GatewayApi::daemon_;

TEST_F(GatewayApi, WithoutAValidTokenEveryRouteSays401) {
  const std::string real = daemon_->token("operator");
  for (const std::string path :
       {"/api/v1/me", "/api/v1/repairs", "/api/v1/none", "/", "/api/v1/audit/head"}) {
    for (const std::string& token : {std::string(), std::string("x"), real + "x",
                                     real.substr(0, real.size() - 1), std::string("sb_")}) {
      HttpPeer peer(daemon_->socket());
      peer.send(http_request("GET", path, token));
      const HttpAnswer answer = checked(peer.receive());
      EXPECT_EQ(answer.status, 401) << path << " with \"" << token << "\"";
      EXPECT_EQ(answer.headers.count("www-authenticate"), 1U);
    }
    EXPECT_EQ(
        raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + real + "\r\n\r\n")
            .status,
        401);
  }
}

// The answer comes, and the connection closes, before the body is read.
TEST_F(GatewayApi, TheTokenIsCheckedBeforeTheBodyIsRead) {
  const std::size_t size = 50'000'000;
  HttpPeer peer(daemon_->socket());
  peer.send("POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) +
            "\r\n\r\n");
  const std::size_t taken = peer.send(std::string(size, '{'), seconds(2));
  const HttpAnswer answer = checked(peer.receive());
  EXPECT_EQ(answer.status, 401);
  // What lies in the socket's buffers was sent, but read by nobody.
  EXPECT_LT(taken, 1'000'000U);

  HttpPeer silent(daemon_->socket());  // no byte of the body at all
  silent.send("POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_EQ(checked(silent.receive()).status, 401);
  EXPECT_TRUE(silent.closed());
}

TEST_F(GatewayApi, UnknownPathsMethodsAndMembersAreNamed) {
  EXPECT_EQ(call("GET", "/api/v1/none").status, 404);
  EXPECT_EQ(call("GET", "/").status, 404);
  EXPECT_EQ(call("GET", "/api/v1/repairs/").status, 404);
  EXPECT_EQ(call("GET", "/API/V1/repairs").status, 404);
  EXPECT_EQ(call("DELETE", "/api/v1/repairs").status, 405);
  EXPECT_EQ(call("PUT", "/api/v1/pause").status, 405);
  EXPECT_EQ(call("GET", "/api/v1/reconcilers/none").status, 404);
  EXPECT_EQ(call("GET", "/api/v1/repairs/not-an-id").status, 400);
  EXPECT_EQ(call("GET", "/api/v1/repairs/01a20940-608c-711c-a085-4f6c6d625b69").status, 404);
  const HttpAnswer member = call("POST", "/api/v1/pause", R"({"reason":"x","role":"admin"})");
  EXPECT_EQ(member.status, 400);
  EXPECT_NE(member.body.find("unknown member \\\"role\\\""), std::string::npos) << member.body;
}

TEST_F(GatewayApi, MassAssignmentIsRefused) {
  for (const char* extra : {"status", "approved_by", "risk", "token", "owner", "idx", "state"}) {
    const std::string body =
        std::string(R"({"reconciler":"fleet","keys":["a.conf"],")") + extra + R"(":"x"})";
    EXPECT_EQ(call("POST", "/api/v1/repairs", body).status, 400) << extra;
  }
  EXPECT_TRUE(daemon_->repairs().empty());
}

TEST_F(GatewayApi, BodiesThatAreNotWhatTheyShouldBeAre400) {
  const std::string deep(200'000, '[');
  std::string nested = R"({"reason":)" + std::string(50'000, '{');
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string("null"), std::string("\"x\""), deep,
        nested, std::string(R"({"reason":1})"), std::string(R"({"reason":"a","reason":"b"})"),
        std::string(R"({"reason":1e999999})"), std::string("{\"reason\":\"\xff\xfe\"}"),
        std::string("{\"reason\":\"a\"} x"), std::string(1, '\0'), std::string(R"({"reason":""})"),
        std::string(R"({"reason":"\ud800"})")}) {
    EXPECT_EQ(call("POST", "/api/v1/pause", body).status, 400) << body.substr(0, 60);
  }
  EXPECT_EQ(call("GET", "/api/v1/repairs?limit=1e9").status, 400);
  EXPECT_EQ(call("GET", "/api/v1/repairs?limit=-1").status, 400);
  EXPECT_EQ(call("GET", "/api/v1/repairs?limit=99999999999999999999").status, 400);
  EXPECT_EQ(call("GET", "/api/v1/repairs?state=nonsense").status, 400);
  EXPECT_EQ(call("GET", "/api/v1/audit/proof/-1").status, 400);
}

TEST_F(GatewayApi, TooLargeIsSaidAndDoesNotEndTheDaemon) {
  HttpPeer large(daemon_->socket());
  large.send(head("POST /api/v1/pause", "Content-Length: 3000000\r\n"));
  large.send(std::string(3'000'000, ' '), seconds(2));
  EXPECT_EQ(checked(large.receive()).status, 413);
  EXPECT_EQ(raw(head("GET /api/v1/me", "X-Long: " + std::string(20'000, 'a') + "\r\n")).status,
            431);
  EXPECT_EQ(raw(head("GET /" + std::string(20'000, 'a'))).status, 431);
  EXPECT_TRUE(daemon_->ready());
}

TEST_F(GatewayApi, WhatIsNotHttpIsClosedOr400) {
  for (const std::string& bytes :
       {std::string("\r\n\r\n\r\n\r\n"), std::string("hello there, who is this?\r\n\r\n"),
        std::string("GET / HTTP/9.9\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9),
        std::string("GET  /api HTTP/1.1\r\nHost: x\r\n\r\n"),
        head("POST /api/v1/pause", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        head("POST /api/v1/pause", "Content-Length: -1\r\n"),
        head("POST /api/v1/pause", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") +
            "0\r\n\r\n",
        head("GET /api/v1/me", "Name : value\r\n")}) {
    HttpPeer peer(daemon_->socket());
    peer.send(bytes);
    const int status = checked(peer.receive(seconds(3))).status;
    EXPECT_TRUE(status == 0 || status == 400) << status << " for " << bytes.substr(0, 60);
  }
  EXPECT_TRUE(daemon_->ready());
}

TEST_F(GatewayApi, PathsAreTakenAsTheyAre) {
  for (const char* path :
       {"/api/v1/../v1/me", "/api/v1/%2e%2e/me", "/api/v1/%6de", "/api//v1/me", "/api/v1/me;a=b",
        "/api/v1/me/", "/healthz/../api/v1/me", "/..%2f..%2fetc/passwd", "/api/v1/reconcilers/..",
        "/api/v1/reconcilers/%2e%2e", "//api/v1/me", "http://x/api/v1/me", "*"}) {
    EXPECT_EQ(call("GET", path).status, 404) << path;
  }
  EXPECT_EQ(call("GET", "/api/v1/repairs?active=%2e%zz%").status, 200);
  EXPECT_EQ(call("GET", "/api/v1/repairs?limt=5").status, 400) << "what is not known is said";
  EXPECT_EQ(call("POST", "/api/v1/reconcilers/none/scan", R"({"sweep":true})").status, 400)
      << "what would be passed over is said";
}

TEST_F(GatewayApi, ConnectionsAreKeptAndPipelined) {
  HttpPeer peer(daemon_->socket());
  const std::string token = daemon_->token("operator");
  std::string many;
  for (int i = 0; i < 20; ++i) many += http_request("GET", "/api/v1/me", token);
  peer.send(many);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(checked(peer.receive()).status, 200) << i;
  peer.send(http_request("GET", "/api/v1/me", token));
  EXPECT_EQ(checked(peer.receive()).status, 200);
}

TEST_F(GatewayApi, SlowClientsDelayNobody) {
  std::vector<std::unique_ptr<HttpPeer>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<HttpPeer>(daemon_->socket()));
    // A head without an end, or a body that does not come.
    slow.back()->send(i % 2 == 0 ? "GET /api/v1/me HTTP/1.1\r\nHo"
                                 : head("POST /api/v1/pause", "Content-Length: 100\r\n") + "{");
  }
  const SystemClock clock;
  const MonoTime begin = clock.mono();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(call("GET", "/api/v1/me").status, 200);
  EXPECT_LT(clock.mono() - begin, seconds(5));
  EXPECT_FALSE(slow[0]->closed(milliseconds(1)));
}

TEST_F(GatewayApi, WaitingRequestsDelayNobody) {
  spill(daemon_->path("nodes/a.conf"), "off\n");
  ASSERT_EQ(daemon_->cli({"apply", "fleet", "--yes", "--wait", "0s"}).code, 4);
  const std::string id = daemon_->repairs("fleet").at(0)["id"];
  std::vector<std::unique_ptr<HttpPeer>> waiting;
  for (int i = 0; i < 50; ++i) {
    waiting.push_back(std::make_unique<HttpPeer>(daemon_->socket()));
    waiting.back()->send(head("POST /api/v1/reconcilers/fleet/scan"));
  }
  EXPECT_EQ(call("GET", "/api/v1/me").status, 200);
  for (const auto& peer : waiting) EXPECT_EQ(checked(peer->receive()).status, 200);
  EXPECT_EQ(
      call("POST", "/api/v1/repairs/" + id + "/reject", R"({"comment":"no"})", "reviewer").status,
      200);
}

TEST_F(GatewayApi, OffTheSocketThereIsOnlyHealthAndMetrics) {
  const int port = tcp_port();
  const auto ask = [&](const std::string& path, const std::string& token) {
    HttpPeer peer("127.0.0.1", port);
    peer.send(http_request("GET", path, token));
    return checked(peer.receive()).status;
  };
  EXPECT_EQ(ask("/healthz", ""), 200);
  EXPECT_EQ(ask("/readyz", ""), 200);
  EXPECT_EQ(ask("/metrics", ""), 200);
  for (const char* path : {"/api/v1/me", "/api/v1/repairs", "/none", "/"}) {
    EXPECT_EQ(ask(path, ""), 401) << path;
    EXPECT_EQ(ask(path, daemon_->token("operator")), 401) << path << " with a good token";
  }
}

TEST_F(GatewayApi, NothingIsReadableByOthers) {
  const auto mode = [](const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777U;
  };
  EXPECT_EQ(mode(daemon_->socket()), 0600U);
  EXPECT_EQ(mode(daemon_->state()), 0700U);
  EXPECT_EQ(mode(daemon_->state() + "/tokens"), 0700U);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon_->state())) {
    EXPECT_EQ(mode(entry.path()) & 077U, 0U) << entry.path();
  }
}

// The exposition format, by a small parser: each line is a comment with HELP or TYPE or a sample of
// a family that was typed before, and no sample comes twice.
TEST_F(GatewayApi, MetricsParse) {
  const std::string text = call("GET", "/metrics", "", "").body;
  const std::regex sample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_]\w*="([^"\\\n]|\\.)*",?)*\})? (\S+))re");
  std::map<std::string, std::string> types;
  std::map<std::string, int> seen;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string mark, kind, name, type;
    words >> mark >> kind >> name >> type;
    if (mark == "#") {
      EXPECT_TRUE(kind == "HELP" || kind == "TYPE") << line;
      EXPECT_TRUE(kind == "HELP" || types.emplace(name, type).second) << line;
      continue;
    }
    std::smatch found;
    ASSERT_TRUE(std::regex_match(line, found, sample)) << line;
    const std::string family =
        std::regex_replace(found[1].str(), std::regex("_(bucket|sum|count)$"), "");
    EXPECT_TRUE(types.contains(found[1]) || types.contains(family)) << line;
    EXPECT_EQ(++seen[line.substr(0, line.rfind(' '))], 1) << line;
    EXPECT_TRUE(line.starts_with("sideband_")) << line;
    std::size_t used = 0;
    const std::string value = found[found.size() - 1];
    EXPECT_NO_THROW(std::stod(value, &used)) << line;
    EXPECT_EQ(used, value.size()) << line;
  }
  EXPECT_GT(seen.size(), 5U);
}

}  // namespace
}  // namespace sideband::e2e
