// Other readers of our files, kubectl among them, know YAML 1.1, in which `on` is a truth and 1:30
// a number. No word of ours may mean something else to them.
#include <gtest/gtest.h>

#include <regex>

#include "drivers/registry.h"
#include "settings/catalogue.h"

namespace sideband {
namespace {

// What the types bool, null, int, float, timestamp, merge and value of https://yaml.org/type/ take.
bool is_other_to_yaml_11(const std::string& word) {
  static const std::regex kOther(
      "y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF"
      "|~|null|Null|NULL|<<|="
      "|[-+]?0b[01_]+|[-+]?0[0-7_]*|[-+]?[1-9][0-9_]*|[-+]?0x[0-9a-fA-F_]+"
      "|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?"
      "|[-+]?([0-9][0-9_]*)?\\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
      "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)"
      "|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*");
  return std::regex_match(word, kOther);
}

int expect_plain_words(const config::Fields& fields, const std::string& path) {
  int words = 0;
  for (const config::Field& field : fields) {
    const std::string here = path + "." + field.key;
    EXPECT_FALSE(is_other_to_yaml_11(field.key)) << here;
    for (const std::string& value : field.values) {
      EXPECT_FALSE(is_other_to_yaml_11(value)) << here << ": " << value;
    }
    words += 1 + static_cast<int>(field.values.size());
    if (field.fields) words += expect_plain_words(*field.fields, here);
  }
  return words;
}

TEST(YamlWords, K4_7_NoKeyOrValueIsABooleanNumberOrDateInDisguise) {
  int words = 0;
  for (const config::NamedTable& table : policy::reference_tables(all_driver_fields())) {
    words += expect_plain_words(table.fields, table.name);
  }
  EXPECT_GT(words, 200) << "every table is looked at";
}

TEST(YamlWords, WhatOtherReadersTakeForSomethingElse) {
  for (const char* word : {"on", "Off", "y", "NO", "~", "null", "017", "12", "1_000", "1:30", "1e3",
                           "190:20:30.15", ".5", "-.inf", "0x1f", "2026-06-30", "<<"}) {
    EXPECT_TRUE(is_other_to_yaml_11(word)) << word;
  }
  for (const char* word : {"target", "none", "one", "never", "10s", "5%", "text", "p95"}) {
    EXPECT_FALSE(is_other_to_yaml_11(word)) << word;
  }
}

}  // namespace
}  // namespace sideband
