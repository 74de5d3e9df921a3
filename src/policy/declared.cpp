#include "policy/declared.h"

#include <algorithm>

#include "policy/path_patterns.h"

namespace sideband {
namespace {

using Kind = Document::Kind;

// Which options apply from here on. Those of single items of a set or of a keyed list have `*`.
struct DeclaredPlace {
  PathPatterns ignore;
  PathPatterns sets;
  std::vector<std::pair<PathPatterns, std::string>> keyed;

  [[nodiscard]] DeclaredPlace below(const std::string& segment) const {
    DeclaredPlace next{ignore.below(segment), sets.below(segment), {}};
    for (const auto& [path, by] : keyed) next.keyed.emplace_back(path.below(segment), by);
    return next;
  }
  // The member by which items of the list that stands here belong together; empty = none.
  [[nodiscard]] std::string key() const {
    const auto at =
        std::find_if(keyed.begin(), keyed.end(), [](const auto& one) { return one.first.here(); });
    return at == keyed.end() ? "" : at->second;
  }
};

DeclaredPlace declared_start(const DiffOptions& options) {
  DeclaredPlace place{PathPatterns(options.ignore), PathPatterns(options.sets), {}};
  for (const auto& [path, by] : options.keyed) {
    place.keyed.emplace_back(PathPatterns({path}), by);
  }
  return place;
}

Document over(const Document& desired, const Document& found, const DeclaredPlace& place);

Document map_over(const Document& desired, Document found, const DeclaredPlace& place) {
  for (const auto& [key, value] : desired.members) {
    const DeclaredPlace below = place.below(key);
    if (value.kind == Kind::kNull || below.ignore.here()) continue;
    const auto held = found.members.find(key);
    Document wanted =
        over(value, held == found.members.end() ? Document::null() : held->second, below);
    found.members.insert_or_assign(key, std::move(wanted));
  }
  return found;
}

Document by_position(const Document& desired, Document found, const DeclaredPlace& place) {
  for (std::size_t i = 0; i < desired.items.size(); ++i) {
    const DeclaredPlace below = place.below(std::to_string(i));
    if (below.ignore.here() && i < found.items.size()) continue;
    if (i < found.items.size()) {
      found.items[i] = over(desired.items[i], found.items[i], below);
    } else {
      found.items.push_back(over(desired.items[i], Document::null(), below));
    }
  }
  return found;
}

// Items that `belong` together are one over the other; what belongs to none is appended.
template <typename Belong>
Document by_items(const Document& desired, Document found, const DeclaredPlace& place,
                  Belong belong) {
  const DeclaredPlace below = place.below("*");
  for (const Document& item : desired.items) {
    const auto at = std::find_if(found.items.begin(), found.items.end(),
                                 [&](const Document& other) { return belong(item, other); });
    if (at == found.items.end()) {
      found.items.push_back(over(item, Document::null(), below));
    } else {
      *at = over(item, *at, below);
    }
  }
  return found;
}

Document list_over(const Document& desired, const Document& found, const DeclaredPlace& place) {
  if (place.sets.here()) {
    return by_items(desired, found, place,
                    [](const Document& one, const Document& other) { return one == other; });
  }
  const std::string key = place.key();
  if (key.empty()) return by_position(desired, found, place);
  return by_items(desired, found, place, [&](const Document& one, const Document& other) {
    const auto name = one.members.find(key);
    const auto held = other.members.find(key);
    return name != one.members.end() && held != other.members.end() && name->second == held->second;
  });
}

Document over(const Document& desired, const Document& found, const DeclaredPlace& place) {
  if (desired.kind == Kind::kNull) return found;
  if (desired.kind == Kind::kMap) {
    return map_over(desired, found.kind == Kind::kMap ? found : Document::of(Kind::kMap), place);
  }
  if (desired.kind == Kind::kList) {
    return list_over(desired, found.kind == Kind::kList ? found : Document::of(Kind::kList), place);
  }
  return desired;
}

}  // namespace

Document declared_over(const Document& desired, const Document& found, const DiffOptions& options) {
  const DeclaredPlace place = declared_start(options);
  return place.ignore.here() ? found : over(desired, found, place);
}

}  // namespace sideband
