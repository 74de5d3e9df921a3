// The real store code on a real SQLite database, shared by all processes of a world as a database
// server is, with commits as events and a layer of faults in front.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "rehearsal/process.h"
#include "simulation/faults.h"
#include "simulation/planted.h"
#include "store/group.h"
#include "store/sqlite/connection.h"

namespace sideband::sim {

// A whole database as it was.
struct StoreSnapshot {
  std::shared_ptr<sqlite3> database;  // in memory
  std::int64_t leaves = 0;
};

// The server: what was committed survives every process. Used by one thread.
class SimDatabase {
 public:
  // `path` must not exist. Stops the test when SQLite does not work.
  SimDatabase(Scheduler& scheduler, Faults& faults, Bug bug, const std::string& path);

  // Runs the jobs as one group of `who`; results say what the caller is told.
  std::vector<Result<void>> commit(std::vector<StoreJob>& jobs);
  // A consistent view, without faults: for checkers, and for processes behind their own faults.
  Result<void> look(const StoreReadFn& fn);

  StoreSnapshot snapshot();
  // Puts everything back, while no transaction is open.
  void set_back(const StoreSnapshot& snapshot);

  // Called after each commit that changed something.
  void watch(std::function<void()> watcher) { watcher_ = std::move(watcher); }
  void go_down(Duration time) { up_at_ = scheduler_.now() + time; }
  [[nodiscard]] bool down() const { return scheduler_.now() < up_at_; }
  [[nodiscard]] std::int64_t clock() const;
  Scheduler& scheduler() { return scheduler_; }
  Faults& faults() { return faults_; }
  [[nodiscard]] Bug bug() const { return bug_; }

 private:
  Scheduler& scheduler_;
  Faults& faults_;
  const Bug bug_;
  const std::string path_;
  std::unique_ptr<SqliteConnection> connection_;
  std::unique_ptr<SqliteConnection> reader_;
  std::unique_ptr<GroupRunner> groups_;
  std::function<void()> watcher_;
  MonoTime up_at_{};
};

// The Store port of one process.
class SimStore final : public Store {
 public:
  SimStore(SimDatabase& database, Process& process) : database_(database), process_(process) {}

  void submit(Lane lane, StoreFn fn, StoreDone done) override;
  Result<void> read(const StoreReadFn& fn) override;
  Result<std::int64_t> lease_clock() override;
  [[nodiscard]] bool tells_time() const override { return true; }
  Result<void> run(Lane lane, StoreFn fn) override;

 private:
  void commit();
  Duration latency();

  SimDatabase& database_;
  Process& process_;
  std::vector<StoreJob> waiting_;
  bool committing_ = false;
};

}  // namespace sideband::sim
