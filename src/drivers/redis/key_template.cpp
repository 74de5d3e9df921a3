#include "drivers/redis/key_template.h"

#include <algorithm>
#include <set>

#include "model/key_parts.h"
#include "policy/template.h"

namespace sideband {
namespace {

// The longest text of a number or a UUID.
constexpr std::size_t kLongestForm = 36;

std::string escape_glob(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]^\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

Result<void> check_placeholders(const std::string& text, const std::vector<std::string>& names,
                                const std::vector<std::string>& literals) {
  if (names.empty()) {
    return Error::invalid("\"" + text + "\" needs a placeholder, like product:{id}");
  }
  if (std::set<std::string>(names.begin(), names.end()).size() < names.size()) {
    return Error::invalid("\"" + text + "\" has a placeholder twice; each column stands once");
  }
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (!literals[i].empty()) continue;
    return Error::invalid("\"" + text + "\" needs a text between {" + names[i - 1] + "} and {" +
                          names[i] + "}, like price:{tenant}:{sku}");
  }
  return {};
}

}  // namespace

// The ways to take a Redis key apart, counted from its end. Of more than two, two are counted.
class KeyTemplate::Parse {
 public:
  Parse(const KeyTemplate& keys, std::string_view key)
      : keys_(keys), key_(key), ways_(keys.slots_.size()) {
    for (std::size_t slot = ways_.size(); slot-- > 0;) count(slot);
  }

  // The columns, where there is one way.
  [[nodiscard]] std::optional<std::vector<std::string>> only() const {
    if (!key_.starts_with(keys_.prefix_) || ways(0, keys_.prefix_.size()) != 1) return std::nullopt;
    std::vector<std::string> parts(ways_.size());
    std::size_t from = keys_.prefix_.size();
    for (std::size_t slot = 0; slot < ways_.size(); ++slot) {
      std::size_t to = from;
      while (!leads_on(slot, from, to)) ++to;
      parts[keys_.slots_[slot].column] = key_.substr(from, to - from);
      from = to + keys_.slots_[slot].behind.size();
    }
    return parts;
  }

 private:
  // Ways of the slots from `slot` on to be what stands in the key from `from` on.
  [[nodiscard]] int ways(std::size_t slot, std::size_t from) const {
    return from < ways_[slot].size() ? ways_[slot][from] : 0;
  }
  // Ways that go on behind a part that ends before `to`, whatever that part is.
  [[nodiscard]] int behind(std::size_t slot, std::size_t to) const {
    const std::string& text = keys_.slots_[slot].behind;
    if (key_.substr(to, text.size()) != text) return 0;
    const std::size_t next = to + text.size();
    if (slot + 1 == ways_.size()) return next == key_.size() ? 1 : 0;
    return ways(slot + 1, next);
  }
  [[nodiscard]] bool is_part(std::size_t slot, std::size_t from, std::size_t to) const {
    return to > from && is_key(keys_.slots_[slot].form, key_.substr(from, to - from));
  }
  [[nodiscard]] bool leads_on(std::size_t slot, std::size_t from, std::size_t to) const {
    return behind(slot, to) != 0 && is_part(slot, from, to);
  }
  // Any text is a part, so that what is counted for one start is most of it for the one before.
  void count(std::size_t slot) {
    const bool text = keys_.slots_[slot].form == KeyForm::kText;
    ways_[slot].resize(key_.size(), 0);
    int total = 0;
    for (std::size_t from = key_.size(); from-- > 0;) {
      total = std::min(2, text ? total + behind(slot, from + 1) : short_parts(slot, from));
      ways_[slot][from] = static_cast<char>(total);
    }
  }
  [[nodiscard]] int short_parts(std::size_t slot, std::size_t from) const {
    int total = 0;
    const std::size_t end = std::min(key_.size(), from + kLongestForm);
    for (std::size_t to = from + 1; to <= end; ++to) {
      if (leads_on(slot, from, to)) total += behind(slot, to);
    }
    return total;
  }

  const KeyTemplate& keys_;
  const std::string_view key_;
  std::vector<std::string> ways_;  // of each slot, for each start
};

