// The API over TLS: who gets in, what is shown, and what strangers cannot do to others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <regex>

#include "e2e/daemon.h"
#include "support/certificates.h"
#include "support/loopback_sockets.h"

namespace sideband::e2e {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

class OverTls : public testing::Test {
 protected:
  OverTls() {
    spill(daemon_.path("desired/a.conf"), "right\n");
    spill(daemon_.path("nodes/a.conf"), "right\n");
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet",
                                 "  mode: auto\n  interval: 200ms\n"
                                 "  desired: {target: source, files: \"*.conf\"}\n"
                                 "  actual: {target: nodes, files: \"*.conf\"}\n"));
    show("localhost", hours(24 * 30));
    daemon_.serve_options = {"--listen",    "127.0.0.1:0", "--tls-cert",
                             certificate(), "--tls-key",   key()};
  }
  [[nodiscard]] std::string certificate() const { return daemon_.path("api.crt"); }
  [[nodiscard]] std::string key() const { return daemon_.path("api.key"); }
  // Another certificate in the daemon's files.
  void show(const std::string& name, Duration valid) const {
    const auto made = make_certificate(name, SystemClock().wall() + valid);
    spill(key(), made.key);
    ::chmod(key().c_str(), 0600);
    spill(certificate(), made.pem);
  }
  int port() {
    const std::string log = daemon_.log();
    std::smatch found;
    EXPECT_TRUE(std::regex_search(log, found, std::regex("tls_port=(\\d+)"))) << log;
    return std::atoi(found[1].str().c_str());
  }
  std::string server() { return "https://localhost:" + std::to_string(port()); }
  Finished far(Words words, const std::string& identity = "operator",
               const std::string& ca = "api.crt") {
    const Words place = {"--server", server(), "--ca", daemon_.path(ca)};
    words.insert(words.begin(), place.begin(), place.end());
    return daemon_.cli(words, identity);
  }
  // What a program of another make is told; `options` of curl.
  Finished curl(const std::string& path, Words options = {}) {
    Command command;
    command.argv = {"curl", "-sS", "-i", "--max-time", "20", "--cacert", certificate()};
    command.argv.insert(command.argv.end(), options.begin(), options.end());
    command.argv.push_back(server() + path);
    return run_to_end(std::move(command));
  }
  Words bearer(const std::string& identity) {
    return {"-H", "Authorization: Bearer " + daemon_.token(identity)};
  }
  bool counts(const std::string& line) {
    return until(
        [&] { return daemon_.call("GET", "/metrics").body.find(line) != std::string::npos; });
  }
  void expect_refusal(const Words& options, int code, const std::string& says) {
    Words words = {"serve"};
    words.insert(words.end(), options.begin(), options.end());
    const Finished ended = daemon_.cli(words, "");
    EXPECT_EQ(ended.code, code) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(says));
  }
  Daemon daemon_;
};

TEST_F(OverTls, TheCommandLineWorksFromElsewhere) {
  daemon_.token("ana");
  daemon_.start();
  const Finished list = far({"get", "reconcilers"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("fleet"));
  EXPECT_EQ(far({"pause", "fleet", "--reason", "from afar"}, "ana").code, 0);
  spill(daemon_.path("nodes/a.conf"), "wrong\n");
  const std::string shown = daemon_.cli({"describe", "fleet"}).out;
  EXPECT_THAT(shown, HasSubstr("by ana"));
  EXPECT_THAT(shown, HasSubstr("from afar"));
  EXPECT_EQ(far({"resume", "fleet", "--reason", "enough"}).code, 0);
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("nodes/a.conf")) == "right\n"; }));
}

