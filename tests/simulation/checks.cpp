#include "simulation/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace sideband::sim {
namespace {

// An old configuration may still be at work for so long: a frozen process, a slow commit.
constexpr Duration kReloadLag = std::chrono::minutes(4);

constexpr Duration kOnItsWay = std::chrono::seconds(10);

std::string in_seconds(Duration time) {
  return fmt::format("{:.3f} s", static_cast<double>(time.count()) / 1e6);
}

bool terminal(const std::string& state) {
  static const std::set<std::string> kEnds = {"converged", "compensated", "needs_human",
                                              "cancelled", "superseded"};
  return kEnds.contains(state);
}

}  // namespace

Checks::Checks(Scheduler& scheduler, SimDatabase& database, std::map<std::string, Pair>& pairs,
               const std::map<std::string, PlaybookSettings>& books, int nodes)
    : scheduler_(scheduler),
      database_(database),
      pairs_(pairs),
      playbooks_(books),
      nodes_(nodes),
      books_(scheduler, books,
             [this](const std::string& property, const std::string& what) {
               violated(property, what);
             }),
      breakers_([this](const std::string& what) { violated("P-9", what); }) {}

void Checks::violated(const std::string& property, const std::string& what) {
  // Records and writes of two histories contradict each other.
  if (!violation_.empty() || (set_back_ && property != "P-16")) return;
  violation_ = property + " at " + in_seconds(scheduler_.now().time_since_epoch()) + ": " + what;
}

// P-3, P-5 and the promise of guarded targets.
void Checks::on_write(const Pair& pair, const Write& write) {
  trace(pair.reconciler + "/" + write.key + ": " + write.before.value_or("-") + " -> " +
        write.after.value_or("-") +
        (write.ours ? " by " + write.process + " " + write.repair.text() + " token " +
                          std::to_string(write.token)
                    : ""));
  if (!write.ours) return;
  ++writes_;
  const std::string id = write.repair.text();
  const std::string what = pair.reconciler + "/" + write.key + " by " + write.process +
                           ", repair " + id + ", token " + std::to_string(write.token);
  const auto story = stories_.find(id);
  if (story == stories_.end()) return violated("P-3", "written without a decision: " + what);
  Story& told = story->second;
  const auto announced = std::find_if(told.steps.begin(), told.steps.end(), [&](const auto& step) {
    return step.second.token >= static_cast<std::int64_t>(write.token);
  });
  if (announced == told.steps.end()) violated("P-3", "written without an intent: " + what);
  if (pair.actual->fenced() && write.token < pair.actual->highest_token(write.key)) {
    violated("P-5", "written with an old token: " + what);
  }
  if (write.before != write.found) {
    violated("P-5", fmt::format("replaced {} where {} was judged: {}", write.before.value_or("-"),
                                write.found.value_or("-"), what));
  }
  const bool compensates = std::any_of(told.steps.begin(), told.steps.end(),
                                       [](const auto& step) { return step.second.undo; });
  const bool hidden = !write.after && !told.undo && !compensates && pair.desired->hides(write.key);
  if (hidden) check_hidden(pair, told, what);
  // What could not be seen when it was looked at may be seen again by now.
  const bool unseen =
      !write.after && write.read_at && pair.desired->hid_since(write.key, *write.read_at);
  const bool put_back = told.undo || compensates;
  if (!write.read_at && !(put_back && pair.actual->judges())) {
    violated("P-5", "written without a look: " + what);
  } else if (!unseen && !put_back &&
             !pair.desired->held_since(write.key, write.after, *write.read_at)) {
    violated("P-5", "wrote what nobody desired any more: " + what);
  }
  if (!write.after && !told.undo && !compensates) {
    told.deleted.insert(write.key);
    check_max_deletes(pair, told, what);
  }
  if (!write.after && !told.undo && !pair.spec.repair.prune && !compensates) {
    violated("P-5", "deleted without prune: " + what);
  }
  const auto rest = rested_[pair.reconciler].find(write.key);
  const bool by_loop = told.requester == "sideband" && !told.undo;
  if (clocks_right_ && by_loop && rest != rested_[pair.reconciler].end() &&
      rest->second.known <= told.decided &&
      told.decided - rest->second.since < pair.spec.gates.cooldown) {
    violated("P-9", "written within the cooldown: " + what);
  }
  note_write(pair, write, told);
}

