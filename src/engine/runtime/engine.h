// The engine: the running reconcilers, workers and commands of one node. What the gateway and the
// tests talk to.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "engine/commands/commands.h"
#include "engine/execute/backlog.h"
#include "engine/execute/fair_queue.h"
#include "engine/execute/repair_handler.h"
#include "engine/execute/undo.h"
#include "engine/observe/feed_pump.h"
#include "engine/observe/on_demand_cycle.h"
#include "engine/playbook/playbook_commands.h"
#include "engine/playbook/run_handler.h"
#include "engine/runtime/context.h"
#include "engine/runtime/openings.h"
#include "engine/runtime/rest_waiters.h"
#include "engine/runtime/retention.h"
#include "engine/runtime/runner.h"
#include "engine/runtime/store_time.h"
#include "engine/signals/signal_watch.h"

namespace sideband {

struct EngineOptions {
  std::string node = "local";
  Duration lease = std::chrono::seconds(30);
  // No other process uses this store: leases of an earlier process of ours are void at once.
  bool sole_owner = false;
  // Between two beats of the pulse (engine/runtime/heartbeat.h).
  Duration pulse = std::chrono::seconds(1);
  // So many repairs may wait; then requests of people are refused (engine/execute/backlog.h).
  std::int64_t max_waiting = 100'000;
  // EngineContext::unsigned_for; empty = nobody signs, and nobody has to.
  std::function<Duration()> unsigned_for = {};
  TargetConnector connector;
  MakeContentRules make_content_rules;
  RetentionPace retention = {};
  // Whether reconcilers look by themselves; tests look by hand.
  bool observes = true;
  // What carries out the engine's work; empty = threads.
  std::function<std::unique_ptr<Runner>(Store&, const Clock&)> make_runner;
};

// How a configured reconciler stands with its targets.
struct ChannelStatus {
  std::string reconciler;
  std::string problem;    // why its targets are not open; empty = they are
  WallTime good_look;     // of this process: the last look that ended well; epoch = none yet
  std::string last_look;  // how much it read and why; empty: none yet
  // What its signals say; null where nothing reads any. Outlives the status.
  const SignalBoard* signals = nullptr;
};

// Thread-safe. Made stopped; start once, stop once (the destructor stops too).
class Engine {
 public:
  // References must outlive the engine.
  Engine(Store& store, const Clock& clock, Random& random, Metrics& metrics, EngineOptions options);
  ~Engine();

  // Opens the reconcilers of `settings` beside each other and starts working. Waits at most a
  // second for those whose targets answer slowly. One that cannot be opened is reported by status()
  // and tried again, by reload alone where it was not permitted; the others work.
  void start(std::shared_ptr<const Settings> settings);
  // Replaces the configuration: changed reconcilers, and those whose collections were replaced, get
  // new observers; running repairs end by the old. May block as a look at the targets' paths does,
  // and waits as start() does.
  void reload(std::shared_ptr<const Settings> settings);
  // Stops before the next step of every repair and waits for all work to wind up.
  void stop();

  // When all loops of the engine were last seen to go round. Never blocks.
  [[nodiscard]] MonoTime last_beat() const { return MonoTime(Duration(beat_us_.load())); }

  // Whether this node does what one node of a store does alone. Never blocks.
  [[nodiscard]] bool leads() const { return context_.leads(); }

  [[nodiscard]] Commands& commands() { return commands_; }
  [[nodiscard]] PlaybookCommands& playbooks() { return playbooks_; }
  // What is particular to repairs and to runs.
  [[nodiscard]] const JobHandlers& handlers() const { return handlers_; }
  // Of every configured reconciler, also of those whose targets were never opened.
  [[nodiscard]] std::vector<ChannelStatus> status() const;
  [[nodiscard]] ChannelStatus status_of(const std::string& reconciler) const;
  // What the signals said last that reconcilers rest on; as long as the engine.
  [[nodiscard]] const SignalBoard& signals() const { return *context_.signals; }
  [[nodiscard]] std::shared_ptr<const Settings> settings() const;
  [[nodiscard]] ReconcilerRuntimePtr runtime(const std::string& reconciler) const;

