#include "cli/eval_command.h"

#include <fmt/format.h>

#include <istream>
#include <ostream>

#include "base/jcs.h"
#include "base/read_file.h"
#include "base/utf8.h"
#include "cel/program.h"
#include "cel/value_text.h"
#include "cli/eval_values.h"
#include "cli/exit_codes.h"
#include "model/document.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMostInput = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kMostLine = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kMostText = std::size_t{1} * 1024 * 1024;

struct Bound {
  cel::Declarations declarations;
  std::vector<cel::Value> values;
};

Result<Bound> bound_input(const std::string& path, const std::vector<std::string>& unknown) {
  Bound bound;
  for (const std::string& name : unknown) {
    bound.declarations.push_back({name});
    bound.values.push_back(cel::Value::unknown({name}));
  }
  if (path.empty()) return bound;
  SB_ASSIGN(const std::string text, read_bounded_file(path, kMostInput));
  const auto document = parse_json(text);
  if (!document.ok()) return document.error().in(path);
  if (document->kind != Document::Kind::kMap) {
    return Error::invalid(path + ": the input is an object, whose members are the variables");
  }
  for (const auto& [name, member] : document->members) {
    auto value = value_of_json(member);
    if (!value.ok()) return value.error().in(path + ": " + name);
    bound.declarations.push_back({name, cel::Type::sample_of(*value)});
    bound.values.push_back(std::move(value).value());
  }
  return bound;
}

std::string names_json(const cel::Value& unknown) {
  return json_strings(unknown.unknown_names());
}

// {"id":...,"value":...}: `rest` is JSON.
std::string answer(const std::string& id, const char* name, const std::string& rest) {
  return fmt::format("{{\"id\":{},\"{}\":{}}}", id, name, rest);
}

Result<std::string> answer_request(const std::string& id, const Document& request) {
  Bound bound;
  std::string expression;
  for (const auto& [name, member] : request.members) {
    if (name == "expr" && member.kind == Document::Kind::kString) {
      expression = member.text;
    } else if (name == "bindings" && member.kind == Document::Kind::kMap) {
      for (const auto& [variable, binding] : member.members) {
        SB_ASSIGN(cel::Value value, value_of_binding(variable, binding));
        bound.declarations.push_back({variable});
        bound.values.push_back(std::move(value));
      }
    } else if (name != "id") {
      return Error::invalid(
          fmt::format("\"{}\" is not what a line has: \"id\", \"expr\", a text, and "
                      "\"bindings\", an object",
                      name));
    }
  }
  if (request.members.count("expr") == 0) return Error::invalid("\"expr\" is missing");
  SB_ASSIGN(const cel::Program program, cel::Program::compile(expression, bound.declarations));
  const cel::Value value = program.evaluate(bound.values);
  if (value.is(cel::Kind::kError)) return Error::invalid(program.error_text(value));
  if (value.is(cel::Kind::kUnknown)) return answer(id, "unknown", names_json(value));
  SB_ASSIGN(const std::string json, expr_value_json(value));
  return answer(id, "value", json);
}

std::string answer_line(const std::string& line) {
  std::string id = "null";
  const auto reply = [&id, &line]() -> Result<std::string> {
    SB_ASSIGN(const Document request, parse_json(line));
    if (request.kind != Document::Kind::kMap) return Error::invalid("a line is an object");
    const auto given = request.members.find("id");
    if (given != request.members.end()) id = to_json(given->second);
    return answer_request(id, request);
  }();
  return reply.ok() ? *reply : answer(id, "error", json_string(reply.error().message));
}

// One line without its end, of which no more than kMostLine bytes are kept. False at the end.
bool next_line(std::istream& in, std::string& line, bool& too_long) {
  line.clear();
  too_long = false;
  std::streambuf& bytes = *in.rdbuf();
  constexpr int kEnd = std::char_traits<char>::eof();
  int c = bytes.sbumpc();
  if (c == kEnd) return false;
  for (; c != kEnd && c != '\n'; c = bytes.sbumpc()) {
    too_long = too_long || line.size() == kMostLine;
    if (!too_long) line += static_cast<char>(c);
  }
  return true;
}

constexpr std::size_t kMostPart = 120;

