#include "cel/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/utf8.h"
#include "cel/literal.h"
#include "cel/numbers.h"
#include "cel/source.h"
#include "cel/text.h"

namespace sideband::cel {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool goes_on_in_name(char c) {
  return begins_name(c) || is_digit(c);
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool in_quoted_name(char c) {
  return goes_on_in_name(c) || c == '.' || c == '-' || c == '/' || c == ' ';
}

// The longest first.
constexpr std::array<std::string_view, 25> kSymbols = {
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%",
    "!",  "?",  ":",  ".",  ",",  "(",  ")", "[", "]", "{", "}", "="};

struct StringPrefix {
  bool raw = false;
  bool bytes = false;
  std::size_t length = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    if (source_.size() > kMaxSource) {
      return Error::invalid(fmt::format("an expression has {} bytes at most; this has {}",
                                        kMaxSource, source_.size()));
    }
    if (!is_utf8(source_)) return Error::invalid("an expression is UTF-8; this is not");
    while (true) {
      skip_blanks();
      if (at_ == source_.size()) break;
      SB_TRY(take_token());
    }
    tokens_.push_back({Token::Kind::kEnd, source_.substr(at_, 0), at_, at_});
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] std::string_view rest() const { return source_.substr(at_); }
  [[nodiscard]] char peek(std::size_t ahead) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  Error fail(std::size_t offset, std::string_view message) const {
    return error_at(source_, offset, message);
  }

  void skip_blanks() {
    while (at_ < source_.size()) {
      if (is_blank(source_[at_])) {
        ++at_;
      } else if (rest().starts_with("//")) {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else {
        return;
      }
    }
  }

  void put(Token::Kind kind, std::size_t length, Value value = {}) {
    tokens_.push_back({kind, source_.substr(at_, length), at_, at_ + length, std::move(value)});
    at_ += length;
  }

  Result<void> take_token() {
    const char c = source_[at_];
    if (const auto prefix = string_prefix()) return take_string(*prefix);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !follows_operand())) return take_number();
    if (begins_name(c)) {
      std::size_t length = 1;
      while (goes_on_in_name(peek(length))) ++length;
      put(Token::Kind::kName, length);
      return {};
    }
    if (c == '`') return take_quoted_name();
    return take_symbol();
  }

  // Whether a point here selects a member.
  [[nodiscard]] bool follows_operand() const {
    if (tokens_.empty()) return false;
    const Token& last = tokens_.back();
    return last.kind != Token::Kind::kSymbol || last.text == ")" || last.text == "]" ||
           last.text == "}";
  }

  Result<void> take_symbol() {
    for (const std::string_view symbol : kSymbols) {
      if (!rest().starts_with(symbol)) continue;
      if (symbol == "=") return fail(at_, "unexpected =; equality is ==");
      put(Token::Kind::kSymbol, symbol.size());
      return {};
    }
    const std::string_view character = rest().substr(0, first_code_point(rest()).length);
    return fail(at_, fmt::format("unexpected {}", quoted(character)));
  }

  Result<void> take_quoted_name() {
    const std::size_t end = source_.find('`', at_ + 1);
    if (end == std::string_view::npos || end == at_ + 1) {
      return fail(at_, "a name in backquotes needs text and an end");
    }
    const std::string_view name = source_.substr(at_ + 1, end - at_ - 1);
    if (!std::all_of(name.begin(), name.end(), in_quoted_name)) {
      return fail(at_, "a name in backquotes has letters, digits, '_', '.', '-', '/' and blanks");
    }
    tokens_.push_back({Token::Kind::kQuotedName, name, at_, end + 1});
    at_ = end + 1;
    return {};
  }

