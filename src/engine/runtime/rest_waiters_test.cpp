#include "engine/runtime/rest_waiters.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

const Uuid kRepair = Uuid::from_bytes(std::string(16, 'r'));
const Uuid kOther = Uuid::from_bytes(std::string(16, 'o'));

RestWaiters::Done nothing() {
  return [](const Repair&) {};
}

TEST(RestWaiters, WhoComesAfterTheEndLooks) {
  RestWaiters waiters;
  waiters.begun(kRepair);
  EXPECT_FALSE(waiters.add(kRepair, nothing())) << "its worker will tell";
  EXPECT_EQ(waiters.take(kRepair).size(), 1U);
  EXPECT_TRUE(waiters.add(kRepair, nothing())) << "it has told";
}

TEST(RestWaiters, WhatNobodyWorksOnIsLookedAt) {
  RestWaiters waiters;
  waiters.begun(kOther);
  EXPECT_TRUE(waiters.add(kRepair, nothing()));
}

TEST(RestWaiters, EachIsGivenAwayOnce) {
  RestWaiters waiters;
  for (const Uuid& id : {kRepair, kRepair, kOther}) EXPECT_TRUE(waiters.add(id, nothing()));
  EXPECT_EQ(waiters.repairs(), (std::vector<Uuid>{kOther, kRepair}));
  EXPECT_EQ(waiters.take(kRepair).size(), 2U);
  EXPECT_TRUE(waiters.take(kRepair).empty());
  EXPECT_EQ(waiters.repairs(), std::vector<Uuid>{kOther});
}

}  // namespace
}  // namespace sideband
