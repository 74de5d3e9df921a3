// The real store's code over a SQLite database in memory, on virtual time: nothing is written to a
// disk, and what is in it goes with it.
#pragma once

#include <memory>
#include <vector>

#include "rehearsal/process.h"
#include "store/group.h"
#include "store/sqlite/connection.h"

namespace sideband::sim {

// The Store of one process. Used by one thread.
class MemoryStore final : public Store {
 public:
  // References must outlive it. Ends the program where SQLite does not work.
  MemoryStore(Process& process, const Clock& clock);

  // What is submitted together is committed together, a moment later.
  void submit(Lane lane, StoreFn fn, StoreDone done) override;
  Result<void> read(const StoreReadFn& fn) override;
  Result<void> run(Lane lane, StoreFn fn) override;
  Result<std::int64_t> lease_clock() override { return to_us(clock_.wall()); }
  [[nodiscard]] bool tells_time() const override { return true; }

 private:
  std::vector<Result<void>> commit(std::vector<StoreJob>& jobs);
  void commit_waiting();

  Process& process_;
  const Clock& clock_;
  std::unique_ptr<SqliteConnection> connection_;
  std::unique_ptr<GroupRunner> groups_;
  std::vector<StoreJob> waiting_;
};

}  // namespace sideband::sim
