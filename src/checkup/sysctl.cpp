// Kernel settings: what the files ask for against what the kernel says.
#include <fmt/format.h>

#include "checkup/look.h"
#include "checkup/sysctl_config.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxValue = 64 * 1024;

// Keys whose values nobody should print.
bool is_secret(const std::string& path) {
  return path.ends_with("_key") || path.ends_with("_secret");
}

void compare(Look& look, const SysctlSetting& setting, const std::string& is) {
  look.notes.looked();
  const std::string now = sysctl_value(is);
  if (same_sysctl_value(now, setting.value)) return;
  Finding finding;
  finding.where = sysctl_key(setting.path);
  finding.what = is_secret(setting.path)
                     ? fmt::format("is not what {} says (values not shown)", setting.from)
                     : fmt::format("is {}, {} says {}", now, setting.from, setting.value);
  if (!is_secret(setting.path)) {
    finding.with = shell_command({"sysctl", "-w", finding.where + "=" + setting.value});
  }
  if (!finding.with.empty()) finding.remedy = Remedy::kByHand;
  look.notes.found(std::move(finding));
}

}  // namespace

void look_at_sysctl(Look& look) {
  const SysctlWishes wishes = read_sysctl_wishes(look.tree);
  for (const Gap& gap : wishes.gaps) look.notes.gap(gap.what, gap.why);
  for (const SysctlSetting& setting : wishes.settings) {
    if (look.deadline.passed()) return look.notes.gap("more keys", "no time was left");
    const auto is = look.tree.read("/proc/sys/" + setting.path, kMaxValue);
    if (is.ok()) {
      compare(look, setting, *is);
    } else if (is.error().code != ErrorCode::kNotFound) {
      look.notes.gap(sysctl_key(setting.path), is.error().message);
    } else if (!setting.optional) {
      look.notes.gap(sysctl_key(setting.path),
                     "asked for by " + setting.from + ", not known to this kernel");
    }
  }
}

}  // namespace sideband::scan
