#include "engine/signals/signal_worker.h"

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/execute/records.h"
#include "policy/pause_rule.h"
#include "policy/throttle.h"

namespace sideband {
namespace {

// Another target behind an address at which no reconciler looks is believed once nothing else has
// answered for so long; else the first look of one says what is there now.
constexpr Duration kBelieveAnother = std::chrono::minutes(5);

// What an error leaves of the reading before it: where there was no answer it counts until it is
// too old; an answer that is no reading says that it counts no more.
SignalState after_error(SignalState state, const Error& error) {
  state.error = error.message;
  if (!did_not_answer(error)) state.reading.reset();
  return state;
}

}  // namespace

Unit SignalWorker::next(Result<void> last) {
  switch (phase_) {
    case Phase::kWait:
      if (!last.ok() || *site_.retired) return Unit::done();
      return read();
    case Phase::kRead:
      return judge(last);
    case Phase::kJudge:
      return tell(last);
  }
  return Unit::done();
}

Unit SignalWorker::read() {
  phase_ = Phase::kRead;
  answer_ = Error::unavailable("it was not read yet");
  return Unit::on_target(site_.pool, [this]() -> Result<void> {
    if (!signal_) {
      auto opened = site_.open();
      if (!opened) {
        answer_ = opened.error();
        return {};
      }
      signal_ = std::move(*opened);
    }
    answer_ = signal_->read(site_.timeout);
    return {};
  });
}

Unit SignalWorker::judge(const Result<void>& last) {
  if (*site_.retired) return Unit::done();
  phase_ = Phase::kJudge;
  if (!last.ok()) answer_ = last.error();
  now_ = context_.clock.wall();
  users_ = site_.users();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_state_ = state_;
    next_state_.max_age = site_.settings.max_age;
    next_state_.asked_at = now_;
    next_foreign_since_ = foreign_since_;
    kind_.clear();
    turns_.clear();
    throttle_turns_.clear();
    if (answer_.ok()) {
      next_state_.reading = *answer_;
      next_state_.error.clear();
      SB_TRY(check_identity(store, next_state_));
    } else {
      next_state_ = after_error(std::move(next_state_), answer_.error());
      kind_ = error_code_name(answer_.error().code);
    }
    SB_TRY(detect(store));
    return keep_holds(store);
  });
}

// Proof that the reading is of the target that everybody else works with.
Result<void> SignalWorker::check_identity(StoreTx& store, SignalState& state) {
  if (site_.place.place.empty()) return {};
  SB_ASSIGN(const auto known, store.known_target(site_.place.place));
  const std::optional<TargetIdentity> seen = state.reading->identity;
  if (!known && seen) {
    return store.put_known_target(site_.place.place, after_look(nullptr, *seen, now_));
  }
  if (!known || (seen && proves_target(known->identity, *seen))) {
    next_foreign_since_ = WallTime();
    return {};
  }
  kind_ = "foreign";
  state.reading.reset();
  state.error = seen ? "another server than the target answered (" + identity_text(*seen) +
                           "), known is " + identity_text(known->identity)
                     : "who answered does not say which server it is";
  if (next_foreign_since_ == WallTime()) next_foreign_since_ = now_;
  if (!seen || now_ - next_foreign_since_ < kBelieveAnother) return {};
  const KnownTarget kept = after_look(&*known, *seen, now_);
  store.stage_audit(target_record(site_.place.target, "signal/" + site_.settings.name, kept));
  return store.put_known_target(site_.place.place, kept);
}

// What the detector gets of this attempt: a reading; an answer without one; or nothing, where
// nobody answered or somebody else than the target did.
HeardReading SignalWorker::heard() const {
  if (next_state_.reading && answer_.ok()) {
    return {detectors::Point{next_state_.reading->measured_at, next_state_.reading->value}};
  }
  if (answer_.ok() || did_not_answer(answer_.error())) return {};
  return {detectors::Point{now_, std::nullopt}};
}

