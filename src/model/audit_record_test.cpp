// Whatever people and targets say, a record stays one that a verifier takes.
#include "model/audit_record.h"

#include <rapidcheck/gtest.h>

#include "base/jcs_check.h"
#include "model/document.h"

namespace sideband {
namespace {

// Huge and odd: characters of every length, cut ones, NULs, control characters.
std::string odd_text() {
  static const std::vector<std::string> kPieces = {
      "x",        "\xc3\xa9",     "\xf0\x9f\x94\xa7",  "\"", "\\", "\n", "\x1b", "\xff",
      "\xe2\x80", "\xed\xa0\x80", std::string(1, '\0')};
  std::string text;
  const std::size_t size = *rc::gen::elementOf(
      std::vector<std::size_t>{0, 10, 4095, 4096, 4097, 65'535, 65'536, 200'000});
  const std::string piece = *rc::gen::elementOf(kPieces);
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) text += *rc::gen::elementOf(kPieces);
  while (text.size() < size) text += piece;
  return text;
}

std::string odd_record() {
  AuditRecord record("switch", from_us(1), "operator");
  const int texts = *rc::gen::inRange(1, 6);
  for (int i = 0; i < texts; ++i) record.add("text" + std::to_string(i), odd_text());
  std::vector<std::string> items;
  for (int i = *rc::gen::inRange(0, 300); i > 0; --i) {
    items.push_back(JsonObject().add("gate", "g").add("saw", std::string(300, '\x01')).text());
  }
  record.add_json("reasons", json_array(items)).add("repair", "r").add("step", 1).add("token", 2);
  return clip_record(record.text());
}

RC_GTEST_PROP(AuditRecordLaws, K10_1_AlwaysVerifies, ()) {
  const std::string record = odd_record();
  RC_ASSERT(record.size() <= kMaxAuditRecord);
  RC_ASSERT(check_canonical(record).ok());
  RC_ASSERT(record.find('\n') == std::string::npos);
  const Document parsed = *parse_json(record);
  RC_ASSERT(parsed.members.at("actor").text == "operator");
  RC_ASSERT(parsed.members.at("kind").text == "switch");
  RC_ASSERT(parsed.members.at("token").text == "2");
}

TEST(AuditRecordTest, K10_1_LongTextsAreClippedAtACharacter) {
  const std::string text = std::string(4095, 'x') + "\xc3\xa9" + std::string(70'000, 'y');
  const std::string record = AuditRecord("pause", from_us(1), "a").add("reason", text).text();
  EXPECT_EQ(parse_json(record)->members.at("reason").text,
            std::string(4095, 'x') + "... (74097 bytes)");
  const std::string fits(4096, 'x');
  EXPECT_NE(AuditRecord("pause", from_us(1), "a").add("reason", fits).text().find(fits),
            std::string::npos);
}

TEST(AuditRecordTest, K10_1_DeepAndWideRecordsFitToo) {
  std::string inner = json_string(std::string(5000, 'x'));
  for (int i = 0; i < 5; ++i) inner = json_array(std::vector<std::string>(4, inner));
  const std::string record =
      AuditRecord("decide", from_us(1), "a").add_json("deep", inner).add("repair", "r").text();
  ASSERT_GT(record.size(), kMaxAuditRecord);
  const std::string clipped = clip_record(record);
  EXPECT_LE(clipped.size(), kMaxAuditRecord);
  EXPECT_EQ(parse_json(clipped)->members.at("repair").text, "r");
}

TEST(AuditRecordTest, ShortRecordsStayAsTheyAre) {
  const std::string record = AuditRecord("pause", from_us(1), "a").add("reason", "x").text();
  EXPECT_EQ(clip_record(record), record);
}

TEST(AuditRecordDeathTest, K9_1_NobodyCannotAct) {
  EXPECT_DEATH(AuditRecord("pause", from_us(1), ""), "actor");
}

}  // namespace
}  // namespace sideband
