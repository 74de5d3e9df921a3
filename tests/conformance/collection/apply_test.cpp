// What apply promises.
#include "conformance/collection/fixture.h"

namespace sideband {
namespace {

class CollectionApply : public CollectionSuite {};

using Outcomes = std::vector<Outcome>;

TEST_P(CollectionApply, CreatesUpdatesAndDeletes) {
  put(1, "old");
  put(2, "gone");
  EXPECT_EQ(apply({create(0, "new"), update(1, "old", "fresh"), erasure(2, "gone")}),
            (Outcomes{Outcome::kChanged, Outcome::kChanged, Outcome::kChanged}));
  EXPECT_TRUE(holds(0, "new"));
  EXPECT_TRUE(holds(1, "fresh"));
  EXPECT_TRUE(peek(2).absent_for_sure());
}

// A wanted state goes through kept() before it is planned: what that says is what is read later.
TEST_P(CollectionApply, KeepsWhatItSaysThatItWouldKeep) {
  for (const char* bytes : {"new", "", "7", "7.50", "true", "\xc3\xa9"}) {
    put(0, "old");
    const auto kept =
        collection_->kept({{subject_->value(bytes), peek(0)}}, std::chrono::seconds(10));
    ASSERT_TRUE(kept.ok()) << kept.error().message;
    ASSERT_EQ(kept->size(), 1U);
    ASSERT_TRUE(kept->front().present()) << kept->front().why;
    EXPECT_EQ(apply({{subject_->key(0), ChangeOp::kUpdate, peek(0), kept->front()}}),
              Outcomes{Outcome::kChanged});
    EXPECT_TRUE(read({subject_->key(0)}).front().state.same_as(kept->front())) << bytes;
  }
  EXPECT_TRUE(collection_->kept({}, std::chrono::seconds(10))->empty());
}

TEST_P(CollectionApply, RefusesWhereTheStateIsAnother) {
  put(0, "other");
  put(1, "other");
  put(2, "other");
  EXPECT_EQ(apply({create(0, "want"), update(1, "found", "want"), erasure(2, "found"),
                   update(3, "found", "want")}),
            Outcomes(4, Outcome::kRefused));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(holds(i, "other")) << i;
  EXPECT_TRUE(peek(3).absent_for_sure());
}

TEST_P(CollectionApply, SaysAlreadyThereWhereItIs) {
  put(0, "want");
  put(1, "want");
  EXPECT_EQ(apply({create(0, "want"), update(1, "found", "want"), erasure(2, "found")}),
            Outcomes(3, Outcome::kAlreadyThere));
}

TEST_P(CollectionApply, SameApplyTwiceChangesNothingMore) {
  put(1, "old");
  put(2, "gone");
  const std::vector<Change> changes = {create(0, "new"), update(1, "old", "fresh"),
                                       erasure(2, "gone")};
  EXPECT_EQ(apply(changes), Outcomes(3, Outcome::kChanged));
  EXPECT_EQ(apply(changes), Outcomes(3, Outcome::kAlreadyThere));
  EXPECT_TRUE(holds(1, "fresh"));
}

TEST_P(CollectionApply, OutcomesOfAMixedChunkStandInTheOrderOfItsChanges) {
  std::vector<Change> changes;
  Outcomes expected;
  for (int i = 0; i < 500; ++i) {
    put(i, i % 3 == 0 ? "old" : i % 3 == 1 ? "want" : "other");
    changes.push_back(update(i, "old", "want"));
    expected.push_back(i % 3 == 0   ? Outcome::kChanged
                       : i % 3 == 1 ? Outcome::kAlreadyThere
                                    : Outcome::kRefused);
  }
  EXPECT_EQ(apply(changes), expected);
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(holds(i, i % 3 == 2 ? "other" : "want")) << i;
}

TEST_P(CollectionApply, ChangesBinaryEmptyAndLargeValues) {
  const std::string binary("\0\xff\r\n\xc3\x28", 6);
  const std::string large(20'000, 'l');
  const std::string larger(30'000, 'm');
  put(0, "");
  put(1, binary);
  put(2, large);
  put(3, large);
  EXPECT_EQ(apply({update(0, "", binary), update(1, binary, ""), update(2, large, larger),
                   update(3, large + "x", larger), create(4, larger)}),
            (Outcomes{Outcome::kChanged, Outcome::kChanged, Outcome::kChanged, Outcome::kRefused,
                      Outcome::kChanged}));
  EXPECT_TRUE(holds(0, binary));
  EXPECT_TRUE(holds(1, ""));
  EXPECT_TRUE(holds(2, larger));
  EXPECT_TRUE(holds(3, large));
  EXPECT_TRUE(holds(4, larger));
}

TEST_P(CollectionApply, OldTokenIsRefusedWhereFenced) {
  if (!collection_->traits().fenced) GTEST_SKIP() << "not fenced";
  put(0, "a");
  const std::uint64_t high = (3ULL << 40U) | 7U;
  EXPECT_EQ(apply({update(0, "a", "b")}, high), Outcomes{Outcome::kChanged});
  EXPECT_EQ(apply({update(0, "b", "c")}, high), Outcomes{Outcome::kChanged});
  EXPECT_EQ(apply({update(0, "c", "d")}, high - 1), Outcomes{Outcome::kFenced});
  EXPECT_TRUE(holds(0, "c"));
  EXPECT_EQ(apply({update(0, "c", "d")}, high + 1), Outcomes{Outcome::kChanged});
}

// Of a request that meets a newer token at one of its keys, no change at that key happens.
TEST_P(CollectionApply, OldTokenIsRefusedInsideALargerRequest) {
  if (!collection_->traits().fenced) GTEST_SKIP() << "not fenced";
  for (int i = 0; i < 3; ++i) put(i, "a");
  EXPECT_EQ(apply({update(1, "a", "newer")}, 30), Outcomes{Outcome::kChanged});
  const Outcomes outcomes =
      apply({update(0, "a", "b"), update(1, "newer", "older"), update(2, "a", "b")}, 29);
  EXPECT_EQ(outcomes.at(1), Outcome::kFenced);
  EXPECT_TRUE(holds(1, "newer"));
}

TEST_P(CollectionApply, FenceHoldsAcrossCollections) {
  if (!collection_->traits().fenced) GTEST_SKIP() << "not fenced";
  put(0, "a");
  EXPECT_EQ(apply({update(0, "a", "b")}, 20), Outcomes{Outcome::kChanged});
  const auto other = subject_->open();
  const auto outcomes = other->apply({test_step(), 19, {update(0, "b", "c")}});
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ(outcomes->at(0).outcome, Outcome::kFenced);
  EXPECT_TRUE(holds(0, "b"));
}

TEST_P(CollectionApply, UnsoundChangesFailAndTouchNothing) {
  put(0, "a");
  Change no_found = update(0, "a", "b");
  no_found.found = State::unknown("was not read");
  Change no_want = update(0, "a", "b");
  no_want.want = State::unknown("was not read");
  Change wrong_op = update(0, "a", "b");
  wrong_op.op = ChangeOp::kDelete;
  EXPECT_EQ(apply({no_found, no_want, wrong_op}), Outcomes(3, Outcome::kFailed));
  EXPECT_TRUE(holds(0, "a"));
}

TEST_P(CollectionApply, WrongShapeFails) {
  put(0, "a");
  Change change = update(0, "a", "b");
  change.want = collection_->traits().shape == Shape::kBytes ? State::of_fields({{"f", "x"}})
                                                             : State::of_bytes("x");
  EXPECT_EQ(apply({change}), Outcomes{Outcome::kFailed});
  EXPECT_TRUE(holds(0, "a"));
}

TEST_P(CollectionApply, WhatCannotBeToldIsNotTouched) {
  put(0, "a");
  if (!subject_->damage(subject_->key(0))) GTEST_SKIP() << "every state can be told";
  const auto outcomes = apply({update(0, "a", "b")});
  EXPECT_TRUE(outcomes.at(0) == Outcome::kRefused || outcomes.at(0) == Outcome::kFailed);
}

TEST_P(CollectionApply, HostileKeysAreNeverChanged) {
  for (const std::string& key : subject_->hostile_keys()) {
    const Change change{key, ChangeOp::kCreate, State::absent(), subject_->value("x")};
    const auto outcomes = try_apply({change});
    if (outcomes.ok()) {
      EXPECT_NE(outcomes->at(0).outcome, Outcome::kChanged) << key;
    }
  }
}

TEST_P(CollectionApply, PassedDeadlineChangesNothing) {
  put(0, "a");
  const auto outcomes = collection_->apply({test_step(), 1, {update(0, "a", "b")}, Duration(0)});
  if (outcomes.ok()) {
    EXPECT_EQ(outcomes->at(0).outcome, Outcome::kFailed);
  }
  if (!outcomes.ok()) {
    EXPECT_EQ(outcomes.error().effect, Effect::kNone);
  }
  EXPECT_TRUE(holds(0, "a"));
}

TEST_P(CollectionApply, EmptyRequestIsFine) {
  EXPECT_TRUE(apply({}).empty());
}

TEST_P(CollectionApply, ReverseOfAChangeTakesItBack) {
  put(0, "a");
  const std::vector<Change> changes = {update(0, "a", "b"), create(1, "n")};
  EXPECT_EQ(apply(changes), Outcomes(2, Outcome::kChanged));
  EXPECT_EQ(apply({reversed(changes[0]), reversed(changes[1])}), Outcomes(2, Outcome::kChanged));
  EXPECT_TRUE(holds(0, "a"));
  EXPECT_TRUE(peek(1).absent_for_sure());
}

TEST_P(CollectionApply, ReadAfterApplySeesIt) {
  EXPECT_EQ(apply({create(0, "n")}), Outcomes{Outcome::kChanged});
  EXPECT_TRUE(read({subject_->key(0)}).at(0).state.same_as(subject_->value("n")));
}

SB_RUN_FOR_ALL_COLLECTIONS(CollectionApply);

}  // namespace
}  // namespace sideband
