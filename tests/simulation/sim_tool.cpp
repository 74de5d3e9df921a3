#include "simulation/sim_tool.h"

#include <algorithm>

namespace sideband::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string kind_of(const DriverOptions& options) {
  const auto found = options.find("kind");
  return found == options.end() ? std::string() : found->second;
}

std::string output_of(std::int64_t number) {
  return "{\"n\":\"" + std::to_string(number) + "\"}";
}

}  // namespace

OperationReply SimTool::perform(const ToolCall& call) {
  OperationReply reply;
  if (fenced_ && call.token < token_) {
    reply.outcome = {Outcome::kFenced, false, "an old token"};
    return reply;
  }
  token_ = std::max(token_, call.token);
  const auto [done, first] = done_.emplace(call.key, static_cast<std::int64_t>(done_.size()));
  const bool remembers = call.kind == kIdempotentKind;
  reply.outcome.outcome = !first && remembers ? Outcome::kAlreadyThere : Outcome::kChanged;
  reply.output = output_of(done->second);
  if (reply.outcome.outcome == Outcome::kChanged) watcher_->on_effect(call);
  return reply;
}

OperationTraits SimOperation::traits(const OperationRequest& request) const {
  const std::string kind = kind_of(request.options);
  OperationTraits traits;
  traits.idempotent = kind == kIdempotentKind || tool_.bug_ == Bug::kBlindStep;
  traits.looks = kind == kLookKind;
  traits.fenced = tool_.fenced_;
  traits.undoable = true;
  return traits;
}

// The way there. An error: the call never arrived.
Result<void> SimOperation::send(Duration timeout) {
  Scheduler& scheduler = tool_.scheduler_;
  Duration way = scheduler.between(Duration(100), Duration(4000));
  if (tool_.faults_.strikes(Fault::kTargetSlow, 0.05)) {
    way = scheduler.between(milliseconds(50), std::max<Duration>(timeout, milliseconds(50)));
  }
  process_.block(way);
  if (scheduler.now() < tool_.up_at_ || tool_.faults_.strikes(Fault::kTargetError, 0.03)) {
    return Error::unavailable(tool_.name() + " closed the connection");
  }
  return {};
}

void SimOperation::answer() {
  process_.block(tool_.scheduler_.between(Duration(100), Duration(4000)));
}

Result<OperationReply> SimOperation::run(const OperationRequest& request) {
  return call(request, false);
}

Result<OperationReply> SimOperation::undo(const OperationRequest& request) {
  return call(request, true);
}

Result<OperationReply> SimOperation::call(const OperationRequest& request, bool undo) {
  const ToolCall call{process_.name(),
                      process_.thawed_at(),
                      request.repair,
                      request.step,
                      undo,
                      request.key,
                      request.token,
                      kind_of(undo ? request.undo : request.options)};
  tool_.watcher_->on_call(call);
  Result<void> arrived;
  try {
    arrived = send(request.timeout);
  } catch (const ProcessDied&) {
    // It may have been on the wire already.
    if (tool_.scheduler_.chance(0.5)) tool_.perform(call);
    throw;
  }
  if (!arrived.ok()) {
    tool_.watcher_->on_denied(call);
    return arrived.error();
  }
  if (tool_.faults_.poisons(call.key)) {
    if (tool_.scheduler_.chance(0.5)) tool_.perform(call);
    process_.kill();
    throw ProcessDied();
  }
  auto reply = deliver(call);
  answer();
  const auto came = reply.ok() ? reply->outcome.outcome : Outcome::kUnknown;
  const bool nothing =
      came == Outcome::kRefused || came == Outcome::kFailed || came == Outcome::kFenced;
  if (nothing) tool_.watcher_->on_denied(call);
  return reply;
}

Result<OperationReply> SimOperation::deliver(const ToolCall& call) {
  Faults& faults = tool_.faults_;
  const auto maybe = [&](const char* why) {
    return Error::timeout(tool_.name() + why, Effect::kMaybe);
  };
  if (faults.strikes(Fault::kLateEffect, 0.03)) {
    tool_.scheduler_.at(tool_.scheduler_.between(seconds(1), seconds(90)),
                        [&tool = tool_, call] { tool.perform(call); });
    return maybe(" did not answer");
  }
  if (faults.strikes(Fault::kRefusal, 0.06)) {
    OperationReply no;
    no.outcome = {Outcome::kFailed, false, "it says no"};
    return no;
  }
  OperationReply reply = tool_.perform(call);
  if (faults.strikes(Fault::kAnswerLost, 0.05)) return maybe("'s answer was lost");
  return reply;
}

Result<EffectProbe> SimOperation::probe_effect(const OperationRequest& request) {
  SB_TRY(send(request.timeout));
  EffectProbe seen;
  const auto done = tool_.done_.find(request.key);
  if (tool_.faults_.strikes(Fault::kUnknownState, 0.05)) {
    seen.why = "cannot be told";
  } else if (done != tool_.done_.end()) {
    seen.effect = EffectStatus::kThere;
    seen.output = output_of(done->second);
  } else {
    seen.effect = EffectStatus::kNotThere;
    tool_.watcher_->on_not_there(request.key);
  }
  answer();
  return seen;
}

}  // namespace sideband::sim
