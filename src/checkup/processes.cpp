#include "checkup/processes.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>

#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxProc = 1 << 16;

std::optional<std::string> link_of(const std::string& path) {
  char target[4096];
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  if (size < 0) return std::nullopt;
  return std::string(target, static_cast<std::size_t>(size));
}

std::vector<std::string> split_words(const std::string& bytes) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\0', at), bytes.size());
    words.push_back(bytes.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::optional<Process> read_process(const Tree& tree, const std::string& folder,
                                    const std::optional<std::string>& own_root, WallTime boot) {
  const auto stat = tree.read(folder + "/stat", kMaxProc);
  if (!stat.ok()) return std::nullopt;
  const auto fields = parse_stat(*stat);
  if (!fields) return std::nullopt;
  Process process;
  process.parent = fields->parent;
  process.name = fields->name;
  static const std::int64_t kTicks = std::max<std::int64_t>(1, ::sysconf(_SC_CLK_TCK));
  process.started = boot + Duration(fields->start_ticks * (1'000'000 / kTicks));
  if (const auto words = tree.read(folder + "/cmdline", kMaxConfig); words.ok()) {
    process.words = split_words(*words);
  }
  const auto binary = link_of(folder + "/exe");
  process.hidden = !binary && errno == EACCES;
  process.binary = binary.value_or("");
  process.folder = link_of(folder + "/cwd").value_or("");
  const auto root = link_of(folder + "/ns/mnt");
  process.other_root = root && own_root && *root != *own_root;
  if (const auto group = tree.read(folder + "/cgroup", kMaxProc); group.ok()) {
    process.unit = unit_of_cgroup(*group);
  }
  return process;
}

}  // namespace

std::string Process::title() const {
  std::string title;
  for (const std::string& word : words) title += (title.empty() ? "" : " ") + word;
  return title;
}

std::optional<StatFields> parse_stat(std::string_view text) {
  // The name stands in parentheses and may hold any, blanks too.
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  StatFields fields;
  fields.name = text.substr(open + 1, close - open - 1);
  const auto words = words_of(text.substr(close + 1));
  if (words.size() < 20) return std::nullopt;
  const auto read = [](const std::string& word, auto& value) {
    return std::from_chars(word.data(), word.data() + word.size(), value).ec == std::errc();
  };
  if (!read(words[1], fields.parent) || !read(words[19], fields.start_ticks)) return std::nullopt;
  return fields;
}

std::string unit_of_cgroup(std::string_view text) {
  for (const std::string_view line : lines_of(text)) {
    if (!line.starts_with("0::") && line.find(":name=systemd:") == std::string_view::npos) continue;
    for (std::string path(line); path.find('/') != std::string::npos;
         path = path.substr(0, path.rfind('/'))) {
      const std::string last = base_name(path);
      if (last.ends_with(".service") || last.ends_with(".scope")) return last;
    }
  }
  return "";
}

bool is_child_of_its_kind(const Process& process, const std::vector<Process>& all) {
  return std::any_of(all.begin(), all.end(), [&](const Process& other) {
    return other.pid == process.parent && other.name == process.name;
  });
}

bool is_installed_path(std::string_view path) {
  for (const char* folder : {"/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/opt/"}) {
    if (path.starts_with(folder)) return true;
  }
  return false;
}

std::vector<std::string> deleted_libraries(std::string_view maps) {
  std::set<std::string> found;
  for (std::string_view line : lines_of(maps)) {
    // 7f0-7f1 r-xp 00000000 08:01 1234   /usr/lib/libx.so.1 (deleted)
    const std::size_t path = line.find('/');
    const std::size_t mode = line.find(' ');
    if (path == std::string_view::npos || mode + 4 > line.size() || line[mode + 3] != 'x') continue;
    if (!line.ends_with(kDeletedMark) || !is_installed_path(line.substr(path))) continue;
    line.remove_suffix(kDeletedMark.size());
    found.emplace(line.substr(path));
  }
  return {found.begin(), found.end()};
}

std::vector<Process> read_processes(const Tree& tree, const Clock& clock) {
  std::vector<Process> processes;
  const WallTime boot = clock.wall() - clock.mono().time_since_epoch();
  const auto own_root = link_of("/proc/self/ns/mnt");
  const auto entries = tree.list("/proc");
  if (!entries.ok()) return processes;
  for (const FolderEntry& entry : *entries) {
    if (entry.name.find_first_not_of("0123456789") != std::string::npos) continue;
    auto process = read_process(tree, "/proc/" + entry.name, own_root, boot);
    if (!process) continue;
    process->pid = std::atoi(entry.name.c_str());
    processes.push_back(std::move(*process));
  }
  return processes;
}

}  // namespace sideband::scan
