// Encodings round-trip, damage is noticed, and the state table is closed.
#include <rapidcheck/gtest.h>

#include "model/key_order.h"
#include "model/key_parts.h"
#include "model/repair.h"

namespace sideband {
namespace {

RC_GTEST_PROP(Fields, RoundTripAndEqualMeansEqualBytes, (const Fields& fields)) {
  RC_ASSERT(*decode_fields(encode_fields(fields)) == fields);
}

// No room is left behind a large value.
TEST(Fields, TakeNoMoreThanTheirSize) {
  for (const std::size_t size : {100, 127, 128, 16'383, 16'384, 100'000, 2'097'151, 2'097'152}) {
    const std::string encoded = encode_fields({{"name", "x"}, {"value", std::string(size, 'x')}});
    EXPECT_EQ(encoded.capacity(), encoded.size()) << size;
  }
}

RC_GTEST_PROP(Changes, RoundTrip, (const std::string& key, const std::string& found, Fields want)) {
  const std::vector<Change> changes = {
      {key, ChangeOp::kUpdate, State::of_bytes(found), State::of_fields(want)},
      {key, ChangeOp::kDelete, State::of_bytes(found), State::absent()}};
  const auto back = decode_changes(encode_changes(changes));
  RC_ASSERT(back.ok());
  RC_ASSERT(back->size() == 2U);
  RC_ASSERT(change_json(back->at(0)) == change_json(changes.at(0)));
  RC_ASSERT(change_json(back->at(1)) == change_json(changes.at(1)));
}

RC_GTEST_PROP(Changes, AttributesRoundTripAndCount, (const std::string& bytes, Fields some)) {
  State plain = State::of_bytes(bytes);
  State with = plain;
  with.attributes = encode_fields(some);
  const auto back = decode_changes(encode_changes({{"k", ChangeOp::kUpdate, plain, with}}));
  RC_ASSERT(back.ok());
  RC_ASSERT(back->at(0).found.same_as(plain));
  RC_ASSERT(back->at(0).want.same_as(with));
  RC_ASSERT(with.same_as(plain) == some.empty());
  RC_ASSERT((state_digest(with) == state_digest(plain)) == some.empty());
}

RC_GTEST_PROP(Changes, DamageNeverCrashes, (const std::string& bytes)) {
  (void)decode_changes(bytes).ok();
  (void)decode_outcomes(bytes).ok();
}

TEST(Changes, JsonBindsTheValuesWithoutTellingThem) {
  Change change{"k\x01", ChangeOp::kUpdate, State::of_bytes("hunter2"), State::absent()};
  const std::string json = change_json(change);
  EXPECT_EQ(json.find("hunter2"), std::string::npos);
  EXPECT_NE(json.find("\"key64\""), std::string::npos);
  change.found = State::of_bytes("hunter3");
  EXPECT_NE(json, change_json(change));
}

TEST(State, UnknownIsNeverTheSame) {
  EXPECT_FALSE(State::unknown("timeout").same_as(State::unknown("timeout")));
  EXPECT_FALSE(State::of_bytes("").same_as(State::absent()));
}

TEST(RepairStates, TerminalStatesHaveNoWayOut) {
  for (const Transition& edge : repair_transitions()) {
    EXPECT_FALSE(is_terminal(edge.from)) << repair_state_name(edge.from);
    EXPECT_FALSE(edge.cause.empty());
    EXPECT_EQ(*repair_state_from_name(repair_state_name(edge.to)), edge.to);
  }
  EXPECT_TRUE(transition_cause(RepairState::kConverged, RepairState::kRunning).empty());
}

TEST(KeyForms, K11_14_EachKeyIsWrittenInOneWay) {
  for (const char* key : {"0", "7", "-7", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TRUE(is_key(KeyForm::kInt64, key)) << key;
  }
  for (const char* key : {"", "-", "-0", "+7", "07", " 7", "7 ", "1:views", "9223372036854775808",
                          "1.0", "1e3", "0x7", "seven"}) {
    EXPECT_FALSE(is_key(KeyForm::kInt64, key)) << key;
    EXPECT_TRUE(is_key(KeyForm::kText, key)) << key;
  }
  EXPECT_TRUE(is_key(KeyForm::kUuid, "01890a5d-ac96-774b-bcce-b302099a8057"));
  for (const char* key :
       {"01890A5D-AC96-774B-BCCE-B302099A8057", "01890a5dac96774bbcceb302099a8057",
        "01890a5d-ac96-774b-bcce-b302099a805", "x1890a5d-ac96-774b-bcce-b302099a8057"}) {
    EXPECT_FALSE(is_key(KeyForm::kUuid, key)) << key;
  }
}

RC_GTEST_PROP(KeyParts, AreTheTextAndTheTextIsThem,
              (const std::string& first, const std::string& second, const std::string& third)) {
  const std::vector<std::string> parts = {first, second, third};
  const std::string key = join_key(parts);
  RC_ASSERT(split_key(key, 3) == parts);
  RC_ASSERT(!split_key(key, 2) && !split_key(key, 4));
  RC_ASSERT(join_key({first}) == first);
}

TEST(KeyParts, AreReadableAndWrittenInOneWay) {
  EXPECT_EQ(join_key({"acme", "sku-1"}), "acme,sku-1");
  EXPECT_EQ(join_key({"a,b", "50%"}), "a%2Cb,50%25");
  EXPECT_EQ(join_key({"", ""}), ",");
  EXPECT_EQ(join_key({"a,b%"}), "a,b%") << "one column stays as it is";
  EXPECT_EQ(split_key("a%,b", 1), std::vector<std::string>{"a%,b"});
  for (const char* key : {"", "acme", "a,b,c", "a%2c,b", "a%41,b", "a%,b", "a,b%2", "a,b%"}) {
    EXPECT_FALSE(split_key(key, 2)) << key;
  }
}

RC_GTEST_PROP(KeyParts, KeysAreInTheOrderOfTheirColumns,
              (const std::string& a, const std::string& b, std::int64_t m, std::int64_t n)) {
  const KeyOrder order({KeyOrder::kBytes, KeyOrder::kInt64});
  const bool before = std::pair(a, m) < std::pair(b, n);
  const std::string left = join_key({a, std::to_string(m)});
  const std::string right = join_key({b, std::to_string(n)});
  RC_ASSERT(key_before(order, left, right) == before);
}

TEST(KeyParts, TheFirstColumnThatDiffersDecides) {
  const KeyOrder order({KeyOrder::kInt64, KeyOrder::kBytes});
  const std::vector<std::string> rising = {"-7,z", "2,", "2,%25", "2,%2C", "2,-", "10,a", "10,b"};
  for (std::size_t i = 1; i < rising.size(); ++i) {
    EXPECT_TRUE(key_before(order, rising[i - 1], rising[i])) << rising[i];
    EXPECT_FALSE(key_before(order, rising[i], rising[i - 1])) << rising[i];
  }
  EXPECT_FALSE(order == KeyOrder({KeyOrder::kBytes, KeyOrder::kInt64}));
}

}  // namespace
}  // namespace sideband
