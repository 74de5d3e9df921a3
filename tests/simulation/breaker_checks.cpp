#include "simulation/breaker_checks.h"

#include <algorithm>

namespace sideband::sim {

void BreakerChecks::began(const void* of, const BreakerSettings& settings, const std::string& id,
                          MonoTime at) {
  if (settings.failures == 0) return;
  Fuse& fuse = fuses_[of];
  if (!fuse.opened) return;
  if (clocks_right_ && at < *fuse.opened + fuse.open) {
    return violated_("began while its circuit breaker was open, repair " + id);
  }
  if (!fuse.probe.empty()) {
    return violated_("began beside the probe " + fuse.probe + ", repair " + id);
  }
  fuse.probe = id;
}

void BreakerChecks::ended(const void* of, const BreakerSettings& settings, const std::string& id,
                          const std::string& state, MonoTime at) {
  if (settings.failures == 0) return;
  Fuse& fuse = fuses_[of];
  const bool well = state == "converged";
  const bool counts = well || state == "needs_human" || state == "compensated";
  if (fuse.opened && fuse.probe != id) return;
  fuse.probe.clear();
  if (!counts) return;
  if (fuse.opened) {
    if (well) return void(fuses_.erase(of));
    fuse.opened = at;
    fuse.open = std::min<Duration>(2 * fuse.open, std::chrono::hours(24));
    return;
  }
  fuse.failed.push_back(!well);
  const auto last = std::min<std::ptrdiff_t>(settings.of, std::ssize(fuse.failed));
  if (std::count(fuse.failed.end() - last, fuse.failed.end(), true) < settings.failures) return;
  fuse.opened = at;
  fuse.open = settings.open;
}

}  // namespace sideband::sim
