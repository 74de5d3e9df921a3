// The suite runs on every driver that has collections: a new one brings its subject.
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/collection/subject.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

TEST(CollectionSubjects, EveryDriverWithCollectionsHasOne) {
  const auto subjects = all_subjects();
  for (const config::DriverFields& driver : all_driver_fields()) {
    if (driver.actual.empty() && driver.desired.empty()) continue;
    EXPECT_TRUE(std::any_of(
        subjects.begin(), subjects.end(),
        [&](const SubjectFactory& subject) { return subject.name.starts_with(driver.name); }))
        << driver.name << " has collections and no subject in subject.cpp";
  }
}

TEST(CollectionSubjects, SomeComputeDigests) {
  EXPECT_FALSE(digest_subjects().empty());
}

}  // namespace
}  // namespace sideband
