// A signal that holds repairs back now and again, takes them back, or does not answer.
//
// What it says follows from the seed and the time alone, without a draw, which would make other
// worlds of all seeds.
#include "simulation/world.h"

namespace sideband::sim {
namespace {

using std::chrono::seconds;

// One level in each quarter of a minute: low, between clear and threshold, high, very high, none.
class SimSignal final : public Signal {
 public:
  SimSignal(const Scheduler& scheduler, const Faults& faults, const Clock& clock,
            std::uint64_t seed)
      : scheduler_(scheduler), faults_(faults), clock_(clock), seed_(seed) {}

  Result<SignalReading> read(Duration /*timeout*/) override {
    const auto quarter =
        static_cast<std::uint64_t>(scheduler_.now().time_since_epoch() / seconds(15));
    const std::uint64_t level = faults_.on() ? (quarter * 7 + seed_) % 11 % 6 : 0;
    if (level == 4) return Error::unavailable("the signal does not answer");
    if (level == 5) return Error::corrupt("the answer is NaN");
    SignalReading reading;
    reading.value = static_cast<double>(level) * 10;
    reading.measured_at = clock_.wall();
    return reading;
  }

 private:
  const Scheduler& scheduler_;
  const Faults& faults_;
  const Clock& clock_;
  const std::uint64_t seed_;
};

// The same limits by a detector of the signal, to which both rules listen.
void watch_by_detector(SignalSettings& signal, std::vector<PauseRule>& rules) {
  signal.detector.kind = "threshold";
  signal.detector.options = {{"above", "15"}, {"clear", "5"}, {"for", "4s"}};
  signal.detector.most_fires = 1000;
  signal.detector.quiet = seconds(20);
  for (PauseRule& rule : rules) {
    rule.detected = true;
    rule.above = Quantity{0.5};
    rule.clear.reset();
    rule.lasting = Duration(0);
  }
}

}  // namespace

bool World::has_signals() const {
  return options_.seed % 8 == 4;
}

void World::add_signals(Settings& settings) const {
  for (auto& [name, reconciler] : settings.reconcilers) {
    SignalSettings& signal = settings.signals["level-" + name];
    signal.name = "level-" + name;
    signal.version = "l1";
    signal.target = reconciler.actual.target;
    signal.kind = "simulated";
    signal.interval = seconds(3);
    signal.max_age = seconds(20);
    PauseRule hold;
    hold.signal = signal.name;
    hold.above = Quantity{15};
    hold.clear = Quantity{5};
    hold.lasting = seconds(4);
    PauseRule abort = hold;
    abort.above = Quantity{25};
    abort.action = PauseAction::kAbort;
    reconciler.gates.pause_when = {hold, abort};
    ThrottleRule slower;
    slower.signal = signal.name;
    slower.above = Quantity{5};
    reconciler.gates.throttle = {slower};
    if (options_.seed % 16 == 12) watch_by_detector(signal, reconciler.gates.pause_when);
  }
}

Result<std::unique_ptr<Signal>> World::open_signal(Running& running) const {
  return std::unique_ptr<Signal>(
      std::make_unique<SimSignal>(scheduler_, faults_, running.clock, options_.seed));
}

}  // namespace sideband::sim
