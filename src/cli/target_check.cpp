#include "cli/target_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "base/jcs.h"
#include "cli/exit_codes.h"
#include "cli/plan_view.h"
#include "cli/printable.h"
#include "cli/table.h"
#include "model/playbook.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMaxCellText = 300;

// One side of one reconciler, a hook of it, or a step of a playbook.
struct Side {
  std::string reconciler;
  std::string side;  // desired, actual, independent, before, after; run, or the step's name
  std::string target;
  GrantReport report;
  std::string problem;   // why there is no report
  bool missing = false;  // the problem is a refused credential
  bool wrong = false;    // the problem is what the configuration names: a table, a query
};

class Checking {
 public:
  Checking(const Settings& settings, const AskGrants& ask) : settings_(settings), ask_(ask) {}

  std::vector<Side> run();

 private:
  void look(const std::string& name, const std::string& side, const CollectionSettings& collection,
            const std::string& target, Role role, const GrantNeeds& needs);
  // Whether the target can say by itself what is missing to run something on it: what a statement
  // needs is not known before its placeholders are filled in.
  [[nodiscard]] bool tells_of_runs(const std::string& target) const;
  void look_at_hooks(const ReconcilerSettings& reconciler);
  void look_at_playbook(const PlaybookSettings& playbook);
  void forgive_shared();

  const Settings& settings_;
  const AskGrants& ask_;
  std::vector<Side> sides_;
};

void Checking::look(const std::string& name, const std::string& side,
                    const CollectionSettings& collection, const std::string& target, Role role,
                    const GrantNeeds& needs) {
  Side looked{name, side, target, {}, {}, false, false};
  auto report = ask_(settings_.targets.at(target), collection, role, needs);
  if (report.ok()) {
    looked.report = std::move(*report);
  } else {
    looked.problem = report.error().whole();
    looked.missing = report.error().code == ErrorCode::kPermission;
    looked.wrong = report.error().code == ErrorCode::kInvalid;
  }
  sides_.push_back(std::move(looked));
}

// What one reconciler does not need is no excess where another one on the same target does.
void Checking::forgive_shared() {
  std::set<std::string> needed;
  for (const Side& side : sides_) {
    for (const Grant& grant : side.report.grants) {
      if (grant.needed) needed.insert(side.target + "\n" + grant.what);
    }
  }
  for (Side& side : sides_) {
    std::erase_if(side.report.grants, [&](const Grant& grant) {
      return grant.state == GrantState::kExcess && needed.contains(side.target + "\n" + grant.what);
    });
  }
}

bool Checking::tells_of_runs(const std::string& target) const {
  const auto found = settings_.targets.find(target);
  if (found == settings_.targets.end()) return false;
  return found->second.driver == "exec" || found->second.driver == "http";
}

void Checking::look_at_hooks(const ReconcilerSettings& reconciler) {
  const RepairSettings& repair = reconciler.repair;
  for (const auto& [side, hook] :
       {std::pair("before", &repair.before), std::pair("after", &repair.after)}) {
    if (!tells_of_runs(hook->target)) continue;
    look(reconciler.name, side, {}, hook->target, Role::kActual, {});
  }
}

// Targets of SQL are asked about the items of steps only.
void Checking::look_at_playbook(const PlaybookSettings& playbook) {
  const std::string name = playbook_scope(playbook.name);
  std::set<std::string> asked;
  for (const PlaybookStep& step : playbook.steps) {
    if (!settings_.targets.contains(step.target)) continue;
    const bool item = step.kind == StepKind::kChange || step.kind == StepKind::kCheck;
    if (step.kind == StepKind::kRun && tells_of_runs(step.target) &&
        asked.insert(step.target).second) {
      look(name, "run", {}, step.target, Role::kActual, {});
    }
    if (!item) continue;
    GrantNeeds needs;
    needs.create = needs.update = needs.erase = step.kind == StepKind::kChange;
    look(name, step.name, step.item.collection, step.target,
         step.kind == StepKind::kChange ? Role::kActual : Role::kDesired, needs);
  }
}

std::vector<Side> Checking::run() {
  for (const auto& [name, one] : settings_.reconcilers) {
    look(name, "desired", one.desired, one.desired.target, Role::kDesired, {});
    look(name, "actual", one.actual, one.actual.target, Role::kActual, grant_needs(one));
    const std::string& independent = one.validate.independent;
    if (!independent.empty()) {
      look(name, "independent", one.actual, independent, Role::kActual, {});
    }
    look_at_hooks(one);
  }
  for (const auto& [name, playbook] : settings_.playbooks) look_at_playbook(*playbook);
  forgive_shared();
  return std::move(sides_);
}

std::size_t count(const std::vector<Side>& sides, GrantState state, bool needed) {
  std::size_t found = 0;
  for (const Side& side : sides) {
    found += static_cast<std::size_t>(std::count_if(
        side.report.grants.begin(), side.report.grants.end(),
        [&](const Grant& grant) { return grant.state == state && grant.needed == needed; }));
  }
  return found;
}

// Each once, whichever sides it is about.
void print_advice(std::ostream& out, const std::vector<Side>& sides) {
  std::set<std::string> said;
  for (const Side& side : sides) {
    for (const Grant& grant : side.report.grants) {
      if (grant.remedy.advice.empty()) continue;
      const std::string line = side.target + ", " + safe_text(grant.what, kMaxCellText) + ": " +
                               safe_text(grant.remedy.advice, kMaxCellText);
      if (said.insert(line).second) out << (said.size() == 1 ? "\n" : "") << line << "\n";
    }
  }
}

