#include "engine/execute/running_counts.h"

namespace sideband {

static constexpr const char* kWholeSite = "";

void RunningCounts::claimed(const std::vector<Repair>& repairs) {
  running_.clear();
  claimed_.clear();
  for (const Repair& repair : repairs) {
    if (repair.state != RepairState::kRunning) continue;
    ++claimed_[repair.reconciler];
    ++claimed_[kWholeSite];
  }
}

Result<std::int64_t> RunningCounts::of(const std::string& name) {
  SB_ASSIGN(const std::int64_t* running, counted(name));
  return *running;
}

Result<bool> RunningCounts::site_has_room() {
  if (site_limit_ == 0) return true;
  SB_ASSIGN(const std::int64_t* running, counted(kWholeSite));
  return *running < site_limit_;
}

Result<void> RunningCounts::let_in(const Repair& repair) {
  if (repair.state != RepairState::kRunning) return {};
  for (const std::string& name : {repair.reconciler, std::string(kWholeSite)}) {
    if (name == kWholeSite && site_limit_ == 0) continue;
    SB_ASSIGN(std::int64_t * running, counted(name));
    ++*running;
  }
  return {};
}

// One that leaves before anything was counted is not in that count: nothing is taken from it for
// this one.
void RunningCounts::leave_out(const Repair& repair) {
  if (repair.state != RepairState::kRunning) return;
  for (const std::string& name : {repair.reconciler, std::string(kWholeSite)}) {
    if (!running_.contains(name)) --claimed_[name];
  }
}

Result<std::int64_t*> RunningCounts::counted(const std::string& name) {
  auto [count, fresh] = running_.try_emplace(name, 0);
  if (!fresh) return &count->second;
  if (name == kWholeSite) {
    SB_TRY(store_.lock_site());
  } else {
    SB_TRY(store_.head(name));
  }
  SB_ASSIGN(count->second, store_.count_repairs(name, RepairState::kRunning));
  count->second -= claimed_[name];
  return &count->second;
}

}  // namespace sideband
