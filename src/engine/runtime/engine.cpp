#include "engine/runtime/engine.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/log.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/claim.h"
#include "engine/execute/dispatcher.h"
#include "engine/execute/policy_query.h"
#include "engine/notify/notifier.h"
#include "engine/runtime/heartbeat.h"
#include "engine/runtime/maintenance.h"
#include "engine/runtime/repeater.h"
#include "engine/runtime/retention.h"
#include "engine/runtime/same_setup.h"
#include "engine/runtime/status_facts.h"
#include "engine/runtime/thread_runner.h"

namespace sideband {
namespace {

// Between two looks at targets that were not reachable, and at repairs that other nodes carry on.
constexpr Duration kReopen = std::chrono::seconds(2);
// So long does a start or a reload wait for targets to be opened.
constexpr Duration kAwaitOpened = std::chrono::seconds(1);
constexpr Duration kCountWaiting = std::chrono::seconds(1);
constexpr Duration kLookForMoved = std::chrono::milliseconds(500);

bool rests(RepairState state) {
  return is_terminal(state) || state == RepairState::kAwaitingApproval ||
         state == RepairState::kHalted;
}

// Which sides the feeds of this target are of. Where both are on it, changes of the actual side
// wake nobody unless its log says which they are.
std::vector<Role> fed_sides(const ReconcilerRuntime& runtime, const std::string& target) {
  if (target != runtime.settings.desired.target) return {Role::kActual};
  const bool both = target == runtime.settings.actual.target && runtime.actual->traits().log;
  return both ? std::vector{Role::kDesired, Role::kActual} : std::vector{Role::kDesired};
}

}  // namespace

Engine::Engine(Store& store, const Clock& clock, Random& random, Metrics& metrics,
               EngineOptions options)
    : options_(std::move(options)),
      measures_(metrics),
      time_(clock),
      context_{store, time_, random, measures_, options_.node, options_.lease},
      tools_(
          options_.connector, [this] { return this->settings(); }, context_.calls),
      playbooks_(context_, tools_),
      repairs_(
          context_, [this](const std::string& name) { return runtime(name); },
          [this] { return this->settings(); }),
      runs_(context_, tools_, playbooks_, [this] { return this->settings(); }),
      handlers_(repairs_, runs_),
      queue_(clock, handlers_, [this] { return this->settings(); }),
      backlog_(options_.max_waiting,
               [this](const std::string& name) {
                 return handlers_.of_name(name).owner(*this->settings(), name);
               }),
      commands_(
          context_, [this](const std::string& name) { return runtime(name); }, tools_),
      runner_(options_.make_runner ? options_.make_runner(store, clock)
                                   : std::make_unique<ThreadRunner>(store, clock)),
      openings_(clock),
      signals_({context_, *runner_, options_.connector,
                [this](const std::string& name) { return runtime(name); },
                [this] { return this->settings(); }}),
      outdated_until_(clock.wall()) {
  if (options_.unsigned_for) context_.unsigned_for = options_.unsigned_for;
  context_.process = options_.node + "/" + to_hex(random.bytes(4));
  context_.sole = options_.sole_owner;
  context_.repair_moved = [this](const Repair& repair) { repair_moved(repair); };
  context_.hear_time = [this](WallTime said) { time_.hear(said); };
  context_.in_force = [this](const ReconcilerRuntime& made) {
    return runtime(made.name()).get() == &made;
  };
  context_.queue = &queue_;
  context_.backlog = &backlog_;
  context_.handlers = &handlers_;
  context_.work_queued = [this] { runner_->wake(dispatcher_); };
  context_.start_repair = [this](RepairJob&& job) { start_repair(std::move(job)); };
  context_.request_reevaluation = [this](const std::string& name, std::vector<std::string> keys) {
    request_reevaluation(name, keys);
  };
}

Engine::~Engine() {
  stop();
}

void Engine::start(std::shared_ptr<const Settings> settings) {
  if (options_.sole_owner) {
    const auto freed = context_.store.run(
        Lane::kControl, [this](StoreTx& store) { return void_leases(store, options_.node); });
    if (!freed.ok()) log(LogLevel::kWarn, "leases stay", {{"why", freed.error().message}});
  }
  if (const auto clock = context_.read_lease_clock(); !clock.ok()) {
    log(LogLevel::kWarn, "the lease clock is not known yet", {{"why", clock.error().message}});
  }
  reload(std::move(settings));
  dispatcher_ = runner_->spawn(std::make_shared<Dispatcher>(
      context_, [this](RepairJob job) { start_repair(std::move(job)); },
      [this](RepairJob job) { ask_policies_of(std::move(job)); }));
  runner_->spawn(std::make_shared<Maintenance>(context_));
  runner_->spawn(std::make_shared<RetentionWorker>(context_, options_.retention, [this] {
    const auto current = this->settings();
    return current->guardrails ? current->guardrails->retention : RetentionSettings();
  }));
  runner_->spawn(std::make_shared<Notifier>(
      context_, tools_, [this] { return this->settings(); },
      [this](StoreReader& store, const ReconcilerSettings& spec) -> Result<ReconcilerStatus> {
        SB_ASSIGN(const auto facts,
                  gather_status(store, spec, status_of(spec.name), context_.clock.wall()));
        return sideband::status_of(facts);
      },
      measures_.notices));
  beat_us_.store(context_.clock.mono().time_since_epoch().count());
  runner_->spawn(std::make_shared<Heartbeat>(context_, options_.pulse, beat_us_));
  runner_->spawn(std::make_shared<Repeater>(kReopen, [this] {
    retire_outdated();
    open_runtimes(this->settings(), Denied::kLeave);
  }));
  runner_->spawn(std::make_shared<Repeater>(kCountWaiting, [this] {
    const auto counted = count_waiting();
    const auto measured = counted.ok() ? measure_status() : counted;
    if (!measured.ok()) log(LogLevel::kWarn, "cannot count", {{"why", measured.error().message}});
  }));
  if (options_.sole_owner) return;
  runner_->spawn(std::make_shared<Repeater>(kLookForMoved, [this] {
    const auto stopped = stop_cancelled();
    const auto looked = stopped.ok() ? look_for_moved() : stopped;
    if (!looked.ok()) log(LogLevel::kWarn, "cannot look", {{"why", looked.error().message}});
  }));
  context_.store.on_work([this] { runner_->wake(dispatcher_); });
}

// Asked without the lock: a look at a path may hang.
std::set<std::string> Engine::replaced_runtimes() const {
  std::vector<ReconcilerRuntimePtr> open;
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, entry] : entries_) {
      if (entry.runtime) open.push_back(entry.runtime);
    }
  }
  std::set<std::string> names;
  for (const auto& runtime : open) {
    if (runtime->replaced()) names.insert(runtime->name());
  }
  return names;
}

