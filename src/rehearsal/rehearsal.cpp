#include "rehearsal/rehearsal.h"

#include <fmt/format.h>

#include "base/units.h"
#include "rehearsal/expected.h"
#include "rehearsal/people.h"
#include "rehearsal/sim_runner.h"
#include "rehearsal/staged_items.h"

namespace sideband::sim {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr std::int64_t kUsualItems = 100;
// Some ten seconds of work: what takes longer looks far too often for the time that it spans.
constexpr std::int64_t kMostEvents = 10'000'000;

}  // namespace

Rehearsal::Rehearsal(const TestCase& test, const Settings& settings)
    : test_(test),
      settings_(staged(settings)),
      scheduler_(kSeed),
      clock_(scheduler_, *test.start),
      process_(scheduler_, "rehearsal"),
      random_(kSeed),
      store_(process_, clock_),
      stage_(clock_) {}

Rehearsal::~Rehearsal() {
  process_.kill();
}

// What items hold, how they are compared, and who else wakes a look are of the real targets.
std::shared_ptr<Settings> Rehearsal::staged(const Settings& settings) {
  auto out = std::make_shared<Settings>(settings);
  out->playbooks.clear();
  for (auto& [name, reconciler] : out->reconcilers) {
    reconciler.wake.targets.clear();
    reconciler.actual.value.clear();
    reconciler.actual.fields.clear();
    reconciler.desired.copies.clear();
    reconciler.detect.fields.clear();
  }
  return out;
}

void Rehearsal::fill() {
  for (const auto& [name, reconciler] : settings_->reconcilers) {
    const auto given = test_.items.find(name);
    const std::int64_t count = given == test_.items.end() ? kUsualItems : given->second;
    StagedPair(stage_, reconciler).fill(count);
  }
}

void Rehearsal::start() {
  EngineOptions options;
  options.sole_owner = true;
  options.unsigned_for = [this] { return unsigned_for_; };
  options.connector = stage_.connector();
  options.make_content_rules = [](const DetectSettings&) { return Normalize(); };
  options.make_runner = [this](Store& store, const Clock&) {
    return std::make_unique<SimRunner>(scheduler_, process_, store);
  };
  process_.run([&] {
    engine_ = std::make_unique<Engine>(store_, clock_, random_, metrics_, options);
    engine_->start(settings_);
  });
}

// False when it would take too long.
bool Rehearsal::advance_to(Duration at) {
  const MonoTime end = scheduler_.now() + (at - clock_.passed());
  const auto too_many = [this] { return scheduler_.events() > kMostEvents; };
  if (!scheduler_.run_until(end, too_many)) return true;
  fail(test_.file, fmt::format("the test was given up after {} steps of work; let less time pass, "
                               "or look less often",
                               kMostEvents));
  return false;
}

void Rehearsal::fail(const std::string& place, const std::string& what) {
  out_.failures.push_back(
      fmt::format("{}: after {}: {}", place, format_duration(clock_.passed()), what));
}

void Rehearsal::look(const Expectation& expected) {
  ++out_.checks;
  const ReconcilerSettings& reconciler = settings_->reconcilers.at(expected.reconciler);
  const auto seen = see(store_, *engine_, reconciler, stage_, clock_.wall());
  if (!seen.ok()) return fail(expected.place, seen.error().message);
  for (const std::string& difference : differences(expected, *seen)) {
    fail(expected.place, expected.reconciler + " " + difference);
  }
}

void Rehearsal::act(const PersonActs& person) {
  Result<void> done;
  process_.run([&] { done = do_deed(person, *engine_, store_); });
  const std::string who = fmt::format("what {} asks for", person.by);
  if (done.ok() && !person.refused.empty()) fail(test_.file, who + " is not refused");
  if (done.ok()) return;
  const bool wanted =
      !person.refused.empty() && done.error().message.find(person.refused) != std::string::npos;
  if (!wanted) fail(test_.file, who + " is refused: " + done.error().message);
}

void Rehearsal::take(const TestStep& step) {
  for (const Expectation& one : step.expect) look(one);
  for (const auto& [name, reconciler] : settings_->reconcilers) {
    for (const std::string& lack : StagedPair(stage_, reconciler).change(step)) {
      fail(test_.file, lack);
    }
  }
  for (const auto& [signal, reading] : step.signals) stage_.set_signal(signal, reading);
  for (const auto& [target, mood] : step.targets) stage_.set_mood(target, mood);
  for (const auto& [target, mood] : step.policies) stage_.set_policy(target, mood);
  if (step.unsigned_for >= Duration(0)) unsigned_for_ = step.unsigned_for;
  for (const PersonActs& person : step.people) act(person);
}

TestOutcome Rehearsal::run() {
  fill();
  start();
  for (const TestStep& step : test_.steps) {
    if (!advance_to(step.at)) break;
    take(step);
  }
  out_.simulated = clock_.passed();
  return std::move(out_);
}

}  // namespace sideband::sim
