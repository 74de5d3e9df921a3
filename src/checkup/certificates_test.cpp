#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/random.h"
#include "checkup/for_tests.h"
#include "checkup/nginx_config.h"
#include "checkup/postgres_config.h"
#include "checkup/x509.h"
#include "drivers/registry.h"
#include "support/certificates.h"

namespace sideband::scan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kDay = std::chrono::hours(24);

WallTime in_days(int days) {
  return SystemClock().wall() + days * kDay + std::chrono::hours(1);
}

class Certificates : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& bytes) { spill(dir_.path() + path, bytes); }
  ProbeReport look() { return look_now(&look_at_certificates, dir_.path()); }

  TempDir dir_;
};

TEST_F(Certificates, ExpiredAndNearOnesAreFound) {
  put("/etc/nginx/a.pem", make_certificate("a.example", in_days(-3)).pem);
  put("/etc/nginx/b.pem", make_certificate("b.example", in_days(5)).pem);
  put("/etc/nginx/c.pem", make_certificate("c.example", in_days(30)).pem);
  put("/etc/nginx/key.pem", make_certificate("c.example", in_days(1)).key);
  const ProbeReport report = look();
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_EQ(report.looked_at, 3);
  const bool first = report.findings[0].where == "/etc/nginx/a.pem";
  const Finding& expired = report.findings[first ? 0 : 1];
  const Finding& near = report.findings[first ? 1 : 0];
  EXPECT_EQ(expired.what, "certificate for a.example expired");
  EXPECT_TRUE(expired.since.has_value());
  EXPECT_EQ(near.what, "certificate for b.example expires in 5 days");
  EXPECT_FALSE(near.since.has_value());
  EXPECT_THAT(report.gaps, IsEmpty());
}

TEST_F(Certificates, OneCertificateInManyFilesIsOneFinding) {
  const std::string pem = make_certificate("a.example", in_days(1)).pem;
  put("/etc/letsencrypt/archive/a.example/cert1.pem", pem);
  std::filesystem::create_directories(dir_.path() + "/etc/letsencrypt/live/a.example");
  for (const char* name : {"cert", "fullchain"}) {
    std::filesystem::create_symlink(
        "../../archive/a.example/cert1.pem",
        dir_.path() + "/etc/letsencrypt/live/a.example/" + name + ".pem");
  }
  const ProbeReport report = look();
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].what, HasSubstr("also in 1 other file"));
  EXPECT_EQ(report.findings[0].with, "certbot renew --cert-name a.example");
}

TEST_F(Certificates, ANewerOneElsewhereIsWhatTheFilesDriverWouldBring) {
  put("/etc/postgresql/server.crt", make_certificate("db.example", in_days(-1)).pem);
  put("/etc/nginx/db.pem", make_certificate("db.example", in_days(80)).pem);
  const ProbeReport report = look();
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].remedy, Remedy::kDriver);
  EXPECT_EQ(report.findings[0].with, "driver files: a newer one is /etc/nginx/db.pem");
  const SystemClock clock;
  SystemRandom random;
  EXPECT_NE(DriverRegistry(DriverContext{clock, random}).find("files"), nullptr)
      << "what is named exists in this binary";
}

TEST_F(Certificates, K3_2_AnAddressIsAName) {
  put("/etc/nginx/a.pem", make_certificate_of("IP:192.0.2.1", in_days(-1)).pem);
  put("/etc/nginx/b.pem", make_certificate_of("IP:192.0.2.2", in_days(80)).pem);
  put("/etc/nginx/c.pem", make_certificate_of("IP:2001:db8::1", in_days(-1)).pem);
  put("/etc/nginx/d.pem", make_certificate_of("IP:2001:db8::1", in_days(80)).pem);
  std::map<std::string, Finding> found;
  for (const Finding& finding : look().findings) found[finding.where] = finding;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found["/etc/nginx/a.pem"].what, "certificate for 192.0.2.1 expired");
  EXPECT_EQ(found["/etc/nginx/a.pem"].with, "") << "the other one is for another address";
  EXPECT_EQ(found["/etc/nginx/c.pem"].what, "certificate for 2001:db8::1 expired");
  EXPECT_EQ(found["/etc/nginx/c.pem"].with, "driver files: a newer one is /etc/nginx/d.pem");
}

TEST_F(Certificates, K3_2_OneWithoutAnyNameHasNoNewerOne) {
  put("/etc/nginx/a.pem", make_certificate_of("", in_days(-1)).pem);
  put("/etc/nginx/b.pem", make_certificate_of("", in_days(80)).pem);
  const ProbeReport report = look();
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].remedy, Remedy::kReportOnly);
}

TEST_F(Certificates, WhatTheDistributionBringsIsNotReported) {
  std::string bundle;
  for (int i = 0; i < 25; ++i)
    bundle += make_certificate("root" + std::to_string(i), in_days(-9)).pem;
  put("/etc/ssl/certs/ca-certificates.crt", bundle);
  put("/usr/share/ca-certificates/old.crt", make_certificate("root", in_days(-9)).pem);
  std::filesystem::create_symlink("/usr/share/ca-certificates/old.crt",
                                  dir_.path() + "/etc/ssl/certs/old.pem");
  put("/etc/nginx/trusted.pem", bundle);
  EXPECT_THAT(places(look()), IsEmpty());
  put("/etc/ssl/certs/ours.pem", make_certificate("ours", in_days(2)).pem);
  EXPECT_THAT(places(look()), ElementsAre("/etc/ssl/certs/ours.pem"));
}

