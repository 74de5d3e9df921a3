// Waiting for a condition, with a bound. Tests wait for what they need to see, never for a while.
#pragma once

#include <functional>

#include "base/clock.h"

namespace sideband {

// Looks every few milliseconds until `done` is true; false when it is not within `limit`.
bool until(const std::function<bool()>& done, Duration limit = std::chrono::seconds(20));

// Lets time itself pass: for kills at random moments, where the moment is the test's input.
void let_pass(Duration time);

}  // namespace sideband
