// Which rows wait, when they must be sent, and in which order; that PostgreSQL understands the
// lists is tested in tests/conformance/store/.
#include "store/postgres/row_batches.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

class RowBatchesTest : public testing::Test {
 protected:
  bool put(std::int64_t seq, const std::string& changes = "x") {
    return batches_.add(insert_, std::to_string(seq), {seq, changes}, {});
  }

  const RowStatement insert_ = RowStatement::insert(StoreTable::kChunks, "seq, changes");
  const RowStatement erase_ = RowStatement::erase(StoreTable::kChunks, "seq");
  const RowStatement pause_ = RowStatement::erase(StoreTable::kPauses, "reconciler");
  RowBatches batches_;
};

TEST_F(RowBatchesTest, ARowWaitsInItsTableOnly) {
  EXPECT_FALSE(batches_.waits(StoreTable::kChunks, "1"));
  ASSERT_TRUE(put(1));
  EXPECT_TRUE(batches_.waits(StoreTable::kChunks, "1"));
  EXPECT_FALSE(batches_.waits(StoreTable::kChunks, "2"));
  EXPECT_FALSE(batches_.waits(StoreTable::kPauses, "1"));
}

TEST_F(RowBatchesTest, WaitsForStatementsAboutItsTables) {
  ASSERT_TRUE(put(1));
  EXPECT_TRUE(batches_.waits_for(Sql("DELETE FROM chunks WHERE plan = $1").tables()));
  EXPECT_FALSE(batches_.waits_for(Sql("SELECT 1 FROM heads").tables()));
  EXPECT_FALSE(batches_.waits_for(pause_.one().tables()));
  (void)batches_.take();
  EXPECT_FALSE(batches_.waits_for(TableSet(StoreTable::kChunks)));
}

TEST_F(RowBatchesTest, GathersByStatementInTheOrderOfFirstRows) {
  ASSERT_TRUE(put(1) && batches_.add(erase_, "7", {7}, {}));
  ASSERT_TRUE(batches_.add(pause_, "fleet", {std::string("fleet")}, {}) && put(2));
  auto batches = batches_.take();
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[0].statement, &insert_);
  EXPECT_EQ(batches[0].lists.rows(), 2U);
  EXPECT_EQ(batches[0].lists.params().size(), 2U);
  EXPECT_EQ(batches[1].statement, &erase_);
  EXPECT_EQ(batches[2].statement, &pause_);
  EXPECT_TRUE(batches_.take().empty());
}

TEST_F(RowBatchesTest, ManyRowsOrManyBytesMustBeSent) {
  std::int64_t rows = 1;
  while (put(rows)) ++rows;
  EXPECT_EQ(rows, 128);
  batches_.clear();
  EXPECT_FALSE(put(1, std::string(std::size_t{1} << 18U, 'x')));
}

using RowBatchesDeathTest = RowBatchesTest;
TEST_F(RowBatchesDeathTest, ARowHasAllParameters) {
  EXPECT_DEATH((void)batches_.add(insert_, "1", {1}, {}), "params");
}

}  // namespace
}  // namespace sideband
