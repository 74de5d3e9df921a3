// Commitments of plans and steps.
#include "ports/step_tree.h"

#include "model/audit_record.h"
#include "ports/plan_hash.h"

namespace sideband {
namespace {

Change change_of(const std::string& key) {
  return {key, ChangeOp::kUpdate, State::of_bytes("old"), State::of_bytes("new")};
}

TEST(StepTree, BindsSaltOrderAndContent) {
  const std::vector<Change> changes = {change_of("a"), change_of("b"), change_of("c")};
  const std::vector<Change> swapped = {change_of("b"), change_of("a"), change_of("c")};
  EXPECT_EQ(step_root("salt", changes), step_root("salt", changes));
  EXPECT_NE(step_root("salt", changes), step_root("tlas", changes));
  EXPECT_NE(step_root("salt", changes), step_root("salt", swapped));
  EXPECT_NE(step_root("salt", changes), step_root("salt", {changes.data(), 2}));
}

TEST(PlanHash, IsTheRootOverCanonicalChanges) {
  PlanHasher hasher;
  hasher.add(change_of("a"));
  EXPECT_EQ(hasher.hex(), to_hex(leaf_hash(change_json(change_of("a")))));
  hasher.add(change_of("b"));
  EXPECT_EQ(hasher.hex(), to_hex(node_hash(leaf_hash(change_json(change_of("a"))),
                                           leaf_hash(change_json(change_of("b"))))));
}

TEST(AuditRecord, HasMandatoryFieldsInCanonicalOrder) {
  EXPECT_EQ(
      AuditRecord("intent", from_us(0), "sideband").add("token", 7).text(),
      R"({"actor":"sideband","kind":"intent","token":7,"ts":"1970-01-01T00:00:00.000000Z","v":1})");
}

}  // namespace
}  // namespace sideband
