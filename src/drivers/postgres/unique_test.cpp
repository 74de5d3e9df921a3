// Rows that hold each other's unique values: swaps, shifts, permutations.
#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

// How the unique column is declared.
struct Declared {
  const char* name;
  const char* column;
};

class PostgresUnique : public PostgresTest, public testing::WithParamInterface<Declared> {
 protected:
  void make_rows(int count) {
    db_->run(std::string("create table seats(id int primary key, pos ") + GetParam().column +
             ", note text)");
    db_->run("insert into seats select g, " + value_sql("g") +
             ", 'n' || g from generate_series(1, " + std::to_string(count) + ") g");
  }
  // Of a number, what the column holds for it.
  [[nodiscard]] std::string value_sql(const std::string& number) const {
    const std::string column = GetParam().column;
    if (column.starts_with("uuid")) return "lpad(" + number + "::text, 32, '0')::uuid";
    return number + (column.starts_with("int") || column.starts_with("numeric") ? "" : "::text");
  }
  std::string held(int id) {
    return db_->one("select pos from seats where id = " + std::to_string(id));
  }
  // Row i gets what row to[i] has; rows are counted from 1.
  std::vector<Change> moves(Collection& on, const std::vector<int>& to) {
    std::vector<std::string> keys;
    for (std::size_t i = 1; i <= to.size() + 1; ++i) keys.push_back(std::to_string(i));
    const auto items = on.read(keys, kLong);
    std::vector<Change> changes;
    for (std::size_t i = 0; i < to.size(); ++i) {
      if (to[i] == static_cast<int>(i) + 1) continue;
      Fields want = fields(items->at(i).state);
      want["pos"] = fields(items->at(static_cast<std::size_t>(to[i]) - 1).state).at("pos");
      changes.push_back({keys[i], ChangeOp::kUpdate, items->at(i).state, State::of_fields(want)});
    }
    return changes;
  }
  void all_changed(Collection& on, const std::vector<Change>& changes) {
    for (const ChangeOutcome& outcome : apply(on, changes)) {
      ASSERT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
    }
  }
  static std::vector<Change> taken_back(const std::vector<Change>& changes) {
    std::vector<Change> back;
    for (const Change& change : changes) back.push_back(reversed(change));
    return back;
  }
};

TEST_P(PostgresUnique, K7_4_PermutationsAreWrittenInOneGoAndTakenBack) {
  make_rows(50);
  const auto rows = table("seats");
  std::mt19937 random(7);  // NOLINT: the same ones each time
  const std::string before = db_->one("select string_agg(s::text, ';' order by id) from seats s");
  for (int round = 0; round < 12; ++round) {
    std::vector<int> to(static_cast<std::size_t>(2 + random() % 49));
    std::iota(to.begin(), to.end(), 1);
    std::shuffle(to.begin(), to.end(), random);
    std::vector<std::string> wanted;
    for (const int from : to) wanted.push_back(held(from));
    const auto changes = moves(*rows, to);
    all_changed(*rows, changes);
    for (std::size_t i = 0; i < to.size(); ++i) ASSERT_EQ(held(static_cast<int>(i) + 1), wanted[i]);
    all_changed(*rows, taken_back(changes));
    ASSERT_EQ(db_->one("select string_agg(s::text, ';' order by id) from seats s"), before);
  }
}

TEST_P(PostgresUnique, K11_12_AShiftByOneOverAllRowsIsWritten) {
  make_rows(30);
  db_->run("insert into seats values (31, " + value_sql("31") + ", 'last')");
  const auto rows = table("seats");
  std::vector<int> up(30);
  std::iota(up.begin(), up.end(), 2);
  auto changes = moves(*rows, up);
  // The last value is free only once its row is deleted, in the same batch.
  changes.push_back({"31", ChangeOp::kDelete, read_one(*rows, "31"), State::absent()});
  const std::string freed = held(31);
  all_changed(*rows, changes);
  EXPECT_EQ(held(30), freed);
  EXPECT_EQ(db_->one("select count(*) from seats"), "30");
  all_changed(*rows, taken_back(changes));
  EXPECT_EQ(held(31), freed);
}

