#include "cel/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cel/map.h"
#include "cel/value_text.h"

namespace sideband::cel {
namespace {

constexpr std::uint64_t kBytesOfOne = 16;  // of text, for the weight

std::string too_deep() {
  return fmt::format("lists and maps are nested more than {} deep", kMaxValueDepth);
}

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

}  // namespace

std::string_view type_name(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kList:
      return "list";
    case Kind::kMap:
      return "map";
    case Kind::kTimestamp:
      return "google.protobuf.Timestamp";
    case Kind::kDuration:
      return "google.protobuf.Duration";
    case Kind::kType:
      return "type";
    case Kind::kOptional:
      return "optional_type";
    case Kind::kError:
      return "error";
    case Kind::kUnknown:
      break;
  }
  return "unknown";
}

void Extent::hold(const Value& value) {
  depth = std::max(depth, value.depth() + 1);
  weight = saturating_sum(weight, value.weight());
}

Value Value::string(std::string text) {
  return {Kind::kString, std::make_shared<const std::string>(std::move(text))};
}

Value Value::bytes(std::string bytes) {
  return {Kind::kBytes, std::make_shared<const std::string>(std::move(bytes))};
}

Value Value::type(std::string name) {
  return {Kind::kType, std::make_shared<const std::string>(std::move(name))};
}

Value Value::list(std::vector<Value> items) {
  Extent extent;
  for (const Value& item : items) extent.hold(item);
  if (extent.depth > kMaxValueDepth) return error(too_deep());
  return {Kind::kList, std::make_shared<const List>(List{std::move(items), extent})};
}

Value Value::map(std::vector<std::pair<Value, Value>> entries) {
  Extent extent;
  for (const auto& [key, value] : entries) {
    if (!Map::may_be_key(key)) {
      return error(fmt::format("unsupported key type: {}", type_name(key.kind())));
    }
    extent.hold(key);
    extent.hold(value);
  }
  if (extent.depth > kMaxValueDepth) return error(too_deep());
  std::vector<std::uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&entries](std::uint32_t a, std::uint32_t b) {
    return Map::compare_keys(entries[a].first, entries[b].first) < 0;
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Value& key = entries[order[i]].first;
    if (Map::compare_keys(entries[order[i - 1]].first, key) == 0) {
      return error(fmt::format("repeated key: {}", short_text(key)));
    }
  }
  return {Kind::kMap, std::make_shared<const Map>(std::move(entries), std::move(order), extent)};
}

Value Value::timestamp(Timestamp time) {
  Value made(Kind::kTimestamp, static_cast<std::uint64_t>(time.seconds));
  made.nanos_ = time.nanos;
  return made;
}

Value Value::optional(Value inner) {
  return {Kind::kOptional, std::make_shared<const Value>(std::move(inner))};
}

Value Value::error(std::string message, std::size_t offset) {
  return {Kind::kError, std::make_shared<const Failure>(Failure{std::move(message), offset})};
}

Value Value::unknown(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return {Kind::kUnknown, std::make_shared<const std::vector<std::string>>(std::move(names))};
}

std::uint32_t Value::depth() const {
  if (is(Kind::kList)) return object<List>().extent.depth;
  if (is(Kind::kMap)) return as_map().extent().depth;
  return is(Kind::kOptional) && has_value() ? inner().depth() + 1 : 0;
}

std::uint64_t Value::weight() const {
  switch (kind_) {
    case Kind::kList:
      return object<List>().extent.weight;
    case Kind::kMap:
      return as_map().extent().weight;
    case Kind::kString:
    case Kind::kBytes:
      return 1 + as_text().size() / kBytesOfOne;
    case Kind::kOptional:
      return has_value() ? saturating_sum(inner().weight(), 1) : 1;
    default:
      return 1;
  }
}

Value merge_unknowns(const Value& a, const Value& b) {
  std::vector<std::string> names = a.unknown_names();
  names.insert(names.end(), b.unknown_names().begin(), b.unknown_names().end());
  return Value::unknown(std::move(names));
}

}  // namespace sideband::cel
