#include "engine/runtime/retention.h"

#include <algorithm>

#include "base/log.h"
#include "base/units.h"
#include "engine/execute/records.h"

namespace sideband {
namespace {

// A repair is several rows at once.
constexpr std::int64_t kRowsOfRepair = 10;
// Of chunks in one transaction.
constexpr std::int64_t kBytesAtOnce = 4 << 20;
// From then on somebody should know that retention's clock is not the wall clock.
constexpr Duration kFarBehind = std::chrono::hours(24);

Result<std::optional<WallTime>> newest_row(StoreReader& store) {
  SB_ASSIGN(const auto decisions, store.decisions("", 1));
  RepairFilter filter;
  filter.limit = 1;
  SB_ASSIGN(const auto repairs, store.repairs(filter));
  std::optional<WallTime> newest;
  if (!decisions.empty()) newest = decisions[0].at;
  if (!repairs.empty()) newest = std::max(newest.value_or(WallTime()), repairs[0].created_at);
  return newest;
}

}  // namespace

RetentionWorker::RetentionWorker(EngineContext& context, RetentionPace pace,
                                 std::function<RetentionSettings()> settings)
    : context_(context), pace_(pace), settings_(std::move(settings)) {}

Unit RetentionWorker::next(Result<void> last) {
  if (!last.ok() && last.error().code == ErrorCode::kCancelled) return Unit::done();
  if (!std::exchange(started_, true)) {
    asked_ = context_.clock.mono();
    context_.measures.retention.add_series();
    return rest(pace_.first);
  }
  if (!last.ok()) {
    log(LogLevel::kWarn, "retention stopped until its next pass", {{"why", last.error().message}});
    return rest(pace_.every);
  }
  if (phase_ == Phase::kRest) return begin();
  if (std::exchange(paused_, false)) return work();
  advance();
  if (phase_ == Phase::kRest) return rest(pace_.every);
  paused_ = true;
  return Unit::sleep(pace_.pause);
}

Unit RetentionWorker::rest(Duration time) {
  phase_ = Phase::kRest;
  paused_ = false;
  return Unit::sleep(time);
}

Unit RetentionWorker::begin() {
  const RetentionSettings settings = settings_();
  budget_ = settings.budget;
  phase_ = Phase::kClock;
  return work();
}

Unit RetentionWorker::work() {
  if (!context_.leads()) {
    asked_ = context_.clock.mono();
    return rest(pace_.every);
  }
  const WallTime wall = context_.clock.wall();
  const Duration ran = context_.clock.mono() - asked_;
  return Unit::in_store(Lane::kBulk, [this, wall, ran](StoreTx& store) -> Result<void> {
    done_ = Done();
    switch (phase_) {
      case Phase::kClock:
        return set_clock(store, wall, ran);
      case Phase::kCount: {
        SB_ASSIGN(done_.use, store.count_use(static_cast<StoredClass>(class_), cursor_, WallTime(),
                                             pace_.rows));
        return {};
      }
      case Phase::kRepairs:
        return prune_repairs(store, wall);
      case Phase::kPlans:
        return prune_plans(store, wall);
      case Phase::kDecisions:
        return prune_decisions(store, wall);
      case Phase::kAnswers: {
        SB_ASSIGN(done_.page.rows, store.prune_idempotent(cuts_.answers, pace_.rows));
        return {};
      }
      case Phase::kLeftovers: {
        SB_ASSIGN(done_.leftovers, store.erase_leftovers(pace_.rows, kBytesAtOnce));
        return {};
      }
      case Phase::kRest:
        break;
    }
    return {};
  });
}

Result<void> RetentionWorker::set_clock(StoreTx& store, WallTime wall, Duration ran) {
  SB_ASSIGN(const auto mark, store.retention_mark());
  std::optional<WallTime> newest;
  if (!mark) {
    SB_ASSIGN(newest, newest_row(store));
  }
  done_.now = retention_time(mark, newest, wall, ran);
  return store.put_retention_mark(done_.now);
}

Result<void> RetentionWorker::prune_repairs(StoreTx& store, WallTime wall) {
  const std::int64_t limit = std::max<std::int64_t>(1, pace_.rows / kRowsOfRepair);
  SB_ASSIGN(const auto ended,
            store.ended_repairs(excess_ > 0 ? cuts_.undo : cuts_.repairs, cursor_.id, limit));
  const auto chosen = choose_repairs(ended, cuts_, excess_);
  std::vector<Uuid> ids;
  for (const EndedRepair& repair : chosen) ids.push_back(repair.id);
  SB_ASSIGN(const auto erased, store.erase_ended(ids));
  bool early = false;
  for (const EndedRepair& repair : chosen) {
    if (std::find(erased.begin(), erased.end(), repair.id) == erased.end()) continue;
    done_.page.note(repair.ended_at);
    done_.bytes += repair.bytes;
    early |= repair.ended_at >= cuts_.repairs;
  }
  if (std::ssize(ended) == limit) done_.page.next = ended.back().id;
  if (done_.page.rows == 0) return {};
  store.stage_audit(
      prune_record(StoredClass::kRepairs, done_.page, early ? "budget" : "age", wall));
  return {};
}

// Drafts are no news: nobody was ever told of them.
Result<void> RetentionWorker::prune_plans(StoreTx& store, WallTime wall) {
  SB_ASSIGN(done_.page, store.prune_plans(cuts_.drafts, cuts_.decisions, cursor_.id, pace_.rows));
  if (done_.page.rows > done_.page.drafts) {
    store.stage_audit(prune_record(StoredClass::kPlans, done_.page, "age", wall));
  }
  return {};
}

Result<void> RetentionWorker::prune_decisions(StoreTx& store, WallTime wall) {
  SB_ASSIGN(done_.page, store.prune_decisions(cuts_.decisions, cursor_.id, pace_.rows));
  if (done_.page.rows > 0) {
    store.stage_audit(prune_record(StoredClass::kDecisions, done_.page, "age", wall));
  }
  return {};
}

// After the commit of what work() asked for.
void RetentionWorker::advance() {
  switch (phase_) {
    case Phase::kClock:
      return clock_is_set();
    case Phase::kCount:
      return counted();
    case Phase::kRepairs:
      excess_ -= done_.bytes;
      context_.measures.retention.pruned(StoredClass::kPlans, done_.page.rows);
      if (!done_.page.next) warn_of_excess();
      return go_on(StoredClass::kRepairs, Phase::kPlans);
    case Phase::kPlans:
      return go_on(StoredClass::kPlans, Phase::kDecisions);
    case Phase::kDecisions:
      return go_on(StoredClass::kDecisions, Phase::kAnswers);
    case Phase::kAnswers:
      context_.measures.retention.pruned(StoredClass::kAnswers, done_.page.rows);
      if (done_.page.rows < pace_.rows) phase_ = Phase::kLeftovers;
      return;
    case Phase::kLeftovers:
      return leftovers_are_erased();
    case Phase::kRest:
      return;
  }
}

void RetentionWorker::clock_is_set() {
  asked_ = context_.clock.mono();
  const Duration behind = context_.clock.wall() - done_.now;
  context_.measures.retention.clock_behind(behind);
  if (behind > kFarBehind) {
    log(LogLevel::kWarn, "retention is behind: the clock leapt, or no daemon ran for long",
        {{"behind", format_duration(std::chrono::duration_cast<std::chrono::hours>(behind))}});
  }
  cuts_ = retention_cuts(settings_(), done_.now);
  class_ = 0;
  cursor_ = StoreCursor();
  uses_ = {};
  phase_ = Phase::kCount;
}

void RetentionWorker::counted() {
  uses_.at(class_).add(done_.use);
  cursor_ = done_.use.next.value_or(StoreCursor());
  if (done_.use.next) return;
  context_.measures.retention.stored(static_cast<StoredClass>(class_), uses_.at(class_));
  if (++class_ < kStoredClasses) return;
  excess_ = -budget_;
  for (std::size_t i = 0; i < kStoredClasses; ++i) {
    if (is_in_budget(static_cast<StoredClass>(i))) excess_ += uses_.at(i).bytes;
  }
  phase_ = Phase::kRepairs;
}

void RetentionWorker::warn_of_excess() const {
  if (excess_ <= 0) return;
  log(LogLevel::kWarn, "the store is above its budget: all that is left may still be needed",
      {{"bytes_above", std::to_string(excess_)}, {"budget", std::to_string(budget_)}});
}

void RetentionWorker::leftovers_are_erased() {
  context_.measures.retention.pruned(StoredClass::kChunks, done_.leftovers.chunks);
  context_.measures.retention.pruned(StoredClass::kSteps, done_.leftovers.steps);
  context_.measures.retention.pruned(StoredClass::kApprovals, done_.leftovers.approvals);
  if (done_.leftovers.total() == 0) phase_ = Phase::kRest;
}

void RetentionWorker::go_on(StoredClass which, Phase after) {
  context_.measures.retention.pruned(which, done_.page.rows);
  cursor_ = StoreCursor{done_.page.next.value_or(Uuid())};
  if (!done_.page.next) phase_ = after;
}

}  // namespace sideband
