// Drifts: what is written comes back, in the order of keys, and nothing else goes with what goes.
#include "conformance/store/store_suite.h"

namespace sideband {
namespace {

Drift drift_of(const std::string& key, std::int64_t scan, DriftState state = DriftState::kOpen) {
  Drift drift;
  drift.key = key;
  drift.state = state;
  drift.scan = scan;
  drift.first_seen = from_us(1);
  drift.attempts = 2;
  drift.until = from_us(3);
  drift.refused = 4;
  return drift;
}

std::string keys_of(const std::vector<Drift>& drifts) {
  std::string keys;
  for (const Drift& drift : drifts) keys += drift.key + " ";
  return keys;
}

TEST_P(StoreSuite, DriftsAreOnePerKeyInByteOrder) {
  const Uuid plan = new_id();
  Drift attached = drift_of("b", 1, DriftState::kAttached);
  attached.plan = plan;
  const std::string odd("\xff\0\x01", 3);
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_drifts("r", {drift_of("a", 1), drift_of("b", 1), drift_of(odd, 1)}));
    SB_TRY(tx.put_drifts("r", {attached, drift_of("B", 1)}));
    return tx.put_drifts("other", {drift_of("z", 1)});
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(keys_of(*reader.list_drifts("r", "", 10)), "B a b " + odd + " ");
    EXPECT_EQ(keys_of(*reader.list_drifts("r", "B", 2)), "a b ");
    EXPECT_EQ(*reader.count_drifts("r"), 4);
    SB_ASSIGN(const auto found, reader.drifts("r", {"b", "none", odd}));
    EXPECT_FALSE(found.at(1).has_value());
    EXPECT_TRUE(found.at(2).has_value());
    const Drift& b = *found.at(0);
    EXPECT_TRUE(b.plan == plan && b.state == DriftState::kAttached && b.attempts == 2);
    EXPECT_TRUE(b.first_seen == from_us(1) && b.scan == 1 && b.until == from_us(3));
    EXPECT_EQ(b.refused, 4);
    return {};
  });
}

TEST_P(StoreSuite, WhatWasRepairedIsRememberedForLongerThanWhatWasNot) {
  Drift repaired = drift_of("repaired", 1, DriftState::kCooling);
  repaired.first_seen = WallTime();
  const auto left_after = [&](std::int64_t repaired_until, std::int64_t other_until) {
    std::string keys;
    must([&](StoreTx& tx) -> Result<void> {
      SB_TRY(tx.put_drifts("r", {repaired, drift_of("failed", 1, DriftState::kCooling),
                                 drift_of("alone", 1, DriftState::kLeftAlone)}));
      SB_TRY(tx.erase_unseen_drifts("r", 2, {from_us(repaired_until), from_us(other_until)}, 10));
      SB_ASSIGN(const auto left, tx.list_drifts("r", "", 10));
      keys = keys_of(left);
      return {};
    });
    return keys;
  };
  EXPECT_EQ(left_after(3, 4), "repaired ");
  EXPECT_EQ(left_after(4, 3), "alone failed ");
  EXPECT_EQ(left_after(4, 4), "");
}

TEST_P(StoreSuite, WhatIsOnlyRememberedIsNotOpen) {
  Drift repaired = drift_of("repaired", 1, DriftState::kCooling);
  repaired.first_seen = WallTime();
  must([&](StoreTx& tx) {
    return tx.put_drifts("r", {repaired, drift_of("failed", 1, DriftState::kCooling),
                               drift_of("open", 1), drift_of("alone", 1, DriftState::kLeftAlone)});
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(keys_of(*reader.list_open_drifts("r", "", 10, from_us(3))),
              "alone failed open repaired ");
    EXPECT_EQ(keys_of(*reader.list_open_drifts("r", "", 10, from_us(4))), "alone failed open ");
    EXPECT_EQ(keys_of(*reader.list_open_drifts("r", "alone", 1, from_us(4))), "failed ");
    EXPECT_EQ(keys_of(*reader.list_drifts("r", "", 10)), "alone failed open repaired ");
    return {};
  });
}

