#include "config/decode.h"
#include "drivers/driver_fields.h"
#include "drivers/exec/signal.h"

namespace sideband {
namespace {

using enum config::FieldType;

config::Field limits_field() {
  const config::Fields limits = {
      {.key = "cpu", .type = kDuration, .doc = "Time of the processor, of each process."},
      {.key = "memory", .type = kSize, .doc = "Address space of each process."},
      {.key = "files",
       .type = kCount,
       .doc = "Descriptors of each process.",
       .fallback = "256",
       .minimum = 3},
      {.key = "processes",
       .type = kCount,
       .doc = "Processes of the user, all of them together; does not hold for root.",
       .minimum = 1},
      {.key = "fileSize", .type = kSize, .doc = "Size of each file that is written."},
      {.key = "output",
       .type = kSize,
       .doc = "Kept of its output; the rest is read and dropped.",
       .fallback = "64KiB"},
  };
  return {.key = "limits",
          .type = kTable,
          .doc = "What a command may use.",
          .fields = config::share(limits)};
}

config::Fields connect_fields() {
  return {
      {.key = "commands",
       .type = kList,
       .doc = "Absolute paths of what may be started; nothing else is. A shell in this list can "
              "do everything.",
       .required = true,
       .single = true},
      {.key = "user",
       .doc = "Who runs them; needs sideband to be root. Without it, sideband's own."},
      {.key = "runner",
       .doc = "Socket of a `sideband run-commands`, whose user runs them; `none`: sideband itself. "
              "Without it, the one that `serve` was given."},
      {.key = "directory", .doc = "Where they run, an absolute path.", .fallback = "/"},
      {.key = "path", .doc = "Their PATH. Without it, the usual folders of the system."},
      {.key = "environment",
       .type = kMap,
       .doc = "Variables beside PATH, LANG and ours; nothing else is handed on."},
      {.key = "secrets",
       .type = kMap,
       .doc = "Variables that are secrets; their values are blotted out of the output.",
       .item = kSecret},
      limits_field(),
      {.key = "grace",
       .type = kDuration,
       .doc = "Time between SIGTERM and SIGKILL when a command has to end; at most a fifth of the "
              "step's timeout.",
       .fallback = "5s"},
  };
}

config::Field codes(std::string key, std::string doc, std::string fallback = "") {
  return {.key = std::move(key),
          .type = kList,
          .doc = std::move(doc),
          .fallback = std::move(fallback),
          .item = kCount,
          .single = true};
}

config::Fields operation_fields() {
  return {
      {.key = "argv",
       .type = kList,
       .doc = "The command, one of the target's, and its arguments, each as it stands: there is no "
              "shell.",
       .required = true},
      {.key = "stdin", .doc = "Its standard input. Without it, empty."},
      {.key = "environment", .type = kMap, .doc = "More variables."},
      {.key = "idempotent",
       .type = kBool,
       .doc = "Say true where running it twice does no more than once. Only then is it run again "
              "when nobody knows what became of it and nothing can be looked at.",
       .fallback = "false"},
      {.key = "output",
       .type = kEnum,
       .doc = "How its standard output is read, for later steps.",
       .fallback = "text",
       .values = {"text", "json"}},
      codes("expect", "Exit codes that mean that it was done; of a look, that the effect is there.",
            "0"),
      codes("alreadyThere", "Exit codes that mean that there was nothing to do."),
      codes("refused", "Exit codes that mean that a precondition failed and nothing was done."),
      codes("failed",
            "Exit codes that mean that it could not, and nothing was done. After any "
            "other one nobody knows."),
      codes("notThere", "Exit codes of a look that mean that the effect is not there.", "1"),
  };
}

// A command that is filled in is known when the step runs only.
void check_exec_operation(const TargetSettings& target, const DriverOptions& options,
                          config::OptionFaults& faults) {
  const auto argv = options.find("argv");
  if (argv == options.end() ||
      argv->second.substr(0, argv->second.find('\n')).find('{') != std::string::npos) {
    return;
  }
  const auto parsed = parse_exec_target(target);
  if (parsed.ok()) (void)parse_exec_request(*parsed, options, &faults);
}

}  // namespace

config::DriverFields exec_fields() {
  return {.name = "exec",
          .doc = "Commands on this machine, for playbooks and signals.",
          .connect = connect_fields(),
          .operation = operation_fields(),
          .signals = {command_signal_kind()},
          .check_target =
              [](const TargetSettings& target, config::OptionFaults& faults) {
                (void)parse_exec_target(target, &faults);
              },
          .check_operation = check_exec_operation};
}

}  // namespace sideband
