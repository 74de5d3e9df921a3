#include "base/jcs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/utf8.h"

namespace sideband {
namespace {

constexpr std::int64_t kMaxSafeInteger = (std::int64_t{1} << 53) - 1;

void put_ascii(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  } else {
    out += c;
  }
}

// Which bytes do not stand for themselves.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> special{};
  for (std::size_t c = 0; c < special.size(); ++c) {
    special.at(c) = c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
  }
  return special;
}();

// Length of the run of characters at the front that stand for themselves.
std::size_t plain_prefix(std::string_view text) {
  const auto special = [](char c) { return kSpecial[static_cast<unsigned char>(c)]; };
  return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), special) - text.begin());
}

// Ordered as the bytes are.
std::uint64_t prefix_of(std::string_view key) {
  const std::size_t most = sizeof(std::uint64_t);
  std::uint64_t prefix = 0;
  for (const char c : key.substr(0, most)) prefix = prefix << 8 | static_cast<unsigned char>(c);
  return key.empty() ? 0 : prefix << 8 * (most - std::min(most, key.size()));
}

void put_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_prefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = utf8_length(text);
    if (length == 1) {
      put_ascii(out, text.front());
    } else if (length == 0) {
      out += "\xef\xbf\xbd";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  put_json_string(out, text);
  return out;
}

void JsonObject::begin(std::string_view key) {
  const std::size_t at = bytes_.size();
  bytes_ += key;
  members_.push_back({prefix_of(key), at, bytes_.size(), 0});
}

JsonObject& JsonObject::end() {
  members_.back().end = bytes_.size();
  return *this;
}

std::string_view JsonObject::key_of(const Member& member) const {
  return std::string_view(bytes_).substr(member.key, member.value - member.key);
}

JsonObject& JsonObject::add(std::string_view key, std::string_view value) {
  begin(key);
  put_json_string(bytes_, value);
  return end();
}

JsonObject& JsonObject::add(std::string_view key, std::int64_t value) {
  SB_CHECK(value >= -kMaxSafeInteger && value <= kMaxSafeInteger);
  return add_json(key, std::to_string(value));
}

JsonObject& JsonObject::add(std::string_view key, std::uint64_t value) {
  SB_CHECK(value <= static_cast<std::uint64_t>(kMaxSafeInteger));
  return add_json(key, std::to_string(value));
}

JsonObject& JsonObject::add(std::string_view key, bool value) {
  return add_json(key, value ? "true" : "false");
}

JsonObject& JsonObject::add_json(std::string_view key, std::string_view json) {
  begin(key);
  bytes_ += json;
  return end();
}

JsonObject& JsonObject::add_object(std::string_view key, const JsonObject& object) {
  begin(key);
  object.put(bytes_);
  return end();
}

std::string JsonObject::text() const {
  std::string out;
  put(out);
  return out;
}

void JsonObject::put(std::string& out) const {
  Members sorted = members_;
  const auto before = [this](const Member& a, const Member& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int order = key_of(a).compare(key_of(b));
    return order < 0 || (order == 0 && a.key < b.key);
  };
  std::sort(sorted.begin(), sorted.end(), before);
  out.reserve(out.size() + bytes_.size() + 4 * members_.size() + 2);
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Member& member = sorted[i];
    if (i + 1 < sorted.size() && key_of(sorted[i + 1]) == key_of(member)) continue;
    if (!std::exchange(first, false)) out += ',';
    put_json_string(out, key_of(member));
    out += ':';
    out.append(bytes_, member.value, member.end - member.value);
  }
  out += '}';
}

std::string json_array(const std::vector<std::string>& json_items) {
  std::string out = "[";
  for (const std::string& item : json_items) {
    if (out.size() > 1) out += ',';
    out += item;
  }
  return out += ']';
}

std::string json_strings(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  items.reserve(texts.size());
  for (const std::string& text : texts) items.push_back(json_string(text));
  return json_array(items);
}

}  // namespace sideband
