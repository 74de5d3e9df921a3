#include "engine/signals/own_signal.h"

#include <algorithm>

namespace sideband {
namespace {

Result<std::int64_t> figure_of_heads(StoreReader& store, OwnFigure figure,
                                     const std::vector<std::string>& names) {
  std::int64_t sum = 0;
  for (const std::string& name : names) {
    SB_ASSIGN(const auto head, store.head(name));
    if (!head || head->scanned_at == WallTime()) {
      return Error::corrupt("reconciler " + name + " was not looked at yet");
    }
    sum += figure == OwnFigure::kOpenDrifts ? head->open : head->failed;
  }
  return sum;
}

Result<std::int64_t> waiting_repairs(StoreReader& store, const std::vector<std::string>& names) {
  SB_ASSIGN(const auto waiting, store.count_waiting());
  std::int64_t sum = 0;
  for (const auto& [name, count] : waiting) {
    if (std::find(names.begin(), names.end(), name) != names.end()) sum += count;
  }
  return sum;
}

}  // namespace

Result<SignalReading> OwnSignal::read(Duration /*timeout*/) {
  SignalReading reading;
  reading.measured_at = clock_.wall();
  const std::vector<std::string> names = names_();
  SB_TRY(store_.read([&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(const std::int64_t value, figure_ == OwnFigure::kQueuedRepairs
                                            ? waiting_repairs(store, names)
                                            : figure_of_heads(store, figure_, names));
    reading.value = static_cast<double>(value);
    return {};
  }));
  return reading;
}

}  // namespace sideband
