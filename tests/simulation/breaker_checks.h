// P-9 of circuit breakers: counted anew from the records alone.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/settings.h"

namespace sideband::sim {

// Of one service. Times are those of the service's wall clock, which must have been right.
class BreakerChecks {
 public:
  using Violated = std::function<void(const std::string& what)>;
  explicit BreakerChecks(Violated violated) : violated_(std::move(violated)) {}

  // A repair that is no undo began, or ended in this state after it had begun. `of` names what it
  // protects.
  void began(const void* of, const BreakerSettings& settings, const std::string& id, MonoTime at);
  void ended(const void* of, const BreakerSettings& settings, const std::string& id,
             const std::string& state, MonoTime at);
  // A person closed it.
  void closed(const void* of) { fuses_.erase(of); }
  // From now on times prove nothing; that there is one probe does.
  void clocks_were_wrong() { clocks_right_ = false; }

 private:
  struct Fuse {
    std::vector<bool> failed;  // how repairs ended, since it was closed last
    std::optional<MonoTime> opened;
    Duration open{0};
    std::string probe;
  };

  std::map<const void*, Fuse> fuses_;
  Violated violated_;
  bool clocks_right_ = true;
};

}  // namespace sideband::sim
