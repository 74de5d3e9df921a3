#include "gateway/repair_answers.h"

#include <atomic>

#include "gateway/answers.h"
#include "gateway/views.h"

namespace sideband {

HttpResponse accepted_answer(const Repair& repair, int status) {
  HttpResponse response = json_answer(status, repair_view(repair));
  if (status == 202)
    response.headers.emplace_back("Location", "/api/v1/repairs/" + repair.id.text());
  return response;
}

// Answers now, or with `?wait=` when the repair rests or the time is up.
void RepairAnswers::repair(Call call, const Repair& repair, int status) {
  const auto wait = wait_query(call.request);
  if (!wait.ok()) return call.respond(problem(wait.error()));
  if (*wait == Duration(0) || server_ == nullptr)
    return call.respond(accepted_answer(repair, status));
  // Whoever comes first answers: the repair or the timer.
  const auto answered = std::make_shared<std::atomic<bool>>(false);
  const auto respond = std::make_shared<HttpRespond>(std::move(call.respond));
  const auto timer = server_->after(*wait, [answered, respond, repair] {
    if (!answered->exchange(true)) (*respond)(accepted_answer(repair, 202));
  });
  parts_.engine.when_resting(repair.id, [answered, respond, timer](const Repair& now) {
    if (answered->exchange(true)) return;
    (*respond)(accepted_answer(now, 200));
    timer->cancel();
  });
}

bool RepairAnswers::again(Call& call) {
  const auto before = started_before(parts_.store, call.key);
  if (!before.ok()) {
    call.respond(problem(before.error()));
    return true;
  }
  if (!*before) return false;
  repair(std::move(call), **before, 202);
  return true;
}

void RepairAnswers::started(Call call, const Result<Repair>& begun) {
  if (begun.ok()) return repair(std::move(call), *begun, 202);
  // The same request may have come twice at once.
  if (begun.error().code == ErrorCode::kConflict && again(call)) return;
  call.respond(problem(begun.error()));
}

}  // namespace sideband