Result<KeyTemplate> KeyTemplate::parse(const std::string& text, const KeyForms& ids,
                                       const std::vector<std::string>& columns) {
  SB_ASSIGN(const Template parsed, Template::parse(text));
  KeyTemplate out;
  out.placeholders_ = parsed.placeholders();
  const auto literals = parsed.literals();
  SB_TRY(check_placeholders(text, out.placeholders_, literals));
  out.prefix_ = literals.front();
  for (std::size_t i = 0; i < out.placeholders_.size(); ++i) {
    out.slots_.push_back({i, KeyForm::kText, literals[i + 1]});
  }
  out.place(columns, ids);
  return out;
}

// Where the columns are other ones than the placeholders, whoever opened this refuses that.
void KeyTemplate::place(const std::vector<std::string>& columns, const KeyForms& ids) {
  const std::vector<std::string> names = placeholders_;
  const bool same = std::is_permutation(names.begin(), names.end(), columns.begin(), columns.end());
  if (same) placeholders_ = columns;
  ids_ = ids.size() == slots_.size() ? ids : KeyForms(slots_.size(), KeyForm::kText);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto at = std::find(placeholders_.begin(), placeholders_.end(), names[i]);
    slots_[i].column = static_cast<std::size_t>(at - placeholders_.begin());
    slots_[i].form = ids_[slots_[i].column];
  }
}

std::string KeyTemplate::filled(const std::vector<std::string>& parts) const {
  std::string out = prefix_;
  for (const Slot& slot : slots_) out.append(parts[slot.column]).append(slot.behind);
  return out;
}

std::string KeyTemplate::render(std::string_view id) const {
  const auto parts = split_key(id, slots_.size());
  return parts ? filled(*parts) : std::string();
}

std::string KeyTemplate::render_each(std::string_view part) const {
  return filled(std::vector<std::string>(slots_.size(), std::string(part)));
}

std::optional<std::string> KeyTemplate::reverse(std::string_view key) const {
  if (key.starts_with(kOwnKeyPrefix)) return std::nullopt;
  if (slots_.size() > 1) {
    const auto parts = Parse(*this, key).only();
    return parts ? std::optional(join_key(*parts)) : std::nullopt;
  }
  if (!matches(key)) return std::nullopt;
  key = key.substr(prefix_.size(), key.size() - prefix_.size() - slots_.front().behind.size());
  if (key.empty() || !is_key(ids_.front(), key)) return std::nullopt;
  return std::string(key);
}

std::optional<std::vector<std::string>> KeyTemplate::parts_of(std::string_view id) const {
  auto parts = split_key(id, slots_.size());
  for (std::size_t i = 0; parts && i < parts->size(); ++i) {
    if ((*parts)[i].empty() || !is_key(ids_[i], (*parts)[i])) return std::nullopt;
  }
  if (parts && filled(*parts).starts_with(kOwnKeyPrefix)) return std::nullopt;
  return parts;
}

bool KeyTemplate::makes(std::string_view id) const {
  const auto parts = parts_of(id);
  return parts && (parts->size() == 1 || Parse(*this, filled(*parts)).only().has_value());
}

bool KeyTemplate::is_ambiguous(std::string_view id) const {
  return parts_of(id) && !makes(id);
}

std::string KeyTemplate::pattern() const {
  std::string out = escape_glob(prefix_);
  for (const Slot& slot : slots_) out += '*' + escape_glob(slot.behind);
  return out;
}

bool KeyTemplate::matches(std::string_view key) const {
  if (!key.starts_with(prefix_)) return false;
  key.remove_prefix(prefix_.size());
  for (std::size_t i = 0; i + 1 < slots_.size(); ++i) {
    const std::size_t at = key.find(slots_[i].behind);
    if (at == std::string_view::npos) return false;
    key.remove_prefix(at + slots_[i].behind.size());
  }
  return key.ends_with(slots_.back().behind);
}

std::string redis_key_grants(const KeyTemplate& keys, const std::string& fence_key) {
  return "~" + keys.pattern() + (fence_key.empty() ? "" : " ~" + escape_glob(fence_key));
}

}  // namespace sideband
