#include "simulation/world.h"

#include <algorithm>

#include "base/crash_point.h"

namespace sideband::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// How long work may take when nothing goes wrong any more, windows and quarantines included.
constexpr Duration kSettles = minutes(90);

}  // namespace

Running::Running(Scheduler& scheduler, SimDatabase& database, std::string name, std::uint64_t seed,
                 Duration boot)
    : process(scheduler, std::move(name)),
      clock(scheduler, boot),
      random(seed),
      store(database, process) {}

Running::~Running() {
  process.kill();
}

World::World(const WorldOptions& options)
    : options_(options),
      scheduler_(options.seed),
      faults_(scheduler_),
      database_(scheduler_, faults_, options.bug, options.folder + "/sideband.db") {
  faults_.choose_mix();
  make_nodes();
  checks_ = std::make_unique<Checks>(scheduler_, database_, pairs_, books_,
                                     static_cast<int>(nodes_.size()));
  if (options_.trace) checks_->trace_all();
  make_pairs();
  make_books();
  choose_signing();
  database_.watch([this] { checks_->on_commit(); });
  faults_.watch_poison(
      [this](const std::string& job, int deaths) { checks_->on_death(job, deaths); });
  set_crash_hook([this](std::string_view name) { on_point(name); });
}

World::~World() {
  set_crash_hook({});
  for (Node& node : nodes_) end_of(node);
}

void World::make_nodes() {
  lease_ = scheduler_.between(seconds(5), seconds(30));
  const auto count = scheduler_.chance(0.5) ? 1 : scheduler_.between(2, 3);
  for (std::int64_t i = 0; i < count; ++i) nodes_.push_back({"n" + std::to_string(i), 0, {}});
}

void World::start(Node& node) {
  const std::string name = node.name + "#" + std::to_string(++node.starts);
  const Duration boot = seconds(scheduler_.between(0, 1'000'000));
  node.running =
      std::make_unique<Running>(scheduler_, database_, name, scheduler_.random().next(), boot);
  Running& running = *node.running;
  EngineOptions options;
  options.node = node.name;
  options.lease = lease_;
  options.sole_owner = nodes_.size() == 1;
  options.connector.collection = [this, &running](const TargetSettings& target,
                                                  const CollectionSettings&, Role role) {
    for (const auto& known : targets_) {
      if (known->name() != target.name) continue;
      return Result<std::unique_ptr<Collection>>(
          std::make_unique<SimCollection>(*known, running.process, role == Role::kActual));
    }
    return Result<std::unique_ptr<Collection>>(Error::not_found(target.name));
  };
  options.connector.operation = [this, &running](const TargetSettings& target) {
    for (const auto& tool : tools_) {
      if (tool->name() != target.name) continue;
      return Result<std::unique_ptr<Operation>>(
          std::make_unique<SimOperation>(*tool, running.process));
    }
    return Result<std::unique_ptr<Operation>>(Error::not_found(target.name));
  };
  options.connector.signal = [this, &running](const TargetSettings&, const SignalSettings&) {
    return open_signal(running);
  };
  options.connector.policies = [this](const TargetSettings&) { return open_policies(); };
  options.make_content_rules = [](const DetectSettings&) { return Normalize(); };
  options.make_runner = [this, &running](Store& store, const Clock&) {
    return std::make_unique<SimRunner>(scheduler_, running.process, store);
  };
  running.process.post(Duration(0), [this, &running, options] {
    running.engine = std::make_unique<Engine>(running.store, running.clock, running.random,
                                              running.metrics, options);
    running.engine->start(settings());
  });
  if (signs_) sign(node, running);
}

void World::stop(Node& node) {
  if (!node.running || !node.running->process.alive() || !node.running->engine) return;
  node.running->process.post(Duration(0), [running = node.running.get()] {
    running->engine->stop();
    running->process.kill();
  });
}

void World::end_of(Node& node) {
  if (!node.running) return;
  node.running->process.kill();
  dead_.push_back(std::move(node.running));
}

// Whoever died comes back after a while, as another process.
void World::tend_nodes() {
  for (Node& node : nodes_) {
    if (node.running && node.running->process.alive()) continue;
    end_of(node);
    if (!faults_.on() || scheduler_.chance(0.1)) start(node);
  }
}

Running* World::any_node() {
  Node& node = nodes_.at(static_cast<std::size_t>(scheduler_.between(0, std::ssize(nodes_) - 1)));
  // Nobody can ask a daemon before its engine has started.
  const bool able = node.running && node.running->process.alive() && node.running->engine &&
                    node.running->engine->settings() && !node.running->process.frozen();
  return able ? node.running.get() : nullptr;
}

void World::on_point(std::string_view name) {
  Process* process = Process::current();
  if (process == nullptr) return;
  // What is reached seldom in a world is died at more often.
  const auto reached = static_cast<double>(faults_.count_point(name));
  if (!faults_.strikes(Fault::kKillAtPoint, std::max(0.01, 0.1 / reached))) return;
  faults_.count_point("+" + std::string(name));
  process->kill();
  throw ProcessDied();
}

WorldResult World::run() {
  begin_actors();
  const MonoTime begun = scheduler_.now();
  const auto broken = [this] { return !checks_->violation().empty(); };
  const auto over = [&] { return broken() || set_back_; };
  scheduler_.run_until(begun + options_.faulty, over);
  if (set_back_) await_refusals();
  if (!over()) settle();
  WorldResult result;
  result.violation = checks_->violation();
  result.fingerprint = scheduler_.fingerprint();
  result.simulated = scheduler_.now() - begun;
  result.events = scheduler_.events();
  result.writes = checks_->writes();
  for (const auto& [id, story] : checks_->stories()) {
    if (story.state.empty()) continue;
    ++(job_kind_of(story.reconciler) == JobKind::kRun ? result.runs : result.repairs)[story.state];
  }
  result.faults = faults_.counts();
  result.points = faults_.points();
  return result;
}

// All faults end; people answer at once; then everything has to come to rest.
void World::settle() {
  faults_.end();
  tidying_ = true;
  for (Node& node : nodes_) {
    if (node.running) node.running->clock.correct();
  }
  const auto done = [this] { return !checks_->violation().empty() || settled(); };
  const MonoTime until = scheduler_.now() + kSettles;
  // Not after each event: that would cost more than the events.
  while (scheduler_.now() < until && !done()) scheduler_.run_until(scheduler_.now() + seconds(20));
  if (checks_->violation().empty()) checks_->at_end();
}

// What is in quarantine waits for a person, however long.
Result<bool> World::all_converged(StoreReader& store) const {
  for (const auto& [name, pair] : pairs_) {
    for (const auto& [key, want] : pair.desired->content()) {
      if (pair.actual->now(key) == Value(want)) continue;
      SB_ASSIGN(const auto drifts, store.drifts(name, {key}));
      const auto& drift = drifts.front();
      if (!drift || drift->attempts < kQuarantine) return false;
    }
  }
  return true;
}

bool World::settled() {
  bool rests = true;
  const auto look = [&](StoreReader& store) -> Result<void> {
    RepairFilter active;
    active.active_only = true;
    active.limit = 1;
    SB_ASSIGN(const auto repairs, store.repairs(active));
    rests = repairs.empty();
    if (!rests) return {};
    SB_ASSIGN(rests, all_converged(store));
    return {};
  };
  return database_.look(look).ok() && rests;
}

}  // namespace sideband::sim
