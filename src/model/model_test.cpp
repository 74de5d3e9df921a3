// Encodings round-trip, damage is noticed, and the state table is closed.
#include <rapidcheck/gtest.h>

#include "model/key_order.h"
#include "model/repair.h"

namespace sideband {
namespace {

RC_GTEST_PROP(Fields, RoundTripAndEqualMeansEqualBytes, (const Fields& fields)) {
  RC_ASSERT(*decode_fields(encode_fields(fields)) == fields);
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

}  // namespace
}  // namespace sideband
