// The n-th I/O call of a repair's life fails, for every n, once or from then on: what was
// acknowledged is there after the next start, what was refused is not, records and states agree,
// and a medium that failed is never written to again. SIDEBAND_FULL=1 also takes each call of the
// making of the database.
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <map>
#include <set>

#include "base/metrics.h"
#include "merkle/compact_range.h"
#include "store/sqlite/store.h"
#include "support/in_full.h"
#include "support/recording_vfs.h"
#include "support/scratch_rows.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

int repair_count() {
  return in_full() ? 4 : 2;
}
constexpr std::array<const char*, 5> kPhases = {"accept", "claim", "intent", "outcome",
                                                "checkpoint"};

std::string record(std::size_t phase, int repair) {
  return std::string(kPhases[phase]) + " " + std::to_string(repair);
}

// Some repairs through all their phases, with what was answered of each.
class Script {
 public:
  Script(std::string folder, const char* vfs) : folder_(std::move(folder)), vfs_(vfs) {}

  // Checkpoints after few pages, so that they meet faults too.
  Result<void> open() {
    SqliteOptions sqlite;
    sqlite.folder = folder_;
    sqlite.vfs = vfs_;
    sqlite.checkpoint_pages = 30;
    sqlite.on_fatal = [this](const Error&) { ++fatal_; };
    auto opened = open_sqlite_store(sqlite, {.clock = clock_, .metrics = metrics_, .readers = 1});
    if (!opened.ok()) return opened.error();
    store_ = std::move(*opened);
    return {};
  }
  void close() { store_.reset(); }

  void play() {
    for (int repair = 0; repair < repair_count(); ++repair) {
      for (std::size_t phase = 0; phase < kPhases.size(); ++phase) {
        const Result<void> done = store_->run(
            Lane::kControl, [&](StoreTx& tx) -> Result<void> { return act(tx, phase, repair); });
        if (done.ok()) acknowledged_.insert(record(phase, repair));
        if (!done.ok() && done.error().effect == Effect::kNone)
          refused_.insert(record(phase, repair));
        if (!done.ok()) break;  // what comes next rests on it
      }
      if (fatal_ > 0) return;  // the process would have ended
      (void)store_->read([&](StoreReader& tx) -> Result<void> {
        SB_TRY(tx.audit_leaves(0, 100));
        return {};
      });
    }
  }

  // Everything as the answers of `before` said.
  void check(const Script& before) {
    const Result<void> read = store_->read([&](StoreReader& tx) -> Result<void> {
      SB_ASSIGN(const auto leaves, tx.audit_leaves(0, 1000));
      SB_ASSIGN(const AuditHead head, tx.audit_head());
      std::set<std::string> recorded;
      CompactRange tree;
      for (const AuditLeaf& leaf : leaves) {
        tree.append(leaf_hash(leaf.record));
        recorded.insert(leaf.record);
      }
      EXPECT_EQ(head.size, static_cast<std::int64_t>(tree.size()));
      EXPECT_EQ(head.range, tree.hashes());
      for (const std::string& what : before.acknowledged_) {
        EXPECT_TRUE(recorded.contains(what)) << "acknowledged and lost: " << what;
      }
      for (const std::string& what : before.refused_) {
        EXPECT_FALSE(recorded.contains(what)) << "refused and there: " << what;
      }
      for (int repair = 0; repair < repair_count(); ++repair) {
        SB_ASSIGN(const auto stands, phases_of(tx, before, repair));
        for (std::size_t phase = 0; phase < 4; ++phase) {
          EXPECT_EQ(recorded.contains(record(phase, repair)), phase < stands)
              << record(phase, repair) << ": state and record differ";
        }
      }
      return {};
    });
    EXPECT_TRUE(read.ok()) << read.error().message;
  }

  Store& store() { return *store_; }
  [[nodiscard]] int fatal() const { return fatal_; }

 private:
  Result<void> act(StoreTx& tx, std::size_t phase, int number) {
    tx.stage_audit(record(phase, number));
    Repair& repair = repairs_[number];
    switch (phase) {
      case 0:
        return accept(tx, repair);
      case 1:
        return claim(tx, repair);
      case 2:
        step_.token = repair.token;
        step_.salt = std::string(32, 's');
        step_.state = StepState::kIntent;
        return tx.put_step(repair.id, step_);
      case 3:
        return settle(tx, repair);
      default: {
        SB_ASSIGN(const AuditHead head, tx.audit_head());
        return tx.put_checkpoint({head.size, "note of " + std::to_string(number)});
      }
    }
  }

