#include "cli/printable.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace sideband::cli {
namespace {

// The code point of one well-formed sequence.
std::uint32_t code_point(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return first;
  std::uint32_t value = first & (0x7fU >> sequence.size());
  for (const char c : sequence.substr(1)) {
    value = value << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  }
  return value;
}

bool steers(std::uint32_t c) {
  const bool c0 = c < 0x20 && c != '\n' && c != '\t';
  const bool c1 = c >= 0x7f && c <= 0x9f;
  const bool bidi = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                    (c >= 0x2066 && c <= 0x2069);
  return c0 || c1 || bidi || c == 0x2028 || c == 0x2029;
}

// Length of one of our own colour codes at the front; 0 when there is none. None of them hides
// anything.
std::size_t color_length(std::string_view text) {
  for (const std::string_view code :
       {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m",
        "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m"}) {
    if (text.starts_with(code)) return code.size();
  }
  return 0;
}

}  // namespace

std::string printable(std::string_view text, bool colors) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t color = colors ? color_length(text) : 0;
    const std::size_t length = color > 0 ? color : utf8_length(text);
    const std::string_view piece = text.substr(0, std::max<std::size_t>(1, length));
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (color == 0 && steers(code_point(piece))) {
      out += fmt::format("\\u{:04x}", code_point(piece));
    } else {
      out += piece;
    }
    text.remove_prefix(piece.size());
  }
  return out;
}

std::string pasted(const std::string& run) {
  const bool plain = run.find('\n') == std::string::npos && printable(run) == run;
  return plain ? run : "see -o json: a name in it has characters that cannot be shown";
}

std::streamsize PrintableOutput::xsputn(const char* text, std::streamsize size) {
  const std::string safe = printable({text, static_cast<std::size_t>(size)}, colors_);
  const auto wanted = static_cast<std::streamsize>(safe.size());
  return target_->sputn(safe.data(), wanted) == wanted ? size : 0;
}

void PrintableOutput::put_as_is(std::string_view code) {
  target_->sputn(code.data(), static_cast<std::streamsize>(code.size()));
}

void wipe_line(std::ostream& out) {
  constexpr std::string_view kWipe = "\r\x1b[K";
  auto* const guard = dynamic_cast<PrintableOutput*>(out.rdbuf());
  if (guard == nullptr) {
    out << kWipe;
  } else {
    guard->put_as_is(kWipe);
  }
}

PrintableOutput::int_type PrintableOutput::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  const char one = traits_type::to_char_type(c);
  return xsputn(&one, 1) == 1 ? c : traits_type::eof();
}

}  // namespace sideband::cli
