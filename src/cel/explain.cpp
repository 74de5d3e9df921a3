#include "cel/explain.h"

#include <algorithm>
#include <span>

namespace sideband::cel {
namespace {

using Leaves = std::vector<const Traced*>;

// One side that is `decides` is enough for the whole to be it, and the one with the fewest leaves
// is taken. Where there is none, it takes all of them.
Leaves of_sides(std::span<const Traced> sides, bool decides) {
  Leaves fewest, all;
  for (const Traced& side : sides) {
    Leaves leaves = deciding(side);
    const bool is_one = side.value.is(Kind::kBool) && side.value.as_bool() == decides;
    if (is_one && (fewest.empty() || leaves.size() < fewest.size())) fewest = leaves;
    all.insert(all.end(), leaves.begin(), leaves.end());
  }
  return fewest.empty() ? all : fewest;
}

// The rounds of a loop come behind its range. Where all of them were needed, so was the range.
Leaves of_rounds(const Traced& traced) {
  const bool decides = traced.node->loop == Loop::kExists;
  const std::span<const Traced> children(traced.children);
  if (children.size() < 2) return {&traced};
  Leaves leaves = of_sides(children.subspan(1), decides);
  const bool decided = traced.value.is(Kind::kBool) && traced.value.as_bool() == decides;
  if (!decided) leaves.insert(leaves.begin(), &children.front());
  return leaves;
}

Leaves of_choice(const Traced& traced) {
  if (traced.children.size() < 2) return {&traced};
  Leaves leaves = deciding(traced.children[0]);
  const Leaves chosen = deciding(traced.children[1]);
  leaves.insert(leaves.end(), chosen.begin(), chosen.end());
  return leaves;
}

bool is_quantifier(const Node& node) {
  return node.op == Op::kLoop && (node.loop == Loop::kAll || node.loop == Loop::kExists);
}

}  // namespace

std::vector<const Traced*> deciding(const Traced& traced) {
  const Node& node = *traced.node;
  if (traced.children.empty()) return {&traced};
  if (node.op == Op::kAnd) return of_sides(traced.children, false);
  if (node.op == Op::kOr) return of_sides(traced.children, true);
  if (node.op == Op::kChoice) return of_choice(traced);
  if (node.op == Op::kBind) return deciding(traced.children.back());
  if (node.op == Op::kCall && node.name == "!_") return deciding(traced.children.front());
  if (is_quantifier(node)) return of_rounds(traced);
  return {&traced};
}

Part part_of(std::string_view source, const Traced& traced) {
  Part part;
  part.text = source.substr(traced.node->begin, traced.node->end - traced.node->begin);
  part.round = traced.round;
  part.value = traced.value;
  for (const Traced& child : traced.children) {
    const bool literal = child.node->op == Op::kConstant && !child.value.is_missing();
    const bool written = child.node->end > child.node->begin;
    if (written && !literal) part.parts.push_back(part_of(source, child));
  }
  return part;
}

}  // namespace sideband::cel
