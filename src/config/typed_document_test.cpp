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
  EXPECT_THAT(bad.error().message, testing::HasSubstr("data.yaml:1:4: error: a: aliases"));
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
