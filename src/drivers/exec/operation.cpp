#include "drivers/exec/operation.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include "drivers/judge.h"
#include "drivers/operation_output.h"
#include "drivers/options.h"

namespace sideband {
namespace {

// Shorter values would make holes in every output; a secret of that size is none.
constexpr std::size_t kShortestSecret = 4;

Result<std::set<int>> exit_codes(const OptionReader& options, const std::string& name,
                                 std::set<int> fallback) {
  if (!options.has(name)) return fallback;
  std::set<int> out;
  for (const std::string& line : options.lines(name)) {
    int code = -1;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), code);
    const bool good = error == std::errc() && end == line.data() + line.size();
    if (!good || code < 0 || code > 255) return options.wrong(name, "exit codes are 0 to 255");
    out.insert(code);
  }
  return out;
}

std::string how_it_ended(const ChildEnd& end) {
  if (end.how == ChildEnd::How::kExited) return "exit code " + std::to_string(end.code);
  if (end.how == ChildEnd::How::kSignalled) return "ended by signal " + std::to_string(end.code);
  return "its end was not seen";
}

ChangeOutcome saying(ChangeOutcome outcome, const ChildEnd& end) {
  outcome.said = last_words(end.err.text);
  return outcome;
}

std::string output_of(const ChildEnd& end, bool json) {
  OperationOutput output;
  if (end.how == ChildEnd::How::kExited) output.add("exit", end.code);
  if (end.how == ChildEnd::How::kSignalled) output.add("signal", end.code);
  const bool whole = end.out.dropped == 0;
  if (json && whole && output.add_json("json", end.out.text)) return output.text();
  output.add_text("stdout", without_last_breaks(end.out.text), end.out.dropped);
  return output.text();
}

// Only exit codes say what became of it.
ChangeOutcome outcome_of(const ExecRequest& exec, const ChildEnd& end) {
  const bool exited = end.how == ChildEnd::How::kExited;
  if (exited && exec.expect.contains(end.code)) return changed();
  if (exited && exec.already.contains(end.code)) return already_there();
  const std::string how = how_it_ended(end);
  if (exited && exec.refused.contains(end.code)) return saying(refused(how), end);
  if (exited && exec.failed.contains(end.code)) return saying(failed(how), end);
  return saying(unknown_outcome(how), end);
}

}  // namespace

Result<ExecRequest> parse_exec_request(const ExecTarget& target, const DriverOptions& options,
                                       config::OptionFaults* faults) {
  const OptionReader reader(options, "operation on " + target.name, faults);
  ExecRequest out;
  out.argv = reader.items("argv");
  if (out.argv.empty()) return reader.wrong("argv", "is required");
  const auto& known = target.commands;
  if (std::find(known.begin(), known.end(), out.argv[0]) == known.end()) {
    return reader.wrong(
        "argv", "\"" + out.argv[0] + "\" is not among the commands of target " + target.name);
  }
  for (const auto& [name, value] : options_below(options, "environment")) {
    if (const auto good = check_variable(name); !good) {
      return reader.wrong("environment", good.error().message);
    }
    out.environment.push_back(name + '=' + value);
  }
  out.input = reader.text_or("stdin", "");
  SB_ASSIGN(out.idempotent, reader.flag_or("idempotent", false));
  out.json = reader.text_or("output", "text") == "json";
  SB_ASSIGN(out.expect, exit_codes(reader, "expect", {0}));
  SB_ASSIGN(out.already, exit_codes(reader, "alreadyThere", {}));
  SB_ASSIGN(out.refused, exit_codes(reader, "refused", {}));
  SB_ASSIGN(out.failed, exit_codes(reader, "failed", {}));
  SB_ASSIGN(out.not_there, exit_codes(reader, "notThere", {1}));
  return out;
}

OperationTraits ExecOperation::traits(const OperationRequest& request) const {
  const OptionReader options(request.options, "");
  OperationTraits traits;
  traits.idempotent = options.text_or("idempotent", "") == "true";
  traits.looks = !request.look.empty();
  traits.undoable = !request.undo.empty();
  traits.stoppable = true;
  return traits;
}

