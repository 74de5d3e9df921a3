// One call with its deadline.
#pragma once

#include <string>
#include <vector>

#include "conformance/answers/subject.h"

namespace sideband {

// What a call may take beyond its time. libpq reserves what a server announces, up to 2 GiB;
// AddressSanitizer then marks each byte of it, which takes some tenths of a second by itself.
#ifdef __SANITIZE_ADDRESS__
inline constexpr Duration kGrace = std::chrono::seconds(3);
#else
inline constexpr Duration kGrace = std::chrono::seconds(1);
#endif

// The calls that took longer, in the words of a failure message; emptied by who looks at them. Used
// by one thread.
std::vector<std::string>& late_calls();
void note_call(const char* name, Duration took, Duration timeout);

// Makes the call with this timeout, and notes it where it did not keep to it.
template <class Call>
auto in_time(const char* name, Duration timeout, Call call) -> decltype(call(timeout)) {
  const Clock& clock = answers_context().clock;
  const MonoTime before = clock.mono();
  auto answer = call(timeout);
  note_call(name, clock.mono() - before, timeout);
  return answer;
}

}  // namespace sideband
