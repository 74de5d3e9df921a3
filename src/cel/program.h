// An expression that is ready to run.
//
//   SB_ASSIGN(const Program program, Program::compile("a > 1 && b == 'x'", {{"a"}, {"b"}}));
//   const Value verdict = program.evaluate({Value::integer(2), Value::string("x")});
//
// Immutable and thread-safe; never blocks, but for the first look at a time zone's file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "cel/budget.h"
#include "cel/explain.h"
#include "cel/node.h"
#include "cel/type.h"
#include "cel/value.h"

namespace sideband::cel {

class Program {
 public:
  // Names that are not declared, and functions that there are not, are errors when they are met:
  // `true || nothing` is true. kInvalid, "line:column: message", for what cannot be read.
  static Result<Program> compile(std::string source, const Declarations& declarations);

  // The same, checked: what is not declared, what types do not allow and patterns that are none are
  // errors here, all of them, a line each. `wanted` is what the result has to be.
  static Result<Program> compile_checked(std::string source, const Declarations& declarations,
                                         const Type& wanted = {});

  // Never throws; the result may be an error or unknown, whose places are in the source. `bindings`
  // are the values of the declarations in their order. A value is unknown where Value::unknown was
  // given for what it depends on. An evaluation that costs more than `limit` is an error.
  [[nodiscard]] Value evaluate(std::span<const Value> bindings,
                               std::uint64_t limit = kDefaultCostLimit) const;

  // The same value, and what made it. Takes a few times as long; keeps 2,000 parts at most. Parts
  // that the cost limit left out are errors in the tree.
  [[nodiscard]] Explanation explain(std::span<const Value> bindings,
                                    std::uint64_t limit = kDefaultCostLimit) const;

  [[nodiscard]] const std::string& source() const { return code_->source; }
  // "line:column: message" of an error's value.
  [[nodiscard]] std::string error_text(const Value& error) const;

 private:
  struct Code {
    std::string source;
    Node root;
    std::uint32_t locals = 0;
    std::size_t bindings = 0;
  };
  static Result<Program> prepare(std::string source, const Declarations& declarations,
                                 const Type* wanted);
  explicit Program(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

  std::shared_ptr<const Code> code_;
};

}  // namespace sideband::cel
