#include "settings/overlaps.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "settings/sides.h"

namespace sideband::policy {
namespace {

using config::DriverFields;
using config::Place;

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

bool fields_are_disjoint(const CollectionSettings& a, const CollectionSettings& b) {
  if (a.fields.empty() || b.fields.empty()) return false;
  for (const auto& [field, pattern] : a.fields) {
    if (b.fields.contains(field)) return false;
  }
  return true;
}

// What a side reads or writes, nothing where its driver cannot be that side; of a driver that
// cannot say it, all options of the Target.
Place place_of(const CheckContext& context, const CollectionSettings& side,
               config::Fields DriverFields::*rows) {
  const DriverFields* driver = context.driver_of(side.target);
  if (driver == nullptr || (driver->*rows).empty()) return {};
  const TargetSettings& target = context.settings.targets.at(side.target);
  if (driver->place) return driver->place(target, side);
  Place place{driver->name + " " + target.name, {""}};
  for (const auto& [key, value] : side.options) place.things.front() += key + "=" + value + ";";
  return place;
}

template <class Meet>
bool places_meet(const Place& a, const Place& b, Meet meet) {
  if (a.system != b.system || a.system.empty()) return false;
  return std::any_of(a.things.begin(), a.things.end(), [&](const std::string& left) {
    return std::any_of(b.things.begin(), b.things.end(),
                       [&](const std::string& right) { return meet(left, right); });
  });
}

using Reconcilers = std::vector<std::pair<const ReconcilerSettings*, Place>>;

// False after reporting that they meet.
bool check_two(const CheckContext& context, const Reconcilers::value_type& first,
               const Reconcilers::value_type& second) {
  const CollectionSettings& a = first.first->actual;
  const CollectionSettings& b = second.first->actual;
  if (fields_are_disjoint(a, b) || !places_meet(first.second, second.second, patterns_meet)) {
    return true;
  }
  const std::string same =
      a.target == b.target
          ? fmt::format("on Target \"{}\"", a.target)
          : fmt::format("on Target \"{}\", which reaches the same place as \"{}\",", b.target,
                        a.target);
  context.error(*second.first, "spec.actual",
                fmt::format("can repair the same things {} as Reconciler \"{}\" ({}); make their "
                            "keys or fields disjoint",
                            same, first.first->name, first.first->source));
  return false;
}

// A side that is compared with itself never differs.
void check_self(const CheckContext& context, const ReconcilerSettings& reconciler,
                const Place& actual) {
  const DriverFields* driver = context.driver_of(reconciler.desired.target);
  if (driver == nullptr || !driver->place) return;
  const auto same = [](const std::string& a, const std::string& b) {
    return tokens_of(a) == tokens_of(b);
  };
  if (!places_meet(place_of(context, reconciler.desired, &DriverFields::desired), actual, same))
    return;
  context.error(reconciler, "spec.actual",
                "is the same place as spec.desired, and never differs from itself; name another "
                "target, or other things there");
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
  Reconcilers reconcilers;
  for (const auto& [name, reconciler] : context.settings.reconcilers) {
    if (!context.sound.contains(name)) continue;
    reconcilers.emplace_back(&reconciler,
                             place_of(context, reconciler.actual, &DriverFields::actual));
    check_self(context, reconciler, reconcilers.back().second);
    // The first one that it meets is enough to say.
    for (std::size_t i = 0; i + 1 < reconcilers.size(); ++i) {
      if (!check_two(context, reconcilers[i], reconcilers.back())) break;
    }
  }
}

}  // namespace sideband::policy
