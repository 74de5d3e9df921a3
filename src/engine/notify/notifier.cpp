#include "engine/notify/notifier.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/records.h"
#include "model/change.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

constexpr Duration kLookEvery = std::chrono::seconds(2);
// Attempts of one round: what a channel is told later is looked at again before.
constexpr std::size_t kMostAttempts = 16;

bool names(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string why_of(const ReconcilerStatus& status) {
  return status.why.empty() ? refusals_text(status.gates) : status.why;
}

// Why it cannot be told; empty: it was.
std::string failure_of(const Result<OperationReply>& reply) {
  if (!reply.ok()) return reply.error().message;
  const ChangeOutcome& outcome = reply->outcome;
  if (is_settled(outcome)) return "";
  const std::string word(outcome_name(outcome.outcome));
  return outcome.detail.empty() ? word : word + ": " + outcome.detail;
}

}  // namespace

void prepare_channels(const Settings& settings, Runner& runner, NoticeMetrics& measures) {
  for (const auto& [name, channel] : settings.channels) {
    measures.add(name);
    const auto target = settings.targets.find(channel.target);
    if (target == settings.targets.end()) continue;
    runner.add_pool(target->first, target->second.limits.connections);
  }
}

Notifier::Notifier(EngineContext& context, const PlaybookTargets& tools, CurrentSettings settings,
                   LookAt look_at, NoticeMetrics& measures)
    : context_(context),
      tools_(tools),
      settings_of_(std::move(settings)),
      look_at_(std::move(look_at)),
      measures_(measures) {}

Unit Notifier::next(Result<void> last) {
  if (!last.ok()) {
    if (last.error().code == ErrorCode::kCancelled) return Unit::done();
    log(LogLevel::kWarn, "channels cannot be told", {{"why", last.error().message}});
    return rest();
  }
  switch (phase_) {
    case Phase::kRest:
      return resting_ ? look() : rest();
    case Phase::kLook:
      return idle_ ? rest() : keep();
    case Phase::kKeep:
      return next_attempt();
    case Phase::kTell:
      return record();
    case Phase::kRecord:
      note_outcome();
      attempts_.pop_front();
      return next_attempt();
  }
  return rest();
}

Unit Notifier::rest() {
  phase_ = Phase::kRest;
  resting_ = true;
  attempts_.clear();
  return Unit::sleep(kLookEvery);
}

Unit Notifier::look() {
  phase_ = Phase::kLook;
  resting_ = false;
  idle_ = true;
  settings_ = settings_of_();
  if (!context_.leads()) return Unit::sleep(Duration(0));
  return Unit::on_target(kStorePool, [this] {
    return context_.store.read([this](StoreReader& store) { return look_at_all(store); });
  });
}

Result<void> Notifier::look_at_all(StoreReader& store) {
  seen_.clear();
  silenced_.clear();
  const WallTime now = context_.clock.wall();
  for (const auto& [name, spec] : settings_->reconcilers) {
    if (spec.notify.empty()) continue;
    SB_ASSIGN(const auto silence, load_silence(store, spec, now));
    if (silence) silenced_.insert(name);
    SB_ASSIGN(auto status, look_at_(store, spec));
    seen_.insert_or_assign(name, std::move(status));
  }
  SB_ASSIGN(const Changes found, changes(store));
  idle_ = found.empty();
  return {};
}

// Of a reconciler that does not have the channel any more there is none.
std::optional<Matter> Notifier::matter_of(const NoticeKey& key) const {
  const auto spec = settings_->reconcilers.find(key.reconciler);
  const auto status = seen_.find(key.reconciler);
  if (spec == settings_->reconcilers.end() || status == seen_.end()) return std::nullopt;
  if (!names(spec->second.notify, key.channel)) return std::nullopt;
  const auto& wanted = settings_->channels.at(key.channel).when;
  const std::string word(status_name(status->second.kind));
  if (!names(wanted.empty() ? notice_statuses() : wanted, word)) return std::nullopt;
  return Matter{word, why_of(status->second)};
}

Result<Notifier::Changes> Notifier::changes(StoreReader& store) const {
  Changes out;
  SB_ASSIGN(const auto rows, store.notices());
  std::map<NoticeKey, Notice> kept(rows.begin(), rows.end());
  for (const auto& seen : seen_) {
    for (const std::string& channel : settings_->reconcilers.at(seen.first).notify) {
      const NoticeKey key{channel, seen.first};
      if (!kept.contains(key)) follow(key, std::nullopt, out);
    }
  }
  for (const auto& [key, notice] : kept) follow(key, notice, out);
  return out;
}

