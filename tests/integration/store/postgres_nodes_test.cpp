// Two nodes on one PostgreSQL.
#include <future>
#include <set>

#include "base/metrics.h"
#include "base/thread.h"
#include "merkle/compact_range.h"
#include "store/postgres/store.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/scratch_rows.h"
#include "support/until.h"

namespace sideband {
namespace {

class PostgresNodes : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL here";
    where_ = server_->new_database();
  }
  std::unique_ptr<Store> open() {
    auto opened =
        open_postgres_store({.connection = where_}, {.clock = clock_, .metrics = metrics_});
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }

  SystemClock clock_;
  Metrics metrics_;
  PostgresServer* server_ = nullptr;
  std::string where_;
};

// Reads a counter, adds one, records it: the pattern of every gate.
Result<void> count_up(StoreTx& tx) {
  SB_ASSIGN(const auto value, scratch(tx, "counter"));
  const std::string next = std::to_string(value ? std::stoi(*value) + 1 : 1);
  tx.stage_audit(next);
  return put_scratch(tx, "counter", next);
}

TEST_F(PostgresNodes, CountersOfTwoNodesLoseNothingAndShareOneTree) {
  constexpr int kEach = 200;
  auto a = open(), b = open();
  const auto work = [](Store& store) {
    return [&store] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(store.run(Lane::kControl, count_up).ok());
    };
  };
  { const Thread first("a", work(*a)), second("b", work(*b)); }
  const auto read = [](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(scratch(reader, "counter")->value(), std::to_string(2 * kEach));
    SB_ASSIGN(const auto leaves, reader.audit_leaves(0, 10'000));
    SB_ASSIGN(const AuditHead head, reader.audit_head());
    CompactRange tree;
    for (const AuditLeaf& leaf : leaves) {
      EXPECT_EQ(leaf.record, std::to_string(leaf.index + 1));
      tree.append(leaf_hash(leaf.record));
    }
    EXPECT_EQ(head.range, tree.hashes());
    return {};
  };
  EXPECT_TRUE(a->read(read).ok());
}

TEST_F(PostgresNodes, NoRepairIsClaimedTwice) {
  constexpr int kCount = 200;
  auto a = open(), b = open();
  SeededRandom random(5);
  EXPECT_TRUE(a->run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
                 for (int i = 0; i < kCount; ++i) {
                   Repair repair;
                   repair.id = Uuid::make(clock_.wall(), random);
                   SB_TRY(tx.insert_repair(repair));
                 }
                 return {};
               }).ok());
  std::vector<Repair> of_a, of_b;
  const auto claim_all = [&](Store& store, std::vector<Repair>& mine) {
    return [&] {
      for (std::size_t before = 1; before != mine.size();) {
        before = mine.size();
        std::vector<Repair> claimed;
        EXPECT_TRUE(store
                        .run(Lane::kControl,
                             [&](StoreTx& tx) -> Result<void> {
                               SB_ASSIGN(claimed, tx.claim_repairs({"n", 0, clock_.wall(),
                                                                    std::chrono::hours(1), 7}));
                               return {};
                             })
                        .ok());
        mine.insert(mine.end(), claimed.begin(), claimed.end());
      }
    };
  };
  { const Thread first("a", claim_all(*a, of_a)), second("b", claim_all(*b, of_b)); }
  of_a.insert(of_a.end(), of_b.begin(), of_b.end());
  std::set<std::string> ids;
  std::set<std::uint64_t> tokens;
  for (const Repair& repair : of_a) {
    ids.insert(repair.id.text());
    tokens.insert(repair.token);
  }
  EXPECT_EQ(of_a.size(), static_cast<std::size_t>(kCount));
  EXPECT_EQ(ids.size(), of_a.size());
  EXPECT_EQ(tokens.size(), of_a.size());
}

// A pause on one node waits for a step that begins on the other, and is seen by the next one there.
TEST_F(PostgresNodes, ASwitchTurnsBetweenTheTransactionsThatKeepIt) {
  auto a = open(), b = open();
  PostgresClient watcher(where_);
  std::promise<void> turned;
  bool pause_waited = false;
  const StoreFn pause = [](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.lock_switches(SwitchLock::kExclusive));
    return tx.put_pause("", Pause{"a test", "to see", {}});
  };
  const auto begin_step = a->run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.lock_switches(SwitchLock::kShared));
    SB_ASSIGN(const auto before, tx.pause(""));
    EXPECT_FALSE(before.has_value());
    b->submit(Lane::kControl, pause, [&](Result<void> done) {
      EXPECT_TRUE(done.ok());
      turned.set_value();
    });
    pause_waited = until([&] {
      return watcher.one(
                 "select count(*) from pg_locks where locktype = 'advisory'"
                 " and not granted") == "1";
    });
    return put_scratch(tx, "step", "begun");
  });
  EXPECT_TRUE(begin_step.ok());
  EXPECT_TRUE(pause_waited);
  turned.get_future().wait();
  EXPECT_TRUE(a->run(Lane::kControl, [](StoreTx& tx) -> Result<void> {
                 SB_TRY(tx.lock_switches(SwitchLock::kShared));
                 SB_ASSIGN(const auto after, tx.pause(""));
                 EXPECT_TRUE(after.has_value());
                 return {};
               }).ok());
}

}  // namespace
}  // namespace sideband
