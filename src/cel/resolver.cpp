#include "cel/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/near_word.h"
#include "cel/function_table.h"
#include "cel/patterns.h"

namespace sideband::cel {
namespace {

// Making patterns takes time before any budget counts.
constexpr std::uint64_t kPatternBudget = 400'000;

constexpr std::array<std::string_view, 13> kTypeNames = {"bool",
                                                         "bytes",
                                                         "double",
                                                         "google.protobuf.Duration",
                                                         "google.protobuf.Timestamp",
                                                         "int",
                                                         "list",
                                                         "map",
                                                         "null_type",
                                                         "optional_type",
                                                         "string",
                                                         "type",
                                                         "uint"};

class Resolver {
 public:
  explicit Resolver(const Declarations& declarations) {
    for (std::size_t i = 0; i < declarations.size(); ++i) {
      slots_.emplace(declarations[i].name, static_cast<std::uint32_t>(i));
    }
  }

  void visit(Node& node) {
    switch (node.op) {
      case Op::kName:
        return visit_name(node);
      case Op::kMember:
        if (take_qualified(node) || lacks_member(node)) return;
        return visit_children(node);
      case Op::kCall:
        visit_children(node);
        return choose(node, node.name);
      case Op::kMemberCall:
        return visit_member_call(node);
      case Op::kLoop:
        return visit_loop(node);
      case Op::kBind:
      case Op::kOptionalMap:
        return visit_binding(node);
      case Op::kList:
      case Op::kMap:
        visit_children(node);
        return fold(node);
      default:
        return visit_children(node);
    }
  }

  Resolved take_result() && { return std::move(result_); }

 private:
  struct Local {
    std::string_view name;
    std::uint32_t slot;
  };

  void visit_children(Node& node) {
    for (Node& child : node.children) visit(child);
  }

  [[nodiscard]] const Local* local(std::string_view name) const {
    const auto at = std::find_if(scope_.rbegin(), scope_.rend(),
                                 [name](const Local& known) { return known.name == name; });
    return at == scope_.rend() ? nullptr : &*at;
  }

  // A variable or a type; false when the name is neither.
  bool take_global(Node& node, std::string_view name) {
    if (const auto slot = slots_.find(name); slot != slots_.end()) {
      node.op = Op::kVariable;
      node.slot = slot->second;
      node.children.clear();
      return true;
    }
    const std::string_view type = type_named(name);
    if (type.empty()) return false;
    node.op = Op::kConstant;
    node.constant = Value::type(std::string(type));
    node.children.clear();
    return true;
  }

  void visit_name(Node& node) {
    const bool rooted = node.name.starts_with('.');
    if (const Local* known = rooted ? nullptr : local(node.name)) {
      node.op = Op::kLocal;
      node.slot = known->slot;
      return;
    }
    const std::string name = node.name.substr(rooted ? 1 : 0);
    if (take_global(node, name)) return;
    if (const auto members = members_of(name); !members.empty()) {
      return fail(node, fmt::format("undeclared reference to '{}'; only its members are values, "
                                    "like {}.{}",
                                    name, name, members.front()));
    }
    std::vector<std::string> known;
    known.reserve(scope_.size() + slots_.size());
    for (const Local& each : scope_) known.emplace_back(each.name);
    for (const auto& [each, slot] : slots_) known.emplace_back(each);
    fail(node, fmt::format("undeclared reference to '{}'{}", name, guess(name, known)));
  }

  // A guess takes longer than all else that is done for a name: nobody reads more than a few.
  [[nodiscard]] std::string guess(const std::string& name,
                                  const std::vector<std::string>& known) const {
    constexpr std::size_t kGuesses = 20, kMostNames = 500;
    const bool few = result_.problems.size() < kGuesses && known.size() <= kMostNames;
    return few ? did_you_mean(name, known) : "";
  }

  // "a.b.c" of members of a name that the expression did not bind itself; else "".
  [[nodiscard]] std::string qualified_name(const Node& node) const {
    if (node.op == Op::kName) {
      if (node.name.starts_with('.')) return node.name.substr(1);
      return local(node.name) != nullptr ? "" : node.name;
    }
    if (node.op != Op::kMember || node.optional) return "";
    const std::string before = qualified_name(node.children[0]);
    return before.empty() ? "" : before + "." + node.name;
  }

  // The longest name wins: a.b.c is the variable "a.b.c" before it is a member of "a.b".
  bool take_qualified(Node& node) {
    const std::string name = qualified_name(node);
    return !name.empty() && take_global(node, name);
  }

  // What may follow "a." where variables with dots are declared, like a.b and a.c; by name.
  [[nodiscard]] std::vector<std::string> members_of(const std::string& name) const {
    std::vector<std::string> members;
    const std::string prefix = name + ".";
    for (auto at = slots_.lower_bound(prefix); at != slots_.end(); ++at) {
      if (!at->first.starts_with(prefix)) break;
      members.emplace_back(at->first.substr(prefix.size()));
    }
    return members;
  }

