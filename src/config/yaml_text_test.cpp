#include "config/yaml_text.h"

#include <gtest/gtest.h>

#include "config/typed_document.h"

namespace sideband::config {
namespace {

TEST(YamlText, IsReadBackAsTheSameData) {
  for (const char* json :
       {R"({"a": 1, "b": [1, {"c": null, "d": []}], "e": {}, "f": [[1], [[]]]})",
        R"({"yes": "no", "1": "1.0", "": " x ", "t": "a: b # c", "u": "line\nend", "v": "é"})",
        R"(["null", null, "~", "true", true, "0x1f", "-", "2026-01-01", "1:30", "=", "a-b/c.d"])",
        R"("y")", "7", "[]", "{}", "null"}) {
    const Document document = parse_json(json).value();
    const std::string text = to_yaml(document);
    const auto back = parse_yaml_documents("text", text);
    ASSERT_TRUE(back.ok()) << text << back.error().message;
    ASSERT_EQ(back->size(), 1U) << text;
    EXPECT_TRUE(back->front() == document) << text;
  }
}

TEST(YamlText, IsOfBlocks) {
  const Document document = parse_json(R"({"kind": "Job", "list": [{"name": "on"}, 2]})").value();
  EXPECT_EQ(to_yaml(document), "kind: Job\nlist:\n  -\n    name: \"on\"\n  - 2\n");
}

}  // namespace
}  // namespace sideband::config
