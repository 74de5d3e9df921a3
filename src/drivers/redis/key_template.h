// "product:{id}": how a join key becomes a Redis key, and back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/key_order.h"

namespace sideband {

class KeyTemplate {
 public:
  // `ids`: what the template is filled with. kInvalid unless there is exactly one placeholder.
  static Result<KeyTemplate> parse(const std::string& text, KeyForm ids = KeyForm::kText);

  [[nodiscard]] std::string render(std::string_view id) const;
  // The join key of a Redis key; nothing where the template does not make that key from an id of
  // this form: of "product:{id}" with numbers, "product:7:views" is somebody else's. Our own fence
  // keys are never matched, and an id is never empty.
  [[nodiscard]] std::optional<std::string> reverse(std::string_view key) const;
  // Whether `id` is a join key of this template.
  [[nodiscard]] bool makes(std::string_view id) const { return reverse(render(id)).has_value(); }
  // A glob for SCAN and PSUBSCRIBE that matches at least what reverse accepts.
  [[nodiscard]] std::string pattern() const;
  [[nodiscard]] bool matches(std::string_view key) const;
  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  [[nodiscard]] const std::string& suffix() const { return suffix_; }
  [[nodiscard]] const std::string& placeholder() const { return placeholder_; }

 private:
  std::string prefix_;
  std::string suffix_;
  std::string placeholder_;
  KeyForm ids_ = KeyForm::kText;
};

// Keys of our own at the target start with this.
inline constexpr std::string_view kOwnKeyPrefix = "sideband:";

// "~product:* ~sideband:fence:product:{id}": the key patterns that a user needs, as ACL SETUSER
// takes them. `fence_key` may be empty.
std::string redis_key_grants(const KeyTemplate& keys, const std::string& fence_key);

}  // namespace sideband
