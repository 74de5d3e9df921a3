// Which reconcilers' targets are being opened, and by which configuration.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "model/settings.h"

namespace sideband {

// Thread-safe.
class Openings {
 public:
  using By = std::shared_ptr<const Settings>;

  explicit Openings(const Clock& clock) : clock_(clock) {}
  // False: somebody opens it by this configuration already. The latest one counts.
  [[nodiscard]] bool begin(const std::string& reconciler, const By& settings) SB_EXCLUDES(mutex_);
  void end(const std::string& reconciler, const By& settings) SB_EXCLUDES(mutex_);
  // Blocks until none is being opened, at most for so long.
  void await(Duration most) SB_EXCLUDES(mutex_);

 private:
  const Clock& clock_;
  Mutex mutex_;
  CondVar ended_;
  std::map<std::string, By> opening_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
