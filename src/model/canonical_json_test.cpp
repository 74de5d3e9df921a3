// The canonical form against the published examples.
#include "model/canonical_json.h"

#include <bit>

namespace sideband {
namespace {

std::string canonical(std::string_view text) {
  const auto document = parse_json(text);
  return document.ok() ? canonical_json(*document) : document.error().message;
}

// RFC 8785, appendix B: the bits of a double and how it is written.
TEST(CanonicalJson, NumbersOfTheStandard) {
  const std::vector<std::pair<std::uint64_t, std::string>> published = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : published) {
    EXPECT_EQ(ecmascript_number(std::bit_cast<double>(bits)), text);
  }
}

TEST(CanonicalJson, TextsAreReadAsDoubles) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"1.0", "1"},
      {"-0", "0"},
      {"-0.0", "0"},
      {"1e0", "1"},
      {"10E-1", "1"},
      {"4.50", "4.5"},
      {"2e-3", "0.002"},
      {"1e21", "1e+21"},
      {"1E30", "1e+30"},
      {"1e-7", "1e-7"},
      {"9007199254740993", "9007199254740992"},
      {"18446744073709551615", "18446744073709552000"},
      {"123456789012345678901234567890", "1.2345678901234568e+29"},
      {"0.000000000000000000000000001", "1e-27"},
      {"333333333.33333329", "333333333.3333333"},
      {"1e-400", "0"},
      {"-1e-400", "0"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(canonical(text), wanted) << text;
}

// RFC 8785, 3.2.2 and 3.2.3.
TEST(CanonicalJson, ExamplesOfTheStandard) {
  EXPECT_EQ(canonical(R"({
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]})"),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  EXPECT_EQ(canonical("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\","
                      "\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\","
                      "\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
                      "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}"),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
            "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
            "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
            "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST(CanonicalJson, WhatIsNoDataIsRefused) {
  for (const std::string text : {"", "{", "1e999", R"({"a":1,"a":2})", R"("\ud800")", "[1,]", "01",
                                 "NaN", "'a'", "1 2", "\xff"}) {
    EXPECT_FALSE(parse_json(text).ok()) << text;
  }
}

TEST(CanonicalJson, OfItselfIsTheSame) {
  for (const std::string text :
       {R"({"b":[1.5,{"z":null,"a":"x"}],"a":{}})", "[]", "{}", "\"\\u0000\""}) {
    const std::string once = canonical(text);
    EXPECT_EQ(canonical(once), once);
  }
}

}  // namespace
}  // namespace sideband