const Pair* Checks::pair_of(const std::string& reconciler) const {
  for (const auto& [name, pair] : pairs_) {
    if (pair.names.contains(reconciler)) return &pair;
  }
  return nullptr;
}

// Attempts after which a job that kills its worker must have been given up: F-16.
std::int64_t Checks::max_crashes(const Story& story) const {
  constexpr std::int64_t kOfPlaybooks = 4;
  if (job_kind_of(story.reconciler) == JobKind::kRun) return kOfPlaybooks + 1;
  return pair_of(story.reconciler)->spec.retry.limit + 1;
}

void Checks::on_death(const std::string& job, int deaths) {
  trace("poison: " + job + " killed its worker");
  const std::string id = job.substr(0, job.find(':'));
  const auto story = stories_.find(id);
  if (story == stories_.end()) return violated("P-3", "poison of an unknown repair " + id);
  const std::int64_t most = max_crashes(story->second);
  if (deaths >= most) poisonous_.insert(id);
  if (deaths > most) {
    violated("P-18",
             fmt::format("{} killed its worker {} times, {} are allowed", job, deaths, most));
  }
}

void Checks::on_shelf_write(const Write& write) {
  trace("shelf/" + write.key + ": " + write.before.value_or("-") + " -> " +
        write.after.value_or("-") + (write.ours ? " by " + write.process : ""));
  books_.on_write(write);
}

void Checks::trace(const std::string& what) const {
  if (traced_)
    std::cout << in_seconds(scheduler_.now().time_since_epoch()) << "  " << what << std::endl;
}

// P-16, of a store that was set back: no checkpoint may be added to it, but what was on its way.
void Checks::check_unsigned() {
  const auto read = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(const auto last, store.last_checkpoint());
    const std::int64_t size = last ? last->size : 0;
    if (!published_ || scheduler_.now() - *set_back_ < kOnItsWay) published_ = size;
    if (size != *published_) violated("P-16", "a store that was set back was signed");
    return {};
  };
  if (!database_.look(read).ok()) violated("P-16", "checkpoints cannot be read");
}

void Checks::on_commit() {
  if (set_back_) return check_unsigned();
  touched_.clear();
  std::vector<AuditLeaf> leaves;
  const auto read = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(leaves, store.audit_leaves(next_leaf_, 1'000'000));
    return {};
  };
  if (!database_.look(read).ok()) return violated("P-16", "the log cannot be read");
  read_sources();
  for (const AuditLeaf& leaf : leaves) {
    if (leaf.index != next_leaf_) violated("P-16", "a record is missing in the log");
    if (const auto verified = rules_.take(leaf.record); !verified.ok()) {
      violated("P-16", "audit verify refuses this log: " + verified.error().message);
    }
    scheduler_.note(leaf.record);
    trace(leaf.record);
    on_leaf(Leaf(leaf.record));
    ++next_leaf_;
  }
  for (const auto& [id, story] : stories_) {
    if (story.started && !story.ended) touched_.insert(id);
  }
  read_leases();
  check_concurrency();
}

void Checks::on_leaf(const Leaf& leaf) {
  const std::string kind = leaf.text("kind");
  if (kind == "decide") return on_decide(leaf);
  if (kind == "intent") return on_intent(leaf);
  if (kind == "outcome") return on_outcome(leaf);
  if (kind == "state") return on_state(leaf);
  if (kind == "pause") pauses_.insert(leaf.text("scope"));
  if (kind == "release" && leaf.contains("\"released\":true")) {
    believed_[leaf.text("scope")] = leaf.number("desired");
  }
  if (kind.starts_with("signal_")) {
    auto& held = held_by_[leaf.text("reconciler")];
    const std::string rule = leaf.text("rule") + leaf.text("then");
    kind == "signal_opens" ? void(held.erase(rule)) : void(held.insert(rule));
  }
  if (kind == "silence") on_silence(leaf);
  if (kind == "breaker_closes" && leaf.text("actor") != "sideband") {
    breakers_.closed(pair_of(leaf.text("scope")));
  }
  if (kind.starts_with("policy_")) stories_[leaf.text("repair")].denied = kind == "policy_denies";
  if (kind == "resume") pauses_.erase(leaf.text("scope"));
  if (kind != "approve") return;
  Story& story = stories_[leaf.text("repair")];
  story.approved[leaf.text("actor")] = leaf.text("planHash");
  story.approved_at = scheduler_.now();
}

