#include "cel/literal.h"

#include <cstdint>
#include <optional>

#include "cel/text.h"

namespace sideband::cel {
namespace {

// What stands for itself, or has a letter of its own.
std::optional<char> simple_escape(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
    case '\'':
    case '"':
    case '`':
    case '?':
      return c;
    default:
      return std::nullopt;
  }
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

// A number of exactly so many digits at the front.
std::optional<std::uint32_t> digits(std::string_view text, std::size_t count, int base) {
  if (text.size() < count) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (digit_of(text[i]) >= base) return std::nullopt;
    value =
        value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit_of(text[i]));
  }
  return value;
}

class Unescaper {
 public:
  Unescaper(std::string_view body, bool bytes) : body_(body), bytes_(bytes) {}

  Unescaped run() {
    while (at_ < body_.size() && made_.problem.empty()) {
      if (body_[at_] == '\\') {
        take_escape();
      } else if (body_[at_] == '\r') {
        made_.text += '\n';
        at_ += body_.substr(at_).starts_with("\r\n") ? 2 : 1;
      } else {
        made_.text += body_[at_++];
      }
    }
    return std::move(made_);
  }

 private:
  void take_escape() {
    const std::string_view rest = body_.substr(at_ + 1);
    if (rest.empty()) return fail("a backslash at the end of a literal");
    const char c = rest.front();
    if (const auto simple = simple_escape(c)) {
      made_.text += *simple;
      at_ += 2;
      return;
    }
    if (c == 'x' || c == 'X') return take_number(rest.substr(1), 2, 16, 2);
    if (c == 'u' && !bytes_) return take_number(rest.substr(1), 4, 16, 2);
    if (c == 'U' && !bytes_) return take_number(rest.substr(1), 8, 16, 2);
    if (c >= '0' && c <= '3') return take_number(rest, 3, 8, 1);
    if (c == 'u' || c == 'U') return fail("\\u and \\U are for strings, not for bytes");
    fail("there is no such escape; a backslash itself is written \\\\");
  }

  // `prefix`: what stands before the digits.
  void take_number(std::string_view text, std::size_t count, int base, std::size_t prefix) {
    const auto value = digits(text, count, base);
    if (!value)
      return fail(base == 8 ? "\\ takes three octal digits" : "too few hexadecimal digits");
    if (bytes_) {
      made_.text += static_cast<char>(*value);
    } else if (!put_code_point(made_.text, *value)) {
      return fail("there is no such code point");
    }
    at_ += prefix + count;
  }

  void fail(const char* problem) {
    made_.problem = problem;
    made_.problem_at = at_;
  }

  std::string_view body_;
  bool bytes_;
  std::size_t at_ = 0;
  Unescaped made_;
};

}  // namespace

Unescaped unescape(std::string_view body, bool bytes) {
  return Unescaper(body, bytes).run();
}

std::string unix_lines(std::string_view body) {
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\r') {
      if (!body.substr(i).starts_with("\r\n")) out += '\n';
    } else {
      out += body[i];
    }
  }
  return out;
}

}  // namespace sideband::cel