Result<void> ExecOperation::check(const OperationRequest& request) const {
  SB_TRY(parse_exec_request(target_, request.options));
  if (!request.look.empty()) SB_TRY(parse_exec_request(target_, request.look));
  if (!request.undo.empty()) SB_TRY(parse_exec_request(target_, request.undo));
  return {};
}

Result<ChildCommand> ExecOperation::command_of(const ExecRequest& exec,
                                               const OperationRequest& request) const {
  ChildCommand out;
  out.argv = exec.argv;
  out.environment = target_.environment;
  for (const auto& [name, value] : target_.secrets) {
    out.environment.push_back(name + '=' + value.reveal());
  }
  out.environment.insert(out.environment.end(), exec.environment.begin(), exec.environment.end());
  out.environment.push_back("SIDEBAND_KEY=" + request.key);
  out.environment.push_back("SIDEBAND_TOKEN=" + std::to_string(request.token));
  out.environment.push_back("SIDEBAND_REPAIR=" +
                            (request.repair.empty() ? "" : request.repair.text()));
  out.environment.push_back("SIDEBAND_STEP=" + request.step);
  out.directory = target_.directory;
  out.input = exec.input;
  out.limits = target_.limits;
  out.max_output = target_.max_output;
  out.runner = target_.runner;
  if (!target_.user.empty()) {
    SB_ASSIGN(out.user, find_user(target_.user));
  }
  return out;
}

// Within the timeout is room for the grace: SIGKILL comes when the time is over.
Result<ChildEnd> ExecOperation::start(const ExecRequest& exec, const OperationRequest& request) {
  SB_ASSIGN(ChildCommand command, command_of(exec, request));
  command.grace = std::min(target_.grace, request.timeout / 5);
  const auto stop = std::make_shared<const StopSwitch>();
  const RunningOperations::Entry entry(running_, request.key, [stop] { stop->press(); });
  auto end = run_child(command, Deadline(clock_, request.timeout - command.grace), *stop);
  if (!end) return end.error().in("target " + target_.name);
  end->out.text = redacted(std::move(end->out.text));
  end->err.text = redacted(std::move(end->err.text));
  return end;
}

std::string ExecOperation::redacted(std::string text) const {
  for (const auto& [name, secret] : target_.secrets) {
    const std::string& value = secret.reveal();
    if (value.size() < kShortestSecret) continue;
    for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
      text.replace(at, value.size(), "***");
      at += 3;
    }
  }
  return text;
}

Result<OperationReply> ExecOperation::execute(const DriverOptions& options,
                                              const OperationRequest& request) {
  SB_ASSIGN(const ExecRequest exec, parse_exec_request(target_, options));
  SB_ASSIGN(const ChildEnd end, start(exec, request));
  if (end.how == ChildEnd::How::kTimedOut) {
    return Error::timeout(exec.argv[0] +
                              " did not end in time and was killed with everything "
                              "that it had started",
                          Effect::kMaybe);
  }
  if (end.how == ChildEnd::How::kStopped) {
    return Error{ErrorCode::kCancelled, exec.argv[0] + " was stopped", Retry::kAfter,
                 Effect::kMaybe};
  }
  return OperationReply{outcome_of(exec, end), output_of(end, exec.json)};
}

Result<OperationReply> ExecOperation::run(const OperationRequest& request) {
  return execute(request.options, request);
}

Result<OperationReply> ExecOperation::undo(const OperationRequest& request) {
  if (request.undo.empty()) return Error::unsupported("this step says nothing of taking it back");
  return execute(request.undo, request);
}

Result<EffectProbe> ExecOperation::probe_effect(const OperationRequest& request) {
  if (request.look.empty()) return Error::unsupported("this step says nothing of looking");
  SB_ASSIGN(const ExecRequest exec, parse_exec_request(target_, request.look));
  SB_ASSIGN(const ChildEnd end, start(exec, request));
  EffectProbe look;
  look.why = how_it_ended(end);
  look.said = last_words(end.err.text);
  if (end.how == ChildEnd::How::kTimedOut) look.why = "the look did not end in time";
  if (end.how != ChildEnd::How::kExited) return look;
  if (exec.expect.contains(end.code)) {
    look.effect = EffectStatus::kThere;
    look.output = output_of(end, exec.json);
  } else if (exec.not_there.contains(end.code)) {
    look.effect = EffectStatus::kNotThere;
  }
  return look;
}

}  // namespace sideband
