#include "cel/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "cel/compare.h"
#include "cel/junction.h"
#include "cel/map.h"
#include "cel/patterns.h"
#include "cel/selection.h"
#include "cel/value_text.h"

namespace sideband::cel {
namespace {

constexpr std::size_t kFewArgs = 4;

// "int + string", "-string", "string in int", "size(int)", "string.charAt(bool)".
std::string call_text(const Node& node, std::span<const Value> args) {
  std::string_view name = node.name;
  const auto type = [args](std::size_t i) { return type_name(args[i].kind()); };
  if (name == "@in") return fmt::format("{} in {}", type(0), type(1));
  if (name == "!_" || name == "-_") return fmt::format("{}{}", name.front(), type(0));
  if (name.starts_with('_') && args.size() == 2) {
    return fmt::format("{} {} {}", type(0), name.substr(1, name.size() - 2), type(1));
  }
  const bool member = node.op != Op::kCall;
  if (name.ends_with('}')) return fmt::format("{} of {}", name, type(0));
  std::string text = member ? fmt::format("{}.{}(", type(0), name) : fmt::format("{}(", name);
  for (std::size_t i = member ? 1 : 0; i < args.size(); ++i) {
    text += fmt::format("{}{}", i > (member ? 1u : 0u) ? ", " : "", type(i));
  }
  return text + ")";
}

bool fits(const Overload& overload, std::span<const Value> args) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (!takes(overload.params[i], args[i].kind())) return false;
  }
  return true;
}

// Unknown before an error; null when all are values.
Value missing_of(std::span<const Value> args) {
  Value missing;
  for (const Value& arg : args) {
    if (arg.is_missing()) missing = merge_missing(missing, arg);
  }
  return missing;
}

// Whatever a function does, it may go through all of its texts.
std::uint64_t text_cost(std::span<const Value> args) {
  std::uint64_t cost = 0;
  for (const Value& arg : args) {
    if (arg.is(Kind::kString) || arg.is(Kind::kBytes)) cost += arg.weight() - 1;
  }
  return cost;
}

Value no_bool(const Value& value) {
  return Value::error(
      fmt::format("no such overload: {} where a bool belongs", type_name(value.kind())));
}

}  // namespace

Value Evaluator::evaluate(const Node& node) {
  Value storage;
  const Value& value = look(node, storage);
  return &value == &storage ? std::move(storage) : value;
}

const Value& Evaluator::look(const Node& node, Value& storage) {
  if (!budget_.spend(1)) return storage = Budget::error();
  if (trace_ == nullptr) return look_at(node, storage);
  trace_->enter(node);
  const Value& value = look_at(node, storage);
  trace_->leave(value);
  return value;
}

const Value& Evaluator::look_at(const Node& node, Value& storage) {
  switch (node.op) {
    case Op::kConstant:
      return node.constant;
    case Op::kVariable:
      return bindings_[node.slot];
    case Op::kLocal:
      return locals_[node.slot];
    case Op::kMember:
      return member(node, storage);
    case Op::kChoice:
      return choice(node, storage);
    case Op::kBind:
      locals_[node.slot] = evaluate(node.children[0]);
      return look(node.children[1], storage);
    default:
      return storage = located(make(node), node);
  }
}

// An error with its place, unless a place inside of the node is known. Making one takes longer than
// most steps.
Value Evaluator::located(Value value, const Node& node) {
  constexpr std::uint64_t kErrorCost = 4;
  if (!value.is(Kind::kError) || value.failure().offset != Failure::kNowhere) return value;
  (void)budget_.spend(kErrorCost);
  return Value::error(value.failure().message, node.at);
}

Value Evaluator::make(const Node& node) {
  switch (node.op) {
    case Op::kHas:
      return has(node);
    case Op::kIndex:
      return index(node);
    case Op::kEqual:
    case Op::kNotEqual:
      return equality(node);
    case Op::kMatches:
      return matches(node);
    case Op::kAnd:
    case Op::kOr:
      return junction(node);
    case Op::kList:
      return list(node);
    case Op::kMap:
      return map(node);
    case Op::kLoop:
      return loop(node);
    case Op::kOptionalMap:
      return optional_map(node);
    default:
      return call(node);
  }
}

