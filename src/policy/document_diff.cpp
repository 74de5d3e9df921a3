#include "policy/document_diff.h"

#include <algorithm>
#include <set>

#include "base/jcs.h"
#include "policy/path_patterns.h"

namespace sideband {
namespace {

using Kind = Document::Kind;

// Where a comparison stands, and which patterns apply from there on.
struct Place {
  std::string pointer;
  PathPatterns ignore;
  PathPatterns sets;

  [[nodiscard]] Place below(const std::string& segment) const {
    return {pointer + "/" + escape_segment(segment), ignore.below(segment), sets.below(segment)};
  }
  [[nodiscard]] Place below_any() const { return {pointer, ignore.below_any(), sets.below_any()}; }
};

Place start(const DiffOptions& options) {
  return {"", PathPatterns(options.ignore), PathPatterns(options.sets)};
}

std::string canonical(const Document& document, const Place& place);

std::string canonical_list(const Document& document, const Place& place) {
  std::vector<std::string> items;
  std::size_t index = 0;
  const bool set = place.sets.here();
  for (const Document& item : document.items) {
    const Place below = set ? place.below_any() : place.below(std::to_string(index++));
    if (!below.ignore.here()) items.push_back(canonical(item, below));
  }
  if (set) {
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
  }
  return json_array(items);
}

std::string canonical(const Document& document, const Place& place) {
  if (document.kind == Kind::kNumber) return canonical_number(document.text);
  if (document.kind == Kind::kList) return canonical_list(document, place);
  if (document.kind != Kind::kMap) return to_json(document);
  JsonObject object;
  for (const auto& [key, value] : document.members) {
    const Place below = place.below(key);
    if (!below.ignore.here()) object.add_json(key, canonical(value, below));
  }
  return object.text();
}

class Differ {
 public:
  std::vector<Difference> run(const Document& before, const Document& after, const Place& place) {
    compare(&before, &after, place);
    return std::move(found_);
  }

 private:
  // Null stands for a side that has nothing here.
  void compare(const Document* before, const Document* after, const Place& place) {
    if (place.ignore.here()) return;
    if (before == nullptr || after == nullptr) return add_one_sided(before, after, place);
    if (before->kind == Kind::kMap && after->kind == Kind::kMap) {
      compare_maps(*before, *after, place);
    } else if (before->kind == Kind::kList && after->kind == Kind::kList) {
      place.sets.here() ? compare_sets(*before, *after, place)
                        : compare_lists(*before, *after, place);
    } else if (!(*before == *after)) {
      found_.push_back({place.pointer, Difference::Kind::kChanged, *before, *after});
    }
  }

  void add_one_sided(const Document* before, const Document* after, const Place& place) {
    if (after != nullptr) {
      found_.push_back({place.pointer, Difference::Kind::kAdded, {}, *after});
    } else if (before != nullptr) {
      found_.push_back({place.pointer, Difference::Kind::kRemoved, *before, {}});
    }
  }

  static const Document* member(const Document& map, const std::string& key) {
    const auto at = map.members.find(key);
    return at == map.members.end() ? nullptr : &at->second;
  }

  void compare_maps(const Document& before, const Document& after, const Place& place) {
    std::set<std::string> keys;
    for (const auto& [key, value] : before.members) keys.insert(key);
    for (const auto& [key, value] : after.members) keys.insert(key);
    for (const std::string& key : keys) {
      compare(member(before, key), member(after, key), place.below(key));
    }
  }

  void compare_lists(const Document& before, const Document& after, const Place& place) {
    const std::size_t count = std::max(before.items.size(), after.items.size());
    for (std::size_t i = 0; i < count; ++i) {
      compare(i < before.items.size() ? &before.items[i] : nullptr,
              i < after.items.size() ? &after.items[i] : nullptr, place.below(std::to_string(i)));
    }
  }

  void compare_sets(const Document& before, const Document& after, const Place& place) {
    const Place below = place.below_any();
    if (below.ignore.here()) return;
    const std::vector<std::string> old_forms = forms(before, below);
    const std::vector<std::string> new_forms = forms(after, below);
    add_missing(before, old_forms, new_forms, Difference::Kind::kRemoved, place);
    add_missing(after, new_forms, old_forms, Difference::Kind::kAdded, place);
  }

  static std::vector<std::string> forms(const Document& list, const Place& below) {
    std::vector<std::string> out;
    for (const Document& item : list.items) out.push_back(canonical(item, below));
    return out;
  }

  // The items of `list`, once each, whose form is not among `others`.
  void add_missing(const Document& list, const std::vector<std::string>& own,
                   const std::vector<std::string>& others, Difference::Kind kind,
                   const Place& place) {
    std::set<std::string_view> known(others.begin(), others.end());
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (!known.insert(own[i]).second) continue;
      const bool added = kind == Difference::Kind::kAdded;
      const Document& item = list.items[i];
      found_.push_back({place.pointer + "/" + std::to_string(i), kind, added ? Document{} : item,
                        added ? item : Document{}});
    }
  }

  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> diff_documents(const Document& before, const Document& after,
                                       const DiffOptions& options) {
  return Differ().run(before, after, start(options));
}

std::string canonical_form(const Document& document, const DiffOptions& options) {
  return canonical(document, start(options));
}

}  // namespace sideband