  // Looks at these keys now (all when empty) and decides; `done` is called on an engine thread.
  void observe(const std::string& reconciler, CycleOptions options, CycleDone done);
  void undo(UndoOptions options, const std::string& reconciler, UndoDone done);
  // Wakes the observer for a scan.
  void wake(const std::string& reconciler);

  // Calls `done` once, when the repair rests: ended, halted or waiting for approval. At once when
  // it does already. The id says nothing about existence: ask the store first.
  void when_resting(const Uuid& repair, RestWaiters::Done done);

 private:
  using Feeds = std::vector<std::unique_ptr<FeedPump>>;
  struct Entry {
    ReconcilerRuntimePtr runtime;
    std::string problem;
    bool denied = false;  // the problem is a missing grant or a refused credential
    std::shared_ptr<PendingWakes> wakes;
    WorkerId observer = 0;
    Feeds feeds;
  };

  // A target that said no is asked again only when a person reloads: it may count our attempts.
  enum class Denied { kLeave, kTryAgain };
  [[nodiscard]] std::set<std::string> replaced_runtimes() const;
  void open_runtimes(const std::shared_ptr<const Settings>& settings, Denied denied);
  [[nodiscard]] bool may_open(const std::string& name, Denied denied) const;
  // Of those whose targets' columns changed, or whose exceptions expired: they are opened anew with
  // what is there and what holds now.
  void retire_outdated();
  void ask_feeds_again();
  // False: another configuration is, or the engine stops.
  [[nodiscard]] bool is_in_force(const Settings& settings) const;
  void open_entry(const Settings& settings, const std::string& name);
  // False: it is not wanted any more.
  bool put_entry(const Settings& settings, const std::string& name, Entry entry);
  void watch(const Settings& settings, const ReconcilerRuntimePtr& runtime,
             const std::shared_ptr<PendingWakes>& wakes);
  Feeds make_feeds(const Settings& settings, const ReconcilerRuntime& runtime,
                   const std::shared_ptr<PendingWakes>& wakes, WorkerId observer);
  void retire(Entry entry);
  // Looks for repairs that somebody here waits for and another node carried on.
  Result<void> count_waiting();
  // Brings the metrics of what each reconciler is doing up to date.
  Result<void> measure_status();
  Result<void> look_for_moved();
  // Calls of ours that somebody on another node wants to end.
  Result<void> stop_cancelled();
  void repair_moved(const Repair& repair);
  void request_reevaluation(const std::string& reconciler, const std::vector<std::string>& keys);
  void start_repair(RepairJob job);
  // Of a job that only waits for them, where nobody asks already.
  void ask_policies_of(RepairJob job);

  EngineOptions options_;
  EngineMetrics measures_;
  StoreTime time_;
  EngineContext context_;
  const PlaybookTargets tools_;
  PlaybookCommands playbooks_;
  const RepairHandler repairs_;
  const RunHandler runs_;
  const JobHandlers handlers_;
  FairQueue queue_;
  Backlog backlog_;
  Commands commands_;
  const std::unique_ptr<Runner> runner_;
  Openings openings_;
  SignalWatch signals_;
  WorkerId dispatcher_ = 0;
  std::atomic<std::int64_t> beat_us_{0};
  mutable Mutex mutex_;
  std::shared_ptr<const Settings> settings_ SB_GUARDED_BY(mutex_);
  std::map<std::string, Entry> entries_ SB_GUARDED_BY(mutex_);
  RestWaiters waiters_;
  WallTime outdated_until_ SB_GUARDED_BY(mutex_);  // when outdated ones were last looked for
  bool stopped_ SB_GUARDED_BY(mutex_) = false;
};

}  // namespace sideband
