#include "cli/formats.h"

#include <gtest/gtest.h>

#include "config/typed_document.h"

namespace sideband::cli {
namespace {

const char* const kAnswer =
    R"({"items":[{"name":"a","n":1,"gates":["x","yes"],"none":[],"at":"2026-01-01","t":true},)"
    R"({"name":"no","why":"a: b # c","deep":{"k":null,"l":[{"m":-1.5},[1,2]]},"e":""}],"more":2})";

TEST(Formats, YamlIsReadBackAsTheSame) {
  const auto document = parse_json(kAnswer);
  ASSERT_TRUE(document.ok());
  const std::string yaml = to_yaml(*document);
  const auto back = config::parse_yaml_documents("answer.yaml", yaml);
  ASSERT_TRUE(back.ok()) << yaml << back.error().message;
  ASSERT_EQ(back->size(), 1U);
  EXPECT_EQ(to_json(back->front()), to_json(*document)) << yaml;
}

TEST(Formats, ALineForEachItem) {
  EXPECT_EQ(reformatted(R"({"items":[{"a":1},{"b":"x"}],"more":3})", "jsonl"),
            "{\"a\":1}\n{\"b\":\"x\"}\n");
  EXPECT_EQ(reformatted("{\"a\": 1}\n", "jsonl"), "{\"a\":1}\n");
}

TEST(Formats, WhatIsNoJsonStays) {
  EXPECT_EQ(reformatted("fleet is paused\n", "yaml"), "fleet is paused\n");
}

}  // namespace
}  // namespace sideband::cli