// A notice that is due changes by its attempt. A reason that only reads otherwise, as one with an
// age in it does, is no reason to write.
void Notifier::follow(const NoticeKey& key, const std::optional<Notice>& kept, Changes& out) const {
  // As it was when the silence began, until that ends.
  if (silenced_.contains(key.reconciler)) return;
  const auto channel = settings_->channels.find(key.channel);
  if (channel == settings_->channels.end()) {
    if (kept) out.emplace_back(key, std::nullopt);
    return;
  }
  const WallTime now = context_.clock.wall();
  auto next = notice_after_look(kept, matter_of(key), channel->second, now);
  const bool due = next && notice_is_due(*next, now);
  std::optional<Notice> known = kept;
  if (known && next) known->why = next->why;
  if (due || next != known) out.emplace_back(key, std::move(next));
}

Unit Notifier::keep() {
  phase_ = Phase::kKeep;
  return Unit::in_store(Lane::kBulk, [this](StoreTx& store) { return begin_attempts(store); });
}

Result<void> Notifier::begin_attempts(StoreTx& store) {
  attempts_.clear();
  const WallTime now = context_.clock.wall();
  SB_ASSIGN(Changes found, changes(store));
  for (auto& [key, notice] : found) {
    const bool due = notice && notice_is_due(*notice, now) && attempts_.size() < kMostAttempts;
    if (due) {
      notice = notice_begun(std::move(*notice), now);
      Attempt attempt{key, *notice, settings_->channels.at(key.channel), {}, {}};
      const auto spec = settings_->reconcilers.find(key.reconciler);
      if (spec != settings_->reconcilers.end()) attempt.labels = spec->second.labels;
      attempts_.push_back(std::move(attempt));
    }
    SB_TRY(store.put_notice(key, std::move(notice)));
  }
  return {};
}

Unit Notifier::next_attempt() {
  if (attempts_.empty() || !context_.leads()) return rest();
  phase_ = Phase::kTell;
  const std::string& target = attempts_.front().channel.target;
  return Unit::on_target(tools_.has_target(target) ? target : kStorePool, [this]() -> Result<void> {
    tell(attempts_.front());
    return {};
  });
}

void Notifier::tell(Attempt& attempt) const {
  const auto run = [&]() -> Result<OperationReply> {
    OperationRequest request;
    request.step = attempt.key.channel;
    request.key = event_id(attempt.key, attempt.notice);
    request.timeout = attempt.channel.timeout;
    SB_ASSIGN(request.options,
              fill_notice(attempt.channel.tell, attempt.key, attempt.notice, attempt.labels));
    SB_ASSIGN(const auto operation, tools_.operation(attempt.channel.target));
    SB_TRY(operation->check(request));
    crash_point("notice_begun");
    auto reply = operation->run(request);
    crash_point("notice_told");
    return reply;
  };
  const auto reply = run();
  attempt.failure = failure_of(reply);
  if (reply.ok()) attempt.pause = reply->outcome.pause.value_or(Duration(0));
}

Unit Notifier::record() {
  phase_ = Phase::kRecord;
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kBulk,
                        [this, now](StoreTx& store) { return keep_outcome(store, now); });
}

// What is recorded of failures is the first of an event and the last; the metrics count all.
Result<void> Notifier::keep_outcome(StoreTx& store, WallTime now) {
  const Attempt& attempt = attempts_.front();
  SB_ASSIGN(const auto kept, store.notice(attempt.key));
  if (!kept || kept->number != attempt.notice.number || kept->since != attempt.notice.since) {
    return {};
  }
  const bool told = attempt.failure.empty();
  auto next = told ? notice_told(attempt.notice, now)
                   : notice_failed(attempt.notice, attempt.failure, attempt.pause, now);
  if (told || attempt.notice.attempts == 1 || !next) {
    store.stage_audit(notice_record(attempt.key, attempt.notice, attempt.failure, now));
  }
  return store.put_notice(attempt.key, std::move(next));
}

void Notifier::note_outcome() {
  const Attempt& attempt = attempts_.front();
  const bool told = attempt.failure.empty();
  measures_.tried(attempt.key.channel, attempt.notice.owed, told);
  const std::string event(notice_event_name(attempt.notice.owed));
  if (told) {
    log(LogLevel::kInfo, "channel told",
        {{"channel", attempt.key.channel},
         {"reconciler", attempt.key.reconciler},
         {"event", event},
         {"status", attempt.notice.status}});
  } else if (attempt.notice.attempts == 1) {
    log(LogLevel::kWarn, "channel cannot be told; it is tried again",
        {{"channel", attempt.key.channel},
         {"reconciler", attempt.key.reconciler},
         {"event", event},
         {"why", attempt.failure}});
  }
}

}  // namespace sideband
