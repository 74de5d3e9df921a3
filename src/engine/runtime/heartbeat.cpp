#include "engine/runtime/heartbeat.h"

namespace sideband {

Unit Heartbeat::next(Result<void> last) {
  if (!last.ok() && last.error().code == ErrorCode::kCancelled) return Unit::done();
  asking_ = !asking_;
  if (asking_) {
    return Unit::in_store(Lane::kControl, [](StoreTx&) -> Result<void> { return {}; });
  }
  beat_us_.store(context_.clock.mono().time_since_epoch().count());
  context_.measures.engine_beat();
  return Unit::sleep(every_);
}

}  // namespace sideband
