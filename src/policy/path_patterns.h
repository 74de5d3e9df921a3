// JSON pointers with `*` segments, followed down a document step by step.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sideband {

// A set of pointers, each advanced as far as the current place. Copying is cheap for few pointers.
class PathPatterns {
 public:
  PathPatterns() = default;
  explicit PathPatterns(const std::vector<std::string>& pointers);

  // The patterns that still apply below the member or index `segment`.
  [[nodiscard]] PathPatterns below(std::string_view segment) const;
  // Below any index of a list whose order means nothing: only `*` applies.
  [[nodiscard]] PathPatterns below_any() const { return below("*"); }
  // Whether one of them names exactly the current place.
  [[nodiscard]] bool here() const;

 private:
  using Segments = std::vector<std::string>;
  std::vector<Segments> rest_;  // segments still to come, last one first
};

// A key as a pointer segment: "a/b~c" is "a~1b~0c".
std::string escape_segment(std::string_view key);

}  // namespace sideband
