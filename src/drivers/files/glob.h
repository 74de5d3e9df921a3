// File patterns relative to a root: `*` and `?` stay within one name, `**` spans any number of
// folders.
//
// Wildcards do not match a leading dot (as in a shell), so `**` never walks into .git. A pure
// value; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband {

class Glob {
 public:
  // kInvalid for an empty or absolute pattern, `.`, `..`, or `**` as a part of a name.
  static Result<Glob> parse(std::string_view pattern);

  [[nodiscard]] bool matches(std::string_view path) const;
  // Whether a path below this folder can match; "" is the root.
  [[nodiscard]] bool may_match_below(std::string_view folder) const;
  // Whether the last name is written out, so that a folder of that name stands in a file's place.
  [[nodiscard]] bool names_file() const;

 private:
  std::vector<std::string> parts_;
};

// Several patterns: what any of them matches.
class GlobSet {
 public:
  static Result<GlobSet> parse(const std::vector<std::string>& patterns);

  [[nodiscard]] bool matches(std::string_view path) const;
  [[nodiscard]] bool may_match_below(std::string_view folder) const;
  // Whether a folder at this path stands in the place of a file that some pattern names.
  [[nodiscard]] bool file_expected(std::string_view path) const;

 private:
  std::vector<Glob> globs_;
};

// The names of a path: "a/b" is {"a", "b"}; "" is {}.
std::vector<std::string_view> split_path(std::string_view path);

}  // namespace sideband