  Result<void> accept(StoreTx& tx, Repair& repair) {
    Plan plan;
    plan.id = Uuid::make(clock_.wall(), random_);
    plan.reconciler = "items";
    plan.state = PlanState::kSealed;
    plan.chunks = 1;
    repair = Repair();
    repair.id = repair.plan = plan.id;
    repair.reconciler = plan.reconciler;
    SB_TRY(tx.insert_plan(plan));
    SB_TRY(tx.insert_chunk(plan.id, 0, std::string(6'000, 'c')));
    return tx.insert_repair(repair);
  }
  Result<void> claim(StoreTx& tx, Repair& repair) {
    SB_ASSIGN(const auto claimed,
              tx.claim_repairs({"node", 1, clock_.wall(), std::chrono::seconds(30), 1}));
    if (claimed.size() != 1 || claimed[0].id != repair.id) return Error::conflict("not claimed");
    repair = claimed[0];
    return {};
  }
  Result<void> settle(StoreTx& tx, Repair repair) {
    Step done = step_;
    done.state = StepState::kDone;
    done.outcomes = "o";
    SB_TRY(tx.put_step(repair.id, done));
    repair.state = RepairState::kConverged;
    return tx.update_repair(repair);
  }

  // How far the stored state of a repair says that it came.
  static Result<std::size_t> phases_of(StoreReader& tx, const Script& before, int number) {
    const auto known = before.repairs_.find(number);
    if (known == before.repairs_.end()) return std::size_t{0};
    SB_ASSIGN(const auto repair, tx.repair(known->second.id));
    if (!repair) return std::size_t{0};
    if (repair->state == RepairState::kConverged) return std::size_t{4};
    SB_ASSIGN(const auto steps, tx.steps(repair->id, 0, 10));
    if (!steps.empty()) return std::size_t{3};
    return repair->token == 0 ? std::size_t{1} : std::size_t{2};
  }

  const std::string folder_;
  const std::string vfs_;
  ManualClock clock_{from_us(1'700'000'000'000'000)};
  SeededRandom random_{7};
  Metrics metrics_;
  std::atomic<int> fatal_{0};
  std::map<int, Repair> repairs_;
  Step step_;
  std::set<std::string> acknowledged_;
  std::set<std::string> refused_;
  std::unique_ptr<Store> store_;
};

// A reader that fails ends the process just as well, but does not stop the writer of this test.
bool is_of_writer(const VfsFault& fault) {
  return fault.call != VfsFault::Call::kRead && fault.call != VfsFault::Call::kOpen;
}

// One run with this fault. Says whether it struck.
bool strike(const VfsFault& fault) {
  RecordingVfs& vfs = RecordingVfs::instance();
  const TempDir dir;
  vfs.restart(fault);
  Script script(dir.path("live"), RecordingVfs::kName);
  const Result<void> opened = script.open();
  if (opened.ok()) script.play();
  const bool struck = vfs.fault_fired();
  EXPECT_TRUE(opened.ok() || struck) << opened.error().message;
  if (opened.ok() && script.fatal() > 0 && is_of_writer(fault)) {
    // Once the medium failed, nothing is written as if it had not.
    vfs.restart({VfsFault::Call::kWrite, 0, SQLITE_OK, false});
    const auto nothing = [](StoreTx& tx) { return put_scratch(tx, "again", "x"); };
    EXPECT_FALSE(script.store().run(Lane::kControl, nothing).ok());
    EXPECT_FALSE(script.store().health().ok());
    EXPECT_EQ(vfs.calls(), 0) << "written to after it failed";
  }
  script.close();
  vfs.restart();
  Script after(dir.path("live"), "");
  const Result<void> again = after.open();
  EXPECT_TRUE(again.ok()) << again.error().message;
  if (again.ok()) after.check(script);
  return struck;
}

// Calls of this kind while the store is made, which the same script repeats.
std::int64_t calls_of_opening(VfsFault fault) {
  const TempDir dir;
  fault.at = -1;
  RecordingVfs::instance().restart(fault);
  Script script(dir.path("live"), RecordingVfs::kName);
  EXPECT_TRUE(script.open().ok());
  return RecordingVfs::instance().calls();
}

struct Kind {
  const char* name;
  VfsFault fault;
};

class IoFaults : public testing::TestWithParam<Kind> {};

TEST_P(IoFaults, AtEveryCallLoseNothingAndTellNoLie) {
  const std::int64_t opening = calls_of_opening(GetParam().fault);
  // The making of the schema is most of the calls; a sample of them will do in the short form.
  const int step = in_full() ? 1 : 9;
  int struck = 0;
  for (const bool sticky : {false, true}) {
    VfsFault fault = GetParam().fault;
    fault.sticky = sticky;
    for (fault.at = 1;; fault.at += fault.at + step <= opening ? step : 1) {
      SCOPED_TRACE("call " + std::to_string(fault.at) + (sticky ? " and all later ones" : ""));
      const bool fired = strike(fault);
      if (HasFailure()) return;
      if (!fired) break;
      ++struck;
    }
  }
  EXPECT_GT(struck, 0);
  std::printf("%s: %d calls failed\n", GetParam().name, struck);
}

using Call = VfsFault::Call;
INSTANTIATE_TEST_SUITE_P(
    Calls, IoFaults,
    testing::Values(Kind{"open", {Call::kOpen, 0, SQLITE_CANTOPEN, false}},
                    Kind{"read_eio", {Call::kRead, 0, SQLITE_IOERR_READ, false}},
                    Kind{"write_eio", {Call::kWrite, 0, SQLITE_IOERR_WRITE, false}},
                    Kind{"write_torn", {Call::kWrite, 0, SQLITE_IOERR_WRITE, false, true}},
                    Kind{"write_full", {Call::kWrite, 0, SQLITE_FULL, false}},
                    Kind{"write_part_full", {Call::kWrite, 0, SQLITE_FULL, false, true}},
                    Kind{"sync", {Call::kSync, 0, SQLITE_IOERR_FSYNC, false}},
                    Kind{"truncate", {Call::kTruncate, 0, SQLITE_IOERR_TRUNCATE, false}}),
    [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace sideband
