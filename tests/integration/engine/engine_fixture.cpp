#include "engine_fixture.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crash_point.h"
#include "engine/runtime/status_facts.h"
#include "store/postgres/store.h"
#include "store/sqlite/store.h"
#include "support/person.h"

namespace sideband {

EngineTest::EngineTest() {
  for (const char* name : {"want", "have"}) {
    TargetSettings& target = settings_.targets[name];
    target.name = name;
    target.driver = "memory";
  }
  settings_.version = "s1";
  spec_.name = "fleet";
  spec_.version = "v1";
  spec_.mode = Mode::kAuto;
  spec_.interval = std::chrono::hours(1);
  // Most tests drift the same item again at once.
  spec_.gates.cooldown = Duration(0);
  spec_.gates.flapping.rest = Duration(0);
  spec_.gates.max_deletes = {};
  spec_.desired.target = "want";
  spec_.actual.target = "have";
  spec_.validate.within = std::chrono::milliseconds(300);
  spec_.retry.initial = std::chrono::milliseconds(10);
}

void EngineTest::fill(int count) {
  for (int i = 0; i < count; ++i) {
    const std::string key = fmt::format("k{:02}", i);
    desired_.set(key, "v" + key);
    actual_.set(key, "v" + key);
  }
}

void EngineTest::open_store() {
  SqliteOptions sqlite;
  sqlite.folder = dir_.path("state");
  auto opened = postgres_.empty() ? open_sqlite_store(sqlite, {clock_, metrics_})
                                  : open_postgres_store({postgres_}, {clock_, metrics_});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  store_ = std::move(*opened);
}

void EngineTest::start() {
  open_store();
  EngineOptions options;
  options.sole_owner = postgres_.empty();
  options.lease = lease_;
  options.unsigned_for = unsigned_for_;
  options.observes = observes_;
  options.retention = retention_;
  options.max_waiting = max_waiting_;
  options.make_runner = make_runner_;
  options.connector.collection = [this](const TargetSettings& target,
                                        const CollectionSettings& collection, Role role) {
    while_opening_(target.name);
    return driver_.open(target, collection, role);
  };
  options.connector.feed = [this](const TargetSettings& target,
                                  const CollectionSettings& collection,
                                  Role role) { return driver_.watch(target, collection, role); };
  options.connector.operation = [this](const TargetSettings& target) {
    return driver_.operation(target);
  };
  options.connector.signal = open_signal_;
  options.connector.policies = open_policies_;
  options.make_content_rules = make_content_rules_;
  engine_ = std::make_unique<Engine>(*store_, clock_, random_, metrics_, options);
  engine_->start(std::make_shared<Settings>(settings_));
}

void EngineTest::restart() {
  engine_.reset();
  store_.reset();
  start();
}

CycleReply EngineTest::observe(std::vector<std::string> keys, const Principal& requester,
                               const std::string& reconciler) {
  std::promise<CycleReply> promise;
  CycleOptions options;
  options.whole = keys.empty();
  options.keys = std::move(keys);
  options.requester = requester;
  engine_->observe(reconciler, options, [&](const CycleReply& reply) { promise.set_value(reply); });
  return promise.get_future().get();
}

Repair EngineTest::resting(const Uuid& repair) {
  std::promise<Repair> promise;
  engine_->when_resting(repair, [&](const Repair& now) { promise.set_value(now); });
  return promise.get_future().get();
}

Repair EngineTest::observe_and_rest() {
  const CycleReply reply = observe();
  EXPECT_TRUE(reply.result.ok()) << reply.result.error().message;
  EXPECT_TRUE(reply.sealed.has_repair);
  return reply.sealed.has_repair ? resting(reply.sealed.repair.id) : Repair{};
}

void EngineTest::rename(const std::string& name) {
  ReconcilerSettings renamed = spec_;
  renamed.name = name;
  renamed.version = "v2";
  settings_.reconcilers.clear();
  settings_.reconcilers[name] = renamed;
  settings_.version = "s2";
  engine_->reload(std::make_shared<Settings>(settings_));
}

Repair EngineTest::approved(const CycleReply& waiting) {
  const Uuid id = waiting.sealed.repair.id;
  const std::string& hash = waiting.sealed.plan.hash;
  EXPECT_TRUE(engine_->commands().approvals.approve(id, person("lee"), hash, "").ok());
  return resting(id);
}

RepairState EngineTest::state_of(const Uuid& repair) {
  RepairState state{};
  EXPECT_TRUE(store_
                  ->read([&](StoreReader& store) -> Result<void> {
                    SB_ASSIGN(const auto found, store.repair(repair));
                    if (found) state = found->state;
                    return {};
                  })
                  .ok());
  return state;
}

bool EngineTest::dies_at(const std::string& point, int n, const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    int left = n;
    set_crash_hook([&left, point](std::string_view name) {
      if (name == point && --left == 0) kill(getpid(), SIGKILL);
    });
    start();
    work();
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

std::optional<Repair> EngineTest::left_behind() {
  std::optional<Repair> found;
  EXPECT_TRUE(store_
                  ->read([&](StoreReader& store) -> Result<void> {
                    SB_ASSIGN(const auto repairs, store.repairs({}));
                    if (!repairs.empty()) found = repairs.front();
                    return {};
                  })
                  .ok());
  return found;
}

std::vector<std::string> EngineTest::audit_kinds() {
  std::vector<std::string> kinds;
  EXPECT_TRUE(store_
                  ->read([&](StoreReader& store) -> Result<void> {
                    kinds.clear();
                    SB_ASSIGN(const auto leaves, store.audit_leaves(0, 1000));
                    for (const AuditLeaf& leaf : leaves) {
                      const std::size_t at = leaf.record.find("\"kind\":\"") + 8;
                      kinds.push_back(leaf.record.substr(at, leaf.record.find('"', at) - at));
                    }
                    return {};
                  })
                  .ok());
  return kinds;
}

std::vector<Drift> EngineTest::drifts() {
  std::vector<Drift> out;
  EXPECT_TRUE(store_
                  ->read([&](StoreReader& store) -> Result<void> {
                    SB_ASSIGN(out, store.list_drifts("fleet", "", 10'000));
                    return {};
                  })
                  .ok());
  return out;
}

StatusFacts EngineTest::status_facts() {
  StatusFacts out;
  EXPECT_TRUE(
      store_
          ->read([&](StoreReader& store) -> Result<void> {
            SB_ASSIGN(out, gather_status(store, spec_, engine_->status_of("fleet"), clock_.wall()));
            return {};
          })
          .ok());
  return out;
}

ReconcilerStatus EngineTest::status() {
  return status_of(status_facts());
}

Reason EngineTest::gate_now(GateId gate) {
  const CycleReply reply = observe();
  EXPECT_TRUE(reply.result.ok());
  for (const Reason& reason : reply.sealed.decision.reasons) {
    if (reason.gate == gate) return reason;
  }
  return {};
}

}  // namespace sideband
