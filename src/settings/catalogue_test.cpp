// The tables as people and editors see them; values as compare sees them.
#include "settings/catalogue.h"

#include "model/document.h"
#include "settings/drivers_for_tests.h"
#include "settings/kinds.h"
#include "settings/normalizer.h"

namespace sideband::policy {
namespace {

std::string explain(const std::string& path) {
  const auto text = config::explain_field(reference_tables(drivers_for_tests()), path);
  return text.ok() ? *text : "error: " + text.error().message;
}

TEST(ExplainField, ShowsAFieldWithItsKeys) {
  EXPECT_EQ(explain("reconciler.spec.gates.maxChanges"),
            R"(reconciler.spec.gates.maxChanges

  The most that may be changed over all plans in a window.

  type     map
  since    0.1

keys:
  count    count, default no limit
             Most changes in the window.
  percent  percentage, default no limit
             Most changes in the window, as a share of the desired keys. )"
            R"(While their number is not known, nothing is changed.
  window   duration, default 1h
             The sliding window that is counted over.
)");
  EXPECT_EQ(explain("reconciler.spec.mode"), R"(reconciler.spec.mode

  How far it goes by itself: look, plan, ask, or repair.

  type     observe | propose | approve | auto
  default  observe
  since    0.1
)");
  EXPECT_THAT(explain("cache.connect.port"), testing::HasSubstr("default  6379"));
  EXPECT_THAT(explain("reconciler.spec.detect.ignore[0].path"), testing::HasSubstr("required"));
}

TEST(ExplainField, SuggestsForUnknownPaths) {
  EXPECT_EQ(explain("reconciler.spec.gate.maxChanges"),
            "error: reconciler.spec.gate.maxChanges: there is no \"gate\" in reconciler.spec; did "
            "you mean \"gates\"?");
  EXPECT_EQ(explain("reconsiler.spec"),
            "error: reconsiler.spec: there is no \"reconsiler\"; did you mean \"reconciler\"?");
  EXPECT_EQ(explain("group.spec.members.x"),
            "error: group.spec.members.x: there is no \"x\" in group.spec.members; it has no keys");
  EXPECT_THAT(explain(""), testing::HasSubstr("guardrails"));
}

TEST(ExplainField, EveryTableAnswers) {
  for (const auto& table : reference_tables(drivers_for_tests())) {
    EXPECT_THAT(explain(table.name), testing::HasSubstr("keys:")) << table.name;
  }
}

// Every row of every table is documented: one of ours cannot be added without a sentence.
void expect_documented(const config::Fields& fields, const std::string& path) {
  for (const config::Field& field : fields) {
    const std::string here = path + "." + field.key;
    EXPECT_TRUE(field.doc.ends_with('.')) << here;
    EXPECT_LE(field.doc.size(), 160U) << here;
    if (field.fields) expect_documented(*field.fields, here);
  }
}

TEST(Catalogue, EveryFieldHasASentence) {
  for (const auto& table : reference_tables(drivers_for_tests())) {
    expect_documented(table.fields, table.name);
  }
}

TEST(Catalogue, ReferencePageHasEveryTable) {
  const std::string page = config::reference_page(reference_tables(drivers_for_tests()));
  EXPECT_THAT(page, testing::HasSubstr("## reconciler\n"));
  EXPECT_THAT(page, testing::HasSubstr("| `spec.gates.maxChanges.window` | duration | `1h` |"));
  EXPECT_THAT(page,
              testing::HasSubstr("| `spec.detect.ignore[].path` | JSON pointer | required |"));
  EXPECT_THAT(page, testing::HasSubstr("observe \\| propose"));
}

TEST(Catalogue, SchemaIsJsonWithTheTablesInIt) {
  const auto schema = parse_json(configuration_schema(drivers_for_tests()));
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  EXPECT_EQ(schema->members.at("$schema").text, "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema->members.at("allOf").items.size(), 8U + drivers_for_tests().size());
  const std::string text = to_json(*schema);
  EXPECT_THAT(text, testing::HasSubstr("\"timeToConverge\""));
  EXPECT_THAT(text, testing::HasSubstr("\"default\":\"6379\""));
  EXPECT_THAT(text, testing::HasSubstr("\"connect\":{\"description\":\"How to reach it; the "
                                       "keys are the driver's.\"}"));
}

TEST(Normalizer, ComparesByFormat) {
  const WallTime now = *parse_time("2027-01-01T00:00:00.000000Z");
  DetectSettings detect;
  EXPECT_FALSE(static_cast<bool>(make_normalizer(detect, now)));
  detect.format = ContentFormat::kText;
  EXPECT_EQ(*make_normalizer(detect, now)("a\r\nb\n\n"), "a\nb");
  detect.format = ContentFormat::kYaml;
  detect.sets = {"/tags"};
  detect.ignore = {{"/ttl", "varies", {}}, {"/old", "was odd", now - std::chrono::hours(1)}};
  const Normalize yaml = make_normalizer(detect, now);
  EXPECT_EQ(*yaml("ttl: 1\ntags: [b, a]\n"), *yaml("tags:\n- a\n- b\nttl: 2\n"));
  EXPECT_NE(*yaml("old: 1"), *yaml("old: 2"));
  EXPECT_FALSE(yaml("a: *b").ok());
  detect.format = ContentFormat::kJson;
  EXPECT_EQ(*make_normalizer(detect, now)(R"({"a": 1.0})"),
            *make_normalizer(detect, now)(R"({"ttl": 3, "a": 1})"));
}

}  // namespace
}  // namespace sideband::policy
