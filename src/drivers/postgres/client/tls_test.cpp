// Connections over TCP: verified TLS, passwords, and who is turned away.
#include <unistd.h>

#include "drivers/postgres/fixture_for_tests.h"
#include "support/certificates.h"

namespace sideband {
namespace {

WallTime in_an_hour() {
  return SystemClock().wall() + std::chrono::hours(1);
}

class PostgresTls : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    db_->run(
        "set password_encryption = 'scram-sha-256'; drop role if exists remote;"
        "create role remote login password 'right'");
    db_.reset();
    const MadeCertificate own = make_certificate("localhost", in_an_hour());
    authority_ = server_->add_file("server.crt", own.pem);
    server_->restart({"-c", "listen_addresses=" + address_, "-c", "ssl=on", "-c",
                      "ssl_cert_file=" + authority_, "-c",
                      "ssl_key_file=" + server_->add_file("server.key", own.key), "-c",
                      "hba_file=" + server_->add_file("hba.conf",
                                                      "local all all trust\n"
                                                      "hostssl all all all scram-sha-256\n")});
    target_.connect = {{"host", "localhost"},      {"port", server_->port()},
                       {"dbname", database_},      {"user", "remote"},
                       {"sslmode", "verify-full"}, {"password", "right"},
                       {"sslrootcert", authority_}};
  }
  void TearDown() override {
    if (server_ != nullptr) server_->restart();
  }
  Result<std::unique_ptr<Collection>> open_with(DriverOptions changes) {
    for (auto& [key, value] : changes) target_.connect[key] = value;
    return try_open({{"query", "select 1 as id"}, {"key", "id"}}, Role::kDesired);
  }
  void expect_turned_away(DriverOptions changes, const std::string& why) {
    const DriverOptions before = target_.connect;
    const auto opened = open_with(std::move(changes));
    target_.connect = before;
    ASSERT_FALSE(opened.ok()) << why;
    EXPECT_EQ(opened.error().code, ErrorCode::kPermission) << opened.error().message;
    EXPECT_EQ(opened.error().retry, Retry::kPerson);
    EXPECT_NE(opened.error().message.find(why), std::string::npos) << opened.error().message;
    EXPECT_EQ(opened.error().message.find("right"), std::string::npos);
  }

  const std::string address_ = "127.0.0.1";
  std::string authority_;
};

TEST_F(PostgresTls, OnlyTheRightServerAndTheRightPasswordWillDo) {
  const auto opened = open_with({});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_TRUE((*opened)->scan({}).ok());
  const std::string other =
      server_->add_file("other.crt", make_certificate("localhost", in_an_hour()).pem);
  expect_turned_away({{"sslrootcert", other}}, "certificate verify failed");
  expect_turned_away({{"host", address_}}, "does not match host name");
  expect_turned_away({{"password", "wrong"}}, "password authentication failed");
  expect_turned_away({{"password", ""}}, "no password supplied");
  expect_turned_away({{"sslmode", "disable"}}, "pg_hba.conf");
}

}  // namespace
}  // namespace sideband
