// What a foreign answer asks of our memory ends the call that asked for it, never the process.
#pragma once

#include <new>
#include <stdexcept>

#include "base/result.h"

namespace sideband {

// Calls `call`, which returns a Result. Where no memory is found it is kUnavailable with `effect`:
// what the call may have done by then.
template <class Call>
auto within_memory(Effect effect, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  Error error = Error::unavailable(
      "the answer does not fit into memory; look for very large values there, or for a server "
      "that is not what it should be");
  error.effect = effect;
  return error;
}

}  // namespace sideband