TEST_P(StoreSuite, ErasesDriftsThatAScanDidNotSee) {
  std::int64_t erased = 0;
  Repair active = queued_repair();
  active.reconciler = "r";
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.insert_repair(active));
    SB_TRY(tx.put_drifts("r", {drift_of("old1", 1), drift_of("old2", 1, DriftState::kSuspect),
                               drift_of("old3", 1), drift_of("seen", 2), drift_of("later", 3),
                               drift_of("at-work", 1, DriftState::kAttached),
                               drift_of("cooling", 1, DriftState::kCooling)}));
    SB_ASSIGN(erased, tx.erase_unseen_drifts("r", 2, {}, 2));
    return {};
  });
  EXPECT_EQ(erased, 2);
  must([&](StoreTx& tx) -> Result<void> {
    SB_ASSIGN(erased, tx.erase_unseen_drifts("r", 2, {}, 2));
    return tx.erase_drifts("r", {"later", "none"});
  });
  EXPECT_EQ(erased, 1);
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(keys_of(*reader.list_drifts("r", "", 10)), "at-work cooling seen ");
    return {};
  });
  // Without a repair at work the plan that a drift is of was only held.
  must([&](StoreTx& tx) -> Result<void> {
    active.state = RepairState::kCancelled;
    SB_TRY(tx.update_repair(active));
    SB_ASSIGN(erased, tx.erase_unseen_drifts("r", 2, {}, 2));
    return {};
  });
  EXPECT_EQ(erased, 1);
}

TEST_P(StoreSuite, ErasesTheDriftsOfOnePlanInSlices) {
  const Uuid mine = new_id(), other = new_id();
  std::vector<Drift> drifts;
  for (const char* key : {"a", "b", "c", "d", "e"}) {
    drifts.push_back(drift_of(key, 1, DriftState::kAttached));
    drifts.back().plan = std::string(key) == "b" ? other : mine;
  }
  std::optional<std::string> until;
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_drifts("r", drifts));
    SB_ASSIGN(until, tx.erase_plan_drifts("r", mine, "", 3));
    return {};
  });
  EXPECT_EQ(until, "d");
  must([&](StoreTx& tx) -> Result<void> {
    EXPECT_EQ(keys_of(*tx.list_drifts("r", "", 10)), "b e ");
    SB_ASSIGN(until, tx.erase_plan_drifts("r", mine, "d", 3));
    EXPECT_EQ(keys_of(*tx.list_drifts("r", "", 10)), "b ");
    return {};
  });
  EXPECT_EQ(until, std::nullopt);
}

TEST_P(StoreSuite, RestsTheDriftsOfOnePlanByHowOftenTheyCameBack) {
  const Uuid mine = new_id();
  std::vector<Drift> drifts;
  for (const std::int64_t reopens : {0, 1, 4, 5, 60}) {
    drifts.push_back(drift_of("k" + std::to_string(drifts.size()), 1, DriftState::kAttached));
    drifts.back().plan = mine;
    drifts.back().reopens = reopens;
    drifts.back().attempts = 2;
  }
  drifts.push_back(drift_of("other", 1, DriftState::kAttached));
  drifts.back().plan = new_id();
  const GrowingRest rest{from_us(1000), Duration(30), 5, Duration(600)};
  std::optional<std::string> until;
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_drifts("r", drifts));
    SB_ASSIGN(until, tx.rest_plan_drifts("r", mine, "", 3, rest));
    EXPECT_EQ(until, "k2");
    SB_ASSIGN(until, tx.rest_plan_drifts("r", mine, "k2", 3, rest));
    EXPECT_EQ(until, std::nullopt);
    return {};
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto found, reader.list_drifts("r", "", 10));
    std::vector<std::int64_t> ends;
    for (const Drift& drift : found) {
      if (drift.key == "other") {
        EXPECT_TRUE(drift.state == DriftState::kAttached) << "of another plan";
        continue;
      }
      EXPECT_TRUE(drift.state == DriftState::kCooling && drift.plan.empty());
      EXPECT_TRUE(drift.attempts == 0 && drift.first_seen == WallTime());
      ends.push_back(to_us(drift.until));
    }
    EXPECT_EQ(ends, (std::vector<std::int64_t>{1030, 1060, 1480, 1600, 1600}));
    return {};
  });
}

// Many keys are read another way than few: with rows between them, and with very many.
TEST_P(StoreSuite, ManyDriftsAreReadAsTheyAre) {
  for (const int between : {0, 1, 40}) {
    const std::string name = "r" + std::to_string(between);
    std::vector<Drift> drifts;
    std::vector<std::string> keys;
    for (int i = 1000; i < 1100; ++i) {
      keys.push_back(std::to_string(i));
      if (i % 3 != 0) drifts.push_back(drift_of(keys.back(), i));
      for (int j = 0; j < between; ++j) {
        drifts.push_back(drift_of(std::to_string(i) + "." + std::to_string(j), 1));
      }
    }
    std::reverse(keys.begin(), keys.end());
    must([&](StoreTx& tx) { return tx.put_drifts(name, drifts); });
    must_read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto found, reader.drifts(name, keys));
      EXPECT_EQ(found.size(), keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const int number = std::stoi(keys[i]);
        EXPECT_EQ(found[i].has_value(), number % 3 != 0) << keys[i];
        if (found[i]) {
          EXPECT_EQ(found[i]->scan, number);
        }
      }
      return {};
    });
  }
}

}  // namespace
}  // namespace sideband
