#include "drivers/operation_output.h"

#include <algorithm>

#include "model/document.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxWords = 200;
// For a number and the marks around a member, and for the note on what was dropped.
constexpr std::size_t kMemberRoom = 32;

bool is_inside_character(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

// The longest start of the text whose JSON string is about `most` bytes, and never more.
std::string_view fitting(std::string_view text, std::size_t most) {
  std::size_t length = std::min(text.size(), most);
  for (;;) {
    for (int i = 0; i < 3 && length > 0 && is_inside_character(text, length); ++i) --length;
    const std::size_t size = json_string(text.substr(0, length)).size();
    if (size <= most || length == 0) return text.substr(0, length);
    // Escapes and characters of more than a byte: less by the share that they take.
    length = std::min(length - 1, length * most / size);
  }
}

}  // namespace

std::size_t OperationOutput::room(std::string_view key) const {
  const std::size_t taken = used_ + 2 * key.size() + 3 * kMemberRoom;
  return taken < kMaxOperationOutput ? kMaxOperationOutput - taken : 0;
}

OperationOutput& OperationOutput::add(std::string_view key, std::int64_t value) {
  object_.add(key, value);
  used_ += key.size() + kMemberRoom;
  return *this;
}

OperationOutput& OperationOutput::add_text(const std::string& key, std::string_view text,
                                           std::size_t dropped) {
  const std::string_view kept = fitting(text, room(key));
  const std::string literal = json_string(kept);
  object_.add_json(key, literal);
  used_ += literal.size() + key.size() + kMemberRoom;
  dropped += text.size() - kept.size();
  if (dropped > 0) add(key + "Dropped", static_cast<std::int64_t>(dropped));
  return *this;
}

bool OperationOutput::add_json(const std::string& key, std::string_view json) {
  const auto parsed = parse_json(json);
  if (!parsed) return false;
  const std::string text = to_json(*parsed);
  // Once more inside our object: what reads it accepts only so many levels.
  if (text.size() > room(key) || !parse_json("[" + text + "]")) return false;
  object_.add_json(key, text);
  used_ += text.size() + key.size() + kMemberRoom;
  return true;
}

std::string_view without_last_breaks(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::string last_words(std::string_view text) {
  text = without_last_breaks(text);
  const std::size_t line = text.find_last_of('\n');
  if (line != std::string_view::npos) text.remove_prefix(line + 1);
  std::string out;
  for (const char c : text.substr(0, kMaxWords)) {
    const bool plain = static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    out += plain ? c : ' ';
  }
  return out;
}

}  // namespace sideband