void print(std::ostream& out, const std::vector<Side>& sides) {
  std::vector<Row> rows = {{"TARGET", "FOR", "AS", "GRANT", "STATE", "RUN"}};
  for (const Side& side : sides) {
    const std::string what = side.reconciler + " " + side.side;
    if (!side.problem.empty()) {
      const std::string state = side.missing ? "missing" : side.wrong ? "wrong" : "unknown";
      rows.push_back(
          {side.target, what, "-", "a connection", state, safe_text(side.problem, kMaxCellText)});
    }
    for (const Grant& grant : side.report.grants) {
      rows.push_back({side.target, what, side.report.identity, safe_text(grant.what, kMaxCellText),
                      std::string(grant_state_name(grant.state)), pasted(grant.remedy.run)});
    }
  }
  print_table(out, rows);
  print_advice(out, sides);
}

std::string grant_json(const Grant& grant) {
  JsonObject out;
  out.add("grant", grant.what);
  out.add("state", std::string(grant_state_name(grant.state)));
  out.add("needed", grant.needed);
  out.add("run", grant.remedy.run);
  out.add("advice", grant.remedy.advice);
  return out.text();
}

void print_json(std::ostream& out, const std::vector<Side>& sides, const std::string& findings,
                const std::string& signals, const std::string& policies) {
  std::string items;
  for (const Side& side : sides) {
    std::string grants;
    for (const Grant& grant : side.report.grants) {
      grants += (grants.empty() ? "" : ",") + grant_json(grant);
    }
    JsonObject one;
    one.add("reconciler", side.reconciler);
    one.add("side", side.side);
    one.add("target", side.target);
    one.add("identity", side.report.identity);
    one.add("problem", side.problem);
    one.add_json("grants", "[" + grants + "]");
    items += (items.empty() ? "" : ",") + one.text();
  }
  out << "{\"items\":[" << items << "],\"findings\":" << findings << ",\"signals\":" << signals
      << ",\"policies\":" << policies << "}\n";
}

}  // namespace

GrantNeeds grant_needs(const ReconcilerSettings& reconciler) {
  GrantNeeds needs;
  if (reconciler.mode == Mode::kObserve) return needs;
  const bool invalidates = reconciler.repair.strategy == Strategy::kInvalidate;
  needs.update = !invalidates;
  // Undo turns one into the other.
  needs.create = needs.erase =
      invalidates || reconciler.repair.prune || reconciler.actual.coverage == Coverage::kFull;
  return needs;
}

int check_targets_command(const Settings& settings, const TargetQuestions& ask,
                          const policy::Compiled& sources, const TargetCheckOptions& options,
                          std::ostream& out, std::ostream& err) {
  const std::vector<Side> sides = Checking(settings, ask.grants).run();
  const std::vector<PlacedFinding> findings = look_at_tables(settings, ask.tables);
  const std::vector<ReadSignal> signals = read_signals(settings, ask.signals);
  const std::vector<AskedPolicy> policies = ask_policies(settings, ask.policies);
  if (options.json) {
    print_json(out, sides, findings_json(findings, sources), signals_json(signals, options.now),
               policies_json(policies));
  } else {
    print(out, sides);
    print_signals(out, signals, options.now);
    print_policies(out, policies);
    print_findings(out, findings, sources, options.color);
  }
  const auto problems = [&](bool missing, bool wrong) {
    return static_cast<std::size_t>(
        std::count_if(sides.begin(), sides.end(), [&](const Side& side) {
          return !side.problem.empty() && side.missing == missing && side.wrong == wrong;
        }));
  };
  const std::size_t there = count(sides, GrantState::kHas, true);
  const std::size_t missing = count(sides, GrantState::kMissing, true) + problems(true, false);
  const std::size_t excess = count(sides, GrantState::kExcess, false);
  const std::size_t unknown = count(sides, GrantState::kUnknown, true) + problems(false, false);
  err << fmt::format("grants: {} needed and there, {} missing, {} unknown, {} never needed\n",
                     there, missing, unknown, excess);
  if (!findings.empty()) err << tables_summary(findings);
  if (!signals.empty()) err << signals_summary(signals);
  if (!policies.empty()) err << policies_summary(policies);
  const auto unread = static_cast<std::size_t>(
      std::count_if(signals.begin(), signals.end(),
                    [](const ReadSignal& signal) { return !signal.reading.ok(); }));
  const bool unanswered = std::any_of(policies.begin(), policies.end(),
                                      [](const AskedPolicy& one) { return !one.verdict.ok(); });
  const bool undefined = std::any_of(policies.begin(), policies.end(),
                                     [](const AskedPolicy& one) { return one.undefined(); });
  const std::size_t untold = count_findings(findings, FindingLevel::kUnknown);
  if (missing > 0) return kNotPermitted;
  if (unknown + untold + unread > 0 || unanswered) return kUnreachable;
  const std::size_t wrong = problems(false, true);
  if (wrong + count_findings(findings, FindingLevel::kError) > 0 || undefined) return kUsage;
  return excess > 0 ? kDrift : kOk;
}

}  // namespace sideband::cli
