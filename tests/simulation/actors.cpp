// Who acts in a world besides the service: the world outside, people, and harm.
#include "policy/gates/gate.h"
#include "simulation/world.h"
#include "support/person.h"

namespace sideband::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

void World::every(Duration low, Duration high, std::function<void()> act) {
  scheduler_.at(scheduler_.between(low, high), [this, low, high, act] {
    act();
    every(low, high, act);
  });
}

void World::begin_actors() {
  const auto while_faulty = [this](void (World::*act)()) {
    return [this, act] {
      if (faults_.on()) (this->*act)();
    };
  };
  tend_nodes();
  for (Node& node : nodes_) {
    if (!node.running) start(node);
  }
  const Duration pace = scheduler_.between(seconds(5), seconds(120));
  every(seconds(1), pace, while_faulty(&World::drift_something));
  every(seconds(1), pace * 2, while_faulty(&World::want_something));
  every(seconds(10), minutes(4), while_faulty(&World::person_acts));
  every(seconds(20), pace * 6, while_faulty(&World::start_book));
  every(seconds(20), minutes(5), while_faulty(&World::drift_shelf));
  every(seconds(1), seconds(30), while_faulty(&World::do_harm));
  if (has_silences()) {
    every(seconds(30), minutes(4), while_faulty(&World::silence_something));
  }
  every(seconds(1), seconds(5), [this] { tend_nodes(); });
  every(seconds(3), seconds(6), [this] {
    if (tidying_) tidy();
  });
  // People look at what waits for them also while things go wrong, but slowly.
  every(seconds(20), minutes(2), while_faulty(&World::tidy));
}

Pair& World::any_pair() {
  auto it = pairs_.begin();
  std::advance(it, scheduler_.between(0, std::ssize(pairs_) - 1));
  return it->second;
}

// A reconciler, or a playbook as a scope of pauses.
std::string World::any_scope() {
  if (books_.empty() || scheduler_.chance(0.7)) return any_pair().reconciler;
  auto it = books_.begin();
  std::advance(it, scheduler_.between(0, std::ssize(books_) - 1));
  return playbook_scope(it->first);
}

std::string World::target_scope(const Pair& pair) {
  return PauseScope{PauseScope::Kind::kTarget, pair.actual->name()}.key();
}

std::string World::any_key(const Pair& pair) {
  (void)pair;
  return "k" + std::to_string(scheduler_.between(0, keys_ - 1));
}

// Somebody changes the actual side by hand, or puts an older value back (A, B, A).
void World::drift_something() {
  Pair& pair = any_pair();
  const std::string key = any_key(pair);
  const std::int64_t what = scheduler_.between(0, 9);
  if (what == 0) return pair.actual->set(key, std::nullopt);
  if (what == 1) return pair.actual->set("extra" + std::to_string(scheduler_.between(0, 2)), "x");
  if (what < 5) {
    const MonoTime then = scheduler_.now() - scheduler_.between(seconds(1), minutes(3));
    if (const Value old = pair.actual->at(key, then)) return pair.actual->set(key, old);
  }
  pair.actual->set(key, "d" + std::to_string(++values_));
}

