// One spelling for what configurations write in several ways, to tell whether two of them name the
// same place. What differs here may still be the same: a socket and a port, two names of a host, a
// link.
#pragma once

#include <string>

namespace sideband {

// Small letters without the last dot; localhost is 127.0.0.1.
std::string host_in_one_spelling(const std::string& host);

// Absolute, without "..", double and trailing slashes. Links are not followed: a look at a disk
// that does not answer would hold up the start of the daemon.
std::string path_in_one_spelling(const std::string& path);

// Text as a pattern that stands for itself only.
std::string as_pattern(const std::string& text);

}  // namespace sideband
