// Claims queued repairs and starts a worker for each; also the reaper of ended leases, because a
// repair whose lease ended is claimable like any other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/execute/claim.h"
#include "engine/runtime/unit.h"

namespace sideband {

class Dispatcher final : public Worker {
 public:
  using Start = std::function<void(RepairJob)>;
  // `ask`: for a job that only the answer of a policy keeps from beginning.
  Dispatcher(EngineContext& context, Start start, Start ask)
      : context_(context), start_(std::move(start)), ask_(std::move(ask)) {}
  Unit next(Result<void> last) override;

 private:
  Unit read_clock();
  Unit claim();
  [[nodiscard]] Duration until_next() const;

  EngineContext& context_;
  Start start_;
  Start ask_;
  enum class Phase : std::uint8_t { kStart, kClock, kClaim, kIdle } phase_ = Phase::kStart;
  MonoTime clock_read_;
  ClaimReply reply_;
  std::vector<std::string> salts_;
};

}  // namespace sideband
