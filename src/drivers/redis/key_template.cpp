#include "drivers/redis/key_template.h"

#include <algorithm>

#include "policy/template.h"

namespace sideband {
namespace {

std::string escape_glob(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]^\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Result<KeyTemplate> KeyTemplate::parse(const std::string& text, KeyForm ids) {
  SB_ASSIGN(const Template parsed, Template::parse(text));
  const auto names = parsed.placeholders();
  if (names.size() != 1) {
    return Error::invalid("\"" + text + "\" needs exactly one placeholder, like product:{id}");
  }
  // Two renderings that differ in one byte show where the placeholder stands.
  SB_ASSIGN(const std::string one, parsed.render({{names.front(), "1"}}));
  SB_ASSIGN(const std::string two, parsed.render({{names.front(), "2"}}));
  const auto at = std::mismatch(one.begin(), one.end(), two.begin()).first - one.begin();
  KeyTemplate out;
  out.prefix_ = one.substr(0, static_cast<std::size_t>(at));
  out.suffix_ = one.substr(static_cast<std::size_t>(at) + 1);
  out.placeholder_ = names.front();
  out.ids_ = ids;
  return out;
}

std::string KeyTemplate::render(std::string_view id) const {
  std::string out;
  out.reserve(prefix_.size() + id.size() + suffix_.size());
  return out.append(prefix_).append(id).append(suffix_);
}

std::optional<std::string> KeyTemplate::reverse(std::string_view key) const {
  if (!matches(key) || key.starts_with(kOwnKeyPrefix)) return std::nullopt;
  key = key.substr(prefix_.size(), key.size() - prefix_.size() - suffix_.size());
  if (key.empty() || !is_key(ids_, key)) return std::nullopt;
  return std::string(key);
}

std::string KeyTemplate::pattern() const {
  return escape_glob(prefix_) + '*' + escape_glob(suffix_);
}

bool KeyTemplate::matches(std::string_view key) const {
  return key.size() >= prefix_.size() + suffix_.size() && key.starts_with(prefix_) &&
         key.ends_with(suffix_);
}

std::string redis_key_grants(const KeyTemplate& keys, const std::string& fence_key) {
  return "~" + keys.pattern() + (fence_key.empty() ? "" : " ~" + escape_glob(fence_key));
}

}  // namespace sideband
