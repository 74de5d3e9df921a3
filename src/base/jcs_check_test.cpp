// The canonical form: what our writer makes passes, every other spelling does not.
#include "base/jcs_check.h"

#include <rapidcheck/gtest.h>

#include "base/jcs.h"

namespace sideband {
namespace {

TEST(JcsCheck, AcceptsCanonicalForms) {
  for (const std::string_view text :
       {R"({})", R"([])", R"(null)", R"([true,false,null,0,-1,9007199254740991])",
        R"({"":1,"a":{"b":[{}]},"aa":"x"})", R"("\"\\\b\f\n\r\t\u0000\u001f/")",
        "{\"\xf0\x9f\x98\x80\":1,\"\xef\xac\xb3\":2}",  // RFC 8785 3.2.3: U+1F600 before U+FB33
        "{\"\\n\":1,\"1\":2,\"\xc2\x80\":3,\"\xc3\xb6\":4,\"\xe2\x82\xac\":5}",
        "\"\x7f\xc2\x85\xe2\x80\xa8\""}) {
    EXPECT_TRUE(check_canonical(text).ok())
        << text << ": " << check_canonical(text).error().message;
  }
}

TEST(JcsCheck, RefusesEveryOtherSpelling) {
  for (const std::string_view text : {"",
                                      " 1",
                                      "1 ",
                                      "{ }",
                                      R"({"a" :1})",
                                      R"({"a":1,})",
                                      R"([1,])",
                                      R"([1 ,2])",
                                      R"({"b":1,"a":2})",
                                      R"({"a":1,"a":2})",
                                      "01",
                                      "-0",
                                      "-",
                                      "1.0",
                                      "1e3",
                                      "9007199254740992",
                                      "99999999999999999999999",
                                      "-9007199254740992",
                                      R"("\/")",
                                      R"("\u0041")",
                                      R"("\u000A")",
                                      R"("\u001F")",
                                      R"("\u0008")",
                                      "\"\x01\"",
                                      "\"\x80\"",
                                      "\"\xc0\x80\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\xf4\x90\x80\x80\"",
                                      "\"",
                                      "\"\\",
                                      "tru",
                                      "nul",
                                      "{",
                                      "[",
                                      R"({"a"})",
                                      R"({a:1})",
                                      "\"a\"b",
                                      "{\"\xef\xac\xb3\":2,\"\xf0\x9f\x98\x80\":1}",
                                      R"({"1":2,"\n":1})",
                                      "\xef\xbb\xbf{}"}) {
    EXPECT_FALSE(check_canonical(text).ok()) << text;
  }
  EXPECT_FALSE(check_canonical(std::string(100'000, '[')).ok());
  EXPECT_FALSE(check_canonical(std::string_view("1\0", 2)).ok());
}

TEST(JcsCheck, EachByteCountsWhereverItStandsInAText) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
    for (std::size_t at = 0; at < 24; ++at) {
      std::string text(24, 'x');
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(check_canonical('"' + text + '"').ok(), plain) << byte << " at " << at;
      // Behind one that has a meaning of its own.
      EXPECT_EQ(check_canonical("\"\\n\xc3\xb6" + text + '"').ok(), plain) << byte << " at " << at;
    }
  }
}

TEST(JcsCheck, SaysWhereAndWhy) {
  EXPECT_EQ(check_canonical(R"({"a":1.5})").error().message,
            "not canonical JSON at byte 6: number that is not whole");
}

TEST(JcsCheck, ShowsOuterMembers) {
  struct Seen final : JcsVisitor {
    void member(std::string_view key, std::string_view value) override {
      text += std::string(key) + "=" + std::string(value) + ";";
    }
    std::string text;
  } seen;
  EXPECT_TRUE(check_canonical(R"({"a":{"b":1},"c":"x"})", &seen).ok());
  EXPECT_EQ(seen.text, R"(a={"b":1};c="x";)");
}

RC_GTEST_PROP(JcsCheck, OurWriterIsCanonical, (const std::string& text, int number)) {
  const std::string json =
      JsonObject().add("t", text).add("n", number).add_json("l", json_strings({text, "x"})).text();
  RC_ASSERT(check_canonical(json).ok());
}

}  // namespace
}  // namespace sideband
