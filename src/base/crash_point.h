// Named places at which a test can kill the process, as a power cut would.
//
// SIDEBAND_CRASH_AT=name:n kills it (SIGKILL, nothing is flushed) the n-th time that `name` is
// reached. Without the variable a point costs one predictable branch.
#pragma once

#include <string_view>

namespace sideband {

void crash_point(std::string_view name);

}  // namespace sideband