detectors::WatchedDetector SignalWorker::continued(const std::optional<KeptDetection>& kept) const {
  detectors::WatchedDetector detector = *site_.detector;
  if (!kept) return detector;
  if (const auto restored = detector.restore(kept->state); !restored.ok()) {
    log(LogLevel::kWarn, "a detector begins anew",
        {{"signal", site_.settings.name}, {"why", restored.error().message}});
  }
  return detector;
}

// One node of a store feeds the detector, so that there is one answer; the others take what it
// kept.
Result<void> SignalWorker::detect(StoreTx& store) {
  if (!site_.detector) return {};
  const std::string& name = site_.settings.name;
  SB_ASSIGN(const auto kept, store.detection(name));
  next_detector_.reset();
  detector_turns_.clear();
  if (!context_.leads()) {
    if (kept) next_state_.detection = kept->last;
    return {};
  }
  next_detector_ = detector_ ? *detector_ : continued(kept);
  const bool was_firing = next_detector_->firing(), was_paused = next_detector_->paused();
  const Detection before = kept ? kept->last : Detection();
  const Detection said = hear(*next_detector_, heard(), before, now_);
  next_state_.detection = said;
  if (next_detector_->firing() != was_firing) {
    detector_turns_.push_back(was_firing ? "detector_clears" : "detector_fires");
  }
  if (next_detector_->paused() != was_paused) {
    detector_turns_.push_back(was_paused ? "detector_resumed" : "detector_paused");
  }
  for (const std::string_view kind : detector_turns_) {
    store.stage_audit(detection_record(kind, name, said));
  }
  const bool news = !kept || said.answer != before.answer || !detector_turns_.empty();
  // What is older than half of what counts would leave other nodes, and a restart, without one.
  if (!news && said.at - before.at < site_.settings.max_age / 2) return {};
  return store.put_detection(name, {said, next_detector_->state()});
}

Result<void> SignalWorker::keep_holds(StoreTx& store) {
  for (const ReconcilerRuntimePtr& runtime : users_) {
    for (const PauseRule& rule : runtime->settings.gates.pause_when) {
      if (rule.signal != site_.settings.name) continue;
      SB_TRY(keep_hold(store, *runtime, rule));
    }
    for (const ThrottleRule& rule : runtime->settings.gates.throttle) {
      if (rule.signal != site_.settings.name) continue;
      SB_TRY(keep_throttle(store, *runtime, rule));
    }
  }
  return {};
}

Result<void> SignalWorker::keep_hold(StoreTx& store, const ReconcilerRuntime& runtime,
                                     const PauseRule& rule) {
  const Fact<double> value = number_for(rule, next_state_, now_);
  const std::string key = hold_key(runtime.source_scope, rule);
  SB_ASSIGN(const auto before, store.signal_hold(key));
  SignalHold hold = next_hold(rule, before ? &*before : nullptr, value, now_);
  // How old a reading is by now is no news.
  if (before && !before->unknown.empty() && !hold.unknown.empty()) hold.unknown = before->unknown;
  if (before != hold) SB_TRY(store.put_signal_hold(key, hold));
  const bool turned =
      !before || before->holding != hold.holding || before->unknown.empty() != hold.unknown.empty();
  if (!turned) return {};
  turns_.push_back({runtime.name(), rule, hold});
  // That nothing is held back from the start is no event.
  if (!before && !hold.holds_back()) return {};
  const auto told = value.known() ? std::optional(*value) : std::nullopt;
  store.stage_audit(signal_record(runtime.name(), rule, hold, told, now_));
  return {};
}

