// compare: declared. What the desired document does not say is no drift, and a repair keeps it.
#include <gmock/gmock.h>

#include "model/document.h"
#include "support/temp_dir.h"
#include "two_sides.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class DeclaredDocuments : public testing::Test {
 protected:
  DeclaredDocuments() {
    want_.write("object", R"({"kind": "Deployment", "status": null, "spec": {"replicas": 2,
      "containers": [{"name": "app", "image": "app:2"}]}})");
    have_.write("object", kLive);
    detect_.format = ContentFormat::kJson;
    detect_.compare = CompareScope::kDeclared;
    detect_.list_keys = {{"/spec/containers", "name"}};
  }
  [[nodiscard]] TwoSides open() {
    auto sides =
        TwoSides::open(registry_, files_side(want_.root()), files_side(have_.root()), detect_);
    EXPECT_TRUE(sides.ok()) << sides.error().message;
    return std::move(*sides);
  }

  struct Folder {
    void write(const std::string& name, const std::string& text) { spill(dir.path(name), text); }
    [[nodiscard]] std::string read(const std::string& name) const { return slurp(dir.path(name)); }
    [[nodiscard]] std::string root() const { return dir.path(); }
    TempDir dir;
  };

  static constexpr const char* kLive =
      R"({"kind": "Deployment", "spec": {"replicas": 2, "containers": [
        {"name": "mesh", "image": "mesh:7"},
        {"name": "app", "image": "app:1", "pull": "Always"}]}, "status": {"ready": 2}})";
  Folder want_, have_;
  DetectSettings detect_;
  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
};

TEST_F(DeclaredDocuments, K12_8_ARepairKeepsWhatIsNotOurs) {
  const TwoSides on = open();
  const auto changes = on.look()->changes;
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(first_failure(on.run(changes, StepMode::kForward)), "");
  EXPECT_TRUE(parse_json(have_.read("object")).value() ==
              parse_json(R"({"kind": "Deployment", "spec": {"replicas": 2, "containers": [
                {"name": "mesh", "image": "mesh:7"},
                {"name": "app", "image": "app:2", "pull": "Always"}]}, "status": {"ready": 2}})")
                  .value());
  EXPECT_TRUE(on.look()->changes.empty());
  EXPECT_EQ(first_failure(on.run(changes, StepMode::kUndo)), "");
  EXPECT_EQ(have_.read("object"), kLive);
}

TEST_F(DeclaredDocuments, K12_8_WhatIsAddedByOthersIsNoDrift) {
  const TwoSides on = open();
  EXPECT_EQ(first_failure(on.run(on.look()->changes, StepMode::kForward)), "");
  std::string text = have_.read("object");
  text.insert(1, R"("metadata": {"uid": "7"}, )");
  have_.write("object", text);
  EXPECT_TRUE(on.look()->changes.empty());
}

// What others wrote between the look and the step is theirs still: the guard is what was found.
TEST_F(DeclaredDocuments, K12_8_WhatMovedMeanwhileIsJudgedAnew) {
  const TwoSides on = open();
  const auto changes = on.look()->changes;
  have_.write("object", R"({"kind": "Deployment", "new": true})");
  EXPECT_THAT(first_failure(on.run(changes, StepMode::kForward)), HasSubstr("refused: "));
  EXPECT_EQ(first_failure(on.run(on.look()->changes, StepMode::kForward)), "");
  EXPECT_THAT(have_.read("object"), HasSubstr(R"("new": true)"));
}

TEST_F(DeclaredDocuments, K12_8_WhatCannotBeReadCannotBeKept) {
  have_.write("object", "{broken");
  const Pass pass = open().look().value();
  EXPECT_TRUE(pass.changes.empty());
  EXPECT_THAT(pass.first_unknown, HasSubstr("what is not ours in the actual value"));
}

TEST_F(DeclaredDocuments, K12_8_YamlIsEditedWhereItStands) {
  detect_.format = ContentFormat::kYaml;
  detect_.ignore = {{"/a/generation", "counts by itself", {}}};
  want_.write("object", "a: {x: 1, generation: 1}\n");
  have_.write("object", "a: {y: [2], generation: 7}  # theirs\n---\nb: 1\n");
  const TwoSides on = open();
  EXPECT_EQ(first_failure(on.run(on.look()->changes, StepMode::kForward)), "");
  EXPECT_EQ(have_.read("object"), "a: {y: [2], generation: 7, x: 1}  # theirs\n---\nb: 1\n");
  EXPECT_TRUE(on.look()->changes.empty());
}

// What would need a loss is left to a person.
TEST_F(DeclaredDocuments, K12_8_WhatCannotBeEditedIsUnknownAndStays) {
  detect_.format = ContentFormat::kYaml;
  want_.write("object", "one: {size: 2}\n");
  const std::string live = "one: &size {size: 1}\nother: *size\n";
  have_.write("object", live);
  const Pass pass = open().look().value();
  EXPECT_TRUE(pass.changes.empty());
  EXPECT_THAT(pass.first_unknown, HasSubstr("a value is shared by an anchor"));
  EXPECT_EQ(have_.read("object"), live);
}

}  // namespace
}  // namespace sideband
