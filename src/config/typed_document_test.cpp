// YAML data and JSON data must be equal when they say the same.
#include "config/typed_document.h"

#include <rapidcheck/gtest.h>

namespace sideband::config {
namespace {

Document yaml(const std::string& text) {
  const auto documents = parse_yaml_documents("data.yaml", text);
  EXPECT_TRUE(documents.ok());
  return documents.ok() && !documents->empty() ? documents->front() : Document{};
}

TEST(TypedDocument, EqualsTheSameJson) {
  for (const auto& [left, right] : std::vector<std::pair<const char*, const char*>>{
           {"a: 1", R"({"a": 1})"},
           {"a: '1'", R"({"a": "1"})"},
           {"a: +012.50", R"({"a": 12.5})"},
           {"a: 0x1F", R"({"a": 31})"},
           {"a: 0o17", R"({"a": 15})"},
           {"a: 1e3", R"({"a": 1000})"},
           {"a: .5", R"({"a": 0.5})"},
           {"a: 5.", R"({"a": 5})"},
           {"a: -0", R"({"a": 0})"},
           {"a:\nb: ~\nc: null", R"({"a": null, "b": null, "c": null})"},
           {"a: ''", R"({"a": ""})"},
           {"a: True", R"({"a": true})"},
           {"a: no\nb: 1:30\nc: 2027-01-01\nd: 1_000\ne: 0b1",
            R"({"a": "no", "b": "1:30", "c": "2027-01-01", "d": "1_000", "e": "0b1"})"},
           {"- [x]\n- {}", R"([["x"], {}])"}}) {
    EXPECT_TRUE(yaml(left) == *parse_json(right)) << left;
  }
}

TEST(TypedDocument, KeepsTextAndNumberApart) {
  EXPECT_FALSE(yaml("a: 1") == yaml("a: '1'"));
  EXPECT_FALSE(yaml("a: true") == yaml("a: 'true'"));
  EXPECT_FALSE(yaml("a: .inf") == yaml("a: -.inf"));
}

TEST(TypedDocument, ErrorsCarryTheMessages) {
  const auto bad = parse_yaml_documents("data.yaml", "a: *b\n");
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(bad.error().message,
              testing::HasSubstr("data.yaml:1:4: error: the alias *b stands for nothing"));
}

TEST(TypedDocument, EverythingThatSaysData) {
  for (const auto& [left, right] : std::vector<std::pair<const char*, const char*>>{
           {"a: &x 1\nb: *x", R"({"a": 1, "b": 1})"},
           {"a: &x {n: 1}\nb: [*x, *x]", R"({"a": {"n": 1}, "b": [{"n": 1}, {"n": 1}]})"},
           {"a: &x 1\nb: &x 2\nc: *x", R"({"a": 1, "b": 2, "c": 2})"},
           {"&k a: 1\nb: *k", R"({"a": 1, "b": "a"})"},
           {"a: &x k\n*x : 1", R"({"a": "k", "k": 1})"},
           {"a: &x\nb: *x", R"({"a": null, "b": null})"},
           {"b: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3",
            R"({"b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}})"},
           {"b: &b {x: 1}\nd: &d {x: 2, z: 9}\nc: {<<: [*b, *d]}",
            R"({"b": {"x": 1}, "d": {"x": 2, "z": 9}, "c": {"x": 1, "z": 9}})"},
           {"c: {x: 1, <<: {x: 2, y: 3}}", R"({"c": {"x": 1, "y": 3}})"},
           {"'<<': 1", R"({"<<": 1})"},
           {"a: !!str 1", R"({"a": "1"})"},
           {"a: !!int '1'", R"({"a": 1})"},
           {"a: !!float 1", R"({"a": 1})"},
           {"a: !!bool 'true'", R"({"a": true})"},
           {"a: !!null ''", R"({"a": null})"},
           {"a: !!map {}\nb: !!seq []", R"({"a": {}, "b": []})"},
           {"a: ! 1", R"({"a": "1"})"},
           {"a: !Ref b", R"({"a": {"!Ref": "b"}})"},
           {"a: !Sub [x, {y: 1}]", R"({"a": {"!Sub": ["x", {"y": 1}]}})"},
           {"a: !!binary aGk=", R"({"a": {"!!binary": "aGk="}})"},
           {"%TAG !e! tag:example.com,2000:\n---\na: !e!b c",
            R"({"a": {"!<tag:example.com,2000:b>": "c"}})"},
           {"%YAML 1.1\n---\na: yes", R"({"a": "yes"})"},
           {"\xef\xbb\xbf"
            "a: 1",
            R"({"a": 1})"},
           {"\xef\xbb\xbf# c\n---\na: 1\n...\n", R"({"a": 1})"},
           {"a: |\n  x\n  y\nb: >-\n  x\n  y", R"({"a": "x\ny\n", "b": "x y"})"},
           {"? a\n: 1", R"({"a": 1})"}}) {
    EXPECT_TRUE(yaml(left) == *parse_json(right)) << left << "\n" << to_json(yaml(left));
  }
}

