#include "cel/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "cel/checker.h"
#include "cel/evaluator.h"
#include "cel/parser.h"
#include "cel/resolver.h"
#include "cel/source.h"

namespace sideband::cel {
namespace {

// One error of all, by place; no more than anybody reads.
Error all_of(std::string_view source, std::vector<Problem> problems) {
  constexpr std::size_t kMost = 20;
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.offset < b.offset; });
  if (problems.size() > kMost) problems.resize(kMost);
  std::string text;
  for (const Problem& problem : problems) {
    text += (text.empty() ? "" : "\n") + error_at(source, problem.offset, problem.message).message;
  }
  return Error::invalid(std::move(text));
}

}  // namespace

Result<Program> Program::compile(std::string source, const Declarations& declarations) {
  return prepare(std::move(source), declarations, nullptr);
}

Result<Program> Program::compile_checked(std::string source, const Declarations& declarations,
                                         const Type& wanted) {
  return prepare(std::move(source), declarations, &wanted);
}

// Without `wanted` nothing is checked.
Result<Program> Program::prepare(std::string source, const Declarations& declarations,
                                 const Type* wanted) {
  auto code = std::make_shared<Code>();
  code->source = std::move(source);
  SB_ASSIGN(code->root, parse(code->source));
  Resolved resolved = resolve(code->root, declarations);
  code->locals = resolved.locals;
  code->bindings = declarations.size();
  if (wanted != nullptr) {
    Checked checked = check(code->root, declarations, resolved.locals);
    for (Problem& problem : checked.problems) resolved.problems.push_back(std::move(problem));
    if (!resolved.problems.empty()) return all_of(code->source, std::move(resolved.problems));
    if (!checked.type.is_any() && !wanted->is_any() && checked.type.kind() != wanted->kind()) {
      return error_at(
          code->source, code->root.begin,
          fmt::format("this is {}, and {} is wanted", checked.type.text(), wanted->text()));
    }
  }
  return Program(std::move(code));
}

Value Program::evaluate(std::span<const Value> bindings, std::uint64_t limit) const {
  SB_CHECK(bindings.size() == code_->bindings);
  Budget budget(limit);
  Value value = Evaluator(bindings, code_->locals, budget, nullptr).evaluate(code_->root);
  return budget.spent_out() ? Budget::error() : value;
}

Explanation Program::explain(std::span<const Value> bindings, std::uint64_t limit) const {
  constexpr std::size_t kMostParts = 2000;
  Explanation made;
  made.value = evaluate(bindings, limit);
  // Both sides of && and || are looked at here, which may cost more than the value did.
  Budget budget(limit);
  Trace trace(kMostParts);
  (void)Evaluator(bindings, code_->locals, budget, &trace).evaluate(code_->root);
  made.cut = trace.cut() || budget.spent_out();
  made.tree = part_of(code_->source, trace.root());
  made.tree.value = made.value;
  if (made.cut) {
    made.decided_by.push_back({made.tree.text, {}, made.value, {}});
    return made;
  }
  for (const Traced* leaf : deciding(trace.root())) {
    made.decided_by.push_back(part_of(code_->source, *leaf));
  }
  return made;
}

std::string Program::error_text(const Value& error) const {
  const Failure& failure = error.failure();
  if (failure.offset == Failure::kNowhere) return failure.message;
  return error_at(code_->source, failure.offset, failure.message).message;
}

}  // namespace sideband::cel
