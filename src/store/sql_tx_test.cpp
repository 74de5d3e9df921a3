// What is read once for all functions of a group, what makes it be read again, and in which order
// a transaction ends. Over a connection that only notes statements: with a database behind them
// they are tested in tests/conformance/store/.
#include "store/sql_tx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sideband {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// Gives one row, of zeros and empty texts, to statements that begin with one of `found`.
class NotedStatements final : public Connection {
 public:
  explicit NotedStatements(bool others_write) : others_write_(others_write) {}

  Result<std::int64_t> execute(Sql sql, Params /*params*/) override {
    said.emplace_back(sql.text());
    return 1;
  }
  Result<void> script(const char* /*text*/) override { return {}; }
  Result<void> begin(bool /*writes*/) override { return {}; }
  Result<void> commit() override { return {}; }
  void rollback() override {}
  [[nodiscard]] bool in_transaction() override { return true; }
  Result<void> savepoint() override { return {}; }
  Result<void> end_savepoint(bool /*keep*/) override { return {}; }
  [[nodiscard]] std::uint64_t changes() override { return 0; }
  [[nodiscard]] Failure last_failure() const override { return Failure::kNone; }
  void clear_failure() override {}
  [[nodiscard]] bool has_other_writers() const override { return others_write_; }

  // Statements since the last call.
  std::vector<std::string> take() { return std::exchange(said, {}); }

  std::vector<std::string> said;
  std::vector<std::string> found = {"SELECT size, hashes FROM audit_head"};

 private:
  class Zeros final : public Row {
   public:
    [[nodiscard]] std::int64_t integer(int /*column*/) const override { return 0; }
    [[nodiscard]] std::string_view bytes(int /*column*/) const override { return {}; }
  };

  Result<void> run_query(Sql sql, const std::string* /*row*/, Params /*params*/, void* context,
                         EachRow each) override {
    said.emplace_back(sql.text());
    const bool there = std::any_of(found.begin(), found.end(), [&](const std::string& start) {
      return said.back().starts_with(start);
    });
    if (there) each(context, Zeros());
    return {};
  }

  const bool others_write_;
};

class SqlTxTest : public testing::Test {
 protected:
  NotedStatements db_{true};
  SqlTx tx_{db_, WriteRows::kAtEnd};
};

TEST_F(SqlTxTest, AHeadIsReadOnceAndKnownWhenPut) {
  ASSERT_TRUE(tx_.head("fleet").ok() && tx_.head("fleet").ok());
  EXPECT_EQ(db_.take().size(), 1U);
  ASSERT_TRUE(tx_.put_head("other", ReconcilerHead{}).ok() && tx_.head("other").ok());
  EXPECT_THAT(db_.take(), ElementsAre(HasSubstr("FROM sources"), StartsWith("INSERT INTO heads")));
  tx_.forget_reads();
  ASSERT_TRUE(tx_.head("other").ok());
  EXPECT_THAT(db_.take(), ElementsAre(StartsWith("SELECT scan,")));
}

TEST_F(SqlTxTest, ARepairIsReadAgainAfterAWrite) {
  Repair repair;
  ASSERT_TRUE(tx_.repair(repair.id).ok() && tx_.repair(repair.id).ok());
  EXPECT_EQ(db_.take().size(), 1U);
  ASSERT_TRUE(tx_.update_repair(repair).ok() && tx_.repair(repair.id).ok());
  EXPECT_THAT(db_.take(), ElementsAre(StartsWith("UPDATE repairs"), StartsWith("SELECT id, plan")));
}

TEST_F(SqlTxTest, ThereIsRoomByTheHeadAndACountThatOwnStartsRaise) {
  Repair running;
  running.reconciler = "fleet";
  running.state = RepairState::kRunning;
  EXPECT_TRUE(tx_.has_room("fleet", 2).value());
  EXPECT_THAT(db_.take(), ElementsAre(StartsWith("SELECT scan,"), StartsWith("SELECT count(*)")));
  ASSERT_TRUE(tx_.insert_repair(running).ok());
  EXPECT_TRUE(tx_.has_room("fleet", 2).value());
  EXPECT_THAT(db_.take(), ElementsAre(StartsWith("INSERT INTO repairs")));
  ASSERT_TRUE(tx_.insert_repair(running).ok());
  EXPECT_TRUE(tx_.has_room("fleet", 2).ok());
  EXPECT_EQ(db_.take().size(), 2U) << "full by what is known: counted again";
}

TEST_F(SqlTxTest, AClaimForgetsRepairsOnly) {
  const Uuid id;
  db_.found.emplace_back("SELECT id, plan");
  db_.found.emplace_back("SELECT epoch, nextval");
  ASSERT_TRUE(tx_.repair(id).ok() && tx_.head("fleet").ok() && tx_.has_waiting("fleet").ok());
  ClaimRequest request;
  request.limit = 1;
  ASSERT_TRUE(tx_.claim_repairs(request).ok());
  db_.take();
  ASSERT_TRUE(tx_.head("fleet").ok() && tx_.has_waiting("fleet").ok());
  EXPECT_THAT(db_.take(), IsEmpty());
  ASSERT_TRUE(tx_.repair(id).ok());
  EXPECT_EQ(db_.take().size(), 1U);
}

TEST_F(SqlTxTest, SwitchesReadBeforeTheirLockAreReadAgain) {
  ASSERT_TRUE(tx_.pause("fleet").ok() && tx_.declined_plan("fleet").ok());
  ASSERT_TRUE(tx_.lock_switches(SwitchLock::kShared).ok());
  ASSERT_TRUE(tx_.lock_switches(SwitchLock::kShared).ok());
  db_.take();
  ASSERT_TRUE(tx_.declined_plan("fleet").ok());
  EXPECT_THAT(db_.take(), IsEmpty());
  ASSERT_TRUE(tx_.pause("fleet").ok() && tx_.pause("fleet").ok());
  EXPECT_EQ(db_.take().size(), 1U);
}

TEST_F(SqlTxTest, EndsWithWhatWaitsThenANoticeThenTheLog) {
  Repair repair;
  repair.state = RepairState::kQueued;
  tx_.stage_audit("{}");
  ASSERT_TRUE(tx_.put_pause("fleet", Pause{}).ok() && tx_.insert_repair(repair).ok());
  EXPECT_THAT(db_.take(), ElementsAre(StartsWith("INSERT INTO repairs")));
  ASSERT_TRUE(tx_.finish().ok());
  EXPECT_THAT(db_.take(),
              ElementsAre(StartsWith("INSERT INTO pauses"), StartsWith("SELECT pg_notify"),
                          StartsWith("SELECT size, hashes"), StartsWith("INSERT INTO leaves"),
                          StartsWith("UPDATE audit_head")));
}

TEST(SqlTxAlone, TakesTokensFromItsRowAndTellsNobody) {
  NotedStatements db(false);
  db.found.emplace_back("SELECT epoch, seq");
  SqlTx tx(db, WriteRows::kAtEnd);
  Repair repair;
  repair.state = RepairState::kQueued;
  EXPECT_EQ(tx.next_token().value(), 1U);
  EXPECT_EQ(tx.next_token().value(), 2U);
  ASSERT_TRUE(tx.insert_repair(repair).ok());
  db.take();
  ASSERT_TRUE(tx.finish().ok());
  EXPECT_THAT(db.take(), ElementsAre(StartsWith("UPDATE tokens")));
}

}  // namespace
}  // namespace sideband