  // Whether `node` asks for a member that none of the declared names with dots is.
  bool lacks_member(Node& node) {
    if (node.optional) return false;
    const std::string name = qualified_name(node.children[0]);
    if (name.empty() || slots_.contains(name)) return false;
    const std::vector<std::string> members = members_of(name);
    if (members.empty() || !members_of(name + "." + node.name).empty()) return false;
    fail(node, fmt::format("there is no member \"{}\"{}", node.name, guess(node.name, members)));
    return true;
  }

  void visit_member_call(Node& node) {
    const std::string target = qualified_name(node.children[0]);
    if (const std::string name = target + "." + node.name;
        !target.empty() && is_function(name, false)) {
      node.op = Op::kCall;
      node.name = name;
      node.children.erase(node.children.begin());
      visit_children(node);
      gather_numbers(node);
      return choose(node, name);
    }
    visit_children(node);
    choose(node, node.name);
  }

  // math.greatest(a, b, c) is math.greatest([a, b, c]).
  static void gather_numbers(Node& node) {
    const bool takes_many = node.name == "math.greatest" || node.name == "math.least";
    if (!takes_many || node.children.size() < 2) return;
    Node list;
    list.op = Op::kList;
    list.begin = node.children.front().begin;
    list.end = node.children.back().end;
    list.at = list.begin;
    for (const Node& child : node.children) list.height = std::max(list.height, child.height + 1);
    list.children = std::move(node.children);
    node.children.clear();
    node.height = std::max(node.height, list.height + 1);
    node.children.push_back(std::move(list));
  }

  void choose(Node& node, const std::string& name) {
    const bool member = node.op == Op::kMemberCall;
    node.overloads = find_overloads(name, member, node.children.size());
    if (node.overloads == nullptr) return no_function(node, name, member);
    if (name == "matches" && node.children[1].op == Op::kConstant) prepare_pattern(node);
  }

  void no_function(Node& node, const std::string& name, bool member) {
    if (name.ends_with('}')) {
      return fail(node, fmt::format("there are no messages here, and so no {}; a map is written "
                                    "{{\"name\": value}}",
                                    name));
    }
    if (is_function(name, member)) {
      const std::size_t args = node.children.size() - (member ? 1 : 0);
      return fail(node, fmt::format("no such overload: {}() does not take {} argument{}", name,
                                    args, args == 1 ? "" : "s"));
    }
    fail(node, fmt::format("undeclared reference to '{}': there is no such function{}", name,
                           guess(name, function_names(member))));
  }

  void prepare_pattern(Node& node) {
    const Value& pattern = node.children[1].constant;
    if (!pattern.is(Kind::kString)) return;
    const std::uint64_t cost = compile_cost(pattern.as_text());
    if (cost > kPatternBudget - spent_on_patterns_) {
      return fail(node, "there are too many patterns in one expression");
    }
    spent_on_patterns_ += cost;
    auto made = compile_pattern(pattern.as_text());
    if (!made.ok()) {
      const std::size_t offset = node.children[1].begin;
      return fail(node, made.error().message, offset);
    }
    node.pattern = std::move(made).value();
    node.op = Op::kMatches;
  }

  std::uint32_t bind(std::string_view name) {
    scope_.push_back({name, result_.locals});
    return result_.locals++;
  }

  // The range is outside of the scope of the names.
  void visit_loop(Node& node) {
    visit(node.children[0]);
    const std::size_t before = scope_.size();
    node.slot = bind(node.name);
    if (node.two_names) bind(node.second_name);
    for (std::size_t i = 1; i < node.children.size(); ++i) visit(node.children[i]);
    scope_.resize(before);
  }

  void visit_binding(Node& node) {
    visit(node.children[0]);
    node.slot = bind(node.name);
    visit(node.children[1]);
    scope_.pop_back();
  }

  // Literals of constants are made once.
  void fold(Node& node) {
    for (const Node& child : node.children) {
      if (child.op != Op::kConstant || child.optional_entry || child.constant.is_missing()) return;
    }
    Value made;
    if (node.op == Op::kList) {
      std::vector<Value> items;
      for (const Node& child : node.children) items.push_back(child.constant);
      made = Value::list(std::move(items));
    } else {
      std::vector<std::pair<Value, Value>> entries;
      for (std::size_t i = 0; i < node.children.size(); i += 2) {
        entries.emplace_back(node.children[i].constant, node.children[i + 1].constant);
      }
      made = Value::map(std::move(entries));
    }
    if (made.is(Kind::kError)) return fail(node, made.failure().message);
    node.op = Op::kConstant;
    node.constant = std::move(made);
    node.children.clear();
  }

  void fail(Node& node, const std::string& message) { fail(node, message, node.at); }
  void fail(Node& node, const std::string& message, std::size_t offset) {
    result_.problems.push_back({offset, message});
    node.op = Op::kConstant;
    node.constant = Value::error(message, offset);
    node.children.clear();
  }

  std::map<std::string_view, std::uint32_t> slots_;  // of variables
  std::vector<Local> scope_;
  Resolved result_;
  std::uint64_t spent_on_patterns_ = 0;
};

}  // namespace

std::string_view type_named(std::string_view name) {
  const auto at = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  return at == kTypeNames.end() ? std::string_view() : *at;
}

Resolved resolve(Node& root, const Declarations& declarations) {
  Resolver resolver(declarations);
  resolver.visit(root);
  return std::move(resolver).take_result();
}

}  // namespace sideband::cel
