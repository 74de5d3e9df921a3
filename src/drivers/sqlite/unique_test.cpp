// Rows that hold each other's unique values: swaps, shifts, permutations.
#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

const SystemClock kUniqueClock;
SystemRandom unique_random;
constexpr Duration kUniqueWait = std::chrono::seconds(30);

struct UniqueColumn {
  const char* name;
  const char* column;
};

class SqliteUnique : public testing::TestWithParam<UniqueColumn> {
 protected:
  std::unique_ptr<Collection> open_rows(const std::string& table) {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"path", dir_.path("shop.db")}};
    CollectionSettings settings;
    settings.options = {{"table", table}, {"key", "id"}};
    return std::move(driver_.open(target, settings, Role::kActual)).value();
  }
  void make_rows(int count) {
    client_.run(std::string("create table seats(id integer primary key, pos ") + GetParam().column +
                ", note text)");
    for (int i = 1; i <= count; ++i) {
      const std::string number = std::to_string(i);
      client_.run("insert into seats values (" + number + ", " + number + ", 'n" + number + "')");
    }
  }
  std::vector<std::string> held() { return client_.list("select pos from seats order by id"); }
  static State state_of(Collection& on, const std::string& key) {
    return on.read({key}, kUniqueWait)->at(0).state;
  }
  // Row i gets what row to[i] has; rows are counted from 1.
  static std::vector<Change> moves(Collection& on, const std::vector<int>& to) {
    std::vector<Change> changes;
    for (std::size_t i = 0; i < to.size(); ++i) {
      if (to[i] == static_cast<int>(i) + 1) continue;
      const std::string key = std::to_string(i + 1);
      const State found = state_of(on, key);
      Fields want = *decode_fields(found.bytes);
      want["pos"] = decode_fields(state_of(on, std::to_string(to[i])).bytes)->at("pos");
      changes.push_back({key, ChangeOp::kUpdate, found, State::of_fields(want)});
    }
    return changes;
  }
  static std::vector<ChangeOutcome> outcomes_of(Collection& on, std::vector<Change> changes) {
    auto outcomes = on.apply({Uuid(), 1, std::move(changes), kUniqueWait});
    EXPECT_TRUE(outcomes.ok()) << outcomes.error().message;
    return outcomes ? std::move(*outcomes) : std::vector<ChangeOutcome>();
  }
  static void all_changed(Collection& on, const std::vector<Change>& changes) {
    for (const ChangeOutcome& outcome : outcomes_of(on, changes)) {
      ASSERT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
    }
  }
  static std::vector<Change> taken_back(const std::vector<Change>& changes) {
    std::vector<Change> back;
    for (const Change& change : changes) back.push_back(reversed(change));
    return back;
  }

  TempDir dir_;
  SqliteClient client_{dir_.path("shop.db")};
  SqliteDriver driver_{{kUniqueClock, unique_random}};
};

TEST_P(SqliteUnique, K7_4_PermutationsAreWrittenInOneGoAndTakenBack) {
  make_rows(50);
  const auto rows = open_rows("seats");
  std::mt19937 random(11);  // NOLINT: the same ones each time
  const auto before = held();
  for (int round = 0; round < 12; ++round) {
    std::vector<int> to(2 + random() % 49);
    std::iota(to.begin(), to.end(), 1);
    std::shuffle(to.begin(), to.end(), random);
    auto wanted = before;
    for (std::size_t i = 0; i < to.size(); ++i) {
      wanted[i] = before[static_cast<std::size_t>(to[i]) - 1];
    }
    const auto changes = moves(*rows, to);
    all_changed(*rows, changes);
    ASSERT_EQ(held(), wanted) << round;
    all_changed(*rows, taken_back(changes));
    ASSERT_EQ(held(), before) << round;
  }
}

TEST_P(SqliteUnique, K11_12_AShiftByOneOverAllRowsIsWritten) {
  make_rows(31);
  const auto rows = open_rows("seats");
  std::vector<int> up(30);
  std::iota(up.begin(), up.end(), 2);
  auto changes = moves(*rows, up);
  // The last value is free only once its row is deleted, in the same batch.
  changes.push_back({"31", ChangeOp::kDelete, state_of(*rows, "31"), State::absent()});
  const auto before = held();
  all_changed(*rows, changes);
  EXPECT_EQ(held(), std::vector<std::string>(before.begin() + 1, before.end()));
  all_changed(*rows, taken_back(changes));
  EXPECT_EQ(held(), before);
}

