// Expressions as rows of tables.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cel/program.h"
#include "cel/value_text.h"

namespace sideband::cel {

// The value of an expression as value_text writes it, or "error: line:column: message".
inline std::string text_of_result(const Program& program, const Value& value) {
  if (value.is(Kind::kError)) return "error: " + program.error_text(value);
  return value_text(value, 100'000);
}

// A name and its value as an expression; "?" stands for what is not known.
struct Binding {
  std::string name;
  std::string expression;
};

// Without a check before. What cannot be read is "unreadable: line:column: message".
inline std::string evaluated(const std::string& expression,
                             const std::vector<Binding>& bindings = {}) {
  Declarations declarations;
  std::vector<Value> values;
  for (const Binding& binding : bindings) {
    declarations.push_back({binding.name});
    if (binding.expression == "?") {
      values.push_back(Value::unknown({binding.name}));
      continue;
    }
    const auto program = Program::compile(binding.expression, {});
    EXPECT_TRUE(program.ok()) << binding.expression;
    values.push_back(program->evaluate({}));
  }
  const auto program = Program::compile(expression, declarations);
  if (!program.ok()) return "unreadable: " + program.error().message;
  return text_of_result(*program, program->evaluate(values));
}

// An expression and its value; an error by the beginning of its text behind "error: ".
struct Row {
  const char* expression;
  const char* expected;
};

inline void expect_rows(const std::vector<Row>& rows, const std::vector<Binding>& bindings = {}) {
  for (const Row& row : rows) {
    const std::string expected = row.expected;
    const std::string result = evaluated(row.expression, bindings);
    if (expected.ends_with("...")) {
      EXPECT_EQ(result.substr(0, expected.size() - 3) + "...", expected) << row.expression;
    } else {
      EXPECT_EQ(result, expected) << row.expression;
    }
  }
}

}  // namespace sideband::cel
