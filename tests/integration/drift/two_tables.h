// Two tables of one real PostgreSQL server as the sides of a runtime.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "drivers/postgres/driver.h"
#include "engine/observe/scanner.h"
#include "engine/runtime/reconciler_runtime.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband {

// All batches of one pass.
struct Pass {
  std::vector<Change> changes;
  std::int64_t desired = 0;
  std::int64_t extras = 0;
  std::int64_t unknown = 0;
  std::string first_unknown = {};

  bool operator==(const Pass& other) const;
};
Result<Pass> run_pass(Scanner& scanner);

class TwoTables : public testing::Test {
 protected:
  void SetUp() override;
  // Makes want and have, both with these columns.
  void create(const std::string& columns);
  ReconcilerRuntimePtr runtime(const CompareRules& rules = {}, const std::string& columns = "");
  std::unique_ptr<Collection> open(const std::string& table, Role role,
                                   const std::string& columns = "");
  // What the digests find, a merge as it is chosen, and one of states; the test fails when they
  // differ.
  Pass expect_same(const ReconcilerRuntimePtr& on);
  Pass by_states(const ReconcilerRuntimePtr& on);

  SystemClock clock_;
  SystemRandom random_;
  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<PostgresClient> db_;
  std::unique_ptr<PostgresDriver> driver_;
  TargetSettings target_;
  std::string columns_;  // of the last runtime
};

}  // namespace sideband
