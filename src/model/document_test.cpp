// Documents: what JSON they come from, and when two are equal.
#include "model/document.h"

#include <rapidcheck/gtest.h>

namespace sideband {
namespace {

TEST(Document, ReadsJson) {
  const auto parsed = parse_json(R"({"b": [1, -2.50, true, null, "x\u00e9"], "a": {}})");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(to_json(*parsed), "{\"a\":{},\"b\":[1,-2.50,true,null,\"xé\"]}");
}

TEST(Document, KeepsEveryDigit) {
  const auto big = parse_json("123456789012345678901234567890");
  ASSERT_TRUE(big.ok());
  EXPECT_EQ(big->text, "123456789012345678901234567890");
  EXPECT_FALSE(*big == *parse_json("123456789012345678901234567891"));
}

TEST(Document, NumbersAreEqualByValue) {
  for (const auto& [a, b] : std::vector<std::pair<const char*, const char*>>{
           {"1", "1.0"}, {"1", "1e0"}, {"-120e-2", "-1.2"}, {"0", "-0.0"}, {"1E3", "1000"}}) {
    EXPECT_EQ(Document::number(a), Document::number(b)) << a;
  }
  EXPECT_FALSE(Document::number("1") == Document::string("1"));
  EXPECT_FALSE(Document::number("0.1") == Document::number("0.10000000000000001"));
  EXPECT_FALSE(Document::number(".inf") == Document::number("-.inf"));
}

struct BadJson {
  const char* text;
  const char* part;
};

TEST(DocumentHostile, RefusesWithAPlace) {
  for (const auto& [text, part] : std::vector<BadJson>{{"{\"a\":1,\"a\":2}", "duplicate key a"},
                                                       {"[1,\n2,,3]", "line 2, column 3"},
                                                       {"", "not valid JSON"},
                                                       {"[1] x", "not valid JSON"},
                                                       {"1e999999", "not valid JSON"},
                                                       {"\"\\ud800\"", "not valid JSON"},
                                                       {"\"\xff\"", "not valid JSON"},
                                                       {"NaN", "not valid JSON"}}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(parsed.error().message, testing::HasSubstr(part)) << text;
  }
}

TEST(DocumentHostile, K12_1_NothingComesAfterTheValue) {
  const std::string nul(1, '\0');
  const std::string value = R"({"a":1})";
  for (const std::string& text :
       {value + nul + R"({"a":2,"evil":true})", value + nul, nul + value, nul,
        R"({"a":1)" + nul + "}", "\"a" + nul + "b\"", value + " \n" + nul, value + value,
        value + " {", value + "\v", value + "\xc2\xa0", "[1]" + nul + nul}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(parsed.error().message, testing::HasSubstr("not valid JSON: ")) << text;
  }
  EXPECT_EQ(parse_json("[1,\n2" + nul + "]").error().message,
            "not valid JSON: line 2, column 2: a NUL byte");
  EXPECT_TRUE(parse_json(" \t\r\n" + value + " \t\r\n").ok());
  EXPECT_EQ(parse_json(R"("a\u0000b")")->text, "a" + nul + "b");  // an escape is no byte
}

TEST(DocumentHostile, DepthIsBounded) {
  EXPECT_FALSE(parse_json(std::string(100'000, '[')).ok());
  std::string deepest = std::string(64, '[') + std::string(64, ']');
  EXPECT_TRUE(parse_json(deepest).ok());
  EXPECT_FALSE(parse_json("[" + deepest + "]").ok());
}

RC_GTEST_PROP(DocumentHostile, RandomBytesNeverCrash, (const std::string& bytes)) {
  static_cast<void>(parse_json(bytes));
}

RC_GTEST_PROP(Document, WholeNumbersRoundTrip, (std::int64_t value)) {
  const auto parsed = parse_json(std::to_string(value));
  RC_ASSERT(parsed.ok());
  RC_ASSERT(parsed->text == std::to_string(value));
}

}  // namespace
}  // namespace sideband