void Engine::reload(std::shared_ptr<const Settings> settings) {
  const std::set<std::string> stale = replaced_runtimes();
  std::vector<Entry> replaced;
  {
    const MutexLock lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end();) {
      const auto mine = settings->reconcilers.find(it->first);
      const bool same =
          mine != settings->reconcilers.end() && same_setup(*settings_, *settings, mine->second);
      const bool keep = same && !stale.contains(it->first);
      if (!keep) replaced.push_back(std::move(it->second));
      it = keep ? std::next(it) : entries_.erase(it);
    }
    settings_ = settings;
  }
  for (Entry& entry : replaced) retire(std::move(entry));
  for (const auto& [name, playbook] : settings->playbooks) measures_.playbooks.add(*playbook);
  prepare_channels(*settings, *runner_, measures_.notices);
  ask_feeds_again();
  signals_.follow(*settings);
  open_runtimes(settings, Denied::kTryAgain);
  openings_.await(kAwaitOpened);
}

void Engine::retire_outdated() {
  std::vector<Entry> outdated;
  const WallTime now = context_.clock.wall();
  {
    const MutexLock lock(mutex_);
    const WallTime since = std::exchange(outdated_until_, now);
    for (auto it = entries_.begin(); it != entries_.end();) {
      const bool keep = !it->second.runtime || !it->second.runtime->outdated(since, now);
      if (!keep) outdated.push_back(std::move(it->second));
      it = keep ? std::next(it) : entries_.erase(it);
    }
  }
  for (Entry& entry : outdated) {
    measures_.sides_reopened(entry.runtime->settings);
    retire(std::move(entry));
  }
}

