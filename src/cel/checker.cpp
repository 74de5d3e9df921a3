#include "cel/checker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "base/near_word.h"

namespace sideband::cel {
namespace {

Type type_of_letter(char letter) {
  for (int i = 0; i <= static_cast<int>(Kind::kOptional); ++i) {
    const auto kind = static_cast<Kind>(i);
    if (letter != '*' && takes(letter, kind)) return Type(kind);
  }
  return {};
}

bool may_be(const Type& type, Kind kind) {
  return type.is_any() || type.is(kind);
}

class Checker {
 public:
  Checker(const Declarations& declarations, std::uint32_t locals)
      : declarations_(declarations), locals_(locals) {}

  Type visit(const Node& node) {
    switch (node.op) {
      case Op::kConstant:
        return Type::of(node.constant);
      case Op::kVariable:
        return declarations_[node.slot].type;
      case Op::kLocal:
        return locals_[node.slot];
      case Op::kMember:
        return member(node, visit(node.children[0]), node.optional);
      case Op::kHas:
        member(node, visit(node.children[0]), true);
        return Type(Kind::kBool);
      case Op::kIndex:
        return index(node);
      case Op::kEqual:
      case Op::kNotEqual:
        return equality(node);
      case Op::kAnd:
      case Op::kOr:
        for (const Node& child : node.children) condition(child);
        return Type(Kind::kBool);
      case Op::kChoice:
        return choice(node);
      case Op::kList:
        return list(node);
      case Op::kMap:
        return map(node);
      case Op::kLoop:
        return loop(node);
      case Op::kBind:
        locals_[node.slot] = visit(node.children[0]);
        return visit(node.children[1]);
      case Op::kOptionalMap:
        return optional_map(node);
      default:
        return call(node);
    }
  }

  std::vector<Problem> take_problems() { return std::move(problems_); }

 private:
  void complain(std::size_t offset, std::string message) {
    problems_.push_back({offset, std::move(message)});
  }

  void condition(const Node& node) {
    const Type type = visit(node);
    if (may_be(type, Kind::kBool)) return;
    complain(node.begin, fmt::format("a condition is a bool, and this is {}", type.text()));
  }

  // `asks`: whether it may be absent is what is asked.
  Type member(const Node& node, const Type& operand, bool asks) {
    if (operand.is(Kind::kOptional)) {
      return as_optional(member(node, operand.element(), true));
    }
    if (operand.is_any()) return wrapped(node, {});
    if (!operand.is(Kind::kMap)) {
      complain(node.at, fmt::format("a value of type {} has no members, so no \"{}\"",
                                    operand.text(), node.name));
      return {};
    }
    if (!may_be(operand.key(), Kind::kString)) {
      complain(node.at, fmt::format("the keys of this map are {}, so there is no \"{}\"",
                                    operand.key().text(), node.name));
      return {};
    }
    return wrapped(node, named_member(operand, node.name, node.at, asks));
  }

  static Type as_optional(const Type& type) {
    return type.is(Kind::kOptional) ? type : Type::optional(type);
  }
  static Type wrapped(const Node& node, const Type& type) {
    return node.optional ? Type::optional(type) : type;
  }

  Type named_member(const Type& record, const std::string& name, std::size_t offset, bool asks) {
    if (record.members() == nullptr) return record.element();
    const auto found = record.members()->find(name);
    if (found != record.members()->end()) return found->second;
    if (asks && record.is_sample()) return {};
    constexpr std::size_t kGuesses = 20;  // more nobody reads, and each takes its time
    if (problems_.size() >= kGuesses) {
      complain(offset, fmt::format("there is no member \"{}\"", name));
      return {};
    }
    std::vector<std::string> names;
    for (const auto& [known, type] : *record.members()) names.push_back(known);
    const std::string guess = did_you_mean(name, names);
    complain(offset,
             fmt::format(
                 "there is no member \"{}\"{}", name,
                 guess.empty() ? fmt::format("; there are: {}", fmt::join(names, ", ")) : guess));
    return {};
  }

  Type index(const Node& node) {
    Type operand = visit(node.children[0]);
    const Type key = visit(node.children[1]);
    const bool chained = operand.is(Kind::kOptional);
    if (chained) operand = operand.element();
    const Type found = item(node, operand, key);
    return node.optional || chained ? Type::optional(found) : found;
  }

  Type item(const Node& node, const Type& operand, const Type& key) {
    if (operand.is_any()) return {};
    if (operand.is(Kind::kList)) {
      if (key.is_any() || key.is_number()) return operand.element();
      complain(node.children[1].begin, fmt::format("{} is no place in a list", key.text()));
      return {};
    }
    if (!operand.is(Kind::kMap)) {
      complain(node.at, fmt::format("a value of type {} has no items", operand.text()));
      return {};
    }
    const Node& written = node.children[1];
    if (written.op == Op::kConstant && written.constant.is(Kind::kString)) {
      return named_member(operand, written.constant.as_text(), written.begin, node.optional);
    }
    return operand.members() == nullptr ? operand.element() : Type();
  }

  Type equality(const Node& node) {
    const Type left = visit(node.children[0]), right = visit(node.children[1]);
    if (!left.may_equal(right)) {
      complain(node.at, fmt::format("{} and {} are never equal", left.text(), right.text()));
    }
    return Type(Kind::kBool);
  }

  Type choice(const Node& node) {
    condition(node.children[0]);
    const Type yes = visit(node.children[1]);
    return yes.either(visit(node.children[2]));
  }

