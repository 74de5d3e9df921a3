// Whether what the report says to run is right: it is run, and then there is nothing to say.
#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

class PostgresGrants : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (server_ == nullptr) return;
    db_->run(
        "create schema shop; create table shop.prices(id int primary key, amount int, note text);"
        "create table shop.fence(scope text primary key, token bigint not null);"
        "revoke create on schema public from public");
    role_ = log_in_as_new_role();
  }
  GrantReport ask(const GrantNeeds& needs, DriverOptions options) {
    CollectionSettings settings;
    settings.options = std::move(options);
    const Role role = settings.options.contains("query") ? Role::kDesired : Role::kActual;
    auto report = driver_->grants(target_, settings, role, needs);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : GrantReport();
  }
  GrantReport ask(const GrantNeeds& needs) {
    return ask(
        needs,
        {{"table", "shop.prices"}, {"key", "id"}, {"columns", "amount"}, {"fence", "shop.fence"}});
  }
  static std::vector<std::string> in(const GrantReport& report, GrantState state) {
    std::vector<std::string> found;
    for (const Grant& grant : report.grants) {
      if (grant.state == state) found.push_back(grant.what);
    }
    return found;
  }
  void run_all(const GrantReport& report, GrantState state) {
    for (const Grant& grant : report.grants) {
      if (grant.state == state && !grant.remedy.run.empty()) db_->run(grant.remedy.run);
    }
  }
  void use_rights() {
    auto opened = try_open(
        {{"table", "shop.prices"}, {"key", "id"}, {"columns", "amount"}, {"fence", "shop.fence"}},
        Role::kActual);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    const State none = State::absent();
    const State five = State::of_fields({{"id", "1"}, {"amount", "5"}});
    const State six = State::of_fields({{"id", "1"}, {"amount", "6"}});
    const std::vector<Change> changes = {{"1", ChangeOp::kCreate, none, five},
                                         {"1", ChangeOp::kUpdate, five, six},
                                         {"1", ChangeOp::kDelete, six, none}};
    for (const Change& change : changes) {
      const ChangeOutcome done = apply(**opened, {change})[0];
      EXPECT_EQ(done.outcome, Outcome::kChanged) << done.detail;
    }
  }

  const GrantNeeds all_{true, true, true, kLong};
  std::string role_;
};

TEST_F(PostgresGrants, WhatIsMissingIsGivenByTheStatementsAndEnough) {
  const GrantReport before = ask(all_);
  EXPECT_EQ(before.identity, role_);
  EXPECT_GE(in(before, GrantState::kMissing).size(), 7U);
  run_all(before, GrantState::kMissing);
  const GrantReport after = ask(all_);
  EXPECT_TRUE(in(after, GrantState::kMissing).empty());
  EXPECT_TRUE(in(after, GrantState::kExcess).empty()) << in(after, GrantState::kExcess).front();
  use_rights();
}

TEST_F(PostgresGrants, WhatIsTooMuchIsTakenByTheStatements) {
  run_all(ask(all_), GrantState::kMissing);
  db_->run("grant all on shop.prices to " + role_ + ";" + "alter role " + role_ +
           " createdb createrole; grant create on schema shop to " + role_ +
           "; grant pg_write_all_data to " + role_);
  const GrantReport wide = ask({});
  for (const char* what : {"DELETE on shop.prices", "INSERT on shop.prices",
                           "UPDATE on shop.prices", "TRUNCATE on shop.prices", "CREATEDB",
                           "CREATEROLE", "CREATE on schema shop", "member of pg_write_all_data"}) {
    const auto excess = in(wide, GrantState::kExcess);
    EXPECT_NE(std::find(excess.begin(), excess.end(), what), excess.end()) << what;
  }
  run_all(wide, GrantState::kExcess);
  // What came by the membership is gone with it; a second look may find what it had covered.
  run_all(ask({}), GrantState::kExcess);
  const GrantReport after = ask({});
  EXPECT_TRUE(in(after, GrantState::kExcess).empty()) << in(after, GrantState::kExcess).front();
  EXPECT_TRUE(in(after, GrantState::kMissing).empty());
}