TEST_F(OverTls, WithoutATokenThereIsNothingButHealth) {
  const Words ana = bearer("ana");
  daemon_.start();
  EXPECT_THAT(curl("/healthz").out, HasSubstr("HTTP/1.1 200"));
  for (const char* path : {"/api/v1/me", "/api/v1/reconcilers", "/metrics", "/none"}) {
    EXPECT_THAT(curl(path).out, HasSubstr("HTTP/1.1 401")) << path;
  }
  EXPECT_THAT(curl("/api/v1/me", {"-H", "Authorization: Bearer sb_wrong"}).out,
              HasSubstr("HTTP/1.1 401"));
  EXPECT_TRUE(counts("sideband_requests_unauthorized_total{listener=\"tls\"} 5"));
  EXPECT_THAT(curl("/metrics", ana).out, HasSubstr("sideband_scans_total"));
  std::filesystem::remove(daemon_.state() + "/tokens/ana");
  EXPECT_THAT(curl("/api/v1/me", ana).out, HasSubstr("HTTP/1.1 401")) << "revoked at once";
}

TEST_F(OverTls, NobodyIsHeardInTheClearOrOverOldTls) {
  daemon_.start();
  EXPECT_NE(curl("/healthz", {"--tls-max", "1.2"}).code, 0);
  EXPECT_EQ(curl("/healthz", {"--tlsv1.3"}).code, 0);
  Command plain;
  plain.argv = {"curl", "-sS", "--max-time", "20", "http://localhost:" + std::to_string(port())};
  EXPECT_NE(run_to_end(std::move(plain)).code, 0);
  EXPECT_TRUE(counts("sideband_tls_handshakes_total{result=\"failed\"} 2"));
  const Finished clear =
      daemon_.cli({"--server", "http://localhost:" + std::to_string(port()), "get", "repairs"});
  EXPECT_EQ(clear.code, 2);
  EXPECT_THAT(clear.err, HasSubstr("a token is sent over TLS alone"));
  for (const char* odd : {"https://", "localhost", "https://a/b", "https://u@h", "ftp://h"}) {
    EXPECT_EQ(daemon_.cli({"--server", odd, "get", "repairs"}).code, 2) << odd;
  }
}

// A server that is not believed is told nothing.
TEST_F(OverTls, TheCommandLineBelievesOnlyWhoItWasTold) {
  daemon_.start();
  spill(daemon_.path("other.crt"),
        make_certificate("localhost", SystemClock().wall() + hours(9)).pem);
  const Finished other = far({"get", "repairs"}, "operator", "other.crt");
  EXPECT_EQ(other.code, 7);
  EXPECT_THAT(other.err, HasSubstr("is not believed to be who it says"));
  EXPECT_EQ(far({"get", "repairs"}, "operator", "none.crt").code, 7);
  const Finished name = daemon_.cli({"--server", "https://127.0.0.1:" + std::to_string(port()),
                                     "--ca", certificate(), "get", "repairs"});
  EXPECT_EQ(name.code, 7) << "its certificate has another name";
  show("localhost", hours(-1));
  EXPECT_TRUE(until([&] { return far({"get", "repairs"}).code == 7; })) << "it has expired";
}

TEST_F(OverTls, ANewCertificateIsShownWithoutARestart) {
  daemon_.start();
  ASSERT_EQ(far({"get", "repairs"}).code, 0);
  show("localhost", hours(24 * 90));
  EXPECT_TRUE(until([&] { return far({"get", "repairs"}).code == 0; }));
  EXPECT_TRUE(daemon_.logs("another certificate is shown"));
  const std::string before = slurp(certificate());
  spill(daemon_.path("good.crt"), before);
  spill(certificate(), "no certificate at all");
  EXPECT_TRUE(until([&] {
    return far({"get", "repairs"}, "operator", "good.crt").code == 0 &&
           daemon_.log().find("a new certificate cannot be used") != std::string::npos;
  })) << "the former one stays";
  spill(certificate(), before);
  EXPECT_EQ(far({"get", "repairs"}).code, 0);
}