// As many as one batch has: the cost grows with the rows, and not with their square.
TEST_P(SqliteUnique, K11_12_AWholeBatchIsShiftedByOne) {
  client_.run(std::string("create table seats(id integer primary key, pos ") + GetParam().column +
              ", note text)");
  client_.run(
      "with recursive n(i) as (values(1) union all select i + 1 from n where i < 1000) insert into "
      "seats select i, i, 'n' from n");
  const auto rows = open_rows("seats");
  std::vector<Change> changes;
  const auto items = rows->scan({});
  ASSERT_EQ(items->items.size(), 1000U);
  for (const Item& item : items->items) {
    Fields want = *decode_fields(item.state.bytes);
    want["pos"] = std::to_string(std::stoi(item.key) + 1);
    changes.push_back({item.key, ChangeOp::kUpdate, item.state, State::of_fields(want)});
  }
  all_changed(*rows, changes);
  EXPECT_EQ(client_.list("select count(*) from seats where cast(pos as integer) = id + 1"),
            std::vector<std::string>{"1000"});
}

TEST_P(SqliteUnique, ARowThatMovedKeepsItsGroupFromBeingWritten) {
  make_rows(5);
  const auto rows = open_rows("seats");
  const auto changes = moves(*rows, {2, 1, 4, 3, 5});
  client_.run("update seats set note = 'mine' where id = 1");
  const auto outcomes = outcomes_of(*rows, changes);
  EXPECT_EQ(outcomes[0].outcome, Outcome::kRefused);
  EXPECT_EQ(outcomes[1].outcome, Outcome::kFailed);
  EXPECT_THAT(outcomes[1].detail, HasSubstr("seats.pos"));
  EXPECT_EQ(outcomes[2].outcome, Outcome::kChanged) << outcomes[2].detail;
  EXPECT_EQ(outcomes[3].outcome, Outcome::kChanged) << outcomes[3].detail;
}

TEST_P(SqliteUnique, ABadRowBesideASwapFailsAlone) {
  make_rows(3);
  client_.run(
      "create trigger no_bad before update on seats when new.note = 'bad' begin "
      "select raise(rollback, 'bad note'); end");
  const auto rows = open_rows("seats");
  auto changes = moves(*rows, {2, 1, 3});
  Fields bad = *decode_fields(state_of(*rows, "3").bytes);
  bad["note"] = "bad";
  changes.push_back({"3", ChangeOp::kUpdate, state_of(*rows, "3"), State::of_fields(bad)});
  const auto outcomes = outcomes_of(*rows, changes);
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged) << outcomes[0].detail;
  EXPECT_EQ(outcomes[1].outcome, Outcome::kChanged) << outcomes[1].detail;
  EXPECT_EQ(outcomes[2].outcome, Outcome::kFailed);
}

TEST_P(SqliteUnique, ATriggerThatRefusesTheParkedRowIsSaid) {
  make_rows(2);
  client_.run(
      "create trigger fixed before update on seats when new.pos is null or new.pos not in "
      "('1', '2', 1, 2) begin select raise(abort, 'only 1 and 2'); end");
  const auto rows = open_rows("seats");
  const auto before = held();
  const auto outcomes = outcomes_of(*rows, moves(*rows, {2, 1}));
  EXPECT_EQ(outcomes[0].outcome, Outcome::kFailed);
  EXPECT_THAT(outcomes[0].detail, HasSubstr("'1', '2' hold each other's values"));
  EXPECT_THAT(outcomes[0].detail, HasSubstr("only 1 and 2"));
  EXPECT_EQ(held(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Columns, SqliteUnique,
    testing::Values(UniqueColumn{"Nullable", "integer unique"},
                    UniqueColumn{"Numbered", "integer not null unique"},
                    UniqueColumn{"Numeric", "numeric not null unique"},
                    UniqueColumn{"Real", "real not null unique"},
                    UniqueColumn{"Text", "text not null unique"},
                    UniqueColumn{"Untyped", "not null unique"},
                    UniqueColumn{"Replacing", "integer not null unique on conflict replace"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace sideband
