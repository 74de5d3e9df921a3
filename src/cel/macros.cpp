#include "cel/macros.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cel/source.h"

namespace sideband::cel {
namespace {

struct LoopMacro {
  std::string_view name;
  std::size_t names;  // that it binds
  std::size_t args;   // names included
  Loop loop;
  enum class Shape : std::uint8_t { kCondition, kItem, kFilter, kFilteredItem } shape;
};

using Shape = LoopMacro::Shape;

constexpr LoopMacro kLoopMacros[] = {
    {"all", 1, 2, Loop::kAll, Shape::kCondition},
    {"all", 2, 3, Loop::kAll, Shape::kCondition},
    {"exists", 1, 2, Loop::kExists, Shape::kCondition},
    {"exists", 2, 3, Loop::kExists, Shape::kCondition},
    {"exists_one", 1, 2, Loop::kExistsOne, Shape::kCondition},
    {"exists_one", 2, 3, Loop::kExistsOne, Shape::kCondition},
    {"existsOne", 1, 2, Loop::kExistsOne, Shape::kCondition},
    {"existsOne", 2, 3, Loop::kExistsOne, Shape::kCondition},
    {"map", 1, 2, Loop::kMap, Shape::kItem},
    {"map", 1, 3, Loop::kMap, Shape::kFilteredItem},
    {"filter", 1, 2, Loop::kMap, Shape::kFilter},
    {"sortBy", 1, 2, Loop::kSortBy, Shape::kItem},
    {"transformList", 2, 3, Loop::kMap, Shape::kItem},
    {"transformList", 2, 4, Loop::kMap, Shape::kFilteredItem},
    {"transformMap", 2, 3, Loop::kMapEntries, Shape::kItem},
    {"transformMap", 2, 4, Loop::kMapEntries, Shape::kFilteredItem},
    {"transformMapEntry", 2, 3, Loop::kMergeEntries, Shape::kItem},
    {"transformMapEntry", 2, 4, Loop::kMergeEntries, Shape::kFilteredItem},
};

Error wrong(std::string_view source, const Node& node, std::string_view message) {
  return error_at(source, node.begin, message);
}

// A plain name, which the macro binds.
Result<std::string> bound_name(std::string_view source, const Node& node, std::string_view macro) {
  if (node.op == Op::kName && !node.name.starts_with('.')) return node.name;
  return wrong(source, node, fmt::format("{}() binds a plain name here", macro));
}

Node constant_true(const Node& beside) {
  Node node;
  node.constant = Value::boolean(true);
  node.begin = node.end = node.at = beside.begin;
  return node;
}

Node name_node(const std::string& name, const Node& beside) {
  Node node = constant_true(beside);
  node.op = Op::kName;
  node.name = name;
  return node;
}

Result<void> expand_loop(std::string_view source, const LoopMacro& macro, Node& call) {
  SB_ASSIGN(std::string first, bound_name(source, call.children[1], macro.name));
  std::string second;
  if (macro.names == 2) {
    SB_ASSIGN(second, bound_name(source, call.children[2], macro.name));
    if (first == second) {
      return wrong(source, call.children[2], fmt::format("\"{}\" is bound twice", second));
    }
  }
  std::vector<Node> children;
  children.push_back(std::move(call.children[0]));
  Node body = std::move(call.children.back());
  if (macro.shape == Shape::kItem) {
    children.push_back(constant_true(body));
  } else if (macro.shape == Shape::kFilteredItem) {
    children.push_back(std::move(call.children[call.children.size() - 2]));
  }
  Node item = macro.shape == Shape::kFilter ? name_node(first, body) : Node();
  children.push_back(std::move(body));
  if (macro.shape == Shape::kFilter) children.push_back(std::move(item));
  call.op = Op::kLoop;
  call.loop = macro.loop;
  call.two_names = macro.names == 2;
  call.name = std::move(first);
  call.second_name = std::move(second);
  call.children = std::move(children);
  return {};
}

Result<void> expand_has(std::string_view source, Node& call) {
  if (call.children.size() != 1) return wrong(source, call, "has() takes one argument");
  Node selected = std::move(call.children[0]);
  if (selected.op != Op::kMember) {
    return wrong(source, selected, "has() takes a member, as in has(item.name)");
  }
  call.op = Op::kHas;
  call.name = std::move(selected.name);
  call.optional = selected.optional;
  call.at = selected.at;
  call.children = std::move(selected.children);
  return {};
}

Result<void> expand_bind(std::string_view source, Node& call) {
  if (call.children.size() != 4) {
    return wrong(source, call, "cel.bind() takes a name, a value and an expression");
  }
  SB_ASSIGN(call.name, bound_name(source, call.children[1], "cel.bind"));
  call.op = Op::kBind;
  call.children.erase(call.children.begin(), call.children.begin() + 2);
  return {};
}

// What optimizers write for a part that stands in several places: cel.block([part, ...],
// expression) with cel.index(n) for a part, and cel.iterVar(n, m) for the name of a loop. The names
// that they stand for are none that a source could have.
std::optional<std::string> generated_name(const Node& call, std::size_t args) {
  std::string name = "@" + call.name;
  if (call.children.size() != args + 1) return std::nullopt;
  for (std::size_t i = 1; i <= args; ++i) {
    const Node& number = call.children[i];
    if (number.op != Op::kConstant || !number.constant.is(Kind::kInt)) return std::nullopt;
    name += fmt::format(":{}", number.constant.as_int());
  }
  return name;
}

Result<void> expand_generated_name(std::string_view source, Node& call) {
  auto name = generated_name(call, call.name == "index" ? 1 : 2);
  if (!name) return wrong(source, call, fmt::format("cel.{}() takes plain numbers", call.name));
  call.op = Op::kName;
  call.name = std::move(*name);
  call.children.clear();
  call.height = 1;
  return {};
}

// cel.bind() of each part around the expression.
Result<void> expand_block(std::string_view source, Node& call) {
  const bool right = call.children.size() == 3 && call.children[1].op == Op::kList;
  if (!right) return wrong(source, call, "cel.block() takes a list of parts and an expression");
  std::vector<Node> parts = std::move(call.children[1].children);
  Node inner = std::move(call.children[2]);
  for (std::size_t i = parts.size(); i-- > 0;) {
    Node outer;
    outer.op = Op::kBind;
    outer.name = fmt::format("@index:{}", i);
    outer.begin = call.begin;
    outer.end = call.end;
    outer.at = call.at;
    outer.height = std::max(parts[i].height, inner.height) + 1;
    outer.children.push_back(std::move(parts[i]));
    outer.children.push_back(std::move(inner));
    inner = std::move(outer);
  }
  if (inner.height > kMaxHeight) return wrong(source, call, "cel.block() has too many parts");
  call = std::move(inner);
  return {};
}

Result<void> expand_optional_map(std::string_view source, Node& call) {
  call.flat = call.name == "optFlatMap";
  SB_ASSIGN(call.name, bound_name(source, call.children[1], call.name));
  call.op = Op::kOptionalMap;
  call.children.erase(call.children.begin() + 1);
  return {};
}

bool is_name(const Node& node, std::string_view name) {
  return node.op == Op::kName && node.name == name;
}

Result<void> expand_member(std::string_view source, Node& call) {
  const std::size_t args = call.children.size() - 1;
  if (is_name(call.children[0], "cel")) {
    if (call.name == "bind") return expand_bind(source, call);
    if (call.name == "block") return expand_block(source, call);
    if (call.name == "index" || call.name == "iterVar") return expand_generated_name(source, call);
  }
  if ((call.name == "optMap" || call.name == "optFlatMap") && args == 2) {
    return expand_optional_map(source, call);
  }
  for (const LoopMacro& macro : kLoopMacros) {
    if (macro.name == call.name && macro.args == args) return expand_loop(source, macro, call);
  }
  const bool is_macro =
      std::any_of(std::begin(kLoopMacros), std::end(kLoopMacros),
                  [&call](const LoopMacro& each) { return each.name == call.name; });
  if (!is_macro) return {};
  return wrong(
      source, call,
      fmt::format("{}() does not take {} argument{} here", call.name, args, args == 1 ? "" : "s"));
}

}  // namespace

Result<void> expand_macro(std::string_view source, Node& call) {
  if (call.op == Op::kMemberCall) return expand_member(source, call);
  if (call.op == Op::kCall && call.name == "has") return expand_has(source, call);
  return {};
}

}  // namespace sideband::cel
