// What a look at a machine says: what differs, what would put it right, and what was not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sideband::scan {

// Who could put it right: a driver of this binary, a person with a command, or nobody that we know.
enum class Remedy : std::uint8_t { kReportOnly, kByHand, kDriver };

// Plain values. Texts come from the machine and may be hostile: escape them before a terminal.
struct Finding {
  std::string kind;   // name of the probe
  std::string where;  // a path, a key, a process, a queue
  std::string what;   // what is different
  std::optional<WallTime> since{};
  Remedy remedy = Remedy::kReportOnly;
  std::string with{};  // kDriver: "driver files: ..."; kByHand: a shell command; else empty
};

// Something that was not looked at. Unknown is never fine.
struct Gap {
  std::string what;
  std::string why;
};

struct ProbeReport {
  std::string kind;
  std::int64_t looked_at = 0;  // files, keys, processes, databases, queues
  std::vector<Finding> findings;
  std::vector<Gap> gaps;
  Duration took{0};

  // Nothing at all was looked at, though there was something, or nobody can say.
  [[nodiscard]] bool blind() const { return looked_at == 0 && !gaps.empty(); }
};

}  // namespace sideband::scan
