// Services that run on older configuration than the one on disk, or on code that was replaced.
#include <unistd.h>

#include <map>

#include "checkup/look.h"
#include "checkup/processes.h"
#include "checkup/service_config.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxMaps = std::size_t{8} << 20;
// Start times are known to about a clock tick and the boot time; a file this close says nothing.
constexpr Duration kNearly = std::chrono::seconds(1);

struct OldCode {
  std::int64_t processes = 0;
  int pid = 0;  // of the first
  std::string unit;
  std::string path;  // what was replaced
};

class ServiceProbe {
 public:
  explicit ServiceProbe(Look& look) : look_(look) {}

  void run() {
    const auto processes = read_processes(look_.tree, look_.clock());
    if (processes.empty()) return look_.notes.gap("everything", "/proc shows no processes");
    for (const Process& process : processes) {
      if (look_.deadline.passed()) return look_.notes.gap("more processes", "no time was left");
      look_at(process, processes);
    }
    for (const auto& [name, old] : old_) report(name, old);
    if (hidden_ > 0) {
      look_.notes.gap("the code of " + counted(hidden_, "process"), "of other users");
    }
    if (elsewhere_ > 0) {
      look_.notes.gap(counted(elsewhere_, "process"), "in containers, with files of their own");
    }
  }

 private:
  void look_at(const Process& process, const std::vector<Process>& all) {
    const bool kernel_thread = process.words.empty() && process.binary.empty();
    if (kernel_thread) return;
    if (process.other_root) {
      ++elsewhere_;
      return;
    }
    look_at_code(process);
    const auto config = service_config_of(process, all, look_.tree, look_.deadline);
    if (!config) return;
    look_.notes.looked();
    for (const Gap& gap : config->gaps) look_.notes.gap(gap.what, gap.why);
    compare(process, *config);
  }

  void look_at_code(const Process& process) {
    if (process.hidden) ++hidden_;
    if (process.binary.empty()) return;
    look_.notes.looked();
    if (process.binary.ends_with(kDeletedMark)) {
      const std::string path =
          process.binary.substr(0, process.binary.size() - kDeletedMark.size());
      if (is_installed_path(path)) note_old(process, path);
      return;
    }
    const auto maps = look_.tree.read("/proc/" + std::to_string(process.pid) + "/maps", kMaxMaps);
    if (!maps.ok()) return;
    const auto libraries = deleted_libraries(*maps);
    if (!libraries.empty()) note_old(process, libraries[0]);
  }

  void note_old(const Process& process, const std::string& path) {
    const bool service = process.unit.ends_with(".service");
    OldCode& old = old_[service ? process.unit : process.name];
    if (old.processes++ > 0) return;
    old.pid = process.pid;
    old.path = path;
    if (service) old.unit = process.unit;
  }

  void report(const std::string& name, const OldCode& old) {
    Finding finding;
    finding.where = name + " (process " + std::to_string(old.pid) + ")";
    finding.what = (old.processes == 1 ? std::string("runs")
                                       : std::to_string(old.processes) + " processes run") +
                   " old code: " + old.path + " was replaced or removed";
    if (const auto info = look_.tree.info(old.path); info.ok()) finding.since = info->changed;
    const std::string takes = restart_takes(old.unit);
    if (!takes.empty()) {
      finding.what += "; a restart ends " + takes + ": can it wait for a reboot?";
    } else if (!old.unit.empty()) {
      finding.with = shell_command({"systemctl", "restart", old.unit});
    }
    if (!finding.with.empty()) finding.remedy = Remedy::kByHand;
    look_.notes.found(std::move(finding));
  }

  void compare(const Process& process, const ServiceConfig& config) {
    std::string changed;
    std::optional<WallTime> since;
    std::int64_t count = 0;
    for (const std::string& path : config.files) {
      const auto info = look_.tree.info(path);
      if (!info.ok()) {
        if (info.error().code != ErrorCode::kNotFound) {
          look_.notes.gap(path, info.error().message);
        }
        continue;
      }
      if (info->modified <= config.loaded + kNearly) continue;
      ++count;
      if (since && *since <= info->modified) continue;
      since = info->modified;
      changed = path;
    }
    if (!since) return;
    const std::string where = config.service + " (process " + std::to_string(process.pid) + ")";
    if (!config.reload_shows) {
      return look_.notes.gap(where, changed +
                                        " is newer than its start, and whether it was read "
                                        "since cannot be told from outside");
    }
    std::string what = "runs on configuration older than " + changed;
    if (count > 1) what += " and " + counted(count - 1, "other file");
    if (!config.effect.empty()) what += "; " + config.effect;
    look_.notes.found({"", where, what, since,
                       config.repair.empty() ? Remedy::kReportOnly : Remedy::kByHand,
                       config.repair});
  }

  Look& look_;
  std::map<std::string, OldCode> old_;
  std::int64_t hidden_ = 0;
  std::int64_t elsewhere_ = 0;
};

}  // namespace

void look_at_services(Look& look) {
  ServiceProbe(look).run();
}

}  // namespace sideband::scan
