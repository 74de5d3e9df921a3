#include "cli/plan_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/bytes.h"
#include "base/jcs.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/line_diff.h"
#include "cli/printable.h"
#include "config/typed_document.h"
#include "policy/document_diff.h"
#include "policy/gates/gate.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMaxValue = 120;

std::string paint(bool color, const char* code, const std::string& text) {
  return color ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

const char* op_color(char symbol) {
  return symbol == '+' ? "32" : symbol == '-' ? "31" : "33";
}

char op_symbol(ChangeOp op) {
  return op == ChangeOp::kCreate ? '+' : op == ChangeOp::kDelete ? '-' : '~';
}

// U+202E and its kin reorder what a terminal shows; C1 controls steer it.
std::string without_bidi(std::string text) {
  for (const std::string_view evil : {"\xe2\x80\xae", "\xe2\x80\xad", "\xe2\x81\xa6", "\xc2\x9b"}) {
    for (std::size_t at = text.find(evil); at != std::string::npos; at = text.find(evil)) {
      text.replace(at, evil.size(), "?");
    }
  }
  return text;
}

std::string cut(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  return text.substr(0, most) + fmt::format("... ({} bytes)", text.size());
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The documents of a structured file, or nothing.
Result<Document> document_of(const std::string& key, const std::string& bytes) {
  if (ends_with(key, ".json")) return parse_json(bytes);
  if (!ends_with(key, ".yaml") && !ends_with(key, ".yml")) return Error::invalid("not structured");
  SB_ASSIGN(auto documents, config::parse_yaml_documents(key, bytes));
  if (documents.size() != 1) return Error::invalid("several documents");
  return std::move(documents.front());
}

// JSON escapes control characters by itself.
std::string text_of(const Document& document) {
  return cut(without_bidi(to_json(document)), kMaxValue);
}

std::vector<std::string> document_lines(const Document& found, const Document& want) {
  std::vector<std::string> lines;
  for (const Difference& difference : diff_documents(found, want, {})) {
    const std::string where = difference.pointer.empty() ? "/" : difference.pointer;
    if (difference.kind == Difference::Kind::kAdded) {
      lines.push_back("+ " + where + ": " + text_of(difference.after));
    } else if (difference.kind == Difference::Kind::kRemoved) {
      lines.push_back("- " + where + ": " + text_of(difference.before));
    } else {
      lines.push_back("~ " + where + ": " + text_of(difference.before) + " -> " +
                      text_of(difference.after));
    }
  }
  return lines;
}

std::vector<std::string> field_lines(const Fields& found, const Fields& want) {
  std::vector<std::string> lines;
  const auto quoted = [](const std::string& value) { return value_text(value); };
  for (const auto& [name, value] : want) {
    const auto old = found.find(name);
    if (old == found.end()) {
      lines.push_back("+ " + name + ": " + quoted(value));
    } else if (old->second != value) {
      lines.push_back("~ " + name + ": " + quoted(old->second) + " -> " + quoted(value));
    }
  }
  for (const auto& [name, value] : found) {
    if (want.count(name) == 0) lines.push_back("- " + name + ": " + quoted(value));
  }
  return lines;
}

std::vector<std::string> bytes_lines(const std::string& key, const std::string& found,
                                     const std::string& want) {
  const auto before = document_of(key, found);
  const auto after = document_of(key, want);
  if (before.ok() && after.ok()) return document_lines(*before, *after);
  const bool lines = found.find('\n') != std::string::npos || want.find('\n') != std::string::npos;
  if (lines) return line_diff(found, want);
  return {"~ " + value_text(found) + " -> " + value_text(want)};
}

// Well-formed UTF-8 without NUL bytes.
bool is_text(std::string_view value) {
  while (!value.empty()) {
    const std::size_t length = value.front() == '\0' ? 0 : utf8_length(value);
    if (length == 0) return false;
    value.remove_prefix(length);
  }
  return true;
}

std::string count_text(std::int64_t count, const char* what) {
  return count == 0 ? "" : fmt::format("{} to {}", count, what);
}

}  // namespace

std::string safe_text(const std::string& text, std::size_t most) {
  const std::string quoted = json_string(text);
  return cut(without_bidi(quoted.substr(1, quoted.size() - 2)), most);
}

std::string value_text(const std::string& value) {
  if (!is_text(value)) {
    return cut("\\x" + to_hex(value.substr(0, kMaxValue)), kMaxValue) +
           fmt::format(" ({} bytes that are no text)", value.size());
  }
  std::string text = value;
  for (std::size_t at = 0; (at = text.find_first_of("\n\t", at)) != std::string::npos; at += 2) {
    text.replace(at, 1, text[at] == '\n' ? "\\n" : "\\t");
  }
  text = cut(printable(text), kMaxValue);
  const auto outer = [](char c) { return c == ' ' || c == '\''; };
  const bool quote = value.empty() || outer(value.front()) || outer(value.back());
  return quote ? "'" + text + "'" : text;
}

static std::vector<std::string> content_diff(const std::string& key, const State& found,
                                             const State& want) {
  if (!found.present() || !want.present()) {
    const State& shown = want.present() ? want : found;
    const std::string symbol = want.present() ? "+ " : "- ";
    if (shown.shape == Shape::kBytes) return {symbol + value_text(shown.bytes)};
    const auto fields = decode_fields(shown.bytes);
    if (!fields.ok()) return {};
    return want.present() ? field_lines({}, *fields) : field_lines(*fields, {});
  }
  if (found.shape == Shape::kFields && want.shape == Shape::kFields) {
    const auto before = decode_fields(found.bytes);
    const auto after = decode_fields(want.bytes);
    if (before.ok() && after.ok()) return field_lines(*before, *after);
  }
  return bytes_lines(key, found.bytes, want.bytes);
}

std::vector<std::string> value_diff(const std::string& key, const State& found, const State& want) {
  std::vector<std::string> lines;
  const auto before = decode_fields(found.attributes);
  const auto after = decode_fields(want.attributes);
  if (before.ok() && after.ok()) lines = field_lines(*before, *after);
  const bool both = found.present() && want.present();
  if (both && found.shape == want.shape && found.bytes == want.bytes) return lines;
  for (std::string& line : content_diff(key, found, want)) lines.push_back(std::move(line));
  return lines;
}

void print_changes(std::ostream& out, const std::vector<Change>& changes, std::int64_t total,
                   const ViewOptions& options) {
  const std::size_t shown = std::min(changes.size(), options.max_changes);
  for (std::size_t i = 0; i < shown; ++i) {
    const Change& change = changes[i];
    const char symbol = op_symbol(change.op);
    out << "  "
        << paint(options.color, op_color(symbol),
                 std::string(1, symbol) + " " + safe_text(change.key, kMaxValue))
        << "\n";
    const auto lines = value_diff(change.key, change.found, change.want);
    for (std::size_t line = 0; line < std::min(lines.size(), options.max_lines); ++line) {
      out << "      " << paint(options.color, op_color(lines[line].front()), lines[line]) << "\n";
    }
    if (lines.size() > options.max_lines) {
      out << "      ... " << lines.size() - options.max_lines << " more lines\n";
    }
  }
  const auto rest = total - static_cast<std::int64_t>(shown);
  if (rest > 0) out << "  ... and " << rest << " more\n";
}

std::string plan_summary(const PlanCounts& counts) {
  if (counts.changes() == 0) return fmt::format("Plan: nothing to do, {} in sync", counts.desired);
  std::string parts;
  for (const std::string& part :
       {count_text(counts.update, "update"), count_text(counts.create, "create"),
        count_text(counts.erase, "delete")}) {
    if (!part.empty()) parts += (parts.empty() ? "" : ", ") + part;
  }
  if (counts.desired <= 0) return "Plan: " + parts;
  return fmt::format("Plan: {} of {} ({})", parts, counts.desired,
                     format_percent(counts.changes() * 1'000'000 / counts.desired));
}

std::vector<ReasonView> views_of(const std::vector<Reason>& reasons) {
  std::vector<ReasonView> views;
  for (const Reason& reason : reasons) {
    views.push_back(
        {std::string(gate_name(reason.gate)), reason.passes, saw_text(reason), opens_text(reason)});
  }
  return views;
}

void print_reasons(std::ostream& out, const std::vector<ReasonView>& reasons,
                   const ViewOptions& options) {
  for (const ReasonView& reason : reasons) {
    const bool passes = reason.passes == Truth::kTrue;
    const std::string mark = passes ? "ok  " : reason.passes == Truth::kFalse ? "STOP" : "?   ";
    out << "  " << paint(options.color, passes ? "32" : "31", mark) << " " << reason.gate << ": "
        << reason.saw << "\n";
    if (!passes && !reason.opens.empty()) out << "       opens by: " << reason.opens << "\n";
  }
}

}  // namespace sideband::cli
