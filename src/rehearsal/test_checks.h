// What has to agree between a test and the configuration that it is about. Pure.
#pragma once

#include "config/messages.h"
#include "rehearsal/test_case.h"

namespace sideband::sim {

// A test that is larger is refused: it would take minutes, and memory without need.
inline constexpr std::int64_t kMaxItems = 100'000;
inline constexpr Duration kLongestTest = std::chrono::hours(24 * 400);

// Reports names that are not configured, times that go back, gates that are none, a test that
// expects nothing. `node` is the document of `test`.
void check_test(const TestCase& test, const Settings& settings, const config::Node& node,
                config::Messages& messages);

}  // namespace sideband::sim
