// What a driver says of our rights: true for a credential that has them all, and asking changes
// nothing.
#include "conformance/collection/fixture.h"

namespace sideband {
namespace {

class CollectionGrants : public CollectionSuite {
 protected:
  GrantReport ask(const GrantNeeds& needs) {
    auto report = subject_->grants(needs);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : GrantReport();
  }
  static GrantNeeds everything() { return {true, true, true, std::chrono::seconds(30)}; }
};

TEST_P(CollectionGrants, NothingIsMissingWhereEverythingIsAllowed) {
  put(0, "v");
  const GrantReport report = ask(everything());
  EXPECT_FALSE(report.identity.empty());
  for (const Grant& grant : report.grants) {
    const bool good = grant.state == GrantState::kHas || grant.state == GrantState::kExcess;
    EXPECT_TRUE(good) << grant.what << ": " << grant_state_name(grant.state) << " "
                      << grant.remedy.run << grant.remedy.advice;
    EXPECT_EQ(grant.needed, grant.state == GrantState::kHas) << grant.what;
  }
}

TEST_P(CollectionGrants, WhoOnlyReadsNeedsNothingElse) {
  const GrantReport all = ask(everything());
  const GrantReport less = ask({});
  const auto needed = [](const GrantReport& report) {
    return std::count_if(report.grants.begin(), report.grants.end(),
                         [](const Grant& grant) { return grant.needed; });
  };
  EXPECT_LE(needed(less), needed(all));
  if (all.grants.empty()) return;
  EXPECT_LT(needed(less), needed(all)) << "writing needs more";
}

TEST_P(CollectionGrants, AskingChangesNothing) {
  put(0, "v");
  put(1, "w");
  ask(everything());
  ask({});
  EXPECT_TRUE(holds(0, "v"));
  EXPECT_TRUE(holds(1, "w"));
  const auto items = scan_all(100);
  ASSERT_TRUE(items.ok());
  EXPECT_EQ(items->size(), 2U);
}

SB_RUN_FOR_ALL_COLLECTIONS(CollectionGrants);

}  // namespace
}  // namespace sideband
