#include "checkup/sysctl_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr const char* kFolders[] = {"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
                                    "/usr/lib/sysctl.d"};

bool is_pattern(const std::string& path) {
  return path.find_first_of("*?[") != std::string::npos;
}

std::optional<std::int64_t> number_of(std::string_view word) {
  const bool negative = word.starts_with('-');
  if (negative) word.remove_prefix(1);
  int base = 10;
  if (word.starts_with("0x") || word.starts_with("0X")) {
    word.remove_prefix(2);
    base = 16;
  } else if (word.size() > 1 && word.starts_with('0')) {
    base = 8;
  }
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (problem != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return negative ? -value : value;
}

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

// "3" is 3 to 3; nothing for what is neither a number nor a range of them.
std::optional<std::pair<std::int64_t, std::int64_t>> range_of(std::string_view text) {
  const std::size_t dash = text.find('-', 1);
  const auto from = number_of(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : number_of(text.substr(dash + 1));
  if (!from || !to || *from < 0 || *from > *to) return std::nullopt;
  return std::pair(*from, *to);
}

// A list of ports or processors, sorted, with neighbours joined as the kernel prints them.
std::optional<Ranges> ranges_of(std::string_view word) {
  Ranges all;
  while (!word.empty()) {
    const std::size_t comma = std::min(word.find(','), word.size());
    const auto range = range_of(word.substr(0, comma));
    if (!range) return std::nullopt;
    all.push_back(*range);
    word.remove_prefix(std::min(comma + 1, word.size()));
  }
  std::sort(all.begin(), all.end());
  Ranges joined;
  for (const auto& [from, to] : all) {
    if (joined.empty() || from - 1 > joined.back().second) {
      joined.emplace_back(from, to);
    } else {
      joined.back().second = std::max(joined.back().second, to);
    }
  }
  return joined;
}

// The files that count, in the order in which they are read: by name, and of each name the one in
// the first folder that has it.
std::vector<std::string> files_of(const Tree& tree, SysctlWishes& wishes) {
  std::map<std::string, std::string> by_name;
  for (const char* folder : kFolders) {
    const auto entries = tree.list(folder);
    if (!entries.ok()) {
      if (entries.error().code != ErrorCode::kNotFound) {
        wishes.gaps.push_back({folder, entries.error().message});
      }
      continue;
    }
    for (const FolderEntry& entry : *entries) {
      if (entry.name.ends_with(".conf")) {
        by_name.emplace(entry.name, std::string(folder) + "/" + entry.name);
      }
    }
  }
  // Debian links 99-sysctl.conf to it; where the link is gone, sysctl --system reads it last.
  const bool linked = by_name.count("99-sysctl.conf") != 0;
  std::vector<std::string> files;
  for (const auto& [name, path] : by_name) files.push_back(path);
  if (!linked && tree.info("/etc/sysctl.conf").ok()) files.emplace_back("/etc/sysctl.conf");
  return files;
}

// Keys that are named reach their value; patterns only what nobody named.
std::vector<SysctlSetting> expanded(const Tree& tree, const std::vector<SysctlSetting>& settings) {
  const std::string root = "/proc/sys/";
  std::set<std::string> named;
  for (const SysctlSetting& setting : settings) {
    if (!is_pattern(setting.path)) named.insert(setting.path);
  }
  std::map<std::string, SysctlSetting> last;
  for (const SysctlSetting& setting : settings) {
    if (setting.exclude) continue;
    if (!is_pattern(setting.path)) {
      last[setting.path] = setting;
      continue;
    }
    for (const std::string& path : tree.glob(root + setting.path)) {
      const std::string key = path.substr(root.size());
      if (named.count(key) == 0) last[key] = setting;
    }
  }
  std::vector<SysctlSetting> out;
  for (auto& [path, setting] : last) {
    setting.path = path;
    out.push_back(std::move(setting));
  }
  return out;
}

}  // namespace

std::string sysctl_path(std::string_view key) {
  std::string path(key);
  const std::size_t first = path.find_first_of("./");
  if (first != std::string::npos && path[first] == '.') {
    for (char& c : path) c = c == '.' ? '/' : c == '/' ? '.' : c;
  }
  while (path.starts_with('/')) path.erase(0, 1);
  const bool leaves = ("/" + path + "/").find("/../") != std::string::npos;
  return leaves || path.find('\0') != std::string::npos ? "" : path;
}

std::string sysctl_key(const std::string& path) {
  std::string key = path;
  for (char& c : key) c = c == '/' ? '.' : c == '.' ? '/' : c;
  return key;
}

std::string sysctl_value(std::string_view text) {
  std::string value;
  for (const std::string& word : words_of(text)) value += (value.empty() ? "" : " ") + word;
  return value;
}

bool same_sysctl_value(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto left = words_of(a), right = words_of(b);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const std::string& x, const std::string& y) {
                      const auto m = number_of(x), n = number_of(y);
                      if (x == y || (m && n && *m == *n)) return true;
                      const auto p = ranges_of(x), q = ranges_of(y);
                      return p && q && *p == *q;
                    });
}

std::vector<SysctlSetting> parse_sysctl(std::string_view text, const std::string& file,
                                        std::vector<Gap>& gaps) {
  std::vector<SysctlSetting> settings;
  int number = 0;
  for (const std::string_view raw : lines_of(text)) {
    ++number;
    std::string_view line = trimmed(raw);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    SysctlSetting setting;
    setting.from = fmt::format("{}:{}", file, number);
    const std::size_t equals = line.find('=');
    if (line.starts_with('-')) {
      setting.optional = true;
      setting.exclude = equals == std::string_view::npos;
    }
    const std::string_view key = trimmed(line.substr(0, equals));
    setting.path = sysctl_path(setting.optional ? trimmed(key.substr(1)) : key);
    const bool good =
        !setting.path.empty() && (setting.exclude || equals != std::string_view::npos);
    if (!good) {
      gaps.push_back({setting.from, "no line that sysctl.d knows"});
      continue;
    }
    if (!setting.exclude) setting.value = sysctl_value(line.substr(equals + 1));
    settings.push_back(std::move(setting));
  }
  return settings;
}

SysctlWishes read_sysctl_wishes(const Tree& tree) {
  SysctlWishes wishes;
  std::vector<SysctlSetting> all;
  for (const std::string& path : files_of(tree, wishes)) {
    const auto text = tree.read(path, kMaxConfig);
    // A link to /dev/null is how a file of the distribution is switched off.
    if (const auto target = tree.link_target(path); target.ok() && *target == "/dev/null") continue;
    if (!text.ok()) {
      wishes.gaps.push_back({path, text.error().message});
      continue;
    }
    ++wishes.files;
    for (SysctlSetting& setting : parse_sysctl(*text, path, wishes.gaps)) {
      all.push_back(std::move(setting));
    }
  }
  wishes.settings = expanded(tree, all);
  return wishes;
}

}  // namespace sideband::scan
