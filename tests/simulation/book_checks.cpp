#include "simulation/book_checks.h"

#include <algorithm>

namespace sideband::sim {
namespace {

// How long a call may be on its way to us after its process stood still.
constexpr Duration kHasty = std::chrono::seconds(30);

bool can_be_undone(const PlaybookStep& step) {
  return step.kind == StepKind::kChange || step.undo_kind == UndoKind::kOptions;
}

// "outcomes":{"changed":1}
std::string outcome_in(const Leaf& leaf) {
  for (const char* name : {"changed", "already_there", "refused", "failed", "unknown", "fenced"}) {
    if (leaf.has(name)) return name;
  }
  return {};
}

bool is_end(const std::string& state) {
  return state == "converged" || state == "compensated" || state == "needs_human" ||
         state == "cancelled" || state == "superseded";
}

}  // namespace

BookChecks::Run& BookChecks::run_of(const Leaf& leaf) {
  const std::string id = leaf.text("repair");
  Run& run = runs_[id];
  if (run.book != nullptr) return run;
  run.id = id;
  run.book = &books_.at(std::string(playbook_in(leaf.text("reconciler"))));
  run.forward.resize(run.book->steps.size());
  run.back.resize(run.book->steps.size());
  return run;
}

BookChecks::Run* BookChecks::find_step(const Leaf& leaf, std::size_t& step) {
  Run& run = run_of(leaf);
  const auto& steps = run.book->steps;
  const std::string name = leaf.text("name");
  const auto found = std::find_if(steps.begin(), steps.end(),
                                  [&](const PlaybookStep& each) { return each.name == name; });
  step = static_cast<std::size_t>(found - steps.begin());
  if (found != steps.end()) return &run;
  violated_("P-7", "run " + run.id + " has no step " + name);
  return nullptr;
}

void BookChecks::broken(const std::string& property, const Run& run, std::size_t step,
                        const std::string& what) {
  violated_(property, "step " + run.book->steps[step].name + " of run " + run.id + " " + what);
}

bool BookChecks::took_effect(const Run& run, std::size_t step) {
  return run.forward[step].outcome == "changed" && can_be_undone(run.book->steps[step]);
}

void BookChecks::on_intent(const Leaf& leaf) {
  std::size_t step = 0;
  Run* run = find_step(leaf, step);
  if (run == nullptr) return;
  const bool undo = leaf.has("undo");
  Way& way = undo ? run->back[step] : run->forward[step];
  if (way.begun && !way.open) broken("P-7", *run, step, "began again after its outcome");
  if (!way.begun) undo ? check_undo(*run, step) : check_order(*run, step);
  way.begun = way.open = true;
  way.token = leaf.number("token");
  way.since = scheduler_.now();
  if (!undo) run->last = step;
}

// P-7: in the order of the definition, behind what it needs, and never past a failure.
void BookChecks::check_order(const Run& run, std::size_t step) {
  const auto& steps = run.book->steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Way& other = run.forward[i];
    if (run.back[i].begun) broken("P-8", run, step, "began after " + steps[i].name + "'s undo");
    if (i > step && other.begun) broken("P-7", run, step, "began after " + steps[i].name);
    if (other.open) broken("P-7", run, step, "began while " + steps[i].name + " was open");
    const bool passed_over = steps[i].on_failure == OnFailure::kContinue;
    if (other.outcome == "unknown" || (other.bad() && !passed_over)) {
      broken("P-7", run, step, "began though " + steps[i].name + " is " + other.outcome);
    }
  }
  if (!needs_are(run, step, true)) broken("P-7", run, step, "began before what it needs was done");
}

// Whether all that it needs was done; or, with `met` false, whether something failed or was
// skipped.
bool BookChecks::needs_are(const Run& run, std::size_t step, bool met) {
  const auto& steps = run.book->steps;
  const auto fits = [&](const std::string& need) {
    for (std::size_t i = 0; i < step; ++i) {
      if (steps[i].name != need) continue;
      const bool lost = run.forward[i].bad() || (!run.forward[i].begun && needs_are(run, i, false));
      return met ? run.forward[i].good() : lost;
    }
    return false;
  };
  const auto& needs = steps[step].needs;
  return met ? std::all_of(needs.begin(), needs.end(), fits)
             : std::any_of(needs.begin(), needs.end(), fits);
}

// P-8: what took effect, the newest first.
void BookChecks::check_undo(const Run& run, std::size_t step) {
  if (!took_effect(run, step)) broken("P-8", run, step, "was taken back though it changed nothing");
  for (std::size_t i = step + 1; i < run.book->steps.size(); ++i) {
    if (took_effect(run, i) && !run.back[i].good()) {
      broken("P-8", run, step, "was taken back before " + run.book->steps[i].name);
    }
  }
}

