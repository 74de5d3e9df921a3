// Routes that ask the engine to do something.
#pragma once

#include "gateway/call.h"
#include "gateway/repair_answers.h"
#include "model/document.h"
#include "model/pause_scope.h"

namespace sideband {

// Thread-safe. What `parts` refers to must outlive it, `answers` too.
class ActRoutes {
 public:
  ActRoutes(const GatewayParts& parts, RepairAnswers& answers) : parts_(parts), answers_(answers) {}

  void scan(Call call);
  void create_repair(Call call);
  void approve(Call call);
  void reject(Call call);
  void cancel(Call call);
  void undo(Call call);
  void retry(Call call);
  void settle(Call call);
  void release_locks(Call call);
  void pause(Call call);
  void resume(Call call);

 private:
  void accept_source(Call call, const std::string& reconciler, const std::string& reason);
  void close_breaker(Call call, const std::string& reconciler, const std::string& reason);
  // Whether this can be paused and resumed; everything can.
  Result<PauseScope> switch_scope(const Document& body);

  GatewayParts parts_;
  RepairAnswers& answers_;
};

}  // namespace sideband