// The authority changes; often whoever does it writes the other side too.
void World::want_something() {
  Pair& pair = any_pair();
  const std::string key = any_key(pair);
  if (pair.desired->seems_empty()) return;
  const std::string value = "v" + std::to_string(++values_);
  pair.desired->set(key, value);
  if (!scheduler_.chance(0.5)) return;
  scheduler_.at(scheduler_.between(Duration(0), Duration(20'000)),
                [&pair, key, value] { pair.actual->set(key, value); });
}

void World::storm() {
  Pair& pair = any_pair();
  for (int key = 0; key < keys_; ++key) {
    pair.actual->set("k" + std::to_string(key), "s" + std::to_string(++values_));
  }
}

void World::ask(const std::function<void(Running&)>& what) {
  Running* running = any_node();
  if (running == nullptr) return;
  running->process.run([&] { what(*running); });
}

void World::on_some_repair(const std::function<void(Running&, const Repair&)>& what) {
  std::vector<Repair> repairs;
  const auto look = [&](StoreReader& store) -> Result<void> {
    RepairFilter filter;
    filter.limit = 20;
    SB_ASSIGN(repairs, store.repairs(filter));
    return {};
  };
  if (!database_.look(look).ok() || repairs.empty()) return;
  const Repair repair =
      repairs.at(static_cast<std::size_t>(scheduler_.between(0, std::ssize(repairs) - 1)));
  ask([&](Running& running) { what(running, repair); });
}

// What people ask of the service; refusals are their business.
// By the target, which keeps its name.
void World::silence_something() {
  const SilenceMatch match{.target = any_pair().actual->name()};
  const Duration length = scheduler_.between(seconds(30), minutes(4));
  ask([&](Running& running) {
    (void)running.engine->commands().silences.add(match, length, person("ann"), "migration");
  });
}

void World::person_acts() {
  switch (scheduler_.between(0, 8)) {
    case 0:
      return on_some_repair([](Running& running, const Repair& repair) {
        (void)running.engine->commands().repairs.cancel(repair.id, person("ann"), "not now");
      });
    case 1: {
      std::string scope = scheduler_.chance(0.5) ? "" : any_scope();
      const auto pair = pairs_.find(scope);
      // Each third one is of its target, without another draw.
      if (pair != pairs_.end() && ++named_pauses_ % 3 == 0) scope = target_scope(pair->second);
      return ask([&](Running& running) {
        (void)running.engine->commands().switches.pause(PauseScope::of_key(scope), person("ann"),
                                                        "incident");
      });
    }
    case 2:
      return on_some_repair([this](Running& running, const Repair& repair) {
        if (repair.kind() == JobKind::kRun) return;  // taken back by itself, or by no one
        UndoOptions options{repair.id, person("ann"), {}};
        running.engine->undo(options, repair.reconciler, [this](Result<SealReply> reply) {
          if (reply.ok() && reply->has_repair) checks_->accepted(reply->repair.id.text());
        });
      });
    case 3:
      return on_some_repair([](Running& running, const Repair& repair) {
        (void)running.engine->commands().approvals.reject(repair.id, person("bob"), "no");
      });
    case 4:
      return ask([this](Running& running) {
        CycleOptions options;
        options.requester = person("ann");
        running.engine->observe(any_pair().reconciler, options, [this](const CycleReply& reply) {
          if (reply.result.ok() && reply.sealed.has_repair) {
            checks_->accepted(reply.sealed.repair.id.text());
          }
        });
      });
    case 5:
    case 6:
      return apply_some();
    case 7:
      return accept_some();
    default:
      return on_some_repair([](Running& running, const Repair& repair) {
        // With a hash that is not this plan's, and by the one who asked: both must be refused.
        (void)running.engine->commands().approvals.approve(repair.id, person("bob"),
                                                           std::string(64, '0'), "");
      });
  }
}

// Somebody applies what is held, and says of some of its gates that they may be passed.
void World::apply_some() {
  const std::string name = any_pair().reconciler;
  std::optional<ReconcilerHead> head;
  const auto look = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(head, store.head(name));
    return {};
  };
  if (!database_.look(look).ok() || !head || head->plan.empty()) return;
  GateSet released;
  for (const Reason& reason : head->refusals) {
    const bool may = gate_spec(reason.gate).released_by == ReleasedBy::kSecondPerson;
    if (may && scheduler_.chance(0.5)) released.add(reason.gate);
  }
  if (scheduler_.chance(0.3)) released.add(GateId::kMaxChanges);
  ask([&, plan = head->plan](Running& running) {
    const auto done = running.engine->commands().plans.apply(plan, person("ann"), released);
    if (done.ok()) checks_->accepted(done->id.text());
  });
}

// One person, or two, say that the present size of a source is right, whatever it is.
void World::accept_some() {
  const std::string name = any_pair().reconciler;
  const bool both = scheduler_.chance(0.5);
  ask([&](Running& running) {
    Commands& commands = running.engine->commands();
    (void)commands.switches.accept_source(name, person("ann"), "it is right");
    if (both) (void)commands.switches.accept_source(name, person("bob"), "it is right");
  });
}

// What was asked under a name that nothing has any more can only be called off.
void World::cancel_orphans() {
  std::vector<Repair> repairs;
  const auto look = [&](StoreReader& store) -> Result<void> {
    RepairFilter filter;
    filter.active_only = true;
    SB_ASSIGN(repairs, store.repairs(filter));
    return {};
  };
  if (!database_.look(look).ok()) return;
  for (const Repair& repair : repairs) {
    if (repair.kind() == JobKind::kRun || pairs_.contains(repair.reconciler)) continue;
    ask([&](Running& running) {
      (void)running.engine->commands().repairs.cancel(repair.id, person("ann"),
                                                      "its reconciler is gone");
    });
  }
}

// Answers what waits for people: approvals, pauses, held plans.
void World::tidy() {
  std::vector<Repair> waiting;
  std::map<std::string, ReconcilerHead> heads;
  std::map<std::string, std::string> hashes;
  const auto look = [&](StoreReader& store) -> Result<void> {
    RepairFilter filter;
    filter.state = RepairState::kAwaitingApproval;
    SB_ASSIGN(waiting, store.repairs(filter));
    for (const Repair& repair : waiting) {
      SB_ASSIGN(const auto plan, store.plan(repair.plan));
      if (plan) hashes[repair.id.text()] = plan->hash;
    }
    for (const auto& [name, pair] : pairs_) {
      SB_ASSIGN(const auto head, store.head(name));
      if (head) heads[name] = *head;
    }
    return {};
  };
  if (!database_.look(look).ok()) return;
  for (const Repair& repair : waiting) {
    const std::string hash = hashes[repair.id.text()];
    const Principal by = person(repair.requester == "bob" ? "ann" : "bob");
    ask([&](Running& running) {
      const auto done = running.engine->commands().approvals.approve(repair.id, by, hash, "");
      if (done.ok()) checks_->accepted(repair.id.text());
    });
  }
  // A pause opens under the name that was paused.
  const Pair& some = any_pair();
  const std::string former =
      *std::next(some.names.begin(), scheduler_.between(0, std::ssize(some.names) - 1));
  std::vector<std::string> scopes = {"", any_scope(), former};
  if (named_pauses_ > 2) scopes.push_back(target_scope(some));
  for (const std::string& scope : scopes) {
    const bool accept = tidying_ && pairs_.contains(scope) && scheduler_.chance(0.3);
    const bool closes = has_breakers() && (tidying_ || scheduler_.chance(0.2));
    ask([&](Running& running) {
      Commands& commands = running.engine->commands();
      (void)commands.switches.resume(PauseScope::of_key(scope), person("ann"), "over");
      if (closes) (void)commands.switches.close_breaker(scope, person("ann"), "mended");
      if (!accept) return;
      (void)commands.switches.accept_source(scope, person("ann"), "it is right");
      (void)commands.switches.accept_source(scope, person("bob"), "it is right");
    });
  }
  confirm_some();
  cancel_orphans();
  for (const auto& [name, head] : heads) {
    if (head.plan.empty() || !scheduler_.chance(0.3)) continue;
    GateSet released;
    for (const Reason& reason : head.refusals) {
      if (gate_spec(reason.gate).released_by == ReleasedBy::kSecondPerson)
        released.add(reason.gate);
    }
    ask([&, plan = head.plan](Running& running) {
      const auto done = running.engine->commands().plans.apply(plan, person("ann"), released);
      if (done.ok()) checks_->accepted(done->id.text());
    });
  }
}

// At once or item by item, for a moment or for long; often the source itself tells what goes.
void World::shrink(Pair& pair) {
  const Duration step =
      scheduler_.chance(0.3) ? scheduler_.between(seconds(1), seconds(10)) : Duration(0);
  const Duration most = scheduler_.chance(0.5) ? minutes(1) : minutes(8);
  pair.desired->seem_shrunk(scheduler_.between(seconds(5), most), step);
  if (scheduler_.chance(0.5)) look_at_what_goes(pair);
}

// As a feed does it: each look is at what was named since the one before.
void World::look_at_what_goes(Pair& pair) {
  std::vector<std::string> keys;
  for (const std::string& key : pair.desired->going()) {
    if (pair.desired->hides(key)) keys.push_back(key);
  }
  if (keys.empty()) return;
  ask([&](Running& running) {
    CycleOptions options;
    options.whole = false;
    options.keys = keys;
    running.engine->observe(pair.reconciler, options, [](const CycleReply& /*reply*/) {});
  });
  scheduler_.at(scheduler_.between(seconds(1), seconds(20)),
                [this, &pair] { look_at_what_goes(pair); });
}

// Faults that strike from outside, at times of their own.
void World::do_harm() {
  Node& node = nodes_.at(static_cast<std::size_t>(scheduler_.between(0, std::ssize(nodes_) - 1)));
  Running* running = node.running.get();
  if (running != nullptr && running->process.alive()) {
    if (faults_.strikes(Fault::kKill, 0.1)) running->process.kill();
    if (faults_.strikes(Fault::kFreeze, 0.1))
      running->process.freeze(scheduler_.between(seconds(1), lease_ * 3));
    if (faults_.strikes(Fault::kRollingRestart, 0.05)) stop(node);
    if (faults_.strikes(Fault::kClockJump, 0.05)) {
      running->clock.be_wrong_by(scheduler_.between(-Duration(minutes(60)), Duration(minutes(60))));
      checks_->clocks_were_wrong();
    }
  }
  Pair& pair = any_pair();
  if (faults_.strikes(Fault::kStoreDown, 0.05))
    database_.go_down(scheduler_.between(seconds(1), seconds(40)));
  if (faults_.strikes(Fault::kTargetDown, 0.05)) {
    SimTarget& side = scheduler_.chance(0.5) ? *pair.actual : *pair.desired;
    side.go_down(scheduler_.between(seconds(1), minutes(2)));
  }
  if (!tools_.empty() && faults_.strikes(Fault::kTargetDown, 0.03))
    tools_.front()->go_down(scheduler_.between(seconds(1), minutes(1)));
  if (faults_.strikes(Fault::kEmptySource, 0.03))
    pair.desired->seem_empty(scheduler_.between(seconds(5), minutes(1)));
  if (faults_.strikes(Fault::kShrunkSource, 0.03)) shrink(pair);
  if (faults_.strikes(Fault::kRename, 0.02)) {
    rename();
    // Whoever renames often moves the source too.
    if (faults_.strikes(Fault::kShrunkSource, 0.5)) shrink(pair);
  }
  if (faults_.strikes(Fault::kStorm, 0.02)) storm();
  if (faults_.strikes(Fault::kReload, 0.05)) reload();
}

}  // namespace sideband::sim