void Engine::retire(Entry entry) {
  if (!entry.wakes) return;
  entry.feeds.clear();
  entry.wakes->retire();
  runner_->wake(entry.observer);
}

// Feeds that were kept and not permitted: the reload says that a person was here.
void Engine::ask_feeds_again() {
  const MutexLock lock(mutex_);
  for (auto& [name, entry] : entries_) {
    for (const auto& feed : entry.feeds) feed->ask_again();
  }
}

bool Engine::is_in_force(const Settings& settings) const {
  const MutexLock lock(mutex_);
  return !stopped_ && settings_.get() == &settings;
}

bool Engine::may_open(const std::string& name, Denied denied) const {
  const MutexLock lock(mutex_);
  if (stopped_) return false;
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) return true;
  return !entry->second.runtime && !(entry->second.denied && denied == Denied::kLeave);
}

// Beside each other: one target that does not answer keeps no other reconciler waiting.
void Engine::open_runtimes(const std::shared_ptr<const Settings>& settings, Denied denied) {
  for (const auto& [name, spec] : settings->reconcilers) {
    if (!may_open(name, denied) || !openings_.begin(name, settings)) continue;
    const bool made = runner_->call_apart([this, settings, name = name] {
      if (is_in_force(*settings)) open_entry(*settings, name);
      openings_.end(name, settings);
    });
    if (!made) openings_.end(name, settings);
  }
}

void Engine::open_entry(const Settings& settings, const std::string& name) {
  auto opened = open_runtime(settings, name, options_.connector, options_.make_content_rules);
  Entry entry;
  if (!opened.ok()) {
    entry.problem = opened.error().message;
    entry.denied = opened.error().code == ErrorCode::kPermission;
    if (entry.denied) entry.problem += "; not tried again before a reload (SIGHUP)";
    if (status_of(name).problem != entry.problem) {  // once, and not at each attempt
      log(LogLevel::kWarn, "reconciler is not ready",
          {{"reconciler", name}, {"why", entry.problem}});
    }
    put_entry(settings, name, std::move(entry));
    return;
  }
  const ReconcilerRuntimePtr runtime = *opened;
  runner_->add_pool(runtime->pool(), runtime->actual_target.limits.connections);
  for (const OpenPolicy& open : runtime->policies) {
    runner_->add_pool(open.policy.target, open.connections);
  }
  measures_.add_reconciler(runtime->settings);
  entry.runtime = runtime;
  entry.wakes = std::make_shared<PendingWakes>();
  const auto wakes = entry.wakes;
  // Before anybody works for it: what is not in force concludes nothing.
  if (!put_entry(settings, name, std::move(entry))) return;
  signals_.wake_for(runtime->settings);
  watch(settings, runtime, wakes);
}

// While it was opened the configuration may have been read again, or another thread was quicker.
bool Engine::put_entry(const Settings& settings, const std::string& name, Entry entry) {
  const MutexLock lock(mutex_);
  const auto there = entries_.find(name);
  if (stopped_ || settings_.get() != &settings) return false;
  if (there != entries_.end() && there->second.runtime) return false;
  entries_[name] = std::move(entry);
  return true;
}

