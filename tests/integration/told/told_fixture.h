// Two tables of one real PostgreSQL server, whose changes a publication tells.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "drivers/registry.h"
#include "engine/runtime/engine.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/temp_dir.h"

namespace sideband {

class ToldTest : public testing::Test {
 protected:
  static constexpr Duration kLong = std::chrono::seconds(30);

  static void SetUpTestSuite();
  // The tables want and have, both with the rows 1 to 1000, and the publication changes of both.
  void SetUp() override;

  void start();
  void restart();
  // How many looks that ended well were of this kind, for this reason; empty: for any.
  int looks(const std::string& kind, const std::string& why = {}) const;
  // Waits for so many more of them.
  void expect_looks(const std::string& kind, int more, const std::string& why = {});
  // Waits for looks that read what was told, if anything.
  void expect_cheap_looks();
  std::vector<std::string> drifting();
  // Waits until these are the keys that differ.
  void expect_drifting(const std::vector<std::string>& keys);
  std::string last_look() const { return engine_->status().at(0).last_look; }
  [[nodiscard]] std::unique_ptr<PostgresClient> client() const;
  CollectionSettings side(const std::string& table) const;

  TempDir dir_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<PostgresClient> db_;
  DriverRegistry drivers_{{clock_, random_}};  // with all that stands around a driver
  Settings settings_;
  TargetSettings& target_ = settings_.targets["shop"];
  ReconcilerSettings& spec_ = settings_.reconcilers["prices"];
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace sideband
