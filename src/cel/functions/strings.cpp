// Functions of strings and bytes: those of the standard, and the extensions "strings" and
// "encoders" of cel-go. Positions are code points.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "cel/functions/specs.h"
#include "cel/text.h"

namespace sideband::cel {
namespace {

const std::string& text_of(const Call& call, std::size_t i) {
  return call.args[i].as_text();
}
// A search compares the whole of what it looks for at many places, in the worst case.
bool spend_search(const Call& call) {
  return call.budget.spend((1 + text_of(call, 0).size() / 2) * (1 + text_of(call, 1).size() / 64));
}
Value index_error(std::int64_t index) {
  return Value::error(fmt::format("index out of range: {}", index));
}

Value contains(const Call& call) {
  if (!spend_search(call)) return Budget::error();
  return Value::boolean(text_of(call, 0).find(text_of(call, 1)) != std::string::npos);
}
Value starts_with(const Call& call) {
  return Value::boolean(text_of(call, 0).starts_with(text_of(call, 1)));
}
Value ends_with(const Call& call) {
  return Value::boolean(text_of(call, 0).ends_with(text_of(call, 1)));
}

Value size_of_string(const Call& call) {
  return Value::integer(static_cast<std::int64_t>(count_code_points(text_of(call, 0))));
}
Value size_of_bytes(const Call& call) {
  return Value::integer(static_cast<std::int64_t>(text_of(call, 0).size()));
}

Value char_at(const Call& call) {
  const std::string& text = text_of(call, 0);
  const std::int64_t index = call.args[1].as_int();
  const auto count = static_cast<std::int64_t>(count_code_points(text));
  if (index < 0 || index > count) return index_error(index);
  if (index == count) return Value::string("");
  const std::size_t at = byte_offset(text, static_cast<std::size_t>(index));
  return Value::string(text.substr(at, first_code_point(std::string_view(text).substr(at)).length));
}

Value code_points_before(const std::string& text, std::size_t at) {
  if (at == std::string::npos) return Value::integer(-1);
  const auto count = count_code_points(std::string_view(text).substr(0, at));
  return Value::integer(static_cast<std::int64_t>(count));
}

// Where to begin, in bytes: the argument is from 0 to the number of code points.
std::optional<std::size_t> start_of(const Call& call, std::int64_t index) {
  const std::string& text = text_of(call, 0);
  if (index < 0 || index > static_cast<std::int64_t>(count_code_points(text))) return std::nullopt;
  return byte_offset(text, static_cast<std::size_t>(index));
}

Value index_of(const Call& call) {
  if (!spend_search(call)) return Budget::error();
  return code_points_before(text_of(call, 0), text_of(call, 0).find(text_of(call, 1)));
}
Value index_of_from(const Call& call) {
  if (!spend_search(call)) return Budget::error();
  const auto start = start_of(call, call.args[2].as_int());
  if (!start) return index_error(call.args[2].as_int());
  return code_points_before(text_of(call, 0), text_of(call, 0).find(text_of(call, 1), *start));
}
Value last_index_of(const Call& call) {
  if (!spend_search(call)) return Budget::error();
  return code_points_before(text_of(call, 0), text_of(call, 0).rfind(text_of(call, 1)));
}
Value last_index_of_from(const Call& call) {
  if (!spend_search(call)) return Budget::error();
  const auto start = start_of(call, call.args[2].as_int());
  if (!start) return index_error(call.args[2].as_int());
  return code_points_before(text_of(call, 0), text_of(call, 0).rfind(text_of(call, 1), *start));
}

Value change_ascii(const Call& call, char first, char last) {
  std::string text = text_of(call, 0);
  for (char& c : text) c = static_cast<char>(c >= first && c <= last ? c ^ 0x20 : c);
  return Value::string(std::move(text));
}
Value lower_ascii(const Call& call) {
  return change_ascii(call, 'A', 'Z');
}
Value upper_ascii(const Call& call) {
  return change_ascii(call, 'a', 'z');
}

// A piece of text up to the next place where `what` stands; an empty `what` stands between all.
std::size_t next_place(const std::string& text, const std::string& what, std::size_t at) {
  if (!what.empty()) return text.find(what, at);
  if (at >= text.size()) return std::string::npos;
  return at + first_code_point(std::string_view(text).substr(at)).length;
}

// At most so many; below zero all.
Value replace_some(const Call& call, std::int64_t most) {
  const std::string& text = text_of(call, 0);
  const std::string& what = text_of(call, 1);
  const std::string& with = text_of(call, 2);
  if (!spend_search(call)) return Budget::error();
  std::string out;
  std::size_t at = 0;
  const auto put = [&](const std::string& piece) {
    out += piece;
    return call.budget.spend(1 + piece.size() / 16);
  };
  if (what.empty() && most != 0) {
    if (!put(with)) return Budget::error();
    --most;
  }
  for (; most != 0; --most) {
    const std::size_t found = next_place(text, what, at);
    if (found == std::string::npos) break;
    out += text.substr(at, found - at);
    if (!put(with)) return Budget::error();
    at = found + what.size();
  }
  return Value::string(out + text.substr(at));
}
Value replace(const Call& call) {
  return replace_some(call, -1);
}
Value replace_up_to(const Call& call) {
  return replace_some(call, call.args[3].as_int());
}

Value split_some(const Call& call, std::int64_t most) {
  const std::string& text = text_of(call, 0);
  const std::string& separator = text_of(call, 1);
  std::vector<Value> pieces;
  if (most == 0) return Value::list({});
  std::size_t at = 0;
  for (; most < 0 || static_cast<std::int64_t>(pieces.size()) + 1 < most;) {
    const std::size_t found = next_place(text, separator, at);
    if (found == std::string::npos || (separator.empty() && found == text.size())) break;
    if (!call.budget.spend(4 + (found - at) / 16)) return Budget::error();
    pieces.push_back(Value::string(text.substr(at, found - at)));
    at = found + separator.size();
  }
  if (!(separator.empty() && text.empty())) pieces.push_back(Value::string(text.substr(at)));
  return Value::list(std::move(pieces));
}
Value split(const Call& call) {
  if (!spend_search(call)) return Budget::error();
  return split_some(call, -1);
}
Value split_up_to(const Call& call) {
  if (!spend_search(call)) return Budget::error();
  return split_some(call, call.args[2].as_int());
}

Value substring_between(const Call& call, std::int64_t begin, std::int64_t end) {
  const std::string& text = text_of(call, 0);
  const auto count = static_cast<std::int64_t>(count_code_points(text));
  if (begin < 0 || begin > count) return index_error(begin);
  if (end < 0 || end > count) return index_error(end);
  if (begin > end) {
    return Value::error(fmt::format("invalid substring range. start: {}, end: {}", begin, end));
  }
  const std::size_t first = byte_offset(text, static_cast<std::size_t>(begin));
  const std::size_t last = byte_offset(text, static_cast<std::size_t>(end));
  return Value::string(text.substr(first, last - first));
}
Value substring(const Call& call) {
  const auto count = static_cast<std::int64_t>(count_code_points(text_of(call, 0)));
  return substring_between(call, call.args[1].as_int(), count);
}
Value substring_to(const Call& call) {
  return substring_between(call, call.args[1].as_int(), call.args[2].as_int());
}

Value trim(const Call& call) {
  std::string_view text = text_of(call, 0);
  while (!text.empty()) {
    const CodePoint first = first_code_point(text);
    if (!is_white_space(first.value)) break;
    text.remove_prefix(first.length);
  }
  std::size_t end = 0;  // behind the last character that stays
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint here = first_code_point(text.substr(at));
    at += here.length;
    if (!is_white_space(here.value)) end = at;
  }
  return Value::string(std::string(text.substr(0, end)));
}

Value reverse_string(const Call& call) {
  std::string_view text = text_of(call, 0);
  std::string out(text.size(), '\0');
  std::size_t at = out.size();
  while (!text.empty()) {
    const std::size_t length = first_code_point(text).length;
    at -= length;
    text.copy(&out[at], length);
    text.remove_prefix(length);
  }
  return Value::string(std::move(out));
}

Value base64_encode(const Call& call) {
  return Value::string(to_base64(text_of(call, 0)));
}
// With padding, or without.
Value base64_decode(const Call& call) {
  std::string text = text_of(call, 0);
  if (!text.ends_with('=')) text.append((4 - text.size() % 4) % 4, '=');
  auto bytes = from_base64(text);
  if (!bytes.ok()) return Value::error("this is no base64");
  return Value::bytes(std::move(bytes).value());
}

}  // namespace