  // `r`, `b`, `br`, `rb` in either case, with a quote behind them.
  [[nodiscard]] std::optional<StringPrefix> string_prefix() const {
    StringPrefix prefix;
    for (; prefix.length < 3; ++prefix.length) {
      const char c = peek(prefix.length);
      if (c == '"' || c == '\'') return prefix;
      if ((c == 'r' || c == 'R') && !prefix.raw) {
        prefix.raw = true;
      } else if ((c == 'b' || c == 'B') && !prefix.bytes) {
        prefix.bytes = true;
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  // Offset of the closing quotes.
  Result<std::size_t> closing(std::size_t begin, std::string_view quotes, bool raw) const {
    for (std::size_t i = begin; i < source_.size(); ++i) {
      if (source_.substr(i).starts_with(quotes)) return i;
      if (source_[i] == '\\' && !raw)
        ++i;
      else if (quotes.size() == 1 && (source_[i] == '\n' || source_[i] == '\r'))
        break;
    }
    return fail(at_, fmt::format("this literal has no end; {} is missing", quotes));
  }

  Result<void> take_string(const StringPrefix& prefix) {
    const std::size_t open = at_ + prefix.length;
    const std::string triple(3, source_[open]);
    const bool is_triple = source_.substr(open).starts_with(triple);
    const std::string_view quotes = source_.substr(open, is_triple ? 3 : 1);
    const std::size_t begin = open + quotes.size();
    SB_ASSIGN(const std::size_t end, closing(begin, quotes, prefix.raw));
    const std::string_view body = source_.substr(begin, end - begin);
    std::string text;
    if (prefix.raw) {
      text = unix_lines(body);
    } else {
      Unescaped made = unescape(body, prefix.bytes);
      if (!made.problem.empty()) return fail(begin + made.problem_at, made.problem);
      text = std::move(made.text);
    }
    put(Token::Kind::kLiteral, end + quotes.size() - at_,
        prefix.bytes ? Value::bytes(std::move(text)) : Value::string(std::move(text)));
    return {};
  }

  [[nodiscard]] std::size_t digits_from(std::size_t ahead) const {
    while (is_digit(peek(ahead))) ++ahead;
    return ahead;
  }

  // Length of a number at this place, and whether it is a double.
  [[nodiscard]] std::pair<std::size_t, bool> decimal_extent() const {
    std::size_t length = digits_from(0);
    bool is_double = false;
    if (peek(length) == '.' && is_digit(peek(length + 1))) {
      is_double = true;
      length = digits_from(length + 1);
    }
    if (peek(length) == 'e' || peek(length) == 'E') {
      const std::size_t sign = peek(length + 1) == '+' || peek(length + 1) == '-' ? 1 : 0;
      if (is_digit(peek(length + 1 + sign))) {
        is_double = true;
        length = digits_from(length + 1 + sign);
      }
    }
    return {length, is_double};
  }

  Result<void> take_number() {
    const bool hex = peek(0) == '0' && (peek(1) == 'x' || peek(1) == 'X') && is_hex(peek(2));
    std::size_t length = 2;
    bool is_double = false;
    if (hex) {
      while (is_hex(peek(length))) ++length;
    } else {
      std::tie(length, is_double) = decimal_extent();
    }
    const bool is_unsigned = !is_double && (peek(length) == 'u' || peek(length) == 'U');
    const std::size_t all = length + (is_unsigned ? 1 : 0);
    if (goes_on_in_name(peek(all))) return fail(at_ + all, "a number runs into a name");
    const std::string_view text = rest().substr(0, length);
    if (is_double) {
      const auto number = parse_double(text);
      if (!number) return fail(at_, "this is no number");
      put(Token::Kind::kLiteral, all, Value::number(*number));
      return {};
    }
    return take_whole_number(hex ? text.substr(2) : text, hex ? 16 : 10, is_unsigned, all);
  }

  Result<void> take_whole_number(std::string_view digits, int base, bool is_unsigned,
                                 std::size_t length) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (read.ec != std::errc()) return fail(at_, "this number does not fit into 64 bits");
    // An int above its end stays unsigned here: behind a minus it may be the least int, and the
    // parser says so where it is not.
    const bool fits = number <= static_cast<std::uint64_t>(INT64_MAX);
    put(Token::Kind::kLiteral, length,
        is_unsigned || !fits ? Value::unsigned_integer(number)
                             : Value::integer(static_cast<std::int64_t>(number)));
    return {};
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

constexpr std::array<std::string_view, 4> kKeywords = {"false", "in", "null", "true"};
constexpr std::array<std::string_view, 17> kReserved = {
    "as",  "break", "const",     "continue", "else",   "for", "function", "if",   "import",
    "let", "loop",  "namespace", "package",  "return", "var", "void",     "while"};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view source) {
  return Lexer(source).run();
}

bool is_keyword(std::string_view word) {
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

bool is_reserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

}  // namespace sideband::cel
