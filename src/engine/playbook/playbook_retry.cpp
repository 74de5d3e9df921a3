#include "engine/playbook/playbook_retry.h"

#include <algorithm>

#include "policy/backoff.h"

namespace sideband {
namespace {

// The word under which configuration says whether this is tried again.
std::string_view class_of(const PlaybookAnswer& answer) {
  if (answer.outcome.pause) return "unavailable";
  if (!answer.error) return "failed";
  if (answer.error->code == ErrorCode::kUnavailable) return "unavailable";
  return answer.error->code == ErrorCode::kTimeout ? "timeout" : "failed";
}

}  // namespace

bool may_retry(const StepRetry& retry, const PlaybookJob& job, const PlaybookAnswer& answer) {
  if (answer.outcome.retry == Retry::kWhenReady) return true;
  if (!cures_itself(answer.outcome.retry)) return false;
  if (job.repair.attempt >= retry.limit) return false;
  const auto& on = retry.errors;
  return job.row.undo || std::find(on.begin(), on.end(), class_of(answer)) != on.end();
}

Duration wait_after(Retry why, const StepRetry& retry, Repair& repair, WallTime now,
                    double fraction) {
  if (why != Retry::kWhenReady) {
    repair.refused_since = WallTime();
    return backoff_delay(retry, ++repair.attempt, fraction);
  }
  if (repair.refused_since == WallTime()) repair.refused_since = now;
  return refusal_delay(now - repair.refused_since, fraction);
}

}  // namespace sideband
