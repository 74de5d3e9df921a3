// Repairs a second through the store: insert (plan, chunk, repair), claim with intent, outcome,
// converge; four functions and four audit leaves for each repair, many repairs under way at once.
//
//   store_bench STORE [repairs = 100000] [under way = 2000] [claim batch = 64]
//
// STORE is a folder for SQLite, or a libpq connection string with a '='.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "base/mutex.h"
#include "base/random.h"
#include "model/audit_record.h"
#include "store/postgres/store.h"
#include "store/sqlite/store.h"

namespace sideband {
namespace {

struct Setup {
  std::string store;
  std::int64_t repairs = 100'000;
  std::int64_t under_way = 2'000;
  std::int64_t batch = 64;
};

class Load {
 public:
  Load(Store& store, const Clock& clock, const Setup& setup)
      : store_(store), clock_(clock), setup_(setup) {
    Change change{"price:1234567", ChangeOp::kUpdate, State::of_bytes("12.50"),
                  State::of_bytes("13.75")};
    changes_ = encode_changes({change});
    outcomes_ = encode_outcomes({{Outcome::kChanged, false, ""}});
    salt_ = random_.bytes(32);
  }

  void run() {
    const MutexLock lock(mutex_);
    while (converged_ < setup_.repairs) {
      while (inserted_ < setup_.repairs && inserted_ - converged_ < setup_.under_way) insert();
      progress_.wait(mutex_);
    }
  }

 private:
  std::string leaf(std::string_view kind, const Repair& repair, std::int64_t step) {
    return AuditRecord(kind, clock_.wall(), "sideband")
        .add("repair", repair.id.text())
        .add("step", step)
        .add("token", repair.token)
        .add("plan", std::string(64, 'a'))
        .add("reconciler", repair.reconciler)
        .text();
  }

  void insert() SB_REQUIRES(mutex_) {
    ++inserted_;
    Repair repair;
    repair.id = Uuid::make(clock_.wall(), random_);
    repair.plan = Uuid::make(clock_.wall(), random_);
    repair.reconciler = "price-cache";
    repair.requester = "sideband";
    repair.created_at = repair.first_seen = clock_.wall();
    Plan plan;
    plan.id = repair.plan;
    plan.reconciler = repair.reconciler;
    plan.reconciler_version = plan.guardrails_version = plan.hash = std::string(64, 'b');
    plan.state = PlanState::kSealed;
    plan.chunks = 1;
    const auto fn = [this, repair, plan,
                     record = leaf("decide", repair, 0)](StoreTx& tx) -> Result<void> {
      tx.stage_audit(record);
      SB_TRY(tx.insert_plan(plan));
      SB_TRY(tx.insert_chunk(plan.id, 0, changes_));
      return tx.insert_repair(repair);
    };
    store_.submit(Lane::kBulk, fn, [this](Result<void> done) {
      check(done);
      if (++waiting_ % setup_.batch == 0 || !claiming_) claim();
    });
  }

  void claim() {
    claiming_ = true;
    auto claimed = std::make_shared<std::vector<Repair>>();
    const auto fn = [this, claimed](StoreTx& tx) -> Result<void> {
      const std::int64_t now = clock_.mono().time_since_epoch().count();
      SB_ASSIGN(*claimed, tx.claim_repairs({"node", now, clock_.wall(), std::chrono::seconds(30),
                                            setup_.batch}));
      for (const Repair& repair : *claimed) {
        SB_TRY(tx.put_step(repair.id,
                           {0, 0, 0, 1, false, StepState::kIntent, repair.token, salt_, "", ""}));
        tx.stage_audit(leaf("intent", repair, 0));
      }
      return {};
    };
    store_.submit(Lane::kControl, fn, [this, claimed](Result<void> done) {
      check(done);
      claiming_ = false;
      for (const Repair& repair : *claimed) outcome(repair);
      if (!claimed->empty()) claim();
    });
  }

  void outcome(Repair repair) {
    repair.state = RepairState::kValidating;
    repair.position = repair.changed = 1;
    const auto fn = [this, repair,
                     record = leaf("outcome", repair, 0)](StoreTx& tx) -> Result<void> {
      tx.stage_audit(record);
      SB_TRY(tx.put_step(
          repair.id, {0, 0, 0, 1, false, StepState::kDone, repair.token, salt_, outcomes_, ""}));
      return tx.update_repair(repair);
    };
    store_.submit(Lane::kControl, fn, [this, repair](Result<void> done) {
      check(done);
      converge(repair);
    });
  }

  void converge(Repair repair) {
    repair.state = RepairState::kConverged;
    repair.ended_at = clock_.wall();
    const auto fn = [repair, record = leaf("converged", repair, 0)](StoreTx& tx) -> Result<void> {
      tx.stage_audit(record);
      return tx.update_repair(repair);
    };
    store_.submit(Lane::kControl, fn, [this](Result<void> done) {
      check(done);
      const MutexLock lock(mutex_);
      ++converged_;
      progress_.notify_one();
    });
  }

  static void check(const Result<void>& done) {
    if (done.ok()) return;
    std::fprintf(stderr, "%s\n", done.error().message.c_str());
    std::exit(1);
  }

  Store& store_;
  const Clock& clock_;
  const Setup setup_;
  SeededRandom random_{1};
  std::string changes_, outcomes_, salt_;
  std::int64_t waiting_ = 0;  // these two only on the store's thread
  bool claiming_ = false;
  Mutex mutex_;
  CondVar progress_;
  std::int64_t inserted_ SB_GUARDED_BY(mutex_) = 0;
  std::int64_t converged_ SB_GUARDED_BY(mutex_) = 0;
};

Result<std::unique_ptr<Store>> open_store(const std::string& where, const StoreOptions& options) {
  if (where.find('=') != std::string::npos) {
    return open_postgres_store({.connection = where}, options);
  }
  return open_sqlite_store({.folder = where, .vfs = {}, .on_fatal = {}}, options);
}

int run(const Setup& setup) {
  SystemClock clock;
  Metrics metrics;
  auto store = open_store(setup.store, {.clock = clock, .metrics = metrics});
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  const MonoTime start = clock.mono();
  Load(**store, clock, setup).run();
  const double seconds = std::chrono::duration<double>(clock.mono() - start).count();
  const auto count = static_cast<double>(setup.repairs);
  std::printf("%.0f repairs in %.2f s: %.0f repairs/s\n", count, seconds, count / seconds);
  std::printf("%s", metrics.text().c_str());
  return 0;
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: store_bench STORE [repairs] [under way] [claim batch]\n");
    return 2;
  }
  sideband::Setup setup{argv[1]};
  if (argc > 2) setup.repairs = std::atoll(argv[2]);
  if (argc > 3) setup.under_way = std::atoll(argv[3]);
  if (argc > 4) setup.batch = std::atoll(argv[4]);
  return sideband::run(setup);
}