FunctionSpecs string_functions() {
  return {
      {"contains", true, {"ss", 'b', contains}},
      {"startsWith", true, {"ss", 'b', starts_with}},
      {"endsWith", true, {"ss", 'b', ends_with}},
      {"size", false, {"s", 'i', size_of_string}},
      {"size", true, {"s", 'i', size_of_string}},
      {"size", false, {"y", 'i', size_of_bytes}},
      {"size", true, {"y", 'i', size_of_bytes}},
      {"charAt", true, {"si", 's', char_at}},
      {"indexOf", true, {"ss", 'i', index_of}},
      {"indexOf", true, {"ssi", 'i', index_of_from}},
      {"lastIndexOf", true, {"ss", 'i', last_index_of}},
      {"lastIndexOf", true, {"ssi", 'i', last_index_of_from}},
      {"lowerAscii", true, {"s", 's', lower_ascii}},
      {"upperAscii", true, {"s", 's', upper_ascii}},
      {"replace", true, {"sss", 's', replace}},
      {"replace", true, {"sssi", 's', replace_up_to}},
      {"split", true, {"ss", 'l', split}},
      {"split", true, {"ssi", 'l', split_up_to}},
      {"substring", true, {"si", 's', substring}},
      {"substring", true, {"sii", 's', substring_to}},
      {"trim", true, {"s", 's', trim}},
      {"reverse", true, {"s", 's', reverse_string}},
      {"base64.encode", false, {"y", 's', base64_encode}},
      {"base64.decode", false, {"s", 'y', base64_decode}},
  };
}

}  // namespace sideband::cel
