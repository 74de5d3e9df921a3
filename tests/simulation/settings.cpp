// What a world's service is configured to do.
#include "simulation/planted_store.h"
#include "simulation/world.h"
#include "support/scratch_rows.h"

namespace sideband::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

void World::make_pairs() {
  const auto count = scheduler_.between(1, 2);
  keys_ = static_cast<int>(scheduler_.between(3, 30));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    const bool fenced = scheduler_.chance(0.6);
    targets_.push_back(
        std::make_unique<SimTarget>(scheduler_, faults_, options_.bug, "want" + number, false));
    SimTarget* desired = targets_.back().get();
    targets_.push_back(
        std::make_unique<SimTarget>(scheduler_, faults_, options_.bug, "have" + number, fenced));
    Pair& pair = pairs_["fleet" + number];
    pair.reconciler = "fleet" + number;
    pair.names.insert(pair.reconciler);
    pair.desired = desired;
    pair.actual = targets_.back().get();
    // Worlds of both kinds, without another draw, which would make other worlds of all seeds.
    if (fenced && i == 0) targets_.back()->judge_for(*desired);
    pair.spec = make_spec(pair.reconciler);
    pair.spec.desired.target = desired->name();
    pair.spec.actual.target = pair.actual->name();
    pair.versions.emplace_back(MonoTime{}, pair.spec.version);
    for (int key = 0; key < keys_; ++key) {
      desired->set("k" + std::to_string(key), "v" + std::to_string(++values_));
    }
    pair.actual->watch([this, &pair](const Write& write) { checks_->on_write(pair, write); });
  }
}

ReconcilerSettings World::make_spec(const std::string& name) {
  ReconcilerSettings spec;
  spec.name = name;
  spec.version = "r" + std::to_string(++version_);
  spec.mode = scheduler_.chance(0.75) ? Mode::kAuto : Mode::kApprove;
  spec.interval = scheduler_.between(seconds(5), seconds(60));
  if (scheduler_.chance(0.4)) spec.detect.hold = scheduler_.between(seconds(1), seconds(20));
  spec.detect.max_age = scheduler_.between(seconds(90), minutes(5));
  spec.repair.prune = scheduler_.chance(0.35);
  make_gates(spec.gates);
  spec.retry.limit = scheduler_.between(2, 6);
  // A rule that lets a part of all moments pass, without another draw.
  if (spec.retry.limit == 6) spec.decide.when = kMomentRule;
  spec.retry.initial = scheduler_.between(milliseconds(200), seconds(2));
  spec.validate.settle = scheduler_.chance(0.5) ? Duration(0) : Duration(milliseconds(700));
  spec.validate.stay_good = scheduler_.chance(0.5) ? Duration(0) : Duration(seconds(2));
  spec.validate.within = scheduler_.between(seconds(5), seconds(30));
  return spec;
}

bool World::has_breakers() const {
  return options_.seed % 16 == 6;
}

bool World::has_silences() const {
  return options_.seed % 16 == 0;
}

void World::make_gates(GateSettings& gates) {
  if (scheduler_.chance(0.6)) {
    gates.max_changes.count = scheduler_.between(2, 2 * keys_);
    gates.max_changes.window = scheduler_.between(minutes(1), minutes(10));
  }
  gates.max_deletes = {};
  if (scheduler_.chance(0.5)) {
    gates.max_deletes.count = scheduler_.between(1, keys_);
    gates.max_deletes.window = scheduler_.between(minutes(1), minutes(10));
  }
  if (scheduler_.chance(0.4)) {
    gates.rate_limit.max_per_second = scheduler_.between(1, 5);
    gates.rate_limit.burst = scheduler_.between(1, 8);
  }
  if (scheduler_.chance(0.4)) {
    gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
    gates.canary.hold = scheduler_.between(milliseconds(100), seconds(8));
  }
  if (scheduler_.chance(0.4)) gates.cooldown = scheduler_.between(seconds(1), seconds(60));
  gates.concurrency = scheduler_.between(1, 3);
  // Without a draw, which would make other worlds of all seeds.
  if (has_breakers()) {
    gates.breaker = {.failures = 1, .of = 2, .open = seconds(40), .probe = 2};
  }
  // In some worlds nothing is left alone; in the others not for so long that it never converges.
  gates.flapping.after = 2 + static_cast<std::int64_t>(options_.seed % 2);
  gates.flapping.rest = options_.seed % 4 == 1 ? Duration(0) : Duration(seconds(200));
  gates.approval.expires = minutes(5);
}

std::shared_ptr<Settings> World::settings() const {
  auto made = std::make_shared<Settings>();
  made->version = "s" + std::to_string(version_);
  for (const auto& target : targets_) {
    TargetSettings& settings = made->targets[target->name()];
    settings.name = target->name();
    settings.driver = "simulated";
    settings.connect["host"] = target->name();
  }
  for (const auto& tool : tools_) {
    TargetSettings& settings = made->targets[tool->name()];
    settings.name = tool->name();
    settings.driver = "simulated";
  }
  for (const auto& [name, pair] : pairs_) made->reconcilers[name] = pair.spec;
  for (const auto& [name, book] : books_) {
    made->playbooks[name] = std::make_shared<const PlaybookSettings>(book);
  }
  if (has_signals()) add_signals(*made);
  if (has_policies()) add_policies(*made);
  return made;
}

// Another version of one reconciler. What gates count by stays, or the checkers could not follow.
void World::reload() {
  Pair& pair = any_pair();
  pair.spec.version = "r" + std::to_string(++version_);
  pair.spec.interval = scheduler_.between(seconds(5), seconds(60));
  pair.versions.emplace_back(scheduler_.now(), pair.spec.version);
  if (options_.bug == Bug::kIgnoresVersion) tell_version(pair);
  // Runs that have begun keep theirs; those that wait for an approval can get none any more.
  if (!books_.empty() && scheduler_.chance(0.2)) {
    books_.begin()->second.version = "b" + std::to_string(version_);
  }
  reload_nodes();
}

// What is held or waits stays with the old name. What is protected keeps the rest.
void World::rename() {
  const std::string before = any_pair().reconciler;
  auto row = pairs_.extract(before);
  Pair& pair = row.mapped();
  pair.reconciler = before.substr(0, before.find('.')) + "." + std::to_string(++version_);
  pair.names.insert(pair.reconciler);
  pair.spec.name = row.key() = pair.reconciler;
  pair.spec.version = "r" + std::to_string(version_);
  pair.versions.emplace_back(scheduler_.now(), pair.spec.version);
  pairs_.insert(std::move(row));
  if (options_.bug == Bug::kIgnoresVersion) tell_version(pair);
  reload_nodes();
}

void World::reload_nodes() {
  for (Node& node : nodes_) {
    Running* running = node.running.get();
    if (running == nullptr || running->engine == nullptr) continue;
    running->process.post(Duration(1000), [this, running] { running->engine->reload(settings()); });
  }
}

void World::tell_version(const Pair& pair) {
  std::vector<StoreJob> jobs;
  jobs.push_back({[name = newest_version(pair.reconciler), version = pair.spec.version](
                      StoreTx& store) { return put_scratch(store, name, version); },
                  {}});
  (void)database_.commit(jobs);
}

}  // namespace sideband::sim
