#include "config/text_check.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "config/yaml.h"

namespace sideband::config {
namespace {

// Characters that YAML 1.1 does not allow or takes as line breaks, where editors show nothing.
bool is_invisible(std::string_view character) {
  const bool c1 = character.size() == 2 && character[0] == '\xc2' &&
                  static_cast<unsigned char>(character[1]) < 0xa0;
  return c1 || character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9" ||
         character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf";
}

// What is wrong with the character at `at`; empty when nothing is.
std::string trouble_at(std::string_view text, std::size_t at, std::size_t length) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (length == 0) {
    return fmt::format("byte 0x{:02x} is not UTF-8; save the file as UTF-8", c);
  }
  if (is_invisible(text.substr(at, length))) {
    return "an invisible control character or line separator; remove it";
  }
  if (c == 0) return "a NUL character; the file is not text";
  if (c == '\n' || c == '\t') return "";
  if (c == '\r') {
    const bool line_end = at + 1 < text.size() && text[at + 1] == '\n';
    return line_end ? "" : "a carriage return without a line feed";
  }
  if (c < 0x20 || c == 0x7f) return fmt::format("control character 0x{:02x}; remove it", c);
  return "";
}

std::string encoding_trouble(std::string_view text) {
  const std::string_view start = text.substr(0, 2);
  if (start == "\xff\xfe" || start == "\xfe\xff") {
    return "the file is UTF-16 or UTF-32; save it as UTF-8";
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    return "the file begins with a byte order mark; save it as UTF-8 without one";
  }
  return "";
}

}  // namespace

bool check_text(std::uint32_t file, Messages& messages) {
  const std::string& text = messages.source_text(file);
  Span whole{.file = file};
  if (text.size() > kMaxFileBytes) {
    messages.error(
        whole, "",
        fmt::format("the file has {} bytes; the limit is {}", text.size(), kMaxFileBytes));
    return false;
  }
  if (std::string trouble = encoding_trouble(text); !trouble.empty()) {
    messages.error(whole, "", std::move(trouble));
    return false;
  }
  Span here{.file = file, .line = 1, .column = 1};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(std::string_view(text).substr(at));
    if (std::string trouble = trouble_at(text, at, length); !trouble.empty()) {
      messages.error(here, "", std::move(trouble));
      return false;
    }
    here.line += text[at] == '\n' ? 1 : 0;
    here.column = text[at] == '\n' ? 1 : here.column + 1;
    at += length;
  }
  return true;
}

}  // namespace sideband::config