// The usual case, a member of a map that lives elsewhere, is answered where it lives.
const Value& Evaluator::member(const Node& node, Value& storage) {
  Value operand_storage;
  const Value& operand = look(node.children[0], operand_storage);
  if (operand.is(Kind::kMap) && !node.optional && &operand != &operand_storage) {
    if (const Value* found = operand.as_map().find(node.name)) return *found;
  }
  return storage = located(select(operand, node.name, node.optional), node);
}

Value Evaluator::has(const Node& node) {
  Value storage;
  const Value& operand = look(node.children[0], storage);
  if (!node.optional) return has_member(operand, node.name);
  const Value selected = select(operand, node.name, true);
  return selected.is_missing() ? selected : Value::boolean(selected.has_value());
}

Value Evaluator::index(const Node& node) {
  Value operand_storage, key_storage;
  const Value& operand = look(node.children[0], operand_storage);
  const Value& key = look(node.children[1], key_storage);
  if (!budget_.spend(key.weight())) return Budget::error();
  return select_at(operand, key, node.optional);
}

Value Evaluator::equality(const Node& node) {
  Value left_storage, right_storage;
  const Value& left = look(node.children[0], left_storage);
  const Value& right = look(node.children[1], right_storage);
  if (left.is_missing() || right.is_missing()) return merge_missing(left, right);
  if (!budget_.spend(std::min(left.weight(), right.weight()))) return Budget::error();
  const Value same = equals(left, right);
  if (same.is_missing()) return same;
  return Value::boolean(same.as_bool() == (node.op == Op::kEqual));
}

Value Evaluator::matches(const Node& node) {
  Value storage;
  const Value& text = look(node.children[0], storage);
  if (text.is_missing()) return text;
  if (!text.is(Kind::kString)) {
    return Value::error(
        fmt::format("no such overload: {}.matches(string)", type_name(text.kind())));
  }
  if (!budget_.spend(search_cost(*node.pattern, text.as_text().size()))) return Budget::error();
  return Value::boolean(found_in(*node.pattern, text.as_text()));
}

Value Evaluator::call(const Node& node) {
  const std::size_t count = node.children.size();
  std::array<Value, kFewArgs> few;
  std::vector<Value> many(count > kFewArgs ? count : 0);
  Value* const first = count > kFewArgs ? many.data() : few.data();
  const std::span<const Value> args(first, count);
  const bool lazy = node.op == Op::kMemberCall && (node.name == "or" || node.name == "orValue");
  bool any_missing = false;
  for (std::size_t i = 0; i < count; ++i) {
    first[i] = evaluate(node.children[i]);
    any_missing = any_missing || first[i].is_missing();
    // The other side of an optional that is there is not looked at.
    if (lazy && i == 0 && first[0].is(Kind::kOptional) && first[0].has_value()) {
      return node.name == "or" ? first[0] : first[0].inner();
    }
  }
  if (any_missing) return missing_of(args);
  if (!budget_.spend(text_cost(args))) return Budget::error();
  for (const Overload& overload : *node.overloads) {
    if (fits(overload, args)) return overload.function({args, budget_});
  }
  return Value::error("no such overload: " + call_text(node, args));
}

Value Evaluator::junction(const Node& node) {
  Junction sides(node.op == Op::kAnd);
  for (const Node& child : node.children) {
    Value storage;
    sides.take(located(look(child, storage), child));
    if (sides.decided() && trace_ == nullptr) break;
  }
  return sides.result();
}

const Value& Evaluator::choice(const Node& node, Value& storage) {
  Value condition_storage;
  const Value& condition = look(node.children[0], condition_storage);
  if (condition.is(Kind::kBool)) return look(node.children[condition.as_bool() ? 1 : 2], storage);
  return storage = located(condition.is_missing() ? condition : no_bool(condition), node);
}

