// Housekeeping of the engine, once a second: approvals that expired, answers that nobody needs. Of
// several nodes only the one that leads does it.
#pragma once

#include "engine/execute/steps.h"
#include "engine/runtime/unit.h"

namespace sideband {

class Maintenance final : public Worker {
 public:
  explicit Maintenance(EngineContext& context) : context_(context) {}
  Unit next(Result<void> last) override;

 private:
  Unit tidy();
  Unit end();
  void note_lead();
  void note_clock();
  Result<void> expire_approvals(StoreTx& store, WallTime now);

  EngineContext& context_;
  bool idle_ = true;
  bool leads_ = false;
  bool leapt_ = false;
  bool ending_ = false;
  HeldLease lead_;
  std::vector<Repair> expired_;
};

}  // namespace sideband
