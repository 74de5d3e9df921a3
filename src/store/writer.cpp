#include "store/writer.h"

#include <algorithm>

#include "base/log.h"

namespace sideband {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(10);
constexpr Duration kLongestPause = std::chrono::seconds(1);
constexpr const char* kDepthHelp = "Functions that wait for the store's writer.";

double seconds_since(MonoTime start, const Clock& clock) {
  return std::chrono::duration<double>(clock.mono() - start).count();
}

void move_front(std::deque<StoreJob>& from, std::size_t limit, std::vector<StoreJob>& to) {
  while (!from.empty() && to.size() < limit) {
    to.push_back(std::move(from.front()));
    from.pop_front();
  }
}

}  // namespace

StoreWriter::Instruments::Instruments(Metrics& metrics)
    : commits(metrics.counter("sideband_store_commits_total", "Groups committed.", {})),
      reruns(metrics.counter("sideband_store_reruns_total",
                             "Groups rolled back and run again because of a failure.", {})),
      group_size(metrics.histogram("sideband_store_group_size", "Functions in one commit.", {},
                                   {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000})),
      seconds(metrics.histogram("sideband_store_commit_seconds",
                                "Time to run and commit one group.", {},
                                {.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1})),
      control_depth(metrics.gauge("sideband_store_queue_depth", kDepthHelp, {{"lane", "control"}})),
      bulk_depth(metrics.gauge("sideband_store_queue_depth", kDepthHelp, {{"lane", "bulk"}})),
      healthy(metrics.gauge("sideband_store_healthy",
                            "1 while the last group could be stored, 0 when it could not.", {})) {
  healthy.set(1);
}

StoreWriter::StoreWriter(Connection& connection, WriterOptions options, const Clock& clock,
                         Metrics& metrics)
    : options_(options),
      clock_(clock),
      connection_(connection),
      instruments_(metrics),
      runner_(connection, [this](int tries) { pause(tries); }),
      thread_("store-writer", [this] { loop(); }) {}

StoreWriter::~StoreWriter() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    closing_.notify_all();
  }
  thread_.join();
}

void StoreWriter::submit(Lane lane, StoreFn fn, StoreDone done) {
  const char* refusal = nullptr;
  {
    const MutexLock lock(mutex_);
    auto& queue = lane == Lane::kControl ? control_ : bulk_;
    if (closed_) refusal = "the store is closing";
    if (queue.size() >= options_.queue_limit) refusal = "store queue is full";
    if (refusal == nullptr) {
      queue.push_back({std::move(fn), std::move(done)});
      if (control_.size() + bulk_.size() == 1) changed_.notify_one();
    }
  }
  if (refusal != nullptr) done(Error::unavailable(refusal));
}

Result<void> StoreWriter::health() const {
  const MutexLock lock(mutex_);
  return health_;
}

void StoreWriter::loop() {
  while (wait_for_work()) {
    gather();
    take_group();
    run_group();
    connection_.housekeep();
  }
}

bool StoreWriter::wait_for_work() {
  const MutexLock lock(mutex_);
  while (group_.empty() && control_.empty() && bulk_.empty() && !closed_) changed_.wait(mutex_);
  return !(group_.empty() && control_.empty() && bulk_.empty());
}

// Under load a commit costs more than a short wait, and those that wait for it are about to send
// more: a busy writer lets them, unless as many wait already; an idle one commits at once.
void StoreWriter::gather() {
  if (last_group_ < options_.busy_group) return;
  const MutexLock lock(mutex_);
  const std::size_t waiting = group_.size() + control_.size() + bulk_.size();
  if (!closed_ && waiting < last_group_) changed_.wait_for(mutex_, options_.gather);
}

// Control functions come first; what is left of the last group's bulk slice goes before new bulk.
void StoreWriter::take_group() {
  std::vector<StoreJob> left = std::move(group_);
  group_.clear();
  const MutexLock lock(mutex_);
  move_front(control_, options_.group_limit, group_);
  group_control_ = group_.size();
  std::move(left.begin(), left.end(), std::back_inserter(group_));
  move_front(bulk_, options_.group_limit, group_);
  instruments_.control_depth.set(static_cast<double>(control_.size()));
  instruments_.bulk_depth.set(static_cast<double>(bulk_.size()));
}

void StoreWriter::run_group() {
  const MonoTime start = clock_.mono();
  last_group_ = group_.size();
  const std::uint64_t reruns = runner_.reruns();
  const std::uint64_t changes = connection_.changes();
  const auto slice_over = [&](std::size_t i) {
    return i > group_control_ && clock_.mono() - start >= options_.bulk_slice;
  };
  std::vector<Result<void>> results = runner_.run(group_, slice_over);
  instruments_.commits.add(1);
  instruments_.reruns.add(static_cast<double>(runner_.reruns() - reruns));
  instruments_.group_size.observe(static_cast<double>(results.size()));
  instruments_.seconds.observe(seconds_since(start, clock_));
  note_health(results, connection_.changes() != changes);
  answer(std::move(results));
}

// Up to 10 ms first, then four times as long, 1 s at most; by chance, so that nodes that got into
// each other's way do not meet again. A store that closes does not wait.
void StoreWriter::pause(int tries) {
  const Duration most = std::min<Duration>(kFirstPause * (1 << (2 * (tries - 1))), kLongestPause);
  const auto wait =
      static_cast<std::int64_t>(static_cast<double>(most.count()) * (0.5 + random_.fraction() / 2));
  const MutexLock lock(mutex_);
  if (!closed_) closing_.wait_for(mutex_, Duration(wait));
}

// Gives each caller its result and keeps the jobs that did not run for the next group.
void StoreWriter::answer(std::vector<Result<void>> results) {
  for (std::size_t i = 0; i < results.size(); ++i) group_[i].done(std::move(results[i]));
  group_.erase(group_.begin(), group_.begin() + static_cast<std::ptrdiff_t>(results.size()));
}

// A group that changed nothing says nothing of a disk that was full.
void StoreWriter::note_health(const std::vector<Result<void>>& results, bool wrote) {
  const auto broken = std::find_if(results.begin(), results.end(), [](const Result<void>& result) {
    if (result.ok()) return false;
    const ErrorCode code = result.error().code;
    return code == ErrorCode::kStorage || code == ErrorCode::kCorrupt;  // full, or forked
  });
  const Result<void> now = broken == results.end() ? Result<void>() : *broken;
  const MutexLock lock(mutex_);
  if (now.ok() && !wrote) return;
  if (health_.ok() && !now.ok()) {
    log(LogLevel::kError, "store cannot write", {{"error", now.error().message}});
  }
  if (!health_.ok() && now.ok()) log(LogLevel::kWarn, "store writes again");
  health_ = now;
  instruments_.healthy.set(now.ok() ? 1 : 0);
}

}  // namespace sideband