Result<void> SignalWorker::keep_throttle(StoreTx& store, const ReconcilerRuntime& runtime,
                                         const ThrottleRule& rule) {
  const std::int64_t most = runtime.settings.gates.rate_limit.max_per_second;
  const std::string key = throttle_key(runtime.source_scope, rule);
  SB_ASSIGN(const auto before, store.throttle(key));
  if (before && is_judged(*before, now_, site_.settings.interval)) return {};
  const Throttle now = next_throttle(rule, most, before ? &*before : nullptr,
                                     number_for(rule, next_state_, now_), now_);
  SB_TRY(store.put_throttle(key, now));
  const bool news = before && before->why.empty() != now.why.empty();
  throttle_turns_.push_back({runtime.name(), most, now, news});
  if (news) store.stage_audit(throttle_record(runtime.name(), rule, most, now));
  return {};
}

void SignalWorker::tell_throttles() {
  for (const ThrottleTurn& turn : throttle_turns_) {
    context_.measures.signals.throttled(site_.settings.name, turn.reconciler,
                                        turn.throttle.per_second);
    if (!turn.news) continue;
    const bool slow = !turn.throttle.why.empty();
    log(slow ? LogLevel::kWarn : LogLevel::kInfo,
        slow ? "a signal slows repairs down" : "a signal slows nothing down",
        {{"signal", site_.settings.name},
         {"reconciler", turn.reconciler},
         {"rate", std::to_string(turn.throttle.per_second)},
         {"why", turn.throttle.why}});
  }
}

Unit SignalWorker::tell(const Result<void>& last) {
  phase_ = Phase::kWait;
  if (*site_.retired) return Unit::done();
  if (!last.ok()) {
    if (last.error().code == ErrorCode::kCancelled) return Unit::done();
    log(LogLevel::kWarn, "what a signal said was not kept",
        {{"signal", site_.settings.name}, {"why", last.error().message}});
    return Unit::sleep(site_.settings.interval);
  }
  crash_point("signal");
  tell_detection();
  tell_throttles();
  state_ = next_state_;
  detector_ = std::move(next_detector_);
  foreign_since_ = next_foreign_since_;
  context_.signals->put(site_.settings.name, state_);
  measure(value_of(state_, now_));
  for (const Turn& turn : turns_) {
    const bool back = turn.hold.holds_back();
    log(back ? LogLevel::kWarn : LogLevel::kInfo,
        back ? "a signal holds repairs back" : "a signal holds nothing back",
        {{"signal", site_.settings.name},
         {"reconciler", turn.reconciler},
         {"rule", threshold_text(turn.rule)},
         {"why", turn.hold.unknown}});
    context_.measures.signals.holds(site_.settings.name, turn.reconciler, back);
    if (!back) context_.request_reevaluation(turn.reconciler, {});
  }
  return Unit::sleep(site_.settings.interval);
}

// Whoever waits for it to begin is woken on each node, by what that node knew before.
void SignalWorker::tell_detection() {
  for (const std::string_view kind : detector_turns_) {
    log(kind == "detector_clears" || kind == "detector_resumed" ? LogLevel::kInfo : LogLevel::kWarn,
        "a detector turned",
        {{"signal", site_.settings.name},
         {"turn", std::string(kind)},
         {"why", next_state_.detection->why}});
  }
  if (next_detector_) context_.measures.signals.detected(site_.settings.name, *next_detector_);
  detector_turns_.clear();
  const auto& said = next_state_.detection;
  if (!said || said->answer != Detected::kFiring) return;
  if (state_.detection && state_.detection->answer == Detected::kFiring) return;
  for (const std::string& reconciler : site_.woken()) context_.request_reevaluation(reconciler, {});
}

void SignalWorker::measure(const Fact<double>& value) const {
  SignalMetrics& metrics = context_.measures.signals;
  const auto told = value.known() ? std::optional(*value) : std::nullopt;
  const auto age =
      state_.reading ? std::optional(now_ - state_.reading->measured_at) : std::nullopt;
  metrics.read(site_.settings.name, told, age);
  if (!kind_.empty()) metrics.failed(site_.settings.name, kind_);
}

}  // namespace sideband
