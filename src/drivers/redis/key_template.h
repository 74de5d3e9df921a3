// "product:{id}" or "price:{tenant}:{sku}": how a join key becomes a Redis key, and back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/key_order.h"

namespace sideband {

// A join key has a column for each placeholder (model/key_parts.h).
class KeyTemplate {
 public:
  // `ids`: what the template is filled with, column by column; empty = any text. `columns`: the
  // columns of the join key; empty = as the placeholders stand. kInvalid where there is no
  // placeholder, one twice, or two without a text between them.
  static Result<KeyTemplate> parse(const std::string& text, const KeyForms& ids = {},
                                   const std::vector<std::string>& columns = {});

  // Of a join key that it makes.
  [[nodiscard]] std::string render(std::string_view id) const;
  // With the same text for each placeholder.
  [[nodiscard]] std::string render_each(std::string_view part) const;
  // The join key of a Redis key; nothing where the template does not make that key from an id of
  // this form: of "product:{id}" with numbers, "product:7:views" is somebody else's. Nothing either
  // where the key can be taken apart in more than one way: of "price:{tenant}:{sku}" with texts,
  // "price:a:b:c" is nobody's. Our own fence keys are never matched, and no column of an id is
  // empty.
  [[nodiscard]] std::optional<std::string> reverse(std::string_view key) const;
  // Whether `id` is a join key of this template.
  [[nodiscard]] bool makes(std::string_view id) const;
  // Whether it is none only because its Redis key could be that of another one too.
  [[nodiscard]] bool is_ambiguous(std::string_view id) const;
  // A glob for SCAN and PSUBSCRIBE that matches at least what reverse accepts; `matches` says of a
  // key whether it does.
  [[nodiscard]] std::string pattern() const;
  [[nodiscard]] bool matches(std::string_view key) const;
  // In the order of the join key's columns.
  [[nodiscard]] const std::vector<std::string>& placeholders() const { return placeholders_; }
  [[nodiscard]] const KeyForms& ids() const { return ids_; }

 private:
  // A placeholder, as the template has them.
  struct Slot {
    std::size_t column = 0;  // of the join key
    KeyForm form = KeyForm::kText;
    std::string behind;  // the text up to the next one, or to the end
  };
  class Parse;

  void place(const std::vector<std::string>& columns, const KeyForms& ids);
  [[nodiscard]] std::string filled(const std::vector<std::string>& parts) const;
  // The columns of an id of the right form; nothing for any other text.
  [[nodiscard]] std::optional<std::vector<std::string>> parts_of(std::string_view id) const;

  std::string prefix_;
  std::vector<Slot> slots_;
  std::vector<std::string> placeholders_;
  KeyForms ids_;
};

// Keys of our own at the target start with this.
inline constexpr std::string_view kOwnKeyPrefix = "sideband:";

// "~product:* ~sideband:fence:product:{id}": the key patterns that a user needs, as ACL SETUSER
// takes them. `fence_key` may be empty.
std::string redis_key_grants(const KeyTemplate& keys, const std::string& fence_key);

}  // namespace sideband