TEST_F(OverTls, WhatCannotBeServedDoesNotStart) {
  const Words all = daemon_.serve_options;
  expect_refusal({"--listen", "127.0.0.1:0"}, 2, "go together");
  expect_refusal({"--tls-cert", certificate()}, 2, "go together");
  expect_refusal({"--client-ca", certificate()}, 2, "go together");
  expect_refusal({"--listen", "127.0.0.1:0", "--tls-cert", certificate(), "--tls-key", key(),
                  "--client-ca", certificate()},
                 2, "--client-ca and --trust-domain go together");
  expect_refusal({"--listen", "127.0.0.1:0", "--tls-cert", certificate(), "--tls-key", key(),
                  "--client-ca", "/none", "--trust-domain", "shop.example"},
                 2, "/none: no certificate can be read there");
  expect_refusal({"--listen", "nowhere", "--tls-cert", certificate(), "--tls-key", key()}, 2,
                 "nowhere");
  expect_refusal({"--listen", "127.0.0.1:0", "--tls-cert", "/none", "--tls-key", key()}, 2,
                 "/none: no certificate can be read there");
  expect_refusal({"--listen", "127.0.0.1:0", "--tls-cert", certificate(), "--tls-key", "/none"}, 2,
                 "/none: there is no such file");
  ::chmod(key().c_str(), 0644);
  expect_refusal(all, 8, "chmod 600");
  spill(key(), make_certificate("localhost", SystemClock().wall() + hours(1)).key);
  ::chmod(key().c_str(), 0600);
  expect_refusal(all, 2, "no key of");
}

// Who connects and says nothing takes no place of others, and is let go of.
TEST_F(OverTls, HalfHandshakesLockNobodyOut) {
  daemon_.start();
  std::vector<Fd> silent;
  for (int i = 0; i < 150; ++i) silent.push_back(connect_loopback(port()));
  EXPECT_TRUE(counts("sideband_connections_refused_total{listener=\"tls\"} 50"))
      << "of one address, with room for 100";
  EXPECT_EQ(daemon_.cli({"pause", "--reason", "crowded"}).code, 0);
  EXPECT_TRUE(counts("sideband_tls_handshakes_total{result=\"failed\"} 100")) << "after 10s";
  EXPECT_EQ(far({"get", "reconcilers"}).code, 0);
}

// Ends by itself after a while without a head, and its place is free again.
TEST_F(OverTls, ASlowHeadIsNotWaitedFor) {
  daemon_.start();
  Command slow;
  slow.argv = {"bash", "-c",
               "exec 3< <(printf 'GET /healthz HTTP/1.1\\r\\nX-Slow: '; exec sleep 30); "
               "openssl s_client -quiet -connect localhost:" +
                   std::to_string(port()) + " <&3 2>/dev/null; echo ended >" +
                   daemon_.path("ended")};
  Process process(slow);
  EXPECT_TRUE(counts("sideband_tls_handshakes_total{result=\"ok\"} 1"));
  EXPECT_EQ(far({"get", "reconcilers"}).code, 0) << "others are served meanwhile";
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("ended")) == "ended\n"; }));
  process.wait(std::chrono::seconds(40));
}

// Of whom each has a certificate that is signed by itself, and is believed.
class ByCertificate : public OverTls {
 protected:
  // Client certificates with these alternative names; the daemon believes all of them.
  void believe(const std::map<std::string, std::string>& clients, Duration valid = hours(9)) {
    std::string all;
    for (const auto& [file, names] : clients) all += make(file, names, valid);
    spill(daemon_.path("clients.crt"), all);
    for (const std::string& word : {std::string("--client-ca"), daemon_.path("clients.crt"),
                                    std::string("--trust-domain"), std::string("shop.example")}) {
      daemon_.serve_options.push_back(word);
    }
    daemon_.start();
  }
  std::string make(const std::string& file, const std::string& names, Duration valid) const {
    const auto made = make_certificate_of(names, SystemClock().wall() + valid, file);
    spill(daemon_.path(file + ".crt"), made.pem);
    spill(daemon_.path(file + ".key"), made.key);
    return made.pem;
  }
  // With that certificate, and with a token only where one is named.
  Finished as(const std::string& file, Words words, const std::string& identity = "") {
    const Words shown = {"--client-cert", daemon_.path(file + ".crt"), "--client-key",
                         daemon_.path(file + ".key")};
    words.insert(words.begin(), shown.begin(), shown.end());
    return far(words, identity);
  }
  static std::string uri(const std::string& name) { return "URI:spiffe://shop.example/" + name; }
};