void Checks::on_decide(const Leaf& leaf) {
  Story& story = stories_[leaf.text("plan")];
  story.reconciler = leaf.text("reconciler");
  decided_for_.insert(story.reconciler);
  story.plan_hash = leaf.text("planHash");
  story.version = leaf.text("reconcilerVersion");
  story.verdict = leaf.text("verdict");
  story.requester = leaf.text("actor");
  story.decided = scheduler_.now();
  story.changes = leaf.number("changes");
  story.source_released |= leaf.released("source") || has_released_source(leaf.text("plan"));
  story.desired = leaf.number("desired");
}

void Checks::on_intent(const Leaf& leaf) {
  const std::string id = leaf.text("repair");
  touched_.insert(id);
  Story& story = stories_[id];
  if (story.reconciler.empty()) return violated("P-1", "intent of an unknown repair " + id);
  const std::int64_t token = leaf.number("token");
  if (token < story.token) violated("P-5", "tokens fell, repair " + id);
  Story::StepStory& step = story.steps[leaf.number("step")];
  const bool again = step.intents > 0;
  ++step.intents;
  step.token = token;
  step.from = leaf.number("from");
  step.to = leaf.number("to");
  step.undo = leaf.has("undo");
  if (step.outcomes > 0) violated("P-4", "an intent after its outcome, repair " + id);
  if (job_kind_of(story.reconciler) == JobKind::kRun) {
    return on_book_intent(id, story, !again && !step.undo, leaf);
  }
  const Pair& pair = *pair_of(story.reconciler);
  if (!again && books_.holds(pair.actual->name())) {
    violated("P-6", "works on a target that a playbook holds, repair " + id);
  }
  if (!story.started && story.denied) violated("P-9", "began, denied by a policy, repair " + id);
  if (!story.started) on_start(pair, id, story);
  const bool fresh = !again && !step.undo && !story.undo;
  if (fresh && paused(story.reconciler)) violated("P-9", "a step began while paused, repair " + id);
  const bool held = !held_by_[story.reconciler].empty();
  if (fresh && held) violated("P-9", "a step began while a signal held it back, repair " + id);
  if (!again && !step.undo) check_suspect(id, story);
  if (!again) check_rate(pair, id, step.to - step.from, leaf);
  if (!again && !step.undo) check_canary(pair, id, story, leaf);
}

void Checks::on_book_intent(const std::string& id, Story& story, bool fresh, const Leaf& leaf) {
  const bool starts = !story.started;
  if (starts) {
    story.started = scheduler_.now();
    const std::string name = std::string(playbook_in(story.reconciler));
    const auto& approval = playbooks_.at(name).approval;
    if (approval) check_approved(id, story, approval->expires);
    const std::set<std::string> targets = books_.targets_of(story.reconciler);
    for (const auto& [other, told] : stories_) {
      const Pair* pair = pair_of(told.reconciler);
      const bool works = pair != nullptr && told.started && !told.ended;
      if (works && targets.contains(pair->actual->name())) {
        violated("P-6", "run " + id + " began on a target on which repair " + other + " works");
      }
    }
  }
  books_.on_intent(leaf);
  if (fresh && paused(story.reconciler)) violated("P-9", "a step began while paused, run " + id);
}

