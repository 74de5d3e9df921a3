// Named places at which a test can kill the process, as a power cut would, or make it stand still,
// as a frozen machine would.
//
// SIDEBAND_CRASH_AT=name:n kills it (SIGKILL, nothing is flushed) the n-th time that `name` is
// reached; SIDEBAND_STOP_AT=name:n stops it there (SIGSTOP) until somebody sends SIGCONT. Without
// the variables a point costs two predictable branches.
#pragma once

#include <functional>
#include <string_view>

namespace sideband {

void crash_point(std::string_view name);

// From now on every point calls `hook` instead: for simulations of several processes in one. Not
// thread-safe; set it before there are threads. Empty = as at first.
void set_crash_hook(std::function<void(std::string_view name)> hook);

}  // namespace sideband
