// Repairs: claims, tokens, leases, range locks.
#include "conformance/store/store_suite.h"

namespace sideband {
namespace {

constexpr std::int64_t kLeaseUs = 30'000'000;

TEST_P(StoreSuite, ClaimsTheOldestOnceWithRisingTokens) {
  std::vector<Repair> made;
  for (int i = 0; i < 5; ++i) made.push_back(queued_repair());
  must([&](StoreTx& tx) -> Result<void> {
    for (const Repair& repair : made) SB_TRY(tx.insert_repair(repair));
    return {};
  });
  std::uint64_t token = 0;
  const std::vector<Repair> first = claim(claim_at(0, 3));
  const std::vector<Repair> second = claim(claim_at(0, 3));
  ASSERT_EQ(first.size(), 3U);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_TRUE(claim(claim_at(0)).empty());
  std::vector<Repair> all = first;
  all.insert(all.end(), second.begin(), second.end());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].id, made[i].id);
    EXPECT_EQ(all[i].state, RepairState::kRunning);
    EXPECT_EQ(all[i].lease_until, kLeaseUs);
    EXPECT_GT(all[i].token, token);
    token = all[i].token;
  }
  EXPECT_GE(token, std::uint64_t{1} << 40);
}

// Turns are by reconciler, whoever else has however many queued before.
TEST_P(StoreSuite, QueuedOnesAreClaimedByTheirTurns) {
  const auto queue = [&](const std::string& reconciler, int count) {
    must([&](StoreTx& tx) -> Result<void> {
      for (int i = 0; i < count; ++i) {
        Repair repair = queued_repair();
        repair.reconciler = reconciler;
        SB_TRY(tx.insert_repair(repair));
      }
      return {};
    });
  };
  queue("many", 1000);
  queue("few", 2);
  queue("a-third", 1);
  std::vector<std::string> names;
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(names, reader.queued_reconcilers());
    return {};
  });
  EXPECT_EQ(names, (std::vector<std::string>{"a-third", "few", "many"}));
  ClaimRequest request = claim_at(0, 5);
  request.turns.emplace();
  EXPECT_TRUE(claim(request).empty());
  request.turns = {{"few", 5}, {"many", 2}};
  const std::vector<Repair> claimed = claim(request);
  ASSERT_EQ(claimed.size(), 4U);
  EXPECT_EQ(claimed[0].reconciler, "few");
  EXPECT_EQ(claimed[3].reconciler, "many");
  EXPECT_LT(claimed[2].created_at, claimed[3].created_at);
  EXPECT_EQ(claim(claim_at(0, 1)).at(0).reconciler, "many");
}

TEST_P(StoreSuite, AnEndedLeaseIsClaimedAgainAndTheOldTokenIsRefused) {
  must([&](StoreTx& tx) { return tx.insert_repair(queued_repair()); });
  Repair old = claim(claim_at(0)).at(0);
  EXPECT_TRUE(claim(claim_at(kLeaseUs)).empty());
  Repair fresh = claim(claim_at(kLeaseUs + 1)).at(0);
  EXPECT_EQ(fresh.id, old.id);
  EXPECT_EQ(fresh.state, RepairState::kRunning);
  EXPECT_GT(fresh.token, old.token);
  old.state = RepairState::kConverged;
  const Result<void> stale = run([&](StoreTx& tx) { return tx.update_repair(old); });
  ASSERT_FALSE(stale.ok());
  EXPECT_EQ(stale.error().code, ErrorCode::kConflict);
  fresh.state = RepairState::kValidating;
  must([&](StoreTx& tx) { return tx.update_repair(fresh); });
  EXPECT_EQ(claim(claim_at(3 * kLeaseUs)).at(0).state, RepairState::kValidating);
}

TEST_P(StoreSuite, ScheduledWaitsForItsTimeAndEndingReleasesTheLease) {
  must([&](StoreTx& tx) { return tx.insert_repair(queued_repair()); });
  Repair repair = claim(claim_at(0)).at(0);
  repair.state = RepairState::kScheduled;
  repair.not_before = now() + std::chrono::seconds(60);
  must([&](StoreTx& tx) { return tx.update_repair(repair); });
  EXPECT_TRUE(claim(claim_at(10 * kLeaseUs)).empty());
  clock_.advance(std::chrono::seconds(60));
  repair = claim(claim_at(0)).at(0);
  repair.state = RepairState::kConverged;
  must([&](StoreTx& tx) { return tx.update_repair(repair); });
  EXPECT_TRUE(claim(claim_at(100 * kLeaseUs)).empty());
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto stored, reader.repair(repair.id));
    EXPECT_TRUE(stored && stored->lease_owner.empty());
    return {};
  });
}

