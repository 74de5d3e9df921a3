// One call with its deadline.
#pragma once

#include <gtest/gtest.h>

#include "conformance/answers/subject.h"

namespace sideband {

// What a call may take beyond its time.
inline constexpr Duration kGrace = std::chrono::seconds(1);

// Makes the call with this timeout, and expects that it kept to it.
template <class Call>
auto in_time(const char* name, Duration timeout, Call call) -> decltype(call(timeout)) {
  const Clock& clock = answers_context().clock;
  const MonoTime before = clock.mono();
  auto answer = call(timeout);
  EXPECT_LT(clock.mono() - before, timeout + kGrace) << name;
  return answer;
}

}  // namespace sideband
