// Walks through a resolved tree with the values of its names. One for each evaluation; not
// thread-safe, while the tree may be shared.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "cel/budget.h"
#include "cel/node.h"
#include "cel/trace.h"

namespace sideband::cel {

class Evaluator {
 public:
  // `bindings` are the values of the declarations, in their order; `locals` the number of slots
  // that the resolver counted. `trace` may be null; with it, both sides of && and || are looked at
  // even when one of them decides. All must outlive the evaluator.
  Evaluator(std::span<const Value> bindings, std::uint32_t locals, Budget& budget, Trace* trace)
      : bindings_(bindings), locals_(locals), budget_(budget), trace_(trace) {}

  // Errors say where they were met. Once the budget is spent the result means nothing.
  Value evaluate(const Node& node);

 private:
  // Whether a loop goes on.
  enum class Next : bool { kStop, kGoOn };

  // The value, in `storage` or where it lives anyway: that saves a reference count for each name.
  const Value& look(const Node& node, Value& storage);
  const Value& look_at(const Node& node, Value& storage);
  Value located(Value value, const Node& node);
  Value make(const Node& node);
  const Value& member(const Node& node, Value& storage);
  Value has(const Node& node);
  Value index(const Node& node);
  Value equality(const Node& node);
  Value matches(const Node& node);
  Value call(const Node& node);
  Value junction(const Node& node);
  const Value& choice(const Node& node, Value& storage);
  Value list(const Node& node);
  Value map(const Node& node);
  Value made_map(std::vector<std::pair<Value, Value>> entries);
  Value optional_map(const Node& node);

  Value loop(const Node& node);
  template <class Step>
  void each_round(const Node& node, const Value& range, Step&& step);
  void name_round(const Node& node);
  Value quantifier(const Node& node, const Value& range);
  Value exists_one(const Node& node, const Value& range);
  Value mapped_list(const Node& node, const Value& range);
  Value sorted_list(const Node& node, const Value& range);
  Value mapped_map(const Node& node, const Value& range);
  Value condition(const Node& node);

  std::span<const Value> bindings_;
  std::vector<Value> locals_;
  Budget& budget_;
  Trace* trace_;
};

}  // namespace sideband::cel
