#include "settings/overlaps.h"

#include <fmt/format.h>

#include <vector>

#include "settings/sides.h"

namespace sideband::policy {
namespace {

using config::DriverFields;
using config::Field;

constexpr int kAnything = -1;

// Characters, with kAnything for each placeholder or file pattern; "{{" is a brace.
std::vector<int> tokens_of(std::string_view pattern) {
  std::vector<int> tokens;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const std::string_view rest = pattern.substr(at);
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      tokens.push_back(pattern[at++]);
    } else if (rest[0] == '{' && rest.find('}') != std::string_view::npos) {
      tokens.push_back(kAnything);
      at += rest.find('}');
    } else {
      tokens.push_back(rest[0] == '*' || rest[0] == '?' ? kAnything
                                                        : static_cast<unsigned char>(rest[0]));
    }
  }
  return tokens;
}

// Whether one scope option of both can name the same thing. Not set = everything.
bool scopes_meet(const std::string& key, const DriverOptions& a, const DriverOptions& b) {
  const auto in_a = a.find(key);
  const auto in_b = b.find(key);
  if (in_a == a.end() || in_b == b.end()) return true;
  return any_meet(in_a->second, in_b->second);
}

bool fields_are_disjoint(const CollectionSettings& a, const CollectionSettings& b) {
  if (a.fields.empty() || b.fields.empty()) return false;
  for (const auto& [field, pattern] : a.fields) {
    if (b.fields.contains(field)) return false;
  }
  return true;
}

bool overlap(const CollectionSettings& a, const CollectionSettings& b, const DriverFields* driver) {
  if (a.target != b.target || a.target.empty() || driver == nullptr) return false;
  if (fields_are_disjoint(a, b)) return false;
  bool scoped = false;
  for (const Field& field : driver->actual) {
    if (!field.scope) continue;
    scoped = true;
    if (!scopes_meet(field.key, a.options, b.options)) return false;
  }
  return scoped || a.options == b.options;
}

}  // namespace

bool patterns_meet(std::string_view a, std::string_view b) {
  const std::vector<int> x = tokens_of(a);
  const std::vector<int> y = tokens_of(b);
  // meets[j]: the first i tokens of x and the first j of y can be the same text.
  std::vector<char> meets(y.size() + 1, 0);
  for (std::size_t i = 0; i <= x.size(); ++i) {
    std::vector<char> next(y.size() + 1, 0);
    for (std::size_t j = 0; j <= y.size(); ++j) {
      const bool x_any = i > 0 && x[i - 1] == kAnything;
      const bool y_any = j > 0 && y[j - 1] == kAnything;
      bool good = i == 0 && j == 0;
      if (x_any || y_any) good = good || (i > 0 && meets[j] != 0) || (j > 0 && next[j - 1] != 0);
      if (i > 0 && j > 0 && x[i - 1] == y[j - 1]) good = good || meets[j - 1] != 0;
      next[j] = good ? 1 : 0;
    }
    meets = std::move(next);
  }
  return meets[y.size()] != 0;
}

bool any_meet(std::string_view a, std::string_view b) {
  for (const std::string& left : lines_of(a)) {
    for (const std::string& right : lines_of(b)) {
      if (patterns_meet(left, right)) return true;
    }
  }
  return false;
}

void check_overlaps(const CheckContext& context) {
  const auto& reconcilers = context.settings.reconcilers;
  for (auto first = reconcilers.begin(); first != reconcilers.end(); ++first) {
    for (auto second = std::next(first); second != reconcilers.end(); ++second) {
      const CollectionSettings& a = first->second.actual;
      if (!overlap(a, second->second.actual, context.driver_of(a.target))) continue;
      context.error(second->second, "spec.actual",
                    fmt::format("can repair the same things on Target \"{}\" as Reconciler \"{}\" "
                                "({}); make their keys or fields disjoint",
                                a.target, first->first, first->second.source));
    }
  }
}

}  // namespace sideband::policy
