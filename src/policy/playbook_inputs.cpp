#include "policy/playbook_inputs.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/utf8.h"
#include "model/document.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxPattern = 1000;

// RE2: time in proportion to the text, whatever the expression, and no stack in proportion to
// either.
class Pattern {
 public:
  explicit Pattern(const std::string& text) : compiled_(text, options()) {}

  [[nodiscard]] bool good() const { return compiled_.ok(); }
  [[nodiscard]] const std::string& problem() const { return compiled_.error(); }
  [[nodiscard]] bool matches(const std::string& text) const {
    return RE2::PartialMatch(text, compiled_);
  }

 private:
  static RE2::Options options() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    return options;
  }
  RE2 compiled_;
};

std::int64_t characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

Result<void> check_text(const PlaybookInput& input, const std::string& text) {
  if (input.min_length && characters(text) < *input.min_length) {
    return Error::invalid("is shorter than " + std::to_string(*input.min_length) + " characters");
  }
  if (input.max_length && characters(text) > *input.max_length) {
    return Error::invalid("is longer than " + std::to_string(*input.max_length) + " characters");
  }
  if (input.pattern.empty()) return {};
  const Pattern pattern(input.pattern);
  if (pattern.good() && pattern.matches(text)) return {};
  return Error::invalid("does not match " + input.pattern);
}

template <class Number>
Result<void> check_range(const PlaybookInput& input, Number value) {
  if (input.minimum && value < static_cast<Number>(*input.minimum)) {
    return Error::invalid("is below " + std::to_string(*input.minimum));
  }
  if (input.maximum && value > static_cast<Number>(*input.maximum)) {
    return Error::invalid("is above " + std::to_string(*input.maximum));
  }
  return {};
}

template <class Number>
Result<void> check_number(const PlaybookInput& input, const std::string& text, const char* what) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  // What JSON does not know, like inf, is no number here either.
  if (!whole || !parse_json(text).ok()) return Error::invalid(std::string("is not ") + what);
  return check_range(input, value);
}

Result<void> check_type(const PlaybookInput& input, const std::string& text) {
  switch (input.type) {
    case InputType::kInteger:
      return check_number<std::int64_t>(input, text, "a whole number");
    case InputType::kNumber:
      return check_number<double>(input, text, "a number");
    case InputType::kBoolean:
      if (text == "true" || text == "false") return {};
      return Error::invalid("is not true or false");
    case InputType::kString:
      break;
  }
  return check_text(input, text);
}

}  // namespace

Result<void> check_pattern(const std::string& pattern) {
  if (pattern.size() > kMaxPattern) {
    return Error::invalid("is longer than " + std::to_string(kMaxPattern) + " bytes");
  }
  const Pattern compiled(pattern);
  if (compiled.good()) return {};
  return Error::invalid("is no regular expression: " + compiled.problem());
}

Result<void> check_input(const PlaybookInput& input, const std::string& text) {
  if (text.size() > kMaxInputBytes) {
    return Error::invalid("is longer than " + std::to_string(kMaxInputBytes) + " bytes");
  }
  // A line break would become another argument where options are lists; NUL ends a text in C.
  if (text.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
    return Error::invalid("has a line break or a NUL in it");
  }
  if (!is_utf8(text)) return Error::invalid("is not UTF-8");
  SB_TRY(check_type(input, text));
  const auto& words = input.one_of;
  if (words.empty() || std::find(words.begin(), words.end(), text) != words.end()) return {};
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return Error::invalid("is not one of " + list);
}

Result<std::map<std::string, std::string>> resolve_inputs(
    const std::map<std::string, PlaybookInput>& inputs,
    const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> out;
  std::string wrong;
  const auto note = [&](const std::string& name, const std::string& why) {
    wrong += (wrong.empty() ? "" : "; ") + std::string("input ") + name + " " + why;
  };
  for (const auto& [name, value] : given) {
    if (!inputs.contains(name)) note(name, "is not known");
  }
  for (const auto& [name, input] : inputs) {
    const auto found = given.find(name);
    if (found == given.end() && !input.fallback) {
      note(name, "is missing");
      continue;
    }
    out[name] = found == given.end() ? *input.fallback : found->second;
    const auto good = check_input(input, out[name]);
    if (!good.ok()) note(name, good.error().message);
  }
  if (!wrong.empty()) return Error::invalid(wrong);
  return out;
}

}  // namespace sideband
