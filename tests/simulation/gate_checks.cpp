// What the gates of one repair must have held back: its rate, its canary, its circuit breaker.
#include <algorithm>

#include "simulation/checks.h"

namespace sideband::sim {

// P-9: an own token bucket, fed by what began.
void Checks::check_rate(const Pair& pair, const std::string& id, std::int64_t changes,
                        const Leaf& intent) {
  const RateLimit& limit = pair.spec.gates.rate_limit;
  if (limit.max_per_second == 0 || !clocks_right_) return;
  Bucket& bucket = buckets_[pair.reconciler];
  const MonoTime now = std::max(bucket.at, time_of(intent));
  const auto burst = static_cast<double>(limit.burst > 0 ? limit.burst : limit.max_per_second);
  if (!bucket.begun) bucket.level = burst;
  const double passed = bucket.begun ? static_cast<double>((now - bucket.at).count()) / 1e6 : 0;
  bucket.begun = true;
  bucket.at = now;
  bucket.level = std::min(burst, bucket.level + passed * static_cast<double>(limit.max_per_second));
  bucket.level -= static_cast<double>(changes);
  if (bucket.level < -0.001) violated("P-9", "faster than the rate limit, repair " + id);
}

// P-12: nothing behind the first cohort before it was looked at and held.
void Checks::check_canary(const Pair& pair, const std::string& id, const Story& story,
                          const Leaf& intent) {
  const CanarySettings& canary = pair.spec.gates.canary;
  if (canary.cohorts.size() < 2) return;
  const Cohort& first = canary.cohorts.front();
  const std::int64_t end =
      first.count > 0 ? first.count : (story.changes * first.percent + 999'999) / 1'000'000;
  if (end >= story.changes) return;
  MonoTime last{};
  std::int64_t settled = 0;
  std::int64_t position = 0;  // of each step in the plan; what a record tells is within its chunk
  for (const auto& [seq, step] : story.steps) {
    if (step.undo || seq >= intent.number("step")) continue;
    const bool first_cohort = position < end;
    position += step.to - step.from;
    if (!first_cohort || step.outcomes == 0) continue;
    settled += step.to - step.from;
    last = std::max(last, step.ended);
  }
  if (position < end) return;
  if (settled < end) return violated("P-12", "went past its canary unsettled, repair " + id);
  if (scheduler_.now() - last < canary.hold) {
    violated("P-12", "did not hold its canary, repair " + id);
  }
  for (const auto& [key, at] : story.written) {
    const auto read = pair.actual->last_read(key);
    if (at <= last && (!read || *read < at))
      violated("P-12", "did not look at its canary, repair " + id);
  }
}

// P-9, of the loop: what somebody takes back again and again is left alone.
void Checks::note_write(const Pair& pair, const Write& write, Story& story) {
  const bool by_loop = story.requester == "sideband" && !story.undo;
  if (clocks_right_ && by_loop && pair.spec.mode == Mode::kAuto &&
      returns_.too_often(story.reconciler, write.key, write.after, write.at,
                         pair.spec.gates.flapping) &&
      // A source that did not show it wanted something else meanwhile.
      !pair.desired->hid_since(write.key, returns_.first(story.reconciler, write.key))) {
    violated("P-9", "written though it is taken back again and again: " + story.reconciler + "/" +
                        write.key);
  }
  story.written[write.key] = write.at;
  story.values[write.key] = write.after;
}

void Checks::count_returns(const Story& story) {
  const bool by_loop = story.requester == "sideband" && !story.undo;
  for (const auto& [key, value] : story.values) {
    if (by_loop && story.state == "converged") {
      returns_.converged(story.reconciler, key, value, story.written.at(key));
    } else if (!by_loop) {
      returns_.forget(story.reconciler, key);
    }
  }
}

// One that never began says nothing of its fix, nor does one that a person had to end because its
// reconciler was gone.
void Checks::on_end(const Pair& pair, const std::string& id, const Story& story, const Leaf& leaf) {
  count_returns(story);
  bool counts = false;
  const auto read = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(const Uuid uuid, Uuid::parse(id));
    SB_ASSIGN(const auto row, store.repair(uuid));
    const bool orphan = row && row->note.find("its reconciler is not configured") != row->note.npos;
    counts = row && row->started_at != WallTime() && !row->undo && !orphan;
    return {};
  };
  if (!database_.look(read).ok()) return violated("P-1", "repair " + id + " is not in the store");
  if (counts) breakers_.ended(&pair, pair.spec.gates.breaker, id, story.state, time_of(leaf));
}

void Checks::on_silence(const Leaf& leaf) {
  const auto until = parse_time(leaf.text("until"));
  if (!until.ok()) return violated("P-17", "a silence without an end");
  silences_.push_back(
      {leaf.text("matches"), time_of(leaf), MonoTime(*until - true_wall(MonoTime{}))});
}

// P-9, of the loop: nothing begins while it is silenced. What was claimed a moment before the
// silence was written may have its first record behind it.
void Checks::check_silences(const Pair& pair, const std::string& id, const Story& story,
                            MonoTime began) {
  constexpr Duration kUnderWay = std::chrono::seconds(30);
  if (!clocks_right_ || story.undo || story.requester != "sideband") return;
  for (const Silenced& silence : silences_) {
    const bool matches = silence.matches == "target " + pair.spec.actual.target;
    if (!matches || began < silence.since + kUnderWay || began >= silence.until) continue;
    violated("P-9", "began while it was silenced, repair " + id);
  }
}

}  // namespace sideband::sim
