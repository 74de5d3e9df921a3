// Carries one claimed run of a playbook to its end, one step after another. Resumes from whatever
// an earlier claim left: what comes next follows from the recorded steps alone.
#pragma once

#include <vector>

#include "engine/playbook/playbook_job.h"
#include "engine/runtime/unit.h"

namespace sideband {

class PlaybookWorker final : public Worker {
 public:
  PlaybookWorker(EngineContext& context, const PlaybookTargets& tools, RepairJob job);

  Unit next(Result<void> last) override;

 private:
  enum class Phase : std::uint8_t {
    kStart,
    kLoad,    // the pinned run and its steps
    kFind,    // what a change finds
    kIntent,  // or a rest, for steps in which only time passes or a person works
    kResume,  // intent of an earlier attempt, repeated under the new token
    kAct,
    kPoll,   // between two looks of a check
    kRenew,  // lease, between them
    kOutcome,
    kMove,
    kRest,
    kEnd,
  };

  Unit stopped(const Error& error);
  Unit load();
  Unit advance();
  Unit begin();
  Unit go_on();
  Unit find();
  Unit after_find();
  Unit intent(std::optional<Change> change);
  Result<void> open_step(StoreTx& store, const std::optional<Change>& change);
  Unit after_intent();
  Unit resume();
  Unit act();
  Unit after_act();
  Unit lapse();
  Unit poll();
  Unit after_poll();
  [[nodiscard]] bool out_of_time() const;
  Unit rest(bool known);
  Unit halt();
  Unit record(PlaybookAnswer answer);
  Unit after_outcome();
  Unit failed();
  Unit compensate(const std::string& why);
  Unit end(RepairState to, const std::string& note, bool escalate = false);
  Unit ended();
  Unit give_back(const std::string& why, Retry retry = Retry::kAfter);
  [[nodiscard]] std::string late_why() const;

  [[nodiscard]] const PlaybookSettings& book() const { return job_.run.playbook; }
  [[nodiscard]] const PlaybookStep& step() const { return book().steps.at(next_.step); }
  [[nodiscard]] bool undoing() const;
  [[nodiscard]] std::string pool() const;
  [[nodiscard]] std::string done_note() const;
  Result<PlaybookCall> call() const;

  EngineContext& context_;
  const PlaybookTargets& tools_;
  PlaybookJob job_;
  Phase phase_ = Phase::kStart;
  std::vector<StepView> views_;
  NextStep next_;
  bool lost_ = false;  // an earlier attempt of the step has no known end
  bool late_ = false;  // the playbook's timeout passed before the step could begin
  MonoTime check_until_;
  std::string waited_;  // for what, when this claim began; empty: no target refused

  // Results of the unit under way.
  PlaybookJob next_job_;
  PlaybookStop stop_;
  std::optional<Result<Change>> found_;
  PlaybookAnswer answer_;
  bool lapsed_ = false;  // the lease was too short to act
  std::string salt_;
  Uuid decision_;
  WallTime now_;
};

}  // namespace sideband