std::string refusal_of(const std::string& text) {
  const auto documents = parse_yaml_documents("data.yaml", text);
  return documents.ok() ? "" : documents.error().message;
}

TEST(TypedDocument, WhatCannotBeTakenForData) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, const char*>>{
           {"a: &x [*x]", "stands for nothing"},
           {"a: &x {b: *x}", "stands for nothing"},
           {"a: &x 1\n---\nb: *x", "stands for nothing"},
           {"a: !!int x", "!!int does not fit"},
           {"a: !!int 1.5", "!!int does not fit"},
           {"a: !!bool 1", "!!bool does not fit"},
           {"a: !!seq {}", "!!seq does not fit"},
           {"a: !!map 1", "!!map does not fit"},
           {"<<: 1", "a merge key << needs a map"},
           {"<<: [{a: 1}, 2]", "a merge key << needs a map"},
           {"<<: !Ref {a: 1}", "a merge key << needs a map"},
           {"a: 1\na: 2", "duplicate key a"},
           {"? [a]\n: 1", "a key must be text"},
           {"a: {'!Ref': b}", "cannot be told from a tag"},
           {"a: [1", "not valid YAML"},
           {std::string("a\0b", 3), "NUL"},
           {"\xff\xfe"
            "a",
            "UTF-16"}}) {
    EXPECT_THAT(refusal_of(text), testing::HasSubstr(why)) << text;
  }
}

// A few lines that stand for more than fits into any memory.
TEST(TypedDocument, AliasesAreBounded) {
  std::string many = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    many += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 0; n < 8; ++n) many += ", " + before;
    many += "]\n";
  }
  EXPECT_THAT(refusal_of(many), testing::HasSubstr("its aliases stand for more than"));
  std::string large = "a: &a " + std::string(1 << 20, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) large += "*a, ";
  EXPECT_THAT(refusal_of(large + "]"), testing::HasSubstr("its aliases stand for more than"));
  std::string deep = "a0: &a0 {x: 1}\n";
  for (int i = 1; i < 100; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {x: *a" +
            std::to_string(i - 1) + "}\n";
  }
  EXPECT_THAT(refusal_of(deep), testing::HasSubstr("nested deeper than"));
}

RC_GTEST_PROP(TypedDocument, JsonStringsReadTheSameAsYaml, (std::string bytes)) {
  for (char& c : bytes) c = static_cast<char>(0x20 + static_cast<unsigned char>(c) % 95);
  const std::string text = to_json(Document::string(bytes));
  const auto as_yaml = parse_yaml_documents("data.yaml", text);
  RC_ASSERT(as_yaml.ok());
  RC_ASSERT(as_yaml->front() == *parse_json(text));
}

}  // namespace
}  // namespace sideband::config
