// A database of a test's own on a real server, and the driver on it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "drivers/postgres/driver.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/until.h"

namespace sideband {

inline constexpr Duration kLong = std::chrono::seconds(30);

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    database_ = server_->create_database();
    db_ = client();
    driver_ = std::make_unique<PostgresDriver>(DriverContext{clock_, random_});
    target_.name = "shop-db";
    target_.connect = {{"host", server_->folder()},
                       {"port", server_->port()},
                       {"dbname", database_},
                       {"user", "sideband"}};
  }

  [[nodiscard]] std::unique_ptr<PostgresClient> client() const {
    return std::make_unique<PostgresClient>(server_->connection_string(database_));
  }
  Result<std::unique_ptr<Collection>> try_open(DriverOptions options, Role role) {
    CollectionSettings settings;
    settings.options = std::move(options);
    return driver_->open(target_, settings, role);
  }
  std::unique_ptr<Collection> query(const std::string& sql) {
    return std::move(try_open({{"query", sql}, {"key", "id"}}, Role::kDesired)).value();
  }
  std::unique_ptr<Collection> table(const std::string& name, const std::string& columns = "") {
    return std::move(
               try_open({{"table", name}, {"key", "id"}, {"columns", columns}}, Role::kActual))
        .value();
  }

  static Fields fields(const State& state) { return std::move(decode_fields(state.bytes)).value(); }
  static State read_one(Collection& on, const std::string& key) {
    auto items = on.read({key}, kLong);
    EXPECT_TRUE(items.ok()) << items.error().message;
    return items->at(0).state;
  }
  static std::vector<ChangeOutcome> apply(Collection& on, const std::vector<Change>& changes) {
    auto outcomes = on.apply({Uuid(), 1, changes, kLong});
    EXPECT_TRUE(outcomes.ok()) << outcomes.error().message;
    return std::move(outcomes).value();
  }
  // From what is there now to these fields; the key is added to them.
  static Change towards(Collection& on, const std::string& key, Fields want) {
    const State found = read_one(on, key);
    want["id"] = key;
    return {key, found.present() ? ChangeOp::kUpdate : ChangeOp::kCreate, found,
            State::of_fields(want)};
  }
  static Result<std::vector<Item>> scan_all(Collection& on, std::size_t page) {
    std::vector<Item> items;
    ScanRequest request;
    request.max_items = page;
    for (;;) {
      SB_ASSIGN(ScanPage got, on.scan(request));
      for (Item& item : got.items) items.push_back(std::move(item));
      if (got.last) return items;
      request.cursor = got.cursor;
    }
  }
  // Makes a role that may log in, and lets the driver log in as it. Roles belong to the whole
  // server.
  std::string log_in_as_new_role() {
    const std::string role = "role_" + database_;
    db_->run("create role " + role + " login");
    target_.connect["user"] = role;
    return role;
  }
  // Waits until a statement of ours waits for a lock; its backend.
  std::string blocked_backend() {
    std::string pid;
    EXPECT_TRUE(until([&] {
      pid = db_->one(
          "select pid from pg_stat_activity where application_name = 'sideband' and datname = "
          "current_database() and wait_event_type = 'Lock'");
      return pid != "(none)";
    }));
    return pid;
  }
  void terminate(const std::string& pid) { db_->run("select pg_terminate_backend(" + pid + ")"); }

  SystemClock clock_;
  SystemRandom random_;
  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<PostgresClient> db_;
  std::unique_ptr<PostgresDriver> driver_;
  TargetSettings target_;
};

}  // namespace sideband
