// Running nginx servers: which configuration they were started with, and what they serve of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <filesystem>
#include <set>

#include "checkup/for_tests.h"
#include "checkup/haproxy_config.h"
#include "checkup/nginx_process.h"
#include "checkup/served_certificate.h"
#include "checkup/tls_listener.h"
#include "support/certificates.h"
#include "support/free_port.h"
#include "support/hostile_proxy.h"
#include "support/loopback_server.h"
#include "support/process.h"
#include "support/until.h"

namespace sideband::scan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string main_file(const std::string& title, const std::string& binary = "/usr/sbin/nginx") {
  Process process;
  process.name = "nginx";
  process.words = {"nginx: master process " + title};
  process.binary = binary;
  process.folder = "/srv";
  return nginx_main_file(process);
}

TEST(NginxProcess, K3_3_TheConfigurationThatItWasStartedWith) {
  EXPECT_EQ(main_file("nginx"), "/etc/nginx/nginx.conf");
  EXPECT_EQ(main_file("nginx -g daemon off; -c /other/nginx.conf"), "/other/nginx.conf");
  EXPECT_EQ(main_file("nginx -c/other/nginx.conf"), "/other/nginx.conf");
  EXPECT_EQ(main_file("nginx -p /pre -c x.conf"), "/pre/x.conf");
  EXPECT_EQ(main_file("nginx -p pre/ -c x.conf"), "/srv/pre/x.conf");
  EXPECT_EQ(main_file("nginx -c x.conf"), "/usr/share/nginx/x.conf");
  const std::string built = "/usr/local/nginx/sbin/nginx";
  EXPECT_EQ(main_file("nginx", built), "/usr/local/nginx/conf/nginx.conf");
  EXPECT_EQ(main_file("nginx -p /pre", built), "/pre/conf/nginx.conf");
}

// A worker has its master's title until it wrote its own.
TEST(NginxProcess, K3_3_AForkOfAMasterIsNoMaster) {
  Process master;
  master.pid = 7;
  master.parent = 1;
  master.name = "nginx";
  master.words = {"nginx: master process nginx"};
  Process fork = master;
  fork.pid = 8;
  fork.parent = 7;
  EXPECT_TRUE(is_nginx_master(master, {master, fork}));
  EXPECT_FALSE(is_nginx_master(fork, {master, fork}));
  EXPECT_TRUE(is_nginx_master(fork, {fork})) << "one whose parent is gone is on its own";
}

class Listeners : public testing::Test {
 protected:
  // "place name: files".
  std::vector<std::string> of(const std::string& text) {
    NginxConfig config;
    config.directives = parse_nginx(text);
    std::vector<std::string> found;
    for (const TlsListener& one : nginx_tls_listeners(config, "/etc/nginx", gaps_)) {
      std::string line = one.place() + " " + one.name + ":";
      for (const std::string& file : one.files) line += " " + file;
      found.push_back(line);
    }
    return found;
  }
  std::vector<Gap> gaps_;
};

TEST_F(Listeners, K3_3_AddressesNamesAndFiles) {
  EXPECT_THAT(of("http { ssl_certificate all.pem; server { listen 443 ssl; server_name a b; }\n"
                 "server { listen 443; server_name *.c; ssl_certificate /c.pem; } }"),
              ElementsAre("127.0.0.1:443 a: /etc/nginx/all.pem", "127.0.0.1:443 any.c: /c.pem"));
  EXPECT_THAT(
      of("server { listen [::]:444 ssl; listen unix:/run/x ssl; listen 80;\n"
         "location / { if ($x) { listen 9 ssl; } } ssl_certificate a; ssl_certificate b; }"),
      ElementsAre("[::1]:444 : /etc/nginx/a /etc/nginx/b", "/run/x : /etc/nginx/a /etc/nginx/b"));
  EXPECT_THAT(of("upstream u { server 127.0.0.1; } server { listen 1 ssl; ssl_certificate $x; }"),
              IsEmpty());
  EXPECT_THAT(gaps_, IsEmpty());
}

TEST_F(Listeners, K3_3_WhatCannotBeReachedIsSaid) {
  EXPECT_THAT(of("ssl_certificate a; server { listen 1 ssl proxy_protocol; }\n"
                 "server { listen host.example:2 ssl; } server { listen 3-9 ssl; }\n"
                 "server { listen 4 ssl; server_name x; } server { listen 4; server_name ~y; }"),
              ElementsAre("127.0.0.1:4 x: /etc/nginx/a"));
  EXPECT_EQ(gaps_.size(), 4U);
}

TEST(HaproxyBinds, K3_3_AddressesNamesAndFiles) {
  const TempDir dir;
  const WallTime end = SystemClock().wall() + std::chrono::hours(99);
  spill(dir.path("/tls/a.pem"), make_certificate("a.example", end).pem);
  spill(dir.path("/tls/b.pem"), make_certificate("*.b.example", end).pem);
  spill(dir.path("/tls/b.key"), make_certificate("x", end).key);
  spill(dir.path("/haproxy.cfg"),
        "global\n  crt-base /tls\nfrontend f\n  bind *:443,[::]:443 ssl crt a.pem crt /tls # x\n"
        "  bind unix@/run/x ssl crt a.pem\n  bind :80\n  bind fd@7 ssl crt a.pem\n"
        "  bind :444 accept-proxy ssl crt a.pem\n  bind :445 ssl crt-list /x\n");
  std::vector<Gap> gaps;
  std::set<std::string> found;
  for (const auto& one :
       haproxy_tls_listeners(Tree::open(dir.path()).value(), {"/haproxy.cfg"}, gaps)) {
    found.insert(one.place() + " " + one.name + ": " + one.files[0]);
  }
  EXPECT_THAT(
      found, ElementsAre("/run/x a.example: /tls/a.pem", "127.0.0.1:443 a.example: /tls/a.pem",
                         "127.0.0.1:443 any.b.example: /tls/b.pem",
                         "[::1]:443 a.example: /tls/a.pem", "[::1]:443 any.b.example: /tls/b.pem"));
  EXPECT_EQ(gaps.size(), 3U);
}