Value Evaluator::list(const Node& node) {
  std::vector<Value> items;
  items.reserve(node.children.size());
  Value missing;
  for (const Node& child : node.children) {
    Value item = evaluate(child);
    if (item.is_missing()) {
      missing = merge_missing(missing, item);
    } else if (!child.optional_entry) {
      items.push_back(std::move(item));
    } else if (!item.is(Kind::kOptional)) {
      return Value::error(fmt::format("[?x] needs an optional, not {}", type_name(item.kind())));
    } else if (item.has_value()) {
      items.push_back(item.inner());
    }
  }
  return missing.is_missing() ? missing : Value::list(std::move(items));
}

Value Evaluator::map(const Node& node) {
  std::vector<std::pair<Value, Value>> entries;
  entries.reserve(node.children.size() / 2);
  Value missing;
  for (std::size_t i = 0; i < node.children.size(); i += 2) {
    Value key = evaluate(node.children[i]);
    Value value = evaluate(node.children[i + 1]);
    if (key.is_missing() || value.is_missing()) {
      missing = merge_missing(missing, merge_missing(key, value));
    } else if (!node.children[i].optional_entry) {
      entries.emplace_back(std::move(key), std::move(value));
    } else if (!value.is(Kind::kOptional)) {
      return Value::error(
          fmt::format("{{?k: v}} needs an optional, not {}", type_name(value.kind())));
    } else if (value.has_value()) {
      entries.emplace_back(std::move(key), value.inner());
    }
  }
  return missing.is_missing() ? missing : made_map(std::move(entries));
}

// The keys are sorted: each is compared with some of the others.
Value Evaluator::made_map(std::vector<std::pair<Value, Value>> entries) {
  constexpr std::uint64_t kComparisons = 8;
  std::uint64_t cost = 0;
  for (const auto& [key, value] : entries) cost += kComparisons * key.weight();
  return budget_.spend(cost) ? Value::map(std::move(entries)) : Budget::error();
}

Value Evaluator::optional_map(const Node& node) {
  const Value target = evaluate(node.children[0]);
  if (target.is_missing()) return target;
  const char* const name = node.flat ? "optFlatMap" : "optMap";
  if (!target.is(Kind::kOptional)) {
    return Value::error(fmt::format("no such overload: {}.{}()", type_name(target.kind()), name));
  }
  if (!target.has_value()) return target;
  locals_[node.slot] = target.inner();
  Value made = evaluate(node.children[1]);
  if (made.is_missing()) return made;
  if (!node.flat) return Value::optional(std::move(made));
  if (made.is(Kind::kOptional)) return made;
  return Value::error("optFlatMap() needs an optional as the result");
}

// Sets the names for each item of the range, and calls step() for them until it says that it is
// enough or the budget is spent.
template <class Step>
void Evaluator::each_round(const Node& node, const Value& range, Step&& step) {
  const auto round = [&](const Value& first, const Value& second) {
    locals_[node.slot] = first;
    if (node.two_names) locals_[node.slot + 1] = second;
    if (trace_ != nullptr) name_round(node);
    return budget_.spend(1) && step() == Next::kGoOn;
  };
  if (range.is(Kind::kMap)) {
    for (const auto& [key, value] : range.as_map().entries()) {
      if (!round(key, value)) return;
    }
    return;
  }
  const auto& items = range.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool more = node.two_names ? round(Value::integer(static_cast<std::int64_t>(i)), items[i])
                                     : round(items[i], {});
    if (!more) return;
  }
}

void Evaluator::name_round(const Node& node) {
  std::string text = fmt::format("{} = {}", node.name, short_text(locals_[node.slot]));
  if (node.two_names) {
    text += fmt::format(", {} = {}", node.second_name, short_text(locals_[node.slot + 1]));
  }
  trace_->set_round(text);
}

