// The suite runs on every driver that has operations: a new one brings its subject.
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/operation/subject.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

TEST(OperationSubjects, EveryDriverWithOperationsHasOne) {
  const auto subjects = operation_subjects();
  for (const config::DriverFields& driver : all_driver_fields()) {
    if (driver.operation.empty()) continue;
    EXPECT_TRUE(std::any_of(subjects.begin(), subjects.end(),
                            [&](const OperationSubjectFactory& subject) {
                              return subject.name.starts_with(driver.name);
                            }))
        << driver.name << " has operations and no subject in subject.cpp";
  }
}

}  // namespace
}  // namespace sideband
