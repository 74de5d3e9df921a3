#include "base/jcs_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/utf8.h"

namespace sideband {
namespace {

constexpr std::uint64_t kLargestJsonInteger = (std::uint64_t{1} << 53) - 1;

// Bytes that stand for themselves within a string: ASCII but controls, quote and backslash.
constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (std::size_t i = 0x20; i < 0x80; ++i) plain[i] = i != '"' && i != '\\';
  return plain;
}
constexpr std::array<bool, 256> kPlain = plain_bytes();

// How many bytes at the start are plain, in whole words of 8. Of each byte of a word the highest
// bit tells whether it is a quote, a backslash, a control or no ASCII; a byte behind such a one may
// be told wrongly, never one before it
// (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord).
std::size_t plain_words(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighest = kOnes * 0x80;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  std::size_t plain = 0;
  for (; plain + 8 <= text.size(); plain += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + plain, 8);
    const std::uint64_t special = has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) |
                                  (word - kOnes * 0x20) | word;
    if ((special & kHighest) != 0) break;
  }
  return plain;
}

constexpr std::string_view kShortEscapes = "\"\\bfnrt";
constexpr std::string_view kShortMeanings = "\"\\\b\f\n\r\t";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The character that a canonical escape stands for, and the escape's length; length 0 when the
// escape is not canonical.
struct Escape {
  std::size_t length = 0;
  char meaning = 0;
};

Escape read_escape(std::string_view at_backslash) {
  if (at_backslash.size() < 2) return {};
  const std::size_t known = kShortEscapes.find(at_backslash[1]);
  if (known != std::string_view::npos) return {2, kShortMeanings[known]};
  if (at_backslash.size() < 6 || at_backslash.substr(1, 3) != "u00") return {};
  const int high = hex_digit(at_backslash[4]), low = hex_digit(at_backslash[5]);
  if (high < 0 || high > 1 || low < 0) return {};
  const char meaning = static_cast<char>(high * 16 + low);
  if (kShortMeanings.find(meaning) != std::string_view::npos) return {};
  return {6, meaning};
}

std::string unescape(std::string_view key) {
  std::string out;
  while (!key.empty()) {
    const Escape escape = key.front() == '\\' ? read_escape(key) : Escape{1, key.front()};
    out += escape.meaning;
    key.remove_prefix(escape.length);
  }
  return out;
}

bool in_order(std::string_view before, std::string_view after) {
  const bool escapes =
      before.find('\\') != std::string_view::npos || after.find('\\') != std::string_view::npos;
  return escapes ? less_utf16(unescape(before), unescape(after)) : less_utf16(before, after);
}

class Checker {
 public:
  Checker(std::string_view text, JcsVisitor* visitor) : text_(text), visitor_(visitor) {}

  Result<void> run() {
    if (value(0) && at_ != text_.size()) fail("text after the value");
    if (why_ == nullptr) return {};
    return Error::invalid("not canonical JSON at byte " + std::to_string(at_) + ": " + why_);
  }

 private:
  bool fail(const char* why) {
    if (why_ == nullptr) why_ = why;
    return false;
  }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  bool value(int depth) {
    switch (peek()) {
      case '{':
        return depth < kMaxJcsDepth ? object(depth) : fail("nested too deeply");
      case '[':
        return depth < kMaxJcsDepth ? array(depth) : fail("nested too deeply");
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return fail("unknown word");
    at_ += expected.size();
    return true;
  }

  bool number() {
    const bool negative = take('-');
    const std::size_t first = at_;
    std::uint64_t value = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      value = value * 10 + static_cast<std::uint64_t>(peek() - '0');
      if (value > kLargestJsonInteger) return fail("number beyond 2^53 - 1");
    }
    if (at_ == first) return fail("a value is missing");
    if (text_[first] == '0' && (at_ - first > 1 || negative))
      return fail("number with a zero first");
    if (peek() == '.' || peek() == 'e' || peek() == 'E') return fail("number that is not whole");
    return true;
  }

  bool string() {
    ++at_;
    at_ += plain_words(text_.substr(at_));
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (kPlain[static_cast<unsigned char>(c)]) {
        ++at_;
      } else if (c == '"') {
        ++at_;
        return true;
      } else if (!special(c)) {
        return false;
      }
    }
    return fail("a string without end");
  }

  bool special(char c) {
    const bool escape = c == '\\';
    const std::size_t length = escape ? read_escape(text_.substr(at_)).length
                               : static_cast<unsigned char>(c) < 0x20
                                   ? 0
                                   : utf8_length(text_.substr(at_));
    if (length == 0) return fail(escape ? "escape that is not canonical" : "invalid character");
    at_ += length;
    at_ += plain_words(text_.substr(at_));
    return true;
  }

  bool array(int depth) {
    ++at_;
    if (take(']')) return true;
    do {
      if (!value(depth + 1)) return false;
    } while (take(','));
    return take(']') || fail("',' or ']' is missing");
  }

  bool object(int depth) {
    ++at_;
    if (take('}')) return true;
    std::string_view last;
    bool first = true;
    do {
      const std::size_t begin = at_ + 1;
      if (peek() != '"') return fail("a key is missing");
      if (!string()) return false;
      const std::string_view key = text_.substr(begin, at_ - begin - 1);
      if (!first && !in_order(last, key)) return fail("key out of order or twice");
      last = key;
      first = false;
      if (!take(':')) return fail("':' is missing");
      if (!member(key, depth)) return false;
    } while (take(','));
    return take('}') || fail("',' or '}' is missing");
  }

  bool member(std::string_view key, int depth) {
    const std::size_t begin = at_;
    if (!value(depth + 1)) return false;
    if (depth == 0 && visitor_ != nullptr) {
      visitor_->member(key, text_.substr(begin, at_ - begin));
    }
    return true;
  }

  std::string_view text_;
  JcsVisitor* visitor_;
  std::size_t at_ = 0;
  const char* why_ = nullptr;
};

}  // namespace

Result<void> check_canonical(std::string_view text, JcsVisitor* visitor) {
  return Checker(text, visitor).run();
}

}  // namespace sideband