TEST_F(PostgresGrants, K3_1_WhatComesByAGroupIsNotTakenFromOthers) {
  run_all(ask({}), GrantState::kMissing);
  db_->run("grant delete on shop.prices to public; create role group_of_" + role_ +
           "; grant group_of_" + role_ + " to " + role_ +
           "; grant truncate on shop.prices to group_of_" + role_);
  const GrantReport report = ask({});
  EXPECT_EQ(in(report, GrantState::kExcess),
            (std::vector<std::string>{"DELETE on shop.prices", "TRUNCATE on shop.prices"}));
  for (const Grant& grant : report.grants) {
    if (grant.state != GrantState::kExcess) continue;
    EXPECT_EQ(grant.remedy.run, "");
    EXPECT_NE(grant.remedy.advice.find(grant.what.starts_with("DELETE") ? "PUBLIC" : "group_of_"),
              std::string::npos)
        << grant.remedy.advice;
  }
}

// The statement takes a right for the whole table away, and gives that of our columns again.
TEST_F(PostgresGrants, K3_1_AStatementThatFailsHalfwayTakesNothing) {
  run_all(ask(all_), GrantState::kMissing);
  db_->run("grant update on shop.prices to " + role_);
  std::string run;
  for (const Grant& grant : ask(all_).grants) {
    if (grant.state == GrantState::kExcess) run = grant.remedy.run;
  }
  ASSERT_NE(run, "");
  const std::string amount = "\"amount\"";
  run.replace(run.find(amount), amount.size(), "\"no_such_column\"");
  EXPECT_TRUE(db_->fails(run));
  db_->run("rollback");
  EXPECT_EQ(
      db_->one("select has_column_privilege('" + role_ + "', 'shop.prices', 'amount', 'UPDATE')"),
      "t");
}

TEST_F(PostgresGrants, MoreColumnsThanOursAreTooMuch) {
  run_all(ask(all_), GrantState::kMissing);
  db_->run("grant update on shop.prices to " + role_);
  const GrantReport wide = ask(all_);
  ASSERT_EQ(in(wide, GrantState::kExcess),
            std::vector<std::string>{"UPDATE on other columns of shop.prices"});
  run_all(wide, GrantState::kExcess);
  const GrantReport after = ask(all_);
  EXPECT_TRUE(in(after, GrantState::kExcess).empty());
  EXPECT_TRUE(in(after, GrantState::kMissing).empty());
}

TEST_F(PostgresGrants, ASuperuserAndAnOwnerAreToldApart) {
  db_->run("alter table shop.prices owner to " + role_ + "; grant usage on schema shop to " +
           role_);
  EXPECT_EQ(in(ask({}), GrantState::kExcess), std::vector<std::string>{"ownership of shop.prices"});
  db_->run("alter role " + role_ + " superuser");
  EXPECT_EQ(in(ask({}), GrantState::kExcess),
            std::vector<std::string>{"SUPERUSER: passes every check below"});
}

TEST_F(PostgresGrants, AQueryIsTriedWithoutReading) {
  db_->run("grant usage on schema shop to " + role_);
  const DriverOptions query = {{"query", "select id, amount from shop.prices"}, {"key", "id"}};
  const GrantReport before = ask({}, query);
  EXPECT_EQ(in(before, GrantState::kMissing), std::vector<std::string>{"SELECT of the query"});
  // PostgreSQL names the table without its schema in this message.
  EXPECT_NE(before.grants.back().remedy.run.find("GRANT SELECT ON prices TO " + role_),
            std::string::npos)
      << before.grants.back().remedy.run;
  db_->run("grant select on shop.prices to " + role_);
  EXPECT_TRUE(in(ask({}, query), GrantState::kMissing).empty());
}

TEST_F(PostgresGrants, RowsThatAPolicyHidesAreMissing) {
  run_all(ask({}), GrantState::kMissing);
  db_->run("alter table shop.prices enable row level security");
  EXPECT_EQ(in(ask({}), GrantState::kMissing),
            std::vector<std::string>{"rows of shop.prices that a policy hides"});
}

TEST_F(PostgresGrants, AWrongTableIsAnErrorForAPerson) {
  CollectionSettings settings;
  settings.options = {{"table", "shop.nothing"}, {"key", "id"}};
  const auto report = driver_->grants(target_, settings, Role::kActual, {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().retry, Retry::kPerson) << report.error().message;
}

}  // namespace
}  // namespace sideband
