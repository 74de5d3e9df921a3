// Who a server is, and whether it takes writes: a server of the test's own that is started again,
// crashes, and is followed by a standby that is promoted.
#include <gmock/gmock.h>

#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

class PostgresIdentity : public testing::Test {
 protected:
  void SetUp() override {
    first_ = PostgresServer::make();
    if (first_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    database_ = first_->create_database();
    client(*first_).run("create table prices(id int primary key, amount int)");
  }
  [[nodiscard]] PostgresClient client(const PostgresServer& server) const {
    return PostgresClient(server.connection_string(database_));
  }
  std::unique_ptr<Collection> open(const PostgresServer& server) {
    TargetSettings target;
    target.name = "shop-db" + server.port();
    target.connect = {{"host", server.folder()},
                      {"port", server.port()},
                      {"dbname", database_},
                      {"user", "sideband"}};
    CollectionSettings settings;
    settings.options = {{"table", "prices"}, {"key", "id"}};
    return std::move(driver_.open(target, settings, Role::kActual)).value();
  }
  static TargetIdentity identity_of(Collection& on) {
    auto identity = on.identity(kLong);
    EXPECT_TRUE(identity.ok()) << identity.error().message;
    return identity ? *identity : TargetIdentity();
  }
  static std::string change(const TargetIdentity& known, const TargetIdentity& seen) {
    return std::string(identity_change_name(identity_change(known, seen)));
  }

  SystemClock clock_;
  SystemRandom random_;
  PostgresDriver driver_{DriverContext{clock_, random_}};
  std::unique_ptr<PostgresServer> first_;
  std::string database_;
};

TEST_F(PostgresIdentity, K6_3_OneServerIsTheSameWhateverIsWritten) {
  const auto rows = open(*first_);
  const TargetIdentity before = identity_of(*rows);
  EXPECT_EQ(before.role, "primary");
  client(*first_).run("insert into prices select g, g from generate_series(1, 1000) g");
  const TargetIdentity after = identity_of(*rows);
  EXPECT_GT(after.position, before.position);
  EXPECT_EQ(change(before, after), "none");
}

TEST_F(PostgresIdentity, K6_3_ARestartAndACrashAreSaidAndNoReplacement) {
  const auto rows = open(*first_);
  const TargetIdentity before = identity_of(*rows);
  first_->restart();
  const TargetIdentity restarted = identity_of(*rows);
  EXPECT_EQ(change(before, restarted), "restarted");
  first_->crash();
  first_->start_again();
  EXPECT_EQ(change(restarted, identity_of(*rows)), "restarted");
}

TEST_F(PostgresIdentity, K6_3_AnotherDatabaseOfTheServerIsAnotherOne) {
  const TargetIdentity before = identity_of(*open(*first_));
  database_ = first_->create_database();
  client(*first_).run("create table prices(id int primary key, amount int)");
  EXPECT_EQ(change(before, identity_of(*open(*first_))), "replaced");
}

TEST_F(PostgresIdentity, K6_3_K7_2_AStandbyRefusesUntilItIsPromotedWhichIsAFailover) {
  const auto second = PostgresServer::standby_of(*first_);
  ASSERT_NE(second, nullptr);
  const TargetIdentity before = identity_of(*open(*first_));
  const auto rows = open(*second);
  const TargetIdentity standby = identity_of(*rows);
  EXPECT_EQ(standby.role, "standby");
  EXPECT_EQ(standby.data, before.data);
  EXPECT_EQ(rows->accepts_writes(kLong).error().retry, Retry::kWhenReady);
  const std::vector<Change> changes = {
      {"1", ChangeOp::kCreate, State::absent(), State::of_fields({{"id", "1"}, {"amount", "7"}})}};
  const auto refused = rows->apply({Uuid(), 1, changes, kLong});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().retry, Retry::kWhenReady) << refused.error().message;
  EXPECT_EQ(refused.error().effect, Effect::kNone);
  second->promote();
  EXPECT_EQ(change(before, identity_of(*rows)), "failed_over");
  EXPECT_EQ(change(standby, identity_of(*rows)), "failed_over");
  EXPECT_TRUE(rows->accepts_writes(kLong).ok());
  const auto applied = rows->apply({Uuid(), 1, changes, kLong});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(applied->at(0).outcome, Outcome::kChanged);
}

TEST_F(PostgresIdentity, ARoleThatMayNotAskIsSaid) {
  client(*first_).run(
      "create role asker login; grant select on prices to asker;"
      "revoke execute on function pg_control_system() from public");
  TargetSettings target;
  target.name = "as-asker";
  target.connect = {{"host", first_->folder()},
                    {"port", first_->port()},
                    {"dbname", database_},
                    {"user", "asker"}};
  CollectionSettings settings;
  settings.options = {{"table", "prices"}, {"key", "id"}};
  const auto rows = std::move(driver_.open(target, settings, Role::kDesired)).value();
  const auto identity = rows->identity(kLong);
  ASSERT_FALSE(identity.ok());
  EXPECT_EQ(identity.error().code, ErrorCode::kPermission);
  EXPECT_THAT(identity.error().message, testing::HasSubstr("GRANT EXECUTE ON FUNCTION"));
}

}  // namespace
}  // namespace sideband