TEST_P(PostgresUnique, ARowThatMovedKeepsItsGroupFromBeingWritten) {
  make_rows(5);
  const auto rows = table("seats");
  const auto changes = moves(*rows, {2, 1, 4, 3, 5});
  db_->run("update seats set note = 'mine' where id = 1");
  const auto outcomes = apply(*rows, changes);
  EXPECT_EQ(outcomes[0].outcome, Outcome::kRefused);
  // A deferrable constraint looks at COMMIT, where the other one's value is a double.
  EXPECT_EQ(outcomes[1].outcome, Outcome::kFailed);
  EXPECT_THAT(outcomes[1].detail, HasSubstr("'1', '2' hold each other's values"));
  EXPECT_THAT(outcomes[1].detail, HasSubstr("seats_pos_key"));
  EXPECT_EQ(outcomes[2].outcome, Outcome::kChanged) << outcomes[2].detail;
  EXPECT_EQ(outcomes[3].outcome, Outcome::kChanged);
  EXPECT_EQ(db_->one("select count(distinct pos) from seats"), "5");
}

TEST_P(PostgresUnique, ABadRowBesideASwapFailsAlone) {
  make_rows(3);
  db_->run("alter table seats add check (note <> 'bad')");
  const auto rows = table("seats");
  auto changes = moves(*rows, {2, 1, 3});
  Fields bad = fields(read_one(*rows, "3"));
  bad["note"] = "bad";
  changes.push_back(towards(*rows, "3", bad));
  const auto outcomes = apply(*rows, changes);
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged) << outcomes[0].detail;
  EXPECT_EQ(outcomes[1].outcome, Outcome::kChanged) << outcomes[1].detail;
  EXPECT_EQ(outcomes[2].outcome, Outcome::kFailed);
}

INSTANTIATE_TEST_SUITE_P(
    Columns, PostgresUnique,
    testing::Values(Declared{"Nullable", "int unique"}, Declared{"Numbered", "int not null unique"},
                    Declared{"Numeric", "numeric not null unique"},
                    Declared{"Text", "text not null unique"},
                    Declared{"Short", "varchar(8) not null unique"},
                    Declared{"Uuid", "uuid not null unique"},
                    Declared{"Deferrable", "int not null unique deferrable"},
                    Declared{"Deferred", "int not null unique deferrable initially deferred"}),
    [](const auto& one) { return one.param.name; });

class PostgresUniqueEdges : public PostgresTest {};

// As many as one batch has: the cost grows with the rows, and not with their square.
TEST_F(PostgresUniqueEdges, K11_12_AWholeBatchIsShiftedByOne) {
  db_->run(
      "create table seats(id int primary key, pos int not null unique);"
      "insert into seats select g, g from generate_series(1, 1000) g");
  const auto rows = table("seats");
  std::vector<Change> changes;
  for (int i = 1; i <= 1000; ++i) {
    const std::string id = std::to_string(i);
    changes.push_back({id, ChangeOp::kUpdate, State::of_fields({{"id", id}, {"pos", id}}),
                       State::of_fields({{"id", id}, {"pos", std::to_string(i + 1)}})});
  }
  for (const ChangeOutcome& outcome : apply(*rows, changes)) {
    ASSERT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
  }
  EXPECT_EQ(db_->one("select count(*) from seats where pos = id + 1"), "1000");
}

