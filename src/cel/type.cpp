#include "cel/type.h"

#include <fmt/format.h>

#include "cel/map.h"

namespace sideband::cel {

Type Type::list(Type item) {
  Type made(Kind::kList);
  made.parts_ = std::make_shared<const std::vector<Type>>(1, std::move(item));
  return made;
}

Type Type::map(Type key, Type value) {
  Type made(Kind::kMap);
  made.parts_ = std::make_shared<const std::vector<Type>>(
      std::vector<Type>{std::move(value), std::move(key)});
  return made;
}

Type Type::optional(Type inner) {
  Type made(Kind::kOptional);
  made.parts_ = std::make_shared<const std::vector<Type>>(1, std::move(inner));
  return made;
}

Type Type::record(std::map<std::string, Type> members) {
  Type made = map(Type(Kind::kString), Type());
  made.members_ = std::make_shared<const std::map<std::string, Type>>(std::move(members));
  return made;
}

Type Type::sample(std::map<std::string, Type> members) {
  Type made = record(std::move(members));
  made.sample_ = true;
  return made;
}

Type Type::of(const Value& value) {
  return of(value, false);
}

Type Type::sample_of(const Value& value) {
  return of(value, true);
}

Type Type::of(const Value& value, bool samples) {
  if (value.is_missing()) return {};
  if (value.is(Kind::kList)) {
    if (value.items().empty()) return Type(Kind::kList);
    Type item = of(value.items().front(), samples);
    for (const Value& each : value.items()) item = item.either(of(each, samples));
    return list(std::move(item));
  }
  if (!value.is(Kind::kMap)) return Type(value.kind());
  const auto& entries = value.as_map().entries();
  if (entries.empty()) return samples ? sample({}) : Type(Kind::kMap);
  Type key = of(entries.front().first, samples), element = of(entries.front().second, samples);
  std::map<std::string, Type> named;
  for (const auto& [each_key, each_value] : entries) {
    Type type = of(each_value, samples);
    key = key.either(of(each_key, samples));
    element = element.either(type);
    if (each_key.is(Kind::kString)) named.insert_or_assign(each_key.as_text(), std::move(type));
  }
  if (samples && key.is(Kind::kString)) return sample(std::move(named));
  return map(std::move(key), std::move(element));
}

std::string Type::text() const {
  if (is_any()) return "dyn";
  if (is(Kind::kList)) return fmt::format("list({})", element().text());
  if (is(Kind::kMap)) return fmt::format("map({}, {})", key().text(), element().text());
  if (is(Kind::kOptional)) return fmt::format("optional_type({})", element().text());
  return std::string(type_name(kind()));
}

Type Type::either(const Type& other) const {
  if (kind_ != other.kind_) return {};
  if (is(Kind::kList)) return list(element().either(other.element()));
  if (is(Kind::kOptional)) return optional(element().either(other.element()));
  if (!is(Kind::kMap)) return *this;
  if (members_ != nullptr && other.members_ != nullptr) return either_record(other);
  return map(key().either(other.key()), element().either(other.element()));
}

// The members of both, each of which may be absent anyway.
Type Type::either_record(const Type& other) const {
  if (members_ == other.members_) return *this;
  std::map<std::string, Type> both = *members_;
  for (const auto& [name, type] : *other.members_) {
    const auto [at, is_new] = both.emplace(name, type);
    if (!is_new) at->second = at->second.either(type);
  }
  Type made = record(std::move(both));
  made.sample_ = sample_ || other.sample_;
  return made;
}

bool Type::may_equal(const Type& other) const {
  if (is_any() || other.is_any() || is(Kind::kNull) || other.is(Kind::kNull)) return true;
  if (is_number() && other.is_number()) return true;
  if (kind_ != other.kind_) return false;
  // Two empty lists are equal, whatever they could have held.
  return true;
}

}  // namespace sideband::cel