TEST_P(StoreSuite, EveryColumnOfARepairComesBack) {
  Repair repair = queued_repair();
  repair.undo = true;
  repair.requester = std::string("evil\0 \xff'", 8);
  repair.released = {GateId::kMaxChanges, GateId::kSource};
  repair.attempt = 1;
  repair.next_step = 2;
  repair.position = 3;
  repair.not_before = from_us(4);
  repair.refused_since = from_us(44);
  repair.first_seen = from_us(5);
  repair.started_at = from_us(55);
  repair.ended_at = from_us(6);
  repair.gate_wait_us = 7;
  repair.changed = 8;
  repair.already_there = 9;
  repair.refused = 10;
  repair.failed = 11;
  repair.note = "why";
  const auto same = [&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto stored, reader.repair(repair.id));
    EXPECT_TRUE(stored.has_value());
    const auto tie = [](const Repair& r) {
      return std::tie(r.id, r.plan, r.reconciler, r.state, r.undo, r.requester, r.released,
                      r.attempt, r.next_step, r.position, r.token, r.lease_owner, r.lease_until,
                      r.not_before, r.first_seen, r.created_at, r.started_at, r.ended_at,
                      r.gate_wait_us, r.changed, r.already_there, r.refused, r.failed, r.note,
                      r.refused_since);
    };
    EXPECT_TRUE(tie(*stored) == tie(repair));
    return {};
  };
  must([&](StoreTx& tx) { return tx.insert_repair(repair); });
  must_read(same);
  repair.note = "other";
  repair.state = RepairState::kHalted;
  repair.failed = 12;
  repair.refused_since = from_us(45);
  repair.started_at = from_us(59);
  repair.ended_at = from_us(60);
  must([&](StoreTx& tx) { return tx.update_repair(repair); });
  must_read(same);
}

TEST_P(StoreSuite, ListsAndCountsRepairs) {
  std::vector<Repair> made;
  for (int i = 0; i < 6; ++i) made.push_back(queued_repair());
  made[1].reconciler = "flags";
  made[2].state = RepairState::kConverged;
  made[3].state = RepairState::kAwaitingApproval;
  must([&](StoreTx& tx) -> Result<void> {
    for (const Repair& repair : made) SB_TRY(tx.insert_repair(repair));
    return {};
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    const auto size = [&](const RepairFilter& filter) { return reader.repairs(filter)->size(); };
    EXPECT_EQ(size({}), 6U);
    EXPECT_EQ(size({.reconciler = "prices", .state = {}}), 5U);
    EXPECT_EQ(size({.reconciler = {}, .state = {}, .active_only = true}), 5U);
    EXPECT_EQ(size({.reconciler = "prices", .state = RepairState::kQueued}), 3U);
    EXPECT_EQ(size({.reconciler = {}, .state = RepairState::kConverged}), 1U);
    EXPECT_EQ(size({.reconciler = {}, .state = {}, .limit = 2}), 2U);
    EXPECT_EQ(reader.repairs({})->front().id, made.back().id);
    EXPECT_EQ(*reader.count_repairs("prices", RepairState::kQueued), 3);
    EXPECT_EQ(*reader.count_repairs("", RepairState::kConverged), 1);
    EXPECT_EQ(*reader.count_repairs("flags", RepairState::kConverged), 0);
    return {};
  });
}

TEST_P(StoreSuite, RangeLocksOfOtherRepairsMayNotOverlap) {
  const Uuid a = new_id(), b = new_id();
  const auto lock = [&](const Uuid& repair, const std::string& low, const std::string& high,
                        const std::string& target = "cache") {
    bool got = false;
    must([&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(got, tx.try_lock({target, "prices", low, high, repair}));
      return {};
    });
    return got;
  };
  EXPECT_TRUE(lock(a, "f", "m"));
  EXPECT_TRUE(lock(a, "f", "n"));   // its own
  EXPECT_FALSE(lock(b, "a", "f"));  // touches the low end
  EXPECT_FALSE(lock(b, "n", "z"));  // touches the high end
  EXPECT_FALSE(lock(b, "g", "h"));  // inside
  EXPECT_FALSE(lock(b, "a", "z"));  // around
  EXPECT_TRUE(lock(b, "a", "e"));
  EXPECT_TRUE(lock(b, "o", "o"));
  EXPECT_TRUE(lock(b, "g", "h", "other"));
  must([&](StoreTx& tx) { return tx.unlock(a); });
  EXPECT_TRUE(lock(b, "g", "h"));
}

TEST_P(StoreSuite, ALockOfAWholeTargetIsInTheWayOfEveryOther) {
  const Uuid a = new_id(), b = new_id();
  const auto lock = [&](const Uuid& repair, const std::string& collection,
                        const std::string& target = "cache") {
    bool got = false;
    must([&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(got, tx.try_lock({target, collection, "a", "b", repair}));
      return {};
    });
    return got;
  };
  EXPECT_TRUE(lock(a, "prices"));
  EXPECT_TRUE(lock(a, kWholeTarget));  // its own is not in its way
  EXPECT_FALSE(lock(b, kWholeTarget));
  EXPECT_FALSE(lock(b, "stock"));
  EXPECT_TRUE(lock(b, kWholeTarget, "other"));
  must([&](StoreTx& tx) { return tx.unlock(a); });
  EXPECT_TRUE(lock(b, "stock"));
  EXPECT_FALSE(lock(a, kWholeTarget));
}

}  // namespace
}  // namespace sideband
