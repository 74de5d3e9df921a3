// A test of decisions, as a file says it (docs/testing-rules.md): what happens when, and what is to
// come of it. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rehearsal/stage.h"

namespace sideband::sim {

// What a person asks for.
enum class Deed : std::uint8_t {
  kPause,
  kResume,
  kApprove,
  kReject,
  kApply,
  kSilence,
  kAcceptSource,
  kCloseBreaker,
  kScan,
};

struct PersonActs {
  std::string by;
  Deed deed = Deed::kScan;
  std::string reconciler;  // empty: everything, of a pause
  std::string reason = "a test";
  Duration length = std::chrono::hours(1);  // of a silence
  std::vector<std::string> release;         // gates, of an apply
  std::string refused;                      // part of the error that it has to be; empty: it works
};

// Of one reconciler at one moment. Parts that are not set are not looked at.
struct Expectation {
  std::string reconciler;
  std::string status;
  std::vector<std::string> holds;  // exactly these gates refuse in its last decision
  std::string why;                 // part of what the status says
  std::int64_t repairs = -1;       // that it ever began
  std::int64_t changed = -1;       // changes that all of them made
  std::int64_t differ = -1;        // items that differ now
  std::string place;               // "file:line", for what is said of it
};

// Items by reconciler: so many more of them.
using ItemCounts = std::map<std::string, std::int64_t>;

struct TestStep {
  Duration at{0};
  std::vector<Expectation> expect;  // looked at before anything else of the step happens
  ItemCounts drift, missing, extra, healed;
  ItemCounts wanted, lost;
  std::map<std::string, std::optional<double>> signals;  // nothing: there is no reading
  std::map<std::string, TargetMood> targets;
  std::map<std::string, PolicyMood> policies;
  std::vector<PersonActs> people;
  Duration unsigned_for{-1};  // nobody signs the audit log since then; negative: as before
};

struct TestCase {
  std::string name;
  std::string file;
  std::vector<std::string> configuration;  // paths, as written
  std::optional<WallTime> start;
  ItemCounts items;
  std::vector<TestStep> steps;
};

}  // namespace sideband::sim
