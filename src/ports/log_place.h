// Where a target's log of changes stands. With it a feed proves that it told all that happened, so
// that a look needs to read only what it told.
#pragma once

#include <cstdint>
#include <string>

namespace sideband {

struct LogPlace {
  std::string log;          // which log; places of two logs do not compare. Empty: none
  std::uint64_t place = 0;  // rises; what is before it has happened
  // What has to be the same at two places, so that all changes between them are in the log as
  // changes of items: what a collection is made of, and what the log tells of it. Collections only.
  std::string content = {};
  std::string why_not = {};  // why the log does not tell all; empty: it does. Collections only
};

}  // namespace sideband
