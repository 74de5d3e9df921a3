#include "drivers/files/observed.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "model/state.h"

namespace sideband {
namespace {

constexpr std::size_t kNameBuffer = 64 * 1024;

template <typename Number>
std::optional<Number> whole_number(const std::string& text, int base) {
  Number value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value, base);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

std::optional<uid_t> id_in(const passwd* entry) {
  return entry == nullptr ? std::nullopt : std::optional(entry->pw_uid);
}
std::optional<gid_t> id_in(const group* entry) {
  return entry == nullptr ? std::nullopt : std::optional(entry->gr_gid);
}
std::string name_in(const passwd* entry) {
  return entry == nullptr ? "" : entry->pw_name;
}
std::string name_in(const group* entry) {
  return entry == nullptr ? "" : entry->gr_name;
}

// One question to the machine's list of users or groups, by name or by number.
template <typename Entry, typename Ask, typename By, typename Take>
auto looked_up(Ask ask, By by, Take take) {
  std::vector<char> buffer(kNameBuffer);
  Entry entry{};
  Entry* found = nullptr;
  const int error = ask(by, &entry, buffer.data(), buffer.size(), &found);
  return take(error == 0 ? found : nullptr);
}

// Digits are a number, whoever has a name of digits. The last one means "as it is" to chown.
template <typename Id>
std::optional<Id> id_of_digits(const std::string& text) {
  const auto number = whole_number<Id>(text, 10);
  return number == static_cast<Id>(-1) ? std::nullopt : number;
}

std::optional<uid_t> uid_of(const std::string& text) {
  if (auto number = id_of_digits<uid_t>(text)) return number;
  return looked_up<passwd>(getpwnam_r, text.c_str(), [](const passwd* e) { return id_in(e); });
}
std::optional<gid_t> gid_of(const std::string& text) {
  if (auto number = id_of_digits<gid_t>(text)) return number;
  return looked_up<group>(getgrnam_r, text.c_str(), [](const group* e) { return id_in(e); });
}

// The name, where it leads back to the number.
std::string text_of_uid(uid_t uid) {
  const auto name = looked_up<passwd>(getpwuid_r, uid, [](const passwd* e) { return name_in(e); });
  return uid_of(name) == uid ? name : std::to_string(uid);
}
std::string text_of_gid(gid_t gid) {
  const auto name = looked_up<group>(getgrgid_r, gid, [](const group* e) { return name_in(e); });
  return gid_of(name) == gid ? name : std::to_string(gid);
}

std::string text_of_mode(mode_t mode) {
  return fmt::format("{:04o}", mode);
}

Error unknown_name(const char* what, const std::string& name) {
  return for_person(Error::invalid(fmt::format("this machine has no {} '{}'", what, name)));
}

}  // namespace

Result<DeclaredAttributes> parse_declared_attributes(const OptionReader& options) {
  DeclaredAttributes out{options.text_or("attributes.mode", ""),
                         options.text_or("attributes.owner", ""),
                         options.text_or("attributes.group", "")};
  const auto mode = whole_number<mode_t>(out.mode, 8);
  if (!out.mode.empty() && (!mode || *mode > 07777)) {
    return options.wrong("attributes.mode", "must be an octal mode up to 7777, like 0640");
  }
  return out;
}

Result<ObservedAttributes> ObservedAttributes::resolve(const DeclaredAttributes& declared) {
  ObservedAttributes out;
  out.declared_ = declared;
  if (!declared.mode.empty()) out.mode_ = whole_number<mode_t>(declared.mode, 8);
  if (!declared.owner.empty() && !(out.uid_ = uid_of(declared.owner))) {
    return unknown_name("user", declared.owner);
  }
  if (!declared.group.empty() && !(out.gid_ = gid_of(declared.group))) {
    return unknown_name("group", declared.group);
  }
  out.wanted_ = out.of(out.mode_.value_or(0), out.uid_.value_or(0), out.gid_.value_or(0));
  return out;
}

std::string ObservedAttributes::of(mode_t mode, uid_t uid, gid_t gid) const {
  Fields fields;
  if (mode_) fields["mode"] = text_of_mode(mode & 07777U);
  if (uid_) fields["owner"] = uid == *uid_ ? declared_.owner : text_of_uid(uid);
  if (gid_) fields["group"] = gid == *gid_ ? declared_.group : text_of_gid(gid);
  return encode_fields(fields);
}

Result<FileAttributes> with_observed(FileAttributes attributes, const std::string& text) {
  SB_ASSIGN(const Fields fields, decode_fields(text));
  for (const auto& [name, value] : fields) {
    const auto mode = name == "mode" ? whole_number<mode_t>(value, 8) : std::nullopt;
    const auto uid = name == "owner" ? uid_of(value) : std::nullopt;
    const auto gid = name == "group" ? gid_of(value) : std::nullopt;
    if (!mode && !uid && !gid) return unknown_name(name == "owner" ? "user" : name.c_str(), value);
    if (mode) attributes = with_mode(std::move(attributes), *mode);
    if (uid) attributes.uid = *uid;
    if (gid) attributes.gid = *gid;
  }
  return attributes;
}

}  // namespace sideband
