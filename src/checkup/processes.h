// The processes of this machine, from /proc. https://docs.kernel.org/filesystems/proc.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkup/tree.h"

namespace sideband::scan {

struct Process {
  int pid = 0;
  int parent = 0;
  WallTime started;
  std::string name;                // the kernel's, 15 characters
  std::vector<std::string> words;  // its command line; servers often write a title over it
  std::string binary;              // empty: not known
  std::string folder;              // its working directory; empty: not known
  bool hidden = false;             // its binary may not be seen by this user
  bool other_root = false;         // in another mount namespace: its paths are not ours
  std::string unit;                // of systemd: "nginx.service"; may be empty

  [[nodiscard]] std::string title() const;  // the words with blanks between them
};

// The second to the fifth fields of /proc/PID/stat that matter: parent, and the start in clock
// ticks since boot. Nothing when the text is none.
struct StatFields {
  std::string name;
  int parent = 0;
  std::int64_t start_ticks = 0;
};
std::optional<StatFields> parse_stat(std::string_view text);

// "0::/system.slice/nginx.service" → "nginx.service"; empty when no unit's name is in it.
std::string unit_of_cgroup(std::string_view text);

// Executable files that a process has mapped though they are no longer on disk, from
// /proc/PID/maps; only files of installed software.
std::vector<std::string> deleted_libraries(std::string_view maps);

// What the kernel puts after the path of a file that is no longer on disk.
inline constexpr std::string_view kDeletedMark = " (deleted)";

// Whether a path is one of installed software, with or without " (deleted)" at its end.
bool is_installed_path(std::string_view path);

// Whether its parent has the same name: a worker, or a fork that did not yet write a title of its
// own, so that it still looks like the server that it is a part of.
bool is_child_of_its_kind(const Process& process, const std::vector<Process>& all);

// Processes that end while they are looked at are left out.
std::vector<Process> read_processes(const Tree& tree, const Clock& clock);

}  // namespace sideband::scan
