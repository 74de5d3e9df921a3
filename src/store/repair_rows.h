// The repairs, and how many of them wait and run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/store.h"
#include "store/connection.h"
#include "store/head_rows.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it. What was read is kept
// true by insert_repair and update_repair; whoever writes repairs by another statement says so
// (forget, forget_claimed).
class RepairRows {
 public:
  RepairRows(Connection& db, HeadRows& heads) : db_(db), heads_(heads) {}

  Result<std::optional<Repair>> repair(const Uuid& id);
  Result<std::vector<Repair>> repairs(const RepairFilter& filter);
  Result<std::int64_t> count_repairs(const std::string& reconciler, RepairState state);
  Result<bool> has_waiting(const std::string& reconciler);
  Result<std::vector<std::string>> queued_reconcilers();
  Result<std::vector<std::pair<std::string, std::int64_t>>> count_waiting();
  Result<bool> has_room(const std::string& reconciler, std::int64_t limit);
  Result<std::vector<Uuid>> active_undos(const std::string& reconciler);
  Result<void> insert_repair(const Repair& repair);
  Result<void> update_repair(const Repair& repair);
  // Tells the other nodes when something was queued that one of them might start at once.
  Result<void> tell_nodes();

  // This repair was erased.
  void forget(const Uuid& id) { repairs_.erase(id); }
  // Some were claimed.
  void forget_claimed();
  // A savepoint was rolled back.
  void forget();

 private:
  void note_state(const Repair& repair, bool fresh);

  Connection& db_;
  HeadRows& heads_;
  std::map<Uuid, std::optional<Repair>> repairs_;
  // Running repairs of a reconciler: never fewer than there are. Ends are not counted off.
  std::map<std::string, std::int64_t, std::less<>> running_;
  std::map<std::string, std::vector<Uuid>, std::less<>> undos_;
  std::map<std::string, bool, std::less<>> waiting_;  // true may have become false since
  bool queued_ = false;
};

}  // namespace sideband
