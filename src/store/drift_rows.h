// The drifts, by reconciler and key.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ports/store.h"
#include "store/connection.h"
#include "store/head_rows.h"

namespace sideband {

struct StoreJob;

// Used by one thread, within one transaction. References must outlive it. What was read ahead is
// kept true by every write of this class, and forgotten where a statement writes drifts that it
// does not name.
class DriftRows {
 public:
  DriftRows(Connection& db, HeadRows& heads) : db_(db), heads_(heads) {}

  Result<std::vector<std::optional<Drift>>> drifts(const std::string& reconciler,
                                                   const std::vector<std::string>& keys);
  Result<std::vector<Drift>> list_drifts(const std::string& reconciler, const std::string& after,
                                         std::int64_t limit);
  Result<std::vector<Drift>> list_open_drifts(const std::string& reconciler,
                                              const std::string& after, std::int64_t limit,
                                              WallTime now);
  Result<std::int64_t> count_drifts(const std::string& reconciler);
  // Reads what these functions will ask for, where that spares questions to a server; says how many
  // keys. The heads of their reconcilers come first: they are what keeps the answer true.
  Result<std::size_t> prefetch(std::span<const StoreJob> jobs);
  Result<void> put_drifts(const std::string& reconciler, const std::vector<Drift>& drifts);
  Result<void> erase_drifts(const std::string& reconciler, const std::vector<std::string>& keys);
  Result<std::int64_t> erase_unseen_drifts(const std::string& reconciler, std::int64_t scan,
                                           const RestedUntil& rested, std::int64_t limit);
  Result<std::optional<std::string>> erase_plan_drifts(const std::string& reconciler,
                                                       const Uuid& plan, const std::string& after,
                                                       std::int64_t limit);
  Result<std::optional<std::string>> rest_plan_drifts(const std::string& reconciler,
                                                      const Uuid& plan, const std::string& after,
                                                      std::int64_t limit, const GrowingRest& rest);
  void forget() { ahead_.clear(); }

 private:
  bool drifts_ahead(const std::string& reconciler, const std::vector<std::string>& keys,
                    std::vector<std::optional<Drift>>& found);
  Result<bool> drifts_in_range(const std::string& reconciler, const std::vector<std::string>& keys,
                               std::vector<std::optional<Drift>>& found);
  Result<std::vector<std::optional<Drift>>> drifts_by_list(const std::string& reconciler,
                                                           const std::vector<std::string>& keys);
  Result<std::optional<std::string>> plan_slice_end(const std::string& reconciler, const Uuid& plan,
                                                    const std::string& after, std::int64_t limit);

  Connection& db_;
  HeadRows& heads_;
  std::map<std::string, std::optional<Drift>, std::less<>> ahead_;  // by drift_row
};

}  // namespace sideband