std::string part_text(const cel::Value& value) {
  return cel::value_text(value, kMostPart);
}

// "text is value", and what it names a step to the right.
void print_part(const cel::Part& part, const std::string& round_above, std::size_t depth,
                std::ostream& out) {
  const bool new_round = part.round != round_above;
  out << fmt::format("{:{}}{} is {}{}\n", "", 2 * depth, clip_text(part.text, kMostPart),
                     part_text(part.value), new_round ? " where " + part.round : "");
  for (const cel::Part& inner : part.parts) print_part(inner, part.round, depth + 1, out);
}

void print_explanation(const cel::Explanation& explanation, std::ostream& out) {
  out << part_text(explanation.value) << "\n\nDecided by:\n";
  for (const cel::Part& part : explanation.decided_by) {
    out << fmt::format("  {} is {}{}\n", clip_text(part.text, kMostPart), part_text(part.value),
                       part.round.empty() ? "" : " where " + part.round);
  }
  out << "\nAll of it:\n";
  print_part(explanation.tree, "", 1, out);
  if (explanation.cut) out << "There is more than is shown.\n";
}

std::string part_json(const cel::Part& part) {
  std::vector<std::string> parts;
  for (const cel::Part& inner : part.parts) parts.push_back(part_json(inner));
  JsonObject json;
  json.add("text", part.text).add("value", part_text(part.value));
  if (!part.round.empty()) json.add("round", part.round);
  if (!parts.empty()) json.add_json("parts", json_array(parts));
  return json.text();
}

std::string explanation_json(const cel::Explanation& explanation) {
  std::vector<std::string> decided;
  for (const cel::Part& part : explanation.decided_by) decided.push_back(part_json(part));
  JsonObject json;
  json.add_json("decidedBy", json_array(decided));
  json.add_json("tree", part_json(explanation.tree));
  return json.add("cut", explanation.cut).text();
}

int report_error(const std::string& message, std::ostream& err) {
  err << "sideband eval: " << message << "\n";
  return kUsage;
}

// What JSON has of a value: none where it is not known.
Result<std::string> result_json(const cel::Value& value) {
  if (value.is(cel::Kind::kUnknown)) return "\"unknown\":" + names_json(value);
  SB_ASSIGN(const std::string json, expr_value_json(value));
  return "\"value\":" + json;
}

int print_value(const EvalArguments& arguments, const cel::Program& program,
                const cel::Value& value, const cel::Explanation* explanation, std::ostream& out,
                std::ostream& err) {
  if (explanation != nullptr && !arguments.json) print_explanation(*explanation, out);
  if (value.is(cel::Kind::kError)) return report_error(program.error_text(value), err);
  if (arguments.json) {
    const auto json = result_json(value);
    if (!json.ok()) return report_error(json.error().message, err);
    out << '{' << *json;
    if (explanation != nullptr) out << ",\"explanation\":" << explanation_json(*explanation);
    out << "}\n";
  } else if (explanation == nullptr) {
    out << cel::value_text(value, kMostText) << "\n";
  }
  return value.is(cel::Kind::kUnknown) ? kUnreachable : kOk;
}

}  // namespace

int eval_command(const EvalArguments& arguments, std::ostream& out, std::ostream& err) {
  const auto bound = bound_input(arguments.input, arguments.unknown);
  if (!bound.ok()) return report_error(bound.error().message, err);
  const auto program = cel::Program::compile_checked(arguments.expression, bound->declarations);
  if (!program.ok()) return report_error(program.error().message, err);
  if (!arguments.explain) {
    const cel::Value value = program->evaluate(bound->values);
    return print_value(arguments, *program, value, nullptr, out, err);
  }
  const cel::Explanation explanation = program->explain(bound->values);
  return print_value(arguments, *program, explanation.value, &explanation, out, err);
}

int eval_batch_command(std::istream& in, std::ostream& out) {
  std::string line;
  bool too_long = false;
  while (out && next_line(in, line, too_long)) {
    if (too_long) {
      out << answer("null", "error", "\"a line has 16 MiB at most\"");
    } else if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    } else {
      out << answer_line(line);
    }
    out << '\n' << std::flush;
  }
  return kOk;
}

}  // namespace sideband::cli