void Engine::watch(const Settings& settings, const ReconcilerRuntimePtr& runtime,
                   const std::shared_ptr<PendingWakes>& wakes) {
  WorkerId observer = 0;
  if (options_.observes) {
    observer = runner_->spawn(std::make_shared<Observer>(context_, runtime, wakes));
  }
  auto feeds = make_feeds(settings, *runtime, wakes, observer);
  {
    const MutexLock lock(mutex_);
    const auto entry = entries_.find(runtime->name());
    if (!stopped_ && entry != entries_.end() && entry->second.runtime == runtime) {
      entry->second.observer = observer;
      entry->second.feeds = std::move(feeds);
      return;
    }
  }
  runner_->wake(observer);  // it was retired before it could be woken
}

Engine::Feeds Engine::make_feeds(const Settings& settings, const ReconcilerRuntime& runtime,
                                 const std::shared_ptr<PendingWakes>& wakes, WorkerId observer) {
  Feeds feeds;
  const ReconcilerSettings& spec = runtime.settings;
  for (const std::string& name : spec.wake.targets) {
    const auto target = settings.targets.find(name);
    if (target == settings.targets.end()) continue;
    for (const Role role : fed_sides(runtime, name)) {
      const CollectionSettings& side = role == Role::kDesired ? spec.desired : spec.actual;
      const auto open = [this, target = target->second, side, role] {
        return options_.connector.feed(target, side, role);
      };
      feeds.push_back(std::make_unique<FeedPump>(
          FeedSite{spec, name, role, open, wakes, [this, observer] { runner_->wake(observer); },
                   context_.clock, measures_}));
    }
  }
  return feeds;
}

void Engine::stop() {
  Feeds feeds;
  {
    const MutexLock lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    for (auto& [name, entry] : entries_) {
      for (auto& feed : entry.feeds) feeds.push_back(std::move(feed));
      entry.feeds.clear();
    }
  }
  feeds.clear();
  context_.store.on_work({});
  runner_->stop();
}

std::vector<ChannelStatus> Engine::status() const {
  std::vector<ChannelStatus> out;
  for (const auto& [name, spec] : settings()->reconcilers) out.push_back(status_of(name));
  return out;
}

ChannelStatus Engine::status_of(const std::string& reconciler) const {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(reconciler);
  if (entry == entries_.end()) return {reconciler, "its targets are being opened", {}, {}, {}};
  const auto& wakes = entry->second.wakes;
  const PendingWakes::GoodLook good = wakes ? wakes->good_look() : PendingWakes::GoodLook();
  return {reconciler, entry->second.problem, good.at, look_text(good.look), context_.signals.get()};
}

std::shared_ptr<const Settings> Engine::settings() const {
  const MutexLock lock(mutex_);
  return settings_;
}

ReconcilerRuntimePtr Engine::runtime(const std::string& reconciler) const {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(reconciler);
  return entry == entries_.end() ? nullptr : entry->second.runtime;
}

void Engine::observe(const std::string& reconciler, CycleOptions options, CycleDone done) {
  const ReconcilerRuntimePtr found = runtime(reconciler);
  if (!found) {
    CycleReply reply;
    reply.result = Error::not_found("reconciler " + reconciler +
                                    " is not configured, or its targets are not reachable");
    return done(reply);
  }
  const auto room = backlog_.room(reconciler);
  if (options.requester.kind() != Principal::Kind::kLoop && !room.ok()) {
    CycleReply reply;
    reply.result = room.error();
    return done(reply);
  }
  runner_->spawn(
      std::make_shared<OnDemandCycle>(context_, found, std::move(options), std::move(done)));
}

void Engine::undo(UndoOptions options, const std::string& reconciler, UndoDone done) {
  handlers_.of_name(reconciler).undo(*runner_, reconciler, std::move(options), std::move(done));
}

void Engine::wake(const std::string& reconciler) {
  request_reevaluation(reconciler, {});
}