  // The type of an entry that may be left out is that of its value.
  Type entry(const Node& node, bool optional, std::string_view form) {
    const Type type = visit(node);
    if (!optional) return type;
    if (!may_be(type, Kind::kOptional)) {
      complain(node.begin, fmt::format("{} needs an optional, not {}", form, type.text()));
    }
    return type.is(Kind::kOptional) ? type.element() : Type();
  }

  Type list(const Node& node) {
    std::optional<Type> item;
    for (const Node& child : node.children) {
      const Type type = entry(child, child.optional_entry, "[?x]");
      item = item ? item->either(type) : type;
    }
    return item ? Type::list(*item) : Type(Kind::kList);
  }

  Type map(const Node& node) {
    std::optional<Type> key, element;
    for (std::size_t i = 0; i < node.children.size(); i += 2) {
      const Type key_type = visit(node.children[i]);
      const Type type = entry(node.children[i + 1], node.children[i].optional_entry, "{?k: v}");
      key = key ? key->either(key_type) : key_type;
      element = element ? element->either(type) : type;
    }
    return key ? Type::map(*key, *element) : Type(Kind::kMap);
  }

  Type loop(const Node& node) {
    const Type range = visit(node.children[0]);
    if (!may_be(range, Kind::kList) && !range.is(Kind::kMap)) {
      complain(node.at, fmt::format("a value of type {} has no items to go through", range.text()));
    }
    const Type key = range.is(Kind::kList) ? Type(Kind::kInt) : range.key();
    const Type element = range.members() == nullptr ? range.element() : Type();
    if (node.two_names) {
      locals_[node.slot] = key;
      locals_[node.slot + 1] = element;
    } else {
      locals_[node.slot] = range.is(Kind::kMap) ? key : element;
    }
    condition(node.children[1]);
    if (node.children.size() < 3) return Type(Kind::kBool);
    const Type made = visit(node.children[2]);
    if (node.loop == Loop::kMap) return Type::list(made);
    if (node.loop == Loop::kSortBy) return range;
    if (node.loop == Loop::kMapEntries) return Type::map(key, made);
    if (!may_be(made, Kind::kMap)) {
      complain(node.children[2].begin, "transformMapEntry() needs a map as the result");
    }
    return made;
  }

  Type optional_map(const Node& node) {
    const Type target = visit(node.children[0]);
    if (!may_be(target, Kind::kOptional)) {
      complain(node.at, fmt::format("a value of type {} is no optional", target.text()));
    }
    locals_[node.slot] = target.element();
    const Type made = visit(node.children[1]);
    if (!node.flat) return Type::optional(made);
    if (!may_be(made, Kind::kOptional)) {
      complain(node.children[1].begin, "optFlatMap() needs an optional as the result");
    }
    return made;
  }

  Type call(const Node& node) {
    std::vector<Type> args;
    for (const Node& child : node.children) args.push_back(visit(child));
    std::optional<char> result;
    for (const Overload& overload : *node.overloads) {
      if (!accepts(overload, args)) continue;
      result = result && *result != overload.result ? '*' : overload.result;
    }
    if (result) return result_type(node, type_of_letter(*result), args);
    complain(node.at, "no such overload: " + call_text(node, args));
    return {};
  }

  static bool accepts(const Overload& overload, const std::vector<Type>& args) {
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (!args[i].is_any() && !takes(overload.params[i], args[i].kind())) return false;
    }
    return true;
  }

  static std::string call_text(const Node& node, const std::vector<Type>& args) {
    std::vector<std::string> types;
    for (const Type& arg : args) types.push_back(arg.text());
    if (node.name == "@in") return fmt::format("{} in {}", types[0], types[1]);
    if (node.name == "!_" || node.name == "-_") return node.name.substr(0, 1) + types[0];
    if (node.name.starts_with('_')) {
      return fmt::format("{} {} {}", types[0], node.name.substr(1, node.name.size() - 2), types[1]);
    }
    if (node.op == Op::kCall) return fmt::format("{}({})", node.name, fmt::join(types, ", "));
    const std::string target = types[0];
    types.erase(types.begin());
    return fmt::format("{}.{}({})", target, node.name, fmt::join(types, ", "));
  }

  // What the letter of an overload cannot say: the types inside.
  static Type result_type(const Node& node, const Type& result, const std::vector<Type>& args) {
    const std::string& name = node.name;
    if (name == "_+_" && result.is(Kind::kList)) return args[0].either(args[1]);
    if (name == "slice" || name == "distinct" || name == "sort" || name == "reverse")
      return args[0];
    if (name == "first" || name == "last") return Type::optional(args[0].element());
    if (name == "split") return Type::list(Type(Kind::kString));
    if (name == "lists.range") return Type::list(Type(Kind::kInt));
    if (name == "optional.of" || name == "optional.ofNonZeroValue") return Type::optional(args[0]);
    if (name == "value") return args[0].element();
    if (name == "or") return args[0].either(args[1]);
    if (name == "orValue") return args[0].element().either(args[1]);
    return result;
  }

  const Declarations& declarations_;
  std::vector<Type> locals_;
  std::vector<Problem> problems_;
};

}  // namespace

Checked check(const Node& root, const Declarations& declarations, std::uint32_t locals) {
  Checker checker(declarations, locals);
  Checked checked;
  checked.type = checker.visit(root);
  checked.problems = checker.take_problems();
  return checked;
}

}  // namespace sideband::cel