void Checks::on_start(const Pair& pair, const std::string& id, Story& story) {
  WallTime begun;
  const auto read = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(const Uuid uuid, Uuid::parse(id));
    SB_ASSIGN(const auto row, store.repair(uuid));
    if (row) begun = row->started_at;
    story.undo = row && row->undo;
    story.started = scheduler_.now();
    if (row && clocks_right_) {
      story.started = MonoTime(row->started_at - true_wall(MonoTime{}));
    }
    return {};
  };
  if (!database_.look(read).ok()) return violated("P-1", "repair " + id + " is not in the store");
  if (!pair.spec.decide.when.empty() && !moment_passes(begun)) {
    violated("P-9", "began while its rule was false, repair " + id);
  }
  const MonoTime began(begun - true_wall(MonoTime{}));
  if (!story.undo) breakers_.began(&pair, pair.spec.gates.breaker, id, began);
  check_silences(pair, id, story, began);
  check_approval(pair, id, story);
  check_version(pair, id, story);
  check_max_changes(pair, id, story);
}

// P-13: somebody else, this plan, in time.
void Checks::check_approval(const Pair& pair, const std::string& id, const Story& story) {
  const bool needed = story.verdict == "await_approval";
  if (pair.spec.mode == Mode::kApprove && !needed && !story.undo) {
    return violated("P-13", "began without approval, repair " + id);
  }
  if (needed) check_approved(id, story, pair.spec.gates.approval.expires);
}

void Checks::check_approved(const std::string& id, const Story& story, Duration expires) {
  const bool given = std::any_of(story.approved.begin(), story.approved.end(), [&](const auto& by) {
    return by.first != story.requester && by.second == story.plan_hash;
  });
  if (!given) return violated("P-13", "began without approval by another one, repair " + id);
  if (clocks_right_ && *story.approved_at - story.decided > expires + std::chrono::minutes(2)) {
    violated("P-13", "began with an expired approval, repair " + id);
  }
}

void Checks::check_version(const Pair& pair, const std::string& id, const Story& story) {
  const MonoTime from = scheduler_.now() - kReloadLag;
  for (std::size_t i = 0; i < pair.versions.size(); ++i) {
    const bool over = i + 1 < pair.versions.size() && pair.versions[i + 1].first < from;
    if (!over && pair.versions[i].second == story.version) return;
  }
  violated("P-13", "a plan of configuration " + story.version + " began, repair " + id);
}

void Checks::check_max_changes(const Pair& pair, const std::string& id, const Story& story) {
  const MaxChanges& limit = pair.spec.gates.max_changes;
  if (limit.count == 0 || !clocks_right_ || story.undo || story.requester != "sideband") return;
  std::int64_t used = 0;
  for (const auto& [other, told] : stories_) {
    if (!pair.names.contains(told.reconciler) || !told.started) continue;
    // A transaction that was late counts by the time when it began, and did no harm when by now the
    // others are over.
    const bool before = *told.started <= *story.started;
    const bool counts = *story.started - *told.started < limit.window &&
                        scheduler_.now() - *told.started < limit.window;
    if (before && counts) used += told.changes;
  }
  if (used > limit.count) {
    violated("P-9", fmt::format("maxChanges: {} changes began within {}, {} are allowed; repair {}",
                                used, in_seconds(limit.window), limit.count, id));
  }
}

// When the service judged it, which is a commit's time earlier than its record.
MonoTime Checks::time_of(const Leaf& leaf) {
  const auto parsed = parse_time(leaf.text("ts"));
  return parsed.ok() ? MonoTime(*parsed - true_wall(MonoTime{})) : MonoTime{};
}

void Checks::on_outcome(const Leaf& leaf) {
  const std::string id = leaf.text("repair");
  touched_.insert(id);
  Story::StepStory& step = stories_[id].steps[leaf.number("step")];
  if (step.intents == 0) return violated("P-3", "an outcome without an intent, repair " + id);
  // Only time passed, or a person worked, between intent and outcome of some steps of playbooks.
  const std::int64_t token = leaf.number("token");
  const bool book = job_kind_of(leaf.text("reconciler")) == JobKind::kRun;
  if (book ? step.token > token : step.token != token) {
    violated("P-5", "an outcome by an old token, repair " + id);
  }
  if (++step.outcomes > 1) violated("P-4", "two outcomes of one step, repair " + id);
  step.ended = scheduler_.now();
  if (book) books_.on_outcome(leaf);
}

