// Runs many functions in one transaction, so that they share one fsync.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

struct StoreJob {
  StoreFn fn;
  StoreDone done;
};

class SqlTx;

// Used by one thread. A function that fails leaves no trace; running again is allowed by the
// contract of StoreFn:
// - a group first runs without savepoints, which cost a copy of each page that a function touches;
//   a function that fails before it changed a row then needs nothing taken back;
// - after any other failure the group is rolled back and runs again with a savepoint each;
// - when the transaction itself is lost (a full disk rolls back everything, also what savepoints
//   released), or cannot commit, each function runs in a transaction of its own;
// - what the database asks to repeat (40001, 40P01), or a connection that was lost before COMMIT,
//   is run again a few times, after `pause`. Lost during COMMIT it may have happened, and is not.
class GroupRunner {
 public:
  // Whether to end the group before job i; asked from the second job on.
  using Stop = std::function<bool(std::size_t i)>;

  // Waits before try `tries` (from 1) of a group; empty = goes on at once.
  using Pause = std::function<void(int tries)>;

  explicit GroupRunner(Connection& connection, Pause pause = {})
      : db_(connection), pause_(std::move(pause)) {}

  // Runs the jobs in order until `stop`, commits, and returns an outcome for each job that ran.
  // Success means that the commit is durable.
  std::vector<Result<void>> run(std::span<StoreJob> jobs, const Stop& stop);

  // How often a group was rolled back and run again.
  [[nodiscard]] std::uint64_t reruns() const { return reruns_; }

 private:
  enum class Mode : std::uint8_t { kPlain, kSavepoints };
  enum class GroupOutcome : std::uint8_t {
    kCommitted,
    kGivenUp,
    kRunAgain,
    kWithSavepoints,
    kSingly
  };
  using Results = std::vector<Result<void>>;

  GroupOutcome attempt(std::span<StoreJob> jobs, const Stop& stop, Mode mode, Results& results);
  bool run_job(const StoreJob& job, Mode mode, SqlTx& tx, Result<void>& result);
  GroupOutcome finish(SqlTx& tx, Results& results);
  GroupOutcome abandon(Mode mode, const Error& error, Results& results);
  Results run_singly(std::span<StoreJob> jobs);

  Connection& db_;
  const Pause pause_;
  std::uint64_t reruns_ = 0;
};

}  // namespace sideband
