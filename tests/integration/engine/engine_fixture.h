// The real engine over a real store, with targets in memory.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "base/metrics.h"
#include "engine/runtime/engine.h"
#include "policy/status.h"
#include "ports/store.h"
#include "support/memory_target.h"
#include "support/person.h"
#include "support/temp_dir.h"

namespace sideband {

class EngineTest : public ::testing::Test {
 protected:
  EngineTest();

  // Desired and actual with `count` equal items "k00".."kNN".
  void fill(int count);
  void open_store();
  void start();
  void restart();

  // One whole observation, or one of some keys; returns when it was decided.
  CycleReply observe(std::vector<std::string> keys = {},
                     const Principal& requester = Principal::loop(),
                     const std::string& reconciler = "fleet");
  // Waits until the repair rests (ended, halted, or waiting for approval).
  Repair resting(const Uuid& repair);
  // Observes, expects a repair, waits for it.
  Repair observe_and_rest();
  RepairState state_of(const Uuid& repair);
  // The same pair under another name, as after an edit and a reload. Ends spec_.
  void rename(const std::string& name);
  // "lee" approves the repair that waits for it; what became of it when it rests again.
  Repair approved(const CycleReply& waiting);
  // Starts the engine in a child and does `work` there, until `point` is reached the n-th time,
  // where the child dies; false when it came to its end before.
  bool dies_at(const std::string& point, int n, const std::function<void()>& work);
  // The newest repair that a child left; nothing when it had not begun.
  std::optional<Repair> left_behind();
  std::vector<std::string> audit_kinds();
  std::vector<Drift> drifts();
  // What `status` says of it, and the facts that it is told from.
  StatusFacts status_facts();
  ReconcilerStatus status();
  // What this gate says in the decision of an observation now; nothing where it was not asked.
  Reason gate_now(GateId gate);

  TempDir dir_;
  std::string postgres_;  // connection string of an empty database; empty: SQLite
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  MemoryDriver driver_;
  MemoryTarget& desired_ = driver_.target("want");
  MemoryTarget& actual_ = driver_.target("have");
  Settings settings_;
  std::int64_t max_waiting_ = 100'000;
  bool observes_ = false;  // most tests look by hand
  RetentionPace retention_ = {};
  decltype(EngineOptions::make_runner) make_runner_;
  // While a collection on this target is being opened, on the thread that does it.
  std::function<void(const std::string& target)> while_opening_ = [](const std::string&) {};
  MakeContentRules make_content_rules_ = [](const DetectSettings&) { return Normalize(); };
  std::function<Duration()> unsigned_for_;
  decltype(TargetConnector::signal) open_signal_;
  decltype(TargetConnector::policies) open_policies_;
  Duration lease_ = std::chrono::seconds(30);
  ReconcilerSettings& spec_ = settings_.reconcilers["fleet"];
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace sideband
