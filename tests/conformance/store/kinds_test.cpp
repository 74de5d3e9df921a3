// The suite runs on both stores; one that cannot run here is skipped by each test, and said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/store/store_suite.h"

namespace sideband {
namespace {

TEST(StoreKinds, AreBoth) {
  std::vector<std::string> names;
  for (const StoreKind& kind : store_kinds()) names.push_back(kind.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("sqlite", "postgres"));
}

}  // namespace
}  // namespace sideband
