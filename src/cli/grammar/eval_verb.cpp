// The verb `eval`: needs neither configuration nor a daemon.
#include <unistd.h>

#include <iostream>

#include "cli/eval_command.h"
#include "cli/exit_codes.h"
#include "cli/grammar/verbs.h"

namespace sideband::cli {

void add_eval_verb(CommandLine& line) {
  CLI::App* const verb =
      add_verb(line, "eval", "Evaluate an expression of the rule language (CEL); exit 0, 2, 7",
               {"sideband eval '1 + 1'",
                "sideband eval 'size(items) < 5' --input examples/facts.json --explain",
                "sideband -o json eval 'timestamp(\"2026-01-01T00:00:00Z\").getDayOfWeek()'"});
  verb->footer(
      verb->get_footer() +
      "\nEXPR is CEL without messages; docs/rules.md has the language. The members of\n"
      "--input are its variables: numbers without fraction are int, others double. A\n"
      "name that is not there is an error with its place. Exit codes: 0 a value, also\n"
      "false; 2 an expression or input that is wrong, or a value that is an error; 7 a\n"
      "value that is unknown.\n"
      "--batch answers each line {\"id\":..., \"expr\":..., \"bindings\":{...}} of the\n"
      "input by {\"id\":..., \"value\":...} or {\"id\":..., \"error\":...}; values are in\n"
      "the proto3-JSON form of cel.expr.Value. A line that is wrong is answered too.\n");
  const auto arguments = std::make_shared<EvalArguments>();
  const auto batch = std::make_shared<bool>(false);
  verb->add_option("EXPR", arguments->expression);
  verb->add_option("--input", arguments->input, "JSON whose members are the variables");
  verb->add_option("--unknown", arguments->unknown, "A variable whose value is not known")
      ->allow_extra_args(false);  // one each time: what follows is the expression
  verb->add_flag("--explain", arguments->explain, "Say what each part was, and what decided");
  verb->add_flag("--batch", *batch, "Answer JSON lines from standard input");
  on_run(line, verb, [&line, arguments, batch, verb] {
    if (*batch == (verb->count("EXPR") > 0)) {
      std::cerr << "sideband eval: give one expression, or --batch\n";
      return static_cast<int>(kUsage);
    }
    if (*batch) {
      line.as_bytes();
      return eval_batch_command(std::cin, std::cout);
    }
    arguments->json = line.format == "json";
    return eval_command(*arguments, std::cout, std::cerr);
  });
}

}  // namespace sideband::cli