TEST_F(Certificates, FilesThatServersNameAreFollowed) {
  put("/srv/tls/site.txt", make_certificate("site", in_days(1)).pem);
  put("/srv/tls/db.txt", make_certificate("db", in_days(1)).pem);
  put("/etc/nginx/nginx.conf", "http { include sites/*; }");
  put("/etc/nginx/sites/a",
      "server { ssl_certificate /srv/tls/site.txt; }\n"
      "server { ssl_certificate /gone.pem; }\n"
      "server { ssl_certificate /tls/$host.pem; }");
  put("/etc/postgresql/15/main/postgresql.conf", "ssl = on\nssl_cert_file = '/srv/tls/db.txt'\n");
  const ProbeReport report = look();
  EXPECT_THAT(places(report),
              testing::UnorderedElementsAre("/srv/tls/site.txt", "/srv/tls/db.txt"));
  EXPECT_EQ(report.gaps.size(), 2U) << "the file that is gone, and the one with a variable";
}

TEST_F(Certificates, WhatCannotBeReadIsNotFine) {
  ::chmod(dir_.path().c_str(), 0755);
  put("/etc/ssl/private/a.pem", make_certificate("a", in_days(-1)).pem);
  std::filesystem::permissions(dir_.path() + "/etc/ssl/private", std::filesystem::perms::none);
  ProbeReport report;
  {
    const Unprivileged other;
    report = look();
  }
  std::filesystem::permissions(dir_.path() + "/etc/ssl/private", std::filesystem::perms::all);
  EXPECT_TRUE(report.blind());
  ASSERT_EQ(report.gaps.size(), 1U);
  EXPECT_EQ(report.gaps[0].what, "1 path");
}

TEST(ReadCertificates, PemAndDerAndKeys) {
  const auto made = make_certificate("a.example", in_days(1));
  EXPECT_EQ(read_certificates(made.pem).value().size(), 1U);
  EXPECT_EQ(read_certificates(made.key + made.pem + "text\n" + made.pem).value().size(), 2U);
  EXPECT_EQ(read_certificates(made.der).value().at(0).name, "a.example");
  EXPECT_THAT(read_certificates(made.key).value(), IsEmpty());
  EXPECT_THAT(read_certificates("").value(), IsEmpty());
  EXPECT_THAT(read_certificates(std::string(1000, '\0')).value(), IsEmpty());
  EXPECT_THAT(read_certificates("\x30\x82\xff\xff").value(), IsEmpty());
}

TEST(ReadCertificates, DamagedOnesAreSaidToBeSo) {
  const std::string pem = make_certificate("a.example", in_days(1)).pem;
  EXPECT_FALSE(read_certificates(pem.substr(0, pem.size() / 2)).ok());
  std::string broken = pem;
  broken[60] = '!';
  EXPECT_FALSE(read_certificates(broken).ok());
  EXPECT_FALSE(
      read_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").ok());
  // One that is locked would make OpenSSL ask at the terminal.
  EXPECT_FALSE(read_certificates("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
                                 "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n"
                                 "-----END CERTIFICATE-----\n")
                   .ok());
}

TEST(NginxConfig, WordsQuotesCommentsAndBlocks) {
  const auto found =
      parse_nginx("a 1; # b 2;\nc { d \"x;y\" 'z'; e\\;f g; }\nblock{inner x;}\ncut off");
  std::vector<std::string> names;
  for (const auto& directive : found) names.push_back(directive.name);
  EXPECT_THAT(names, ElementsAre("a", "c", "d", "e;f", "block", "inner"));
  EXPECT_THAT(found[2].arguments, ElementsAre("x;y", "z"));
  EXPECT_THAT(parse_nginx("\"never closed"), IsEmpty());
  EXPECT_THAT(parse_nginx("\\"), IsEmpty());
  EXPECT_THAT(parse_nginx(std::string("{{{}}};;;\0", 10)), IsEmpty());
}

TEST(NginxConfig, IncludesEndWhereTheyBegan) {
  const TempDir dir;
  spill(dir.path() + "/etc/nginx/nginx.conf", "include conf.d/*.conf; include nginx.conf;");
  spill(dir.path() + "/etc/nginx/conf.d/a.conf", "include /etc/nginx/nginx.conf; x y;");
  const auto config =
      read_nginx_config(Tree::open(dir.path()).value(), "/etc/nginx/nginx.conf", "/etc/nginx");
  EXPECT_THAT(config.files, ElementsAre("/etc/nginx/nginx.conf", "/etc/nginx/conf.d/a.conf"));
}

TEST(PostgresConfig, NamesQuotesAndComments) {
  const auto settings = parse_postgres_config(
      "# ssl = off\nSSL = on # yes\nport 5433\nssl_cert_file='it''s \\'here\\''\nport = "
      "5434\nx\n'");
  EXPECT_EQ(settings.at("ssl"), "on");
  EXPECT_EQ(settings.at("port"), "5434");
  EXPECT_EQ(settings.at("ssl_cert_file"), "it's 'here'");
  EXPECT_EQ(settings.count("x"), 0U);
}

}  // namespace
}  // namespace sideband::scan