void Engine::request_reevaluation(const std::string& reconciler,
                                  const std::vector<std::string>& keys) {
  WorkerId observer = 0;
  {
    const MutexLock lock(mutex_);
    const auto entry = entries_.find(reconciler);
    if (entry == entries_.end() || !entry->second.wakes) return;
    if (keys.empty()) {
      entry->second.wakes->add_scan();
    } else {
      entry->second.wakes->add_keys(keys);
    }
    observer = entry->second.observer;
  }
  runner_->wake(observer);
}

void Engine::start_repair(RepairJob job) {
  waiters_.begun(job.repair.id);
  handlers_.of(job.repair).start_worker(*runner_, std::move(job));
}

void Engine::ask_policies_of(RepairJob job) {
  const bool asks = context_.policies->begin(job.plan.id, job.plan.hash, job.repair.requester,
                                             context_.clock.wall());
  if (asks) runner_->spawn(std::make_shared<PolicyQuery>(context_, std::move(job)));
}

void Engine::when_resting(const Uuid& repair, RestWaiters::Done done) {
  // Registered before looking, so that a move in between is not missed.
  if (!waiters_.add(repair, std::move(done))) return;
  std::optional<Repair> now;
  const auto read = context_.store.read([&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(now, store.repair(repair));
    return {};
  });
  if (read.ok() && now && rests(now->state)) repair_moved(*now);
}

Result<void> Engine::count_waiting() {
  SB_ASSIGN(const std::int64_t waiting, backlog_.count(context_.store));
  measures_.repairs_wait(waiting);
  return {};
}

Result<void> Engine::measure_status() {
  const auto current = settings();
  const WallTime now = context_.clock.wall();
  for (const auto& configured : current->reconcilers) {
    const ReconcilerSettings& spec = configured.second;
    std::optional<StatusFacts> facts;
    SB_TRY(context_.store.read([&](StoreReader& store) -> Result<void> {
      SB_ASSIGN(facts, gather_status(store, spec, status_of(spec.name), now));
      return {};
    }));
    measures_.status(spec, sideband::status_of(*facts).kind, facts->good_look);
    measures_.silenced(spec, facts->silence.has_value());
    if (facts->breaker) measures_.breaker(spec, breaker_state(*facts->breaker, now));
  }
  return {};
}

Result<void> Engine::look_for_moved() {
  const std::vector<Uuid> ids = waiters_.repairs();
  if (ids.empty()) return {};
  std::vector<Repair> resting;
  SB_TRY(context_.store.read([&](StoreReader& store) -> Result<void> {
    for (const Uuid& id : ids) {
      SB_ASSIGN(const auto now, store.repair(id));
      if (now && rests(now->state)) resting.push_back(*now);
    }
    return {};
  }));
  for (const Repair& repair : resting) repair_moved(repair);
  return {};
}

Result<void> Engine::stop_cancelled() {
  const std::vector<Uuid> calls = context_.calls->repairs();
  if (calls.empty()) return {};
  std::vector<Uuid> cancelled;
  SB_TRY(context_.store.read([&](StoreReader& store) -> Result<void> {
    cancelled.clear();
    for (const Uuid& id : calls) {
      SB_ASSIGN(const auto cancel, store.cancel_request(id));
      if (cancel && cancel->at_once) cancelled.push_back(id);
    }
    return {};
  }));
  for (const Uuid& id : cancelled) context_.calls->stop(id);
  return {};
}

void Engine::repair_moved(const Repair& repair) {
  // It left its place.
  const bool left = repair.state != RepairState::kRunning && repair.state != RepairState::kQueued;
  if (left && queue_.waits_for(repair.reconciler)) runner_->wake(dispatcher_);
  if (!rests(repair.state)) return;
  {
    const MutexLock lock(mutex_);
    const auto entry = entries_.find(repair.reconciler);
    if (entry != entries_.end() && entry->second.wakes) entry->second.wakes->add_repaired();
  }
  for (const RestWaiters::Done& done : waiters_.take(repair.id)) done(repair);
}

}  // namespace sideband
