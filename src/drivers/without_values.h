// Messages of targets, for places that are kept.
#pragma once

#include <string>
#include <string_view>

namespace sideband {

// What a target said, in two parts: one for the log and audit records, and what may be a value.
struct TargetWords {
  std::string kept;
  std::string hidden;  // empty: all is kept
};

// Hides what `said` quotes, from the first quote to the last one, since a value may hold quotes
// itself; "..." stands in its place. Quotes are ", ' and `.
TargetWords without_values(std::string_view said);

}  // namespace sideband