void BookChecks::on_outcome(const Leaf& leaf) {
  std::size_t step = 0;
  Run* run = find_step(leaf, step);
  if (run == nullptr) return;
  const bool undo = leaf.has("undo");
  Way& way = undo ? run->back[step] : run->forward[step];
  way.open = false;
  way.outcome = outcome_in(leaf);
  check_effect(*run, step, way, undo);
}

// The log may say that it was done only where the tool did it.
void BookChecks::check_effect(const Run& run, std::size_t step, const Way& way, bool undo) {
  if (run.book->steps[step].kind != StepKind::kRun || !way.good()) return;
  const std::string key = run.id + ":" + run.book->steps[step].name + (undo ? ":undo" : "");
  if (effects_[key] == 0) broken("P-17", run, step, "is said to be done, and its tool did nothing");
}

void BookChecks::on_state(const Leaf& leaf) {
  const std::string state = leaf.text("state");
  const auto found = runs_.find(leaf.text("repair"));
  if (found == runs_.end() || !is_end(state)) return;
  found->second.ended = true;
  check_end(found->second, state);
}

void BookChecks::check_end(const Run& run, const std::string& state) {
  for (std::size_t i = 0; i < run.book->steps.size(); ++i) {
    const Way& way = run.forward[i];
    const bool passed_over = run.book->steps[i].on_failure == OnFailure::kContinue && way.bad() &&
                             way.outcome != "unknown";
    const bool skipped = !way.begun && needs_are(run, i, false);
    if (state == "converged" && !way.good() && !passed_over && !skipped) {
      broken("P-7", run, i, "is not done, and the run converged");
    }
    if (state == "compensated" && took_effect(run, i) && !run.back[i].good()) {
      broken("P-8", run, i, "was not taken back, and the run is compensated");
    }
    if (run.back[i].bad() && state != "needs_human") {
      broken("P-8", run, i, "could not be taken back, and the run is " + state);
    }
  }
}

// P-3, P-5: a change of a playbook, announced and of what was found.
void BookChecks::on_write(const Write& write) {
  if (!write.ours) return;
  const auto run = runs_.find(write.repair.text());
  if (run == runs_.end()) return violated_("P-3", "a playbook wrote " + write.key + " unannounced");
  const auto covers = [&](const Way& way) {
    return way.begun && way.token >= static_cast<std::int64_t>(write.token);
  };
  const bool announced =
      std::any_of(run->second.forward.begin(), run->second.forward.end(), covers) ||
      std::any_of(run->second.back.begin(), run->second.back.end(), covers);
  if (!announced) violated_("P-3", "run " + run->first + " wrote " + write.key + " unannounced");
  if (write.before != write.found) {
    violated_("P-5", "run " + run->first + " replaced what it had not found in " + write.key);
  }
}

void BookChecks::on_call(const ToolCall& call) {
  check_announced(call);
  // P-7: what may have happened is not done again unless the tool knows it, or somebody looked.
  auto& doubts = doubts_[call.key];
  const bool late = !doubts.empty() && *doubts.rbegin() > call.token;
  if (!doubts.empty() && !late && call.kind != kIdempotentKind) {
    violated_("P-7", "step " + call.step + (call.undo ? " back" : "") + " of run " +
                         call.repair.text() + " was made again blindly");
  }
  doubts.insert(call.token);
}

// P-3: behind the intent of this very step and token. P-6: never by one whose claim is over, but
// for a process that stood still in between, which nobody can prevent.
void BookChecks::check_announced(const ToolCall& call) {
  const std::string what = "step " + call.step + " of run " + call.repair.text();
  const auto run = runs_.find(call.repair.text());
  if (run == runs_.end()) return violated_("P-3", what + " was called before its run began");
  const auto& steps = run->second.book->steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].name != call.step) continue;
    const Way& way = call.undo ? run->second.back[i] : run->second.forward[i];
    const auto token = static_cast<std::int64_t>(call.token);
    if (!way.begun || way.token < token) return violated_("P-3", what + " has no intent");
    if (way.token > token && call.thawed + kHasty < way.since) {
      violated_("P-6", what + " was called by " + call.process + " after another one's claim");
    }
  }
}

bool BookChecks::holds(const std::string& target) const {
  return std::any_of(runs_.begin(), runs_.end(), [&](const auto& entry) {
    const Run& run = entry.second;
    return !run.ended && targets_of(playbook_scope(run.book->name)).contains(target);
  });
}

std::set<std::string> BookChecks::targets_of(const std::string& scope) const {
  std::set<std::string> targets;
  for (const PlaybookStep& step : books_.at(std::string(playbook_in(scope))).steps) {
    if (!step.target.empty()) targets.insert(step.target);
  }
  return targets;
}

}  // namespace sideband::sim