TEST_F(PostgresUniqueEdges, NumbersAtTheirLimitArePassedBelow) {
  db_->run(
      "create table seats(id int primary key, pos smallint not null unique);"
      "insert into seats values (1, 32767), (2, 32766)");
  const auto rows = table("seats");
  const auto outcomes = apply(
      *rows, {towards(*rows, "1", {{"pos", "32766"}}), towards(*rows, "2", {{"pos", "32767"}})});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged) << outcomes[0].detail;
  EXPECT_EQ(db_->one("select pos from seats where id = 2"), "32767");
}

TEST_F(PostgresUniqueEdges, WhereNoValueCanBeMadeUpTheReasonNamesRowsAndConstraint) {
  db_->run(
      "create table days(id int primary key, day date not null constraint one_a_day unique);"
      "insert into days values (1, '2026-01-01'), (2, '2026-01-02'), (3, '2026-01-03')");
  const auto rows = table("days");
  const auto outcomes = apply(*rows, {towards(*rows, "1", {{"day", "2026-01-02"}}),
                                      towards(*rows, "2", {{"day", "2026-01-01"}}),
                                      towards(*rows, "3", {{"day", "2026-02-03"}})});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kFailed);
  EXPECT_THAT(outcomes[0].detail, HasSubstr("'1', '2'"));
  EXPECT_THAT(outcomes[0].detail, HasSubstr("one_a_day"));
  EXPECT_EQ(outcomes[2].outcome, Outcome::kChanged) << outcomes[2].detail;
  EXPECT_EQ(db_->one("select day from days where id = 1"), "2026-01-01");
}

TEST_F(PostgresUniqueEdges, ACheckThatForbidsTheParkedValueIsSaid) {
  db_->run(
      "create table seats(id int primary key, pos int not null unique check (pos between 1 and 2));"
      "insert into seats values (1, 1), (2, 2)");
  const auto rows = table("seats");
  const auto outcomes =
      apply(*rows, {towards(*rows, "1", {{"pos", "2"}}), towards(*rows, "2", {{"pos", "1"}})});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kFailed);
  EXPECT_THAT(outcomes[0].detail, HasSubstr("seats_pos_check"));
  EXPECT_EQ(db_->one("select pos from seats where id = 1"), "1");
}

TEST_F(PostgresUniqueEdges, NobodySeesAParkedRow) {
  db_->run(
      "create table seats(id int primary key, pos int unique);"
      "insert into seats values (1, 1), (2, 2);"
      "create table seen(n int);"
      "create function look() returns trigger language plpgsql as $$ begin "
      "insert into seen values (1); return new; end $$;"
      "create trigger look after update on seats for each row execute function look()");
  const auto rows = table("seats");
  const auto outcomes =
      apply(*rows, {towards(*rows, "1", {{"pos", "2"}}), towards(*rows, "2", {{"pos", "1"}})});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged) << outcomes[0].detail;
  EXPECT_EQ(db_->one("select count(distinct xmin::text) from seats"), "1")
      << "both rows are of one transaction";
  EXPECT_EQ(db_->one("select count(*) from seen"), "3")
      << "a trigger sees the parked row once more";
}

TEST_F(PostgresUniqueEdges, ColumnsOfAnIndexCountTogether) {
  db_->run(
      "create table seats(id int primary key, room text not null, pos int not null, unique (room, "
      "pos)); insert into seats values (1, 'a', 1), (2, 'a', 2), (3, 'b', 1), (4, 'b', 2)");
  const auto rows = table("seats");
  const auto outcomes = apply(*rows, {towards(*rows, "1", {{"room", "a"}, {"pos", "2"}}),
                                      towards(*rows, "2", {{"room", "b"}, {"pos", "1"}}),
                                      towards(*rows, "3", {{"room", "b"}, {"pos", "2"}}),
                                      towards(*rows, "4", {{"room", "a"}, {"pos", "1"}})});
  for (const auto& outcome : outcomes) {
    EXPECT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
  }
  EXPECT_EQ(db_->one("select string_agg(room || pos, ' ' order by id) from seats"), "a2 b1 b2 a1");
}

}  // namespace
}  // namespace sideband