// P-14: converged only after a look behind the last write.
void Checks::on_state(const Leaf& leaf) {
  const std::string id = leaf.text("repair");
  touched_.insert(id);
  Story& story = stories_[id];
  if (story.reconciler.empty()) story.reconciler = leaf.text("reconciler");
  story.state = leaf.text("state");
  // Let go, and maybe claimed anew within the same commit.
  if (story.state == "scheduled" || story.state == "queued") story.held = false;
  if (terminal(story.state)) {
    if (story.ended) violated("P-17", "ended twice, repair " + id);
    story.ended = scheduler_.now();
  }
  if (job_kind_of(story.reconciler) == JobKind::kRun) return books_.on_state(leaf);
  const Pair& pair = *pair_of(story.reconciler);
  if (story.state == "validating") story.validating = time_of(leaf);
  if (terminal(story.state)) on_end(pair, id, story, leaf);
  if (terminal(story.state)) {
    // A key's rest begins between these two: at the end of the repair each is let go by itself.
    for (const auto& [key, at] : story.written) {
      rested_[story.reconciler][key] = {std::max(at, story.validating), scheduler_.now()};
    }
  }
  if (story.state != "converged") return;
  for (const auto& [key, at] : story.written) {
    const auto read = pair.actual->last_read(key);
    if (!read || *read < at) {
      violated("P-14", "converged without a look at " + key + ", repair " + id);
    }
  }
}

// P-6: a new token while another process holds a lease that has not ended. One process alone may
// take back its own from before.
void Checks::check_lease(const std::string& id, Story& story, std::int64_t token) {
  const bool taken_over = token > story.token && story.token != 0 && story.held;
  if (nodes_ > 1 && taken_over && story.lease_until > database_.clock()) {
    violated("P-6", fmt::format("claimed {} before its lease ended, repair {}",
                                in_seconds(Duration(story.lease_until - database_.clock())), id));
  }
  story.token = token;
}

void Checks::read_leases() {
  const auto read = [&](StoreReader& store) -> Result<void> {
    for (const std::string& id : touched_) {
      SB_ASSIGN(const Uuid uuid, Uuid::parse(id));
      SB_ASSIGN(const auto row, store.repair(uuid));
      if (!row) continue;
      Story& story = stories_[id];
      check_lease(id, story, static_cast<std::int64_t>(row->token));
      story.held = !row->lease_owner.empty();
      story.lease_until = row->lease_until;
    }
    return {};
  };
  if (!touched_.empty() && !database_.look(read).ok()) violated("P-1", "a repair cannot be read");
}

void Checks::check_concurrency() {
  if (touched_.empty()) return;
  const auto read = [&](StoreReader& store) -> Result<void> {
    for (const auto& [name, pair] : pairs_) {
      SB_ASSIGN(const std::int64_t running, store.count_repairs(name, RepairState::kRunning));
      if (running > pair.spec.gates.concurrency) {
        violated("P-9", fmt::format("{} repairs of {} run, {} are allowed", running, name,
                                    pair.spec.gates.concurrency));
      }
    }
    return {};
  };
  if (!database_.look(read).ok()) violated("P-1", "repairs cannot be counted");
}

bool Checks::paused(const std::string& reconciler) const {
  if (pauses_.contains("@all") || pauses_.contains(reconciler)) return true;
  const Pair* pair = pair_of(reconciler);
  if (pair == nullptr) {
    const std::set<std::string> targets = books_.targets_of(reconciler);
    return std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
      return pauses_.contains("target/" + target);
    });
  }
  if (pauses_.contains("owner/" + pair->spec.labels.owner)) return true;
  for (const std::string& target : {pair->spec.desired.target, pair->spec.actual.target}) {
    if (pauses_.contains("target/" + target)) return true;
  }
  return std::any_of(pair->names.begin(), pair->names.end(), [&](const std::string& name) {
    return decided_for_.contains(name) && pauses_.contains(name);
  });
}

}  // namespace sideband::sim
