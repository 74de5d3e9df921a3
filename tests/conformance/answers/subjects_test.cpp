// The suite runs on every driver that hears answers from somebody else: a new one brings its
// subject.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "conformance/answers/subject.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

TEST(AnswersSubjects, EveryDriverHasOneOrATestOfItsOwn) {
  // These read files or start commands, in the test of that name; what noop says is its own.
  const std::set<std::string> without_a_server = {"sqlite", "files", "exec", "noop"};
  const auto subjects = answers_subjects();
  for (const config::DriverFields& driver : all_driver_fields()) {
    if (without_a_server.contains(driver.name)) continue;
    EXPECT_TRUE(std::any_of(
        subjects.begin(), subjects.end(),
        [&](const AnswersFactory& subject) { return subject.name.starts_with(driver.name); }))
        << driver.name << " has no subject in subject.cpp";
  }
}

}  // namespace
}  // namespace sideband
