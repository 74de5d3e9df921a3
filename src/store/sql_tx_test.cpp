// What is read once for all functions of a group, what makes it be read again, and in which order
// a transaction ends. Over a connection that only notes statements: with a database behind them
// they are tested in tests/conformance/store/.
#include "store/sql_tx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/noted_statements_for_tests.h"

namespace sideband {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

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
