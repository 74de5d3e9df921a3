// The engine's fixture over SQLite and over PostgreSQL.
#pragma once

#include <string>

#include "engine_fixture.h"
#include "support/postgres_server.h"

namespace sideband {

// Each test once over each store; the parameter is the store's name. Skipped, and said so, where no
// PostgreSQL server is.
class BothStoresTest : public EngineTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    if (GetParam() == std::string("sqlite")) return;
    PostgresServer* server = PostgresServer::shared();
    if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    postgres_ = server->new_database();
  }
};

#define SB_ON_BOTH_STORES(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(OnBothStores, suite, ::testing::Values("sqlite", "postgres"), \
                           [](const auto& tested) { return std::string(tested.param); })

}  // namespace sideband
