// How a request that starts or changes a repair is answered: with the repair as it is now, or with
// `?wait=` when it rests.
#pragma once

#include "gateway/call.h"

namespace sideband {

// 200 or 202 with the repair; 202 also says where it is.
HttpResponse accepted_answer(const Repair& repair, int status);

// Thread-safe. What `parts` refers to must outlive it.
class RepairAnswers {
 public:
  explicit RepairAnswers(const GatewayParts& parts) : parts_(parts) {}

  // Without a timer `?wait=` is not waited for. Set before the first request.
  void use_timer(HttpServer& server) { server_ = &server; }

  // Answers now, or with `?wait=` when the repair rests or the time is up.
  void repair(Call call, const Repair& repair, int status);
  // Of routes that start a job. True: this request started one when it came before, and that is the
  // answer.
  bool again(Call& call);
  // With what this request began, or why it did not.
  void started(Call call, const Result<Repair>& begun);

 private:
  GatewayParts parts_;
  HttpServer* server_ = nullptr;
};

}  // namespace sideband
