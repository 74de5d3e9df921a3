#include "model/job_kind.h"

#include <gtest/gtest.h>

#include "model/repair.h"

namespace sideband {
namespace {

TEST(JobKind, IsReadOutOfTheNameThatWorkIsKeptUnder) {
  EXPECT_EQ(job_kind_of("shop"), JobKind::kRepair);
  EXPECT_EQ(job_kind_of("playbook"), JobKind::kRepair);
  EXPECT_EQ(job_kind_of(playbook_scope("switch")), JobKind::kRun);
  Repair repair;
  repair.reconciler = "playbook/switch";
  EXPECT_EQ(repair.kind(), JobKind::kRun);
}

TEST(JobKind, AScopeGivesItsPlaybookBack) {
  EXPECT_EQ(playbook_scope("switch"), "playbook/switch");
  EXPECT_EQ(playbook_in("playbook/switch"), "switch");
  EXPECT_EQ(playbook_in("shop"), "");
}

TEST(JobKind, HasAWordForPeople) {
  EXPECT_EQ(job_kind_name(JobKind::kRepair), "repair");
  EXPECT_EQ(job_kind_name(JobKind::kRun), "run");
}

}  // namespace
}  // namespace sideband
