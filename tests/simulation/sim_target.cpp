#include "simulation/sim_target.h"

#include <algorithm>

namespace sideband::sim {
namespace {

Value value_of(const State& state) {
  return state.present() ? Value(state.bytes) : Value();
}

}  // namespace

void SimTarget::set(const std::string& key, const Value& value) {
  const Value before = now(key);
  if (before == value) return;
  Write write;
  write.at = scheduler_.now();
  write.key = key;
  write.before = before;
  write.after = value;
  record(std::move(write));
}

Value SimTarget::now(const std::string& key) const {
  const auto found = items_.find(key);
  return found == items_.end() ? Value() : Value(found->second);
}

bool SimTarget::held_since(const std::string& key, const Value& value, MonoTime from) const {
  if (now(key) == value) return true;
  const auto story = history_.find(key);
  if (story == history_.end()) return false;
  // Each entry holds until the next one; before the first one there was nothing.
  const auto& entries = story->second;
  for (std::size_t i = entries.size(); i-- > 0;) {
    if (entries[i].second == value) return true;
    if (entries[i].first <= from) return false;
  }
  return !value.has_value();
}

Value SimTarget::at(const std::string& key, MonoTime time) const {
  const auto story = history_.find(key);
  if (story == history_.end()) return std::nullopt;
  Value value;
  for (const auto& [since, held] : story->second) {
    if (since <= time) value = held;
  }
  return value;
}

std::optional<MonoTime> SimTarget::last_read(const std::string& key) const {
  const auto readers = reads_.find(key);
  if (readers == reads_.end()) return std::nullopt;
  MonoTime last{};
  for (const auto& [process, at] : readers->second) last = std::max(last, at);
  return last;
}

std::uint64_t SimTarget::highest_token(const std::string& key) const {
  const auto found = tokens_.find(key);
  return found == tokens_.end() ? 0 : found->second;
}

void SimTarget::seem_shrunk(Duration time, Duration step) {
  constexpr std::size_t kMany = 6;
  const MonoTime until = std::min(whole_at_, scheduler_.now());
  for (const auto& [key, since] : hidden_) {
    if (since < until) hid_until_[key] = until;
  }
  hidden_.clear();
  MonoTime at = scheduler_.now();
  for (const auto& [key, value] : items_) {
    if (items_.size() >= kMany && key == items_.begin()->first) continue;
    hidden_[key] = at;
    at += step;
  }
  whole_at_ = at + time;
}

bool SimTarget::hides(const std::string& key) const {
  const MonoTime now = scheduler_.now();
  const auto found = hidden_.find(key);
  return now < whole_at_ && found != hidden_.end() && found->second <= now && items_.contains(key);
}

bool SimTarget::hid_since(const std::string& key, MonoTime from) const {
  if (!items_.contains(key)) return false;
  const auto now = hidden_.find(key);
  if (now != hidden_.end() && from < whole_at_ && now->second <= scheduler_.now()) return true;
  const auto before = hid_until_.find(key);
  return before != hid_until_.end() && from < before->second;
}

std::optional<MonoTime> SimTarget::most_hidden_since() const {
  const MonoTime now = scheduler_.now();
  std::vector<MonoTime> times;
  if (now >= whole_at_) return std::nullopt;
  for (const auto& [key, since] : hidden_) times.push_back(since);
  std::sort(times.begin(), times.end());
  const std::size_t half = items_.size() / 2;  // so many may go, and half are there still
  if (times.size() <= half || times[half] > now) return std::nullopt;
  return times[half];
}

std::vector<std::string> SimTarget::going() const {
  std::vector<std::string> keys;
  if (scheduler_.now() >= whole_at_) return keys;
  for (const auto& [key, since] : hidden_) keys.push_back(key);
  return keys;
}

State SimTarget::state_of(const std::string& key) {
  if (faults_.strikes(Fault::kUnknownState, 0.003)) return State::unknown("cannot be told");
  if (seems_empty() || hides(key)) return State::absent();
  const Value value = now(key);
  return value ? State::of_bytes(*value) : State::absent();
}

void SimTarget::note_read(const std::string& process, const std::string& key) {
  reads_[key][process] = scheduler_.now();
}

std::optional<MonoTime> SimTarget::read_by(const std::string& process,
                                           const std::string& key) const {
  const auto readers = reads_.find(key);
  if (readers == reads_.end()) return std::nullopt;
  const auto mine = readers->second.find(process);
  return mine == readers->second.end() ? std::nullopt : std::optional(mine->second);
}

void SimTarget::record(Write write) {
  scheduler_.note(write.key);
  scheduler_.note(write.after.value_or("-"));
  if (watcher_) watcher_(write);
  history_[write.key].emplace_back(write.at, write.after);
  if (write.after) {
    items_[write.key] = *write.after;
  } else {
    items_.erase(write.key);
  }
}

std::vector<ChangeOutcome> SimTarget::perform(const Sent& sent, std::size_t most) {
  std::vector<ChangeOutcome> outcomes;
  for (const Change& change : sent.request.changes) {
    if (outcomes.size() == most) break;
    outcomes.push_back(perform_one(sent, change));
  }
  return outcomes;
}

ChangeOutcome SimTarget::perform_one(const Sent& sent, const Change& change) {
  std::uint64_t& token = tokens_[change.key];
  if (fenced_ && sent.request.token < token && bug_ != Bug::kNoFence) {
    return {Outcome::kFenced, false, "an old token"};
  }
  const Value before = now(change.key);
  const Value want = value_of(change.want);
  if (before == want) return {Outcome::kAlreadyThere, false, {}};
  const Value found = value_of(change.found);
  if (before != found && bug_ != Bug::kNoPrecondition) {
    return {Outcome::kRefused, false, "it holds something else"};
  }
  Write write{scheduler_.now(),  change.key,         before, want,        true, sent.process,
              sent.request.step, sent.request.token, found,  std::nullopt};
  const auto read = sent.read_at.find(change.key);
  if (read != sent.read_at.end()) write.read_at = read->second;
  record(std::move(write));
  token = std::max(token, sent.request.token);
  if (faults_.strikes(Fault::kFlap, 0.02)) {
    scheduler_.at(scheduler_.between(std::chrono::seconds(1), std::chrono::seconds(20)),
                  [this, key = change.key, before] { set(key, before); });
  }
  return {Outcome::kChanged, false, {}};
}

CollectionTraits SimCollection::traits() const {
  CollectionTraits traits;
  traits.order = KeyOrder::kBytes;
  traits.precondition = PreconditionClass::kCas;
  traits.fenced = target_.fenced();
  traits.writable = writable_;
  traits.reads_ahead = false;
  traits.judges = target_.judges();
  return traits;
}

// The way there. An error: the request never arrived.
Result<void> SimCollection::send(Duration timeout) {
  Scheduler& scheduler = target_.scheduler_;
  Duration way = scheduler.between(Duration(100), Duration(4000));
  if (target_.faults_.strikes(Fault::kTargetSlow, 0.01)) {
    way = scheduler.between(std::chrono::milliseconds(50), timeout);
  }
  process_.block(way);
  if (target_.down()) return Error::unavailable(target_.name() + " refuses connections");
  if (target_.faults_.strikes(Fault::kTargetError, 0.01)) {
    return Error::unavailable(target_.name() + " closed the connection");
  }
  return {};
}

void SimCollection::answer() {
  process_.block(target_.scheduler_.between(Duration(100), Duration(4000)));
}

Result<ScanPage> SimCollection::scan(const ScanRequest& request) {
  SB_TRY(send(request.timeout));
  ScanPage page;
  const std::size_t most = static_cast<std::size_t>(target_.scheduler_.between(1, 20));
  page.last = true;
  if (!target_.seems_empty()) {
    for (auto it = target_.items_.upper_bound(request.cursor); it != target_.items_.end(); ++it) {
      if (target_.hides(it->first)) continue;
      if (page.items.size() == most) {
        page.last = false;
        break;
      }
      page.items.push_back({it->first, target_.state_of(it->first)});
      page.cursor = it->first;
      target_.note_read(process_.name(), it->first);
    }
  }
  for (const Item& item : page.items) {
    if (target_.bug_ == Bug::kNoReread) remembered_[item.key] = item;
  }
  answer();
  return page;
}

// What planted bugs answer without asking the target; nothing = it is asked.
std::optional<std::vector<Item>> SimCollection::recall(const std::vector<std::string>& keys) {
  const bool recalls = (target_.bug_ == Bug::kNoReread && !remembered_.empty()) ||
                       (target_.bug_ == Bug::kValidatesByMemory && !remembered_.empty());
  if (!recalls) return std::nullopt;
  std::vector<Item> items;
  for (const std::string& key : keys) {
    const auto found = remembered_.find(key);
    if (found == remembered_.end()) return std::nullopt;
    items.push_back(found->second);
  }
  return items;
}

Result<std::vector<Item>> SimCollection::read(const std::vector<std::string>& keys,
                                              Duration timeout) {
  if (auto recalled = recall(keys)) return std::move(*recalled);
  if (target_.bug_ == Bug::kWrongOrder && !writable_) {
    // What was read before the actual side was: a moment earlier.
    std::vector<Item> items;
    for (const std::string& key : keys) {
      const Value seen = target_.at(key, target_.scheduler_.now() - std::chrono::seconds(1));
      items.push_back({key, seen ? State::of_bytes(*seen) : State::absent()});
      target_.note_read(process_.name(), key);
    }
    return items;
  }
  SB_TRY(send(timeout));
  std::vector<Item> items;
  for (const std::string& key : keys) {
    items.push_back({key, target_.state_of(key)});
    target_.note_read(process_.name(), key);
  }
  answer();
  return items;
}

Sent SimCollection::seal(const ApplyRequest& request) const {
  Sent sent{process_.name(), request, {}};
  for (const Change& change : request.changes) {
    auto looked =
        target_.judges() ? target_.desired_->read_by(sent.process, change.key) : std::nullopt;
    if (!looked) looked = target_.read_by(sent.process, change.key);
    if (looked) sent.read_at[change.key] = *looked;
  }
  return sent;
}

Result<std::vector<ChangeOutcome>> SimCollection::apply(const ApplyRequest& request) {
  const Sent sent = seal(request);
  try {
    SB_TRY(send(request.timeout));
  } catch (const ProcessDied&) {
    // It may have been on the wire already.
    if (target_.scheduler_.chance(0.5)) target_.perform(sent, request.changes.size());
    throw;
  }
  if (target_.faults_.poisons(request.step.text() + ":" + std::to_string(request.seq))) {
    if (target_.scheduler_.chance(0.5)) target_.perform(sent, request.changes.size());
    process_.kill();
    throw ProcessDied();
  }
  auto outcomes = deliver(sent);
  for (const Change& change : request.changes) {
    if (target_.bug_ == Bug::kValidatesByMemory)
      remembered_[change.key] = {change.key, change.want};
  }
  answer();
  return outcomes;
}

Result<std::vector<ChangeOutcome>> SimCollection::deliver(const Sent& sent) {
  Scheduler& scheduler = target_.scheduler_;
  Faults& faults = target_.faults_;
  const std::size_t all = sent.request.changes.size();
  const auto maybe = [&](const char* why) {
    return Error::timeout(target_.name() + why, Effect::kMaybe);
  };
  if (faults.strikes(Fault::kLateEffect, 0.03)) {
    scheduler.at(scheduler.between(std::chrono::seconds(1), std::chrono::seconds(90)),
                 [&target = target_, sent, all] { target.perform(sent, all); });
    return maybe(" did not answer");
  }
  if (faults.strikes(Fault::kLie, 0.01)) {
    return std::vector<ChangeOutcome>(all, {Outcome::kChanged, false, {}});
  }
  const bool part = all > 1 && faults.strikes(Fault::kPart, 0.03);
  auto outcomes = target_.perform(sent, part ? all / 2 : all);
  if (part) return maybe(" failed in the middle");
  if (faults.strikes(Fault::kAnswerLost, 0.03)) return maybe("'s answer was lost");
  return outcomes;
}

}  // namespace sideband::sim
