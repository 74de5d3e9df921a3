// `sideband eval`: the rule language on the command line.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace sideband::cli {

struct EvalArguments {
  std::string expression;
  std::string input;                 // a JSON file whose members are the variables; empty: none
  std::vector<std::string> unknown;  // more variables, whose values are not known
  bool explain = false;
  bool json = false;
};

// kOk with the value on `out`; kUsage for an expression that cannot be read, that names what there
// is not, or whose value is an error; kUnreachable when it is unknown.
int eval_command(const EvalArguments& arguments, std::ostream& out, std::ostream& err);

// Answers each line of `in`, an object with "id", "expr" and "bindings", by a line with "id" and
// "value", "unknown" or "error", in order and flushed, until the end
// of either. kOk.
int eval_batch_command(std::istream& in, std::ostream& out);

}  // namespace sideband::cli
