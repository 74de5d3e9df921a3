#include "policy/path_patterns.h"

#include <algorithm>

namespace sideband {
namespace {

std::string unescape(std::string_view segment) {
  std::string out;
  for (std::size_t at = 0; at < segment.size(); ++at) {
    if (segment[at] == '~' && at + 1 < segment.size()) {
      out += segment[++at] == '1' ? '/' : '~';
    } else {
      out += segment[at];
    }
  }
  return out;
}

}  // namespace

PathPatterns::PathPatterns(const std::vector<std::string>& pointers) {
  for (std::string_view pointer : pointers) {
    Segments segments;
    while (!pointer.empty()) {
      pointer.remove_prefix(1);  // the slash
      const std::size_t end = pointer.find('/');
      segments.push_back(unescape(pointer.substr(0, end)));
      pointer = end == std::string_view::npos ? std::string_view() : pointer.substr(end);
    }
    std::reverse(segments.begin(), segments.end());
    rest_.push_back(std::move(segments));
  }
}

PathPatterns PathPatterns::below(std::string_view segment) const {
  PathPatterns next;
  for (const Segments& segments : rest_) {
    if (segments.empty() || (segments.back() != "*" && segments.back() != segment)) continue;
    next.rest_.push_back(segments);
    next.rest_.back().pop_back();
  }
  return next;
}

bool PathPatterns::here() const {
  return std::any_of(rest_.begin(), rest_.end(),
                     [](const Segments& segments) { return segments.empty(); });
}

std::string escape_segment(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace sideband
