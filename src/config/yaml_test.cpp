// What the YAML subset accepts, and the whole message for what it refuses.
#include "config/yaml.h"

#include <rapidcheck/gtest.h>

namespace sideband::config {
namespace {

std::string messages_of(const std::string& text) {
  Messages messages;
  parse_yaml(messages.add_source("shop.yaml", text), messages);
  return messages.render();
}

Node parse_one(const std::string& text) {
  Messages messages;
  auto documents = parse_yaml(messages.add_source("shop.yaml", text), messages);
  EXPECT_EQ(messages.render(), "");
  EXPECT_EQ(documents.size(), 1U);
  return documents.empty() ? Node{} : documents[0];
}

TEST(Yaml, ScalarsStayText) {
  const Node root = parse_one("a: no\nb: 1e3\nc: 012\nd: 1:30\ne: ~\nf: \"x\"\n");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "no"}, {"b", "1e3"}, {"c", "012"}, {"d", "1:30"}, {"e", "~"}, {"f", "x"}};
  for (const auto& [key, text] : expected) EXPECT_EQ(root.find(key)->text, text);
  EXPECT_TRUE(root.find("a")->plain);
  EXPECT_FALSE(root.find("f")->plain);
}

TEST(Yaml, NodesKnowTheirPlace) {
  const Node root = parse_one("spec:\n  gates: {canary: {cohorts: [1, 50%]}}\n");
  const Span span = span_at(root, "spec.gates.canary.cohorts[1]");
  EXPECT_EQ(span.line, 2U);
  EXPECT_EQ(span.column, 33U);
  EXPECT_EQ(span.length, 3U);
  EXPECT_EQ(span_at(root, "spec.gates.missing.deeper").line, 2U);
}

TEST(Yaml, CanonicalTextIgnoresLayoutOnly) {
  EXPECT_EQ(canonical_text(parse_one("b: [x, 1]\na: {c: 'd'}\n")),
            canonical_text(parse_one("# note\na:\n  c: d\nb:\n- x\n- \"1\"\n")));
  EXPECT_NE(canonical_text(parse_one("a: 1")), canonical_text(parse_one("a: 2")));
}

TEST(Yaml, SkipsEmptyDocuments) {
  Messages messages;
  const auto file = messages.add_source("shop.yaml", "---\n---\na: 1\n---\n# nothing\n---\nb: 2\n");
  EXPECT_EQ(parse_yaml(file, messages).size(), 2U);
}

struct Refused {
  const char* text;
  const char* message;
};

class YamlRefuses : public testing::TestWithParam<Refused> {};