TEST_F(ByCertificate, ItIsAnIdentityAsATokenIs) {
  believe({{"ana", uri("ana")}});
  ASSERT_EQ(as("ana", {"pause", "fleet", "--reason", "by certificate"}).code, 0);
  EXPECT_THAT(daemon_.cli({"describe", "fleet"}).out, HasSubstr("by ana"));
  EXPECT_EQ(far({"get", "repairs"}).code, 0) << "a token alone is enough as before";
  EXPECT_EQ(far({"get", "repairs"}, "").code, 8) << "neither";
}

TEST_F(ByCertificate, WhoeverIsNotNamedIsNotLetIn) {
  believe({{"two", uri("ana") + "," + uri("ben")},
           {"none", "DNS:ana"},
           {"other", "URI:spiffe://other.example/ana"},
           {"odd", uri("../ana")}});
  for (const char* file : {"two", "none", "other", "odd"}) {
    EXPECT_EQ(as(file, {"get", "repairs"}, "operator").code, 7) << file;
  }
  make("stranger", uri("ana"), hours(9));
  EXPECT_EQ(as("stranger", {"get", "repairs"}, "operator").code, 7) << "nobody vouches for it";
  for (const char* why : {"it has 2 URIs", "it has 0 URIs", "trust domain", "no identity"}) {
    EXPECT_TRUE(daemon_.logs(why)) << why;
  }
  EXPECT_TRUE(counts("sideband_tls_handshakes_total{result=\"failed\"} 5"));
}

TEST_F(ByCertificate, OneThatHasExpiredIsNobody) {
  believe({{"ana", uri("ana")}}, hours(-1));
  EXPECT_EQ(as("ana", {"get", "repairs"}, "operator").code, 7);
}

// A token that was stolen is no use over the connection of somebody else.
TEST_F(ByCertificate, ATokenOfSomebodyElseIsNobody) {
  daemon_.token("ana");
  believe({{"ana", uri("ana")}});
  EXPECT_EQ(as("ana", {"get", "repairs"}, "ana").code, 0);
  EXPECT_EQ(as("ana", {"get", "repairs"}, "operator").code, 8);
}

// One person stays one, whatever way they came in.
TEST_F(ByCertificate, AcceptanceTest08_RequesterApprovesUnderASecondLoginFormRefused) {
  daemon_.token("ana");
  spill(daemon_.path("nodes/a.conf"), "wrong\n");
  daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                    target("nodes", "files", "root: " + daemon_.path("nodes")) +
                    reconciler("fleet",
                               "  mode: propose\n  interval: 200ms\n"
                               "  desired: {target: source, files: \"*.conf\"}\n"
                               "  actual: {target: nodes, files: \"*.conf\"}\n"));
  believe({{"ana", uri("ana")}, {"ben", uri("ben")}});
  ASSERT_TRUE(until(
      [&] { return daemon_.get("/api/v1/reconcilers/fleet").value("status", "") == "held"; }));
  const Finished asked = daemon_.cli({"apply", "fleet", "--yes", "-o", "name"}, "ana");
  ASSERT_EQ(asked.code, 4) << asked.err;
  const std::string repair = daemon_.repairs("fleet", true).at(0).at("id");
  const Finished own = as("ana", {"approve", repair});
  EXPECT_EQ(own.code, 8) << own.err;
  EXPECT_THAT(own.err, HasSubstr("somebody else must approve"));
  const Finished approved = as("ben", {"approve", repair, "--wait", "20s"});
  EXPECT_EQ(approved.code, 0) << approved.err << daemon_.log();
  EXPECT_EQ(slurp(daemon_.path("nodes/a.conf")), "right\n");
}

}  // namespace
}  // namespace sideband::e2e
