#include "detectors/detector.h"

#include <fmt/format.h>

#include <cmath>

#include "base/near_word.h"
#include "base/sha256.h"
#include "detectors/state_text.h"

namespace sideband::detectors {

// A kind and how it is made.
struct KindRow {
  DetectorKind kind;
  Result<Detector> (*make)(const DetectorKind&, const Settings&);

  template <class Machine>
  static KindRow of(const char* name, const char* doc) {
    const auto make = [](const DetectorKind& described,
                         const Settings& settings) -> Result<Detector> {
      SB_ASSIGN(Machine machine, Machine::make(settings));
      return Detector(described.name, settings.text(), std::move(machine));
    };
    return {{name, doc, &Machine::table()}, make};
  }
};

namespace {

constexpr std::string_view kVersion = "1";
constexpr std::size_t kChecksum = 16;

const std::vector<KindRow>& rows() {
  static const std::vector<KindRow> kRows = {
      KindRow::of<Anomaly>("anomaly", "values that are improbable by those before them"),
      KindRow::of<Threshold>("threshold", "values above or below a limit, for a time"),
      KindRow::of<RateOfChange>("rate", "values that change too fast or too slowly"),
      KindRow::of<Absence>("absence", "no value for too long"),
  };
  return kRows;
}

std::string checksum(std::string_view text) {
  return to_hex(sha256(text)).substr(0, kChecksum);
}

template <class Machine>
bool is_sound(const Machine& machine) {
  if constexpr (requires { machine.sound(); }) {
    return machine.sound();
  } else {
    return true;
  }
}

}  // namespace

const std::vector<DetectorKind>& detector_kinds() {
  static const std::vector<DetectorKind> kKinds = [] {
    std::vector<DetectorKind> kinds;
    for (const KindRow& row : rows()) kinds.push_back(row.kind);
    return kinds;
  }();
  return kKinds;
}

Result<Detector> Detector::make(const std::string& kind,
                                const std::map<std::string, std::string>& settings) {
  std::vector<std::string> names;
  for (const KindRow& row : rows()) {
    names.emplace_back(row.kind.name);
    if (row.kind.name != kind) continue;
    auto read = Settings::read(*row.kind.settings, settings);
    if (!read.ok()) return read.error().in(kind);
    auto made = row.make(row.kind, *read);
    if (!made.ok()) return made.error().in(kind);
    return made;
  }
  return Error::invalid(fmt::format("there is no detector \"{}\"{}; there are {}", kind,
                                    did_you_mean(kind, names), fmt::join(names, ", ")));
}

Finding Detector::judge(const Point& point) {
  const auto no_value = [&](Cause cause) {
    Finding found =
        std::visit([&](auto& machine) { return machine.no_value(point.time); }, machine_);
    if (found.why.cause == Cause::kNoValue) found.why.cause = cause;
    return found;
  };
  if (!point.value) {
    ++counts_.without_value;
    return no_value(Cause::kNoValue);
  }
  if (!std::isfinite(*point.value)) {
    ++counts_.not_finite;
    return no_value(Cause::kNotFinite);
  }
  ++counts_.used;
  return std::visit([&](auto& machine) { return machine.judge(point.time, *point.value); },
                    machine_);
}

Finding Detector::observe(const Point& point) {
  if (newest_ && point.time <= *newest_) {
    const bool same = point.time == *newest_;
    ++(same ? counts_.duplicate : counts_.out_of_order);
    Finding found = last_;
    found.why = {same ? Cause::kDuplicate : Cause::kOutOfOrder};
    return found;
  }
  newest_ = point.time;
  const Finding found = judge(point);
  last_ = {found.state, found.score, {}};
  return found;
}

std::string Detector::head() const {
  return fmt::format("{} {} {}", kVersion, kind_, settings_);
}

std::string Detector::state() const {
  StateWriter writer;
  const bool firing = last_.state == State::kFiring, clear = last_.state == State::kClear;
  writer(counts_, newest_, firing, clear, last_.score);
  std::visit([&](const auto& machine) { writer(machine); }, machine_);
  const std::string text = head() + ";" + writer.text();
  return text + ";" + checksum(text);
}

Result<void> Detector::restore(std::string_view state) {
  const std::size_t end = state.rfind(';');
  const std::size_t head_end = state.find(';');
  if (head_end == std::string_view::npos || end == head_end ||
      state.substr(end + 1) != checksum(state.substr(0, end))) {
    return Error::corrupt("the state of a detector is damaged; begin without it");
  }
  if (state.substr(0, head_end) != head()) {
    return Error::conflict(
        fmt::format("the state is of \"{}\" and the detector is \"{}\"; begin "
                    "without it",
                    state.substr(0, head_end), head()));
  }
  Detector read = *this;
  StateReader reader(state.substr(head_end + 1, end - head_end - 1));
  bool firing = false, clear = false;
  reader(read.counts_, read.newest_, firing, clear, read.last_.score);
  std::visit([&](auto& machine) { reader(machine); }, read.machine_);
  const bool sound =
      std::visit([](const auto& machine) { return is_sound(machine); }, read.machine_);
  if (!reader.ok() || !sound || (firing && clear)) {
    return Error::corrupt("the state of a detector is damaged; begin without it");
  }
  read.last_.state = firing ? State::kFiring : clear ? State::kClear : State::kUnknown;
  *this = std::move(read);
  return {};
}

}  // namespace sideband::detectors