TEST_P(YamlRefuses, WithTheWholeMessage) {
  EXPECT_EQ(messages_of(GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Golden, YamlRefuses,
    testing::Values(
        Refused{"a: 1\nb:\n  c: 2\n  c: 3\n",
                "shop.yaml:4:3: error: b.c: duplicate key; it is first set at shop.yaml:3:3\n"
                "  4 |   c: 3\n"
                "    |   ^\n"},
        Refused{"a:\n\tb: 1\n",
                "shop.yaml:2:1: error: a tab in the indentation; YAML indents with spaces only\n"
                "  2 |  b: 1\n"
                "    | ^\n"},
        Refused{"base: &base {x: 1}\nuse: *base\n",
                "shop.yaml:1:7: error: base: anchors are not supported; remove &base and write the "
                "value at each place\n"
                "  1 | base: &base {x: 1}\n"
                "    |       ^~~~~~~\n"
                "shop.yaml:2:6: error: use: aliases are not supported; write the value instead of "
                "*base\n"
                "  2 | use: *base\n"
                "    |      ^~~~~\n"},
        Refused{"a: !!python/object x\n",
                "shop.yaml:1:4: error: a: tags are not supported; remove "
                "tag:yaml.org,2002:python/object\n"
                "  1 | a: !!python/object x\n"
                "    |    ^~~~~~~~~~~~~~~~~\n"},
        Refused{"a:\n  <<: {x: 1}\n",
                "shop.yaml:2:3: error: a.<<: merge keys are not supported; write the keys out\n"
                "  2 |   <<: {x: 1}\n"
                "    |   ^~\n"},
        Refused{"%YAML 1.1\n---\na: 1\n",
                "shop.yaml:1:1: error: YAML directives (%YAML, %TAG) are not supported; remove the "
                "line\n"
                "  1 | %YAML 1.1\n"
                "    | ^\n"},
        Refused{"? [a, b]\n: 1\n",
                "shop.yaml:1:3: error: a key must be text\n"
                "  1 | ? [a, b]\n"
                "    |   ^\n"},
        Refused{"a: [1, 2\nb: 3\n",
                "shop.yaml:2:2: error: not valid YAML: expected ',' or ']' in a list in "
                "brackets; is a quote or a bracket not closed?\n"
                "  2 | b: 3\n"
                "    |  ^\n"},
        Refused{
            "\xef\xbb\xbf"
            "a: 1\n",
            "shop.yaml: error: the file begins with a byte order mark; save it as UTF-8 without "
            "one\n"},
        Refused{"\xff\xfe"
                "a",
                "shop.yaml: error: the file is UTF-16 or UTF-32; save it as UTF-8\n"},
        Refused{"ok: 1\nname: caf\xe9\n",
                "shop.yaml:2:10: error: byte 0xe9 is not UTF-8; save the file as UTF-8\n"
                "  2 | name: caf\xe9\n"
                "    |          ^\n"},
        Refused{"a: \x1b[31m\n",
                "shop.yaml:1:4: error: control character 0x1b; remove it\n"
                "  1 | a:  [31m\n"
                "    |    ^\n"}));

TEST(Yaml, RefusesNul) {
  EXPECT_THAT(messages_of(std::string("a: x\0y\n", 7)),
              testing::StartsWith("shop.yaml:1:5: error: a NUL character"));
}

TEST(Yaml, RefusesWhatNobodySees) {
  for (const char* bad : {"a: x\xc2\x85y", "a: \xe2\x80\xa8", "a: \xef\xbf\xbf", "a: \xc2\x97"}) {
    EXPECT_THAT(messages_of(bad), testing::HasSubstr("an invisible control character")) << bad;
  }
  EXPECT_THAT(messages_of("a: 1\rb: 2"), testing::HasSubstr("without a line feed"));
  EXPECT_EQ(messages_of("a: 1\r\nb: \xc2\xa0\r\n"), "");
}

TEST(YamlHostile, LimitsHold) {
  EXPECT_THAT(messages_of(std::string(100'000, '[')), testing::HasSubstr("nested deeper than 64"));
  EXPECT_THAT(messages_of("a: " + std::string(kMaxFileBytes, 'x')),
              testing::HasSubstr("the limit is 4194304"));
  std::string many = "[";
  for (std::size_t i = 0; i <= kMaxNodes; ++i) many += "1,";
  EXPECT_THAT(messages_of(many + "]"), testing::HasSubstr("more than 200000 values"));
  EXPECT_EQ(messages_of("a: " + std::string(1 << 20, 'x')), "");
}

TEST(YamlHostile, BillionLaughsIsOneMessagePerAnchor) {
  std::string bomb = "a0: &a0 lol\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += "*a" + std::to_string(i - 1) + (j < 8 ? "," : "]\n");
  }
  Messages messages;
  parse_yaml(messages.add_source("bomb.yaml", bomb), messages);
  EXPECT_EQ(messages.errors(), 9U + 8U * 9U);
}

// Each line has a mistake: that takes no longer than as many lines, and nobody reads all of it.
TEST(YamlHostile, K12_2_AsManyMessagesAsLines) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "- &a x\n";
  Messages messages;
  parse_yaml(messages.add_source("many.yaml", text), messages);
  EXPECT_GE(messages.errors(), 100'000U);
  const std::string rendered = messages.render();
  EXPECT_LT(rendered.size(), 100'000U);
  EXPECT_THAT(rendered, testing::HasSubstr("many.yaml:200:"));
  EXPECT_THAT(rendered, testing::EndsWith(" more\n"));
}

RC_GTEST_PROP(YamlHostile, RandomBytesNeverCrash, (const std::string& bytes)) {
  messages_of(bytes);
}

RC_GTEST_PROP(YamlHostile, RandomYamlLikeTextNeverCrashes, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
      std::vector<std::string>{"a",  ":",   " ",     "\n",    "- ",  "[",    "]",        "{",  "}",
                               "? ", "&x ", "*x",    "!t ",   "|\n", ">",    "'",        "\"", "#",
                               "\t", "<<",  "---\n", "...\n", "%",   "\r\n", "\xc3\xa9", ","}));
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  messages_of(text);
}

}  // namespace
}  // namespace sideband::config
