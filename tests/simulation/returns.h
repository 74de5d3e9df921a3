// How often the loop wrote the same value again, because somebody had taken it back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "model/settings.h"

namespace sideband::sim {

// An own count beside the engine's, by reconciler and key. Used by one thread.
class Returns {
 public:
  // A repair of the loop converged that wrote this value at this time.
  void converged(const std::string& reconciler, const std::string& key,
                 const std::optional<std::string>& value, MonoTime at);
  // Somebody asked for it, or took it back himself: it is counted from the beginning.
  void forget(const std::string& reconciler, const std::string& key);
  // The first of those that count by now.
  [[nodiscard]] MonoTime first(const std::string& reconciler, const std::string& key) const;
  // Whether it should have been left alone when the loop wrote this value at this time. A drift
  // that was closed by a look that began before it is forgotten, which is not seen here: a few more
  // are let pass.
  [[nodiscard]] bool too_often(const std::string& reconciler, const std::string& key,
                               const std::optional<std::string>& value, MonoTime at,
                               const FlappingSettings& settings) const;

 private:
  struct Chain {
    std::optional<std::string> value;
    std::int64_t count = 0;
    MonoTime first;
    MonoTime last;
  };
  std::map<std::pair<std::string, std::string>, Chain> chains_;
};

}  // namespace sideband::sim
