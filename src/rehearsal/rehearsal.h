// One test of decisions, carried out: the real engine on virtual time over a staged world.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "engine/runtime/engine.h"
#include "rehearsal/memory_store.h"
#include "rehearsal/process.h"
#include "rehearsal/scheduler.h"
#include "rehearsal/test_case.h"

namespace sideband::sim {

// What came of a test: it passed where nothing failed.
struct TestOutcome {
  std::vector<std::string> failures;  // each one sentence, with "file:line" and the time
  std::int64_t checks = 0;            // expectations that were looked at
  Duration simulated{0};
};

// Wall time of a rehearsal; it never jumps.
class RehearsalClock final : public Clock {
 public:
  RehearsalClock(const Scheduler& scheduler, WallTime start)
      : scheduler_(scheduler), start_(start), begun_(scheduler.now()) {}
  [[nodiscard]] WallTime wall() const override { return start_ + passed(); }
  [[nodiscard]] MonoTime mono() const override { return scheduler_.now(); }
  [[nodiscard]] Duration passed() const { return scheduler_.now() - begun_; }

 private:
  const Scheduler& scheduler_;
  const WallTime start_;
  const MonoTime begun_;
};

// Used by one thread. Nothing outside the process is touched. The same test gives the same outcome.
class Rehearsal {
 public:
  // The test, and valid settings; both must outlive it.
  Rehearsal(const TestCase& test, const Settings& settings);
  ~Rehearsal();
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;

  // Once.
  TestOutcome run();

 private:
  // What the engine is given: the decisions of `settings`, over staged items.
  static std::shared_ptr<Settings> staged(const Settings& settings);
  void fill();
  void start();
  bool advance_to(Duration at);
  void take(const TestStep& step);
  void fail(const std::string& place, const std::string& what);
  void look(const Expectation& expected);
  void act(const PersonActs& person);

  const TestCase& test_;
  const std::shared_ptr<const Settings> settings_;
  Scheduler scheduler_;
  RehearsalClock clock_;
  Process process_;
  SeededRandom random_;
  Metrics metrics_;
  MemoryStore store_;
  Stage stage_;
  Duration unsigned_for_{0};
  std::unique_ptr<Engine> engine_;
  TestOutcome out_;
};

}  // namespace sideband::sim