Value Evaluator::loop(const Node& node) {
  const Value range = evaluate(node.children[0]);
  if (range.is_missing()) return range;
  if (!range.is(Kind::kList) && !range.is(Kind::kMap)) {
    return Value::error(
        fmt::format("no such overload: {} is neither a list nor a map", type_name(range.kind())));
  }
  switch (node.loop) {
    case Loop::kAll:
    case Loop::kExists:
      return quantifier(node, range);
    case Loop::kExistsOne:
      return exists_one(node, range);
    case Loop::kMap:
      return mapped_list(node, range);
    case Loop::kSortBy:
      return sorted_list(node, range);
    default:
      return mapped_map(node, range);
  }
}

Value Evaluator::quantifier(const Node& node, const Value& range) {
  Junction rounds(node.loop == Loop::kAll);
  each_round(node, range, [&] {
    Value storage;
    rounds.take(located(look(node.children[1], storage), node.children[1]));
    return rounds.decided() ? Next::kStop : Next::kGoOn;
  });
  return rounds.result();
}

// True, false, or what is missing.
Value Evaluator::condition(const Node& node) {
  Value value = evaluate(node);
  if (value.is(Kind::kBool) || value.is_missing()) return value;
  return located(no_bool(value), node);
}

// An error is one, whatever comes behind it; what is unknown does not matter once two are true.
Value Evaluator::exists_one(const Node& node, const Value& range) {
  Value missing;
  std::size_t count = 0;
  each_round(node, range, [&] {
    const Value value = condition(node.children[1]);
    if (value.is_missing()) missing = merge_missing(missing, value);
    if (value.is_true()) ++count;
    return value.is(Kind::kError) ? Next::kStop : Next::kGoOn;
  });
  if (missing.is(Kind::kUnknown) && count > 1) return Value::boolean(false);
  return missing.is_missing() ? missing : Value::boolean(count == 1);
}

Value Evaluator::mapped_list(const Node& node, const Value& range) {
  std::vector<Value> items;
  Value missing;
  each_round(node, range, [&] {
    const Value wanted = condition(node.children[1]);
    Value item = wanted.is_true() ? evaluate(node.children[2]) : wanted;
    if (item.is_missing()) {
      missing = std::move(item);
      return Next::kStop;
    }
    if (wanted.is_true()) items.push_back(std::move(item));
    return Next::kGoOn;
  });
  return missing.is_missing() ? missing : Value::list(std::move(items));
}

Value Evaluator::sorted_list(const Node& node, const Value& range) {
  if (!range.is(Kind::kList)) return Value::error("sortBy() needs a list");
  const Value keys = mapped_list(node, range);
  if (keys.is_missing()) return keys;
  const auto& by = keys.items();
  if (const std::string problem = why_not_sorted(by); !problem.empty()) {
    return Value::error("sortBy() " + problem);
  }
  if (!budget_.spend(keys.weight() * kSortCost)) return Budget::error();
  std::vector<std::size_t> order(by.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&by](std::size_t a, std::size_t b) { return compare(by[a], by[b]) < 0; });
  std::vector<Value> sorted;
  for (const std::size_t place : order) sorted.push_back(range.items()[place]);
  return Value::list(std::move(sorted));
}

// A map of what is made for each key, or of the entries that are made.
Value Evaluator::mapped_map(const Node& node, const Value& range) {
  std::vector<std::pair<Value, Value>> entries;
  Value missing;
  each_round(node, range, [&] {
    const Value wanted = condition(node.children[1]);
    if (wanted.is_false()) return Next::kGoOn;
    const Value made = wanted.is_true() ? evaluate(node.children[2]) : wanted;
    if (made.is_missing()) {
      missing = made;
    } else if (node.loop == Loop::kMapEntries) {
      entries.emplace_back(locals_[node.slot], made);
    } else if (made.is(Kind::kMap)) {
      const auto& more = made.as_map().entries();
      if (!budget_.spend(more.size())) return Next::kStop;
      entries.insert(entries.end(), more.begin(), more.end());
    } else {
      missing = Value::error("transformMapEntry() needs a map as the result");
    }
    return missing.is_missing() ? Next::kStop : Next::kGoOn;
  });
  return missing.is_missing() ? missing : made_map(std::move(entries));
}

}  // namespace sideband::cel