// One that runs until the end of the test, with a configuration of its own.
class NginxServer : public testing::Test {
 protected:
  void SetUp() override {
    if (::access("/usr/sbin/nginx", X_OK) != 0) GTEST_SKIP() << "SKIPPED: no nginx here";
    port_ = free_port();
    spill(dir_.path("other.conf"), "daemon off; error_log " + dir_.path("log") + "; pid " +
                                       dir_.path("pid") +
                                       "; events {}\nhttp { access_log off; include sites/*; }\n");
    spill(dir_.path("sites/a"),
          "server { listen unix:" + dir_.path("socket") +
              " ssl; listen 127.0.0.1:" + std::to_string(port_) +
              " ssl; server_name a.example; ssl_certificate tls/a.crt; ssl_certificate_key "
              "tls/a.key; }\nserver { listen 127.0.0.1:" +
              std::to_string(port_) +
              " ssl; server_name b.example; ssl_certificate tls/b.crt; ssl_certificate_key "
              "tls/b.key; }\n");
    put("a", 5);
    put("b", 80);
    Command command;
    command.argv = {"/usr/sbin/nginx", "-p", dir_.path(), "-c", "other.conf"};
    server_ = std::make_unique<sideband::Process>(command);
    ASSERT_TRUE(until([&] { return std::filesystem::exists(dir_.path("pid")); }))
        << slurp(dir_.path("log"));
  }
  void TearDown() override {
    if (!server_) return;
    server_->signal(SIGQUIT);
    server_->wait(std::chrono::seconds(20));
  }
  void put(const std::string& name, int days) {
    const WallTime end = SystemClock().wall() + std::chrono::hours(24 * days + 1);
    const auto made = make_certificate(name + ".example", end);
    spill(dir_.path("tls/" + name + ".crt"), made.pem);
    spill(dir_.path("tls/" + name + ".key"), made.key);
  }
  ProbeReport look() { return look_now(&look_at_certificates, "/"); }
  std::vector<Finding> mine() {
    std::vector<Finding> found;
    for (const Finding& finding : look().findings) {
      if (finding.where.starts_with(dir_.path())) found.push_back(finding);
    }
    return found;
  }
  TempDir dir_;
  int port_ = 0;
  std::unique_ptr<sideband::Process> server_;
};

TEST_F(NginxServer, K3_3_ItsOwnConfigurationIsRead) {
  const auto found = mine();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].where, dir_.path("tls/a.crt"));
  EXPECT_EQ(found[0].what, "certificate for a.example expires in 5 days");
}

TEST_F(NginxServer, K3_3_ARenewedCertificateThatIsNotServedIsFound) {
  put("a", 90);
  auto found = mine();
  ASSERT_EQ(found.size(), 1U) << "once, though it is served at two addresses";
  EXPECT_EQ(found[0].where, dir_.path("tls/a.crt"));
  EXPECT_THAT(found[0].what, HasSubstr("was renewed, but nginx"));
  EXPECT_EQ(found[0].with, "kill -HUP " + std::to_string(server_->pid()));
  server_->signal(SIGHUP);
  EXPECT_TRUE(until([&] { return mine().empty(); })) << "the new one is served";
}

TEST_F(NginxServer, K3_3_AnotherCertificateIsAQuestion) {
  std::filesystem::copy_file(dir_.path("tls/a.crt"), dir_.path("tls/b.crt"),
                             std::filesystem::copy_options::overwrite_existing);
  std::vector<std::string> said;
  for (const Finding& finding : mine()) {
    if (finding.where == dir_.path("tls/b.crt")) said.push_back(finding.what + finding.with);
  }
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said[0], HasSubstr("does another server answer there?"));
}

Result<Certificate> ask(int port, Duration limit, const std::string& address = "127.0.0.1") {
  const SystemClock clock;
  const TlsListener listener{address, static_cast<std::uint16_t>(port), "a.example", {}};
  return served_certificate(listener, Deadline(clock, limit));
}

TEST_F(NginxServer, K3_3_AnAnswerThatEndsAnywhereIsAnError) {
  HostileProxy proxy(port_);
  for (std::size_t bytes = 0; bytes < 400; bytes += 13) {
    proxy.arm({.kind = AnswerFault::Kind::kCut, .at = bytes});
    EXPECT_FALSE(ask(proxy.port(), std::chrono::seconds(20)).ok()) << bytes;
  }
  proxy.arm({.kind = AnswerFault::Kind::kStall, .at = 100});
  EXPECT_EQ(ask(proxy.port(), std::chrono::milliseconds(100)).error().code, ErrorCode::kTimeout);
  EXPECT_EQ(ask(port_, std::chrono::seconds(20)).value().name, "a.example");
}

TEST(ServedCertificate, K3_3_OthersThanTlsServersAndOtherMachines) {
  const LoopbackServer chatty([](int fd) {
    const std::string text(64 * 1024, 'x');
    while (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  EXPECT_FALSE(ask(chatty.port(), std::chrono::seconds(20)).ok());
  EXPECT_EQ(ask(443, std::chrono::seconds(20), "192.0.2.1").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(ask(free_port(), std::chrono::seconds(20)).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace sideband::scan
