// The stream of a real server, and what becomes of it when bytes are missing or wrong.
#include "drivers/postgres/sql/copy_stream.h"

#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

class PostgresStream : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    const Deadline deadline(clock_, kLong);
    const PgEndpoint endpoint = parse_pg_endpoint(target_).value();
    const auto connection = std::move(PgConnection::open(endpoint, deadline)).value();
    PgSource source;
    source.query =
        "select g as id, case when g <> 2 then repeat('v', g) end as v, g % 2 = 0 as b "
        "from generate_series(1, 4) g";
    source.keys = {"id"};
    shape_ = std::move(PgShape::describe(*connection, source, deadline)).value();
    for (const bool raw : {false, true}) {
      const auto take = [this, raw](std::string_view piece) {
        (raw ? raw_pieces_ : pieces_).emplace_back(piece);
        return true;
      };
      const auto ended = connection->copy_out(
          shape_.range_sql(*connection, {}, nullptr, 100, {raw}), deadline, take);
      ASSERT_TRUE(ended.ok() && *ended);
    }
  }
  Result<std::vector<Item>> read(const std::vector<std::string>& pieces, bool ended = true) {
    PgCopyStream stream(shape_, false, 4);
    for (const std::string& piece : pieces) {
      if (!stream.add(piece)) break;
    }
    return stream.take(ended);
  }

  PgShape shape_;
  std::vector<std::string> pieces_;
  std::vector<std::string> raw_pieces_;
};

TEST_F(PostgresStream, WholeStreamIsAllRows) {
  const auto items = read(pieces_);
  ASSERT_TRUE(items.ok()) << items.error().message;
  ASSERT_EQ(items->size(), 4U);
  EXPECT_EQ(fields(items->at(1).state), (Fields{{"id", "2"}, {"b", "true"}}));
  EXPECT_EQ(fields(items->at(3).state), (Fields{{"id", "4"}, {"v", "vvvv"}, {"b", "true"}}));
}

// The columns b and v as they came, each behind its length: 1 and 0, 1 and NULL, ...
TEST_F(PostgresStream, RawStatesAreTheBytesBehindTheKey) {
  PgCopyStream stream(shape_, true, 4);
  for (const std::string& piece : raw_pieces_) ASSERT_TRUE(stream.add(piece));
  const auto items = stream.take(true);
  ASSERT_TRUE(items.ok()) << items.error().message;
  ASSERT_EQ(items->size(), 4U);
  EXPECT_EQ(items->at(1).key, "2");
  EXPECT_EQ(items->at(1).state.bytes, std::string("\0\0\0\1\1\xff\xff\xff\xff", 9));
  EXPECT_EQ(items->at(3).state.bytes, std::string("\0\0\0\1\1\0\0\0\4vvvv", 13));
}

TEST_F(PostgresStream, RawRowsOfAnotherShapeAreAnError) {
  std::string piece = raw_pieces_.at(1);
  piece[1] = 2;
  PgCopyStream stream(shape_, true, 4);
  ASSERT_TRUE(stream.add(raw_pieces_.at(0)));
  EXPECT_FALSE(stream.add(piece));
  EXPECT_FALSE(stream.take(true).ok());
}

TEST_F(PostgresStream, EveryCutIsAnError) {
  for (std::size_t whole = 0; whole < pieces_.size(); ++whole) {
    for (std::size_t bytes = 0; bytes < pieces_[whole].size(); ++bytes) {
      std::vector<std::string> cut(pieces_.begin(),
                                   pieces_.begin() + static_cast<std::ptrdiff_t>(whole));
      if (bytes > 0) cut.push_back(pieces_[whole].substr(0, bytes));
      EXPECT_FALSE(read(cut).ok()) << whole << " pieces and " << bytes << " bytes";
    }
  }
}

TEST_F(PostgresStream, WhatWasGivenUpHasNoEnd) {
  const std::vector<std::string> begun(pieces_.begin(), pieces_.begin() + 2);
  const auto items = read(begun, false);
  ASSERT_TRUE(items.ok());
  EXPECT_EQ(items->size(), 2U);
  EXPECT_FALSE(read(pieces_, false).ok());
}

TEST_F(PostgresStream, WrongBytesAreAnErrorOrOtherValuesButNeverACrash) {
  for (std::size_t which = 0; which < pieces_.size(); ++which) {
    for (std::size_t at = 0; at < pieces_[which].size(); ++at) {
      for (const char wrong : {'\0', '\x7f', '\xff'}) {
        std::vector<std::string> pieces = pieces_;
        pieces[which][at] = wrong;
        const auto items = read(pieces);
        EXPECT_TRUE(!items.ok() || items->size() == 4U) << which << " " << at;
      }
    }
  }
  pieces_.push_back(pieces_[1]);
  EXPECT_FALSE(read(pieces_).ok()) << "a row after the end";
}

}  // namespace
}  // namespace sideband
