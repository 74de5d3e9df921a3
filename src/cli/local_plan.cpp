#include "cli/local_plan.h"

#include <fmt/format.h>

#include <fstream>
#include <ostream>

#include "base/jcs.h"
#include "base/random.h"
#include "base/read_file.h"
#include "cli/exit_codes.h"
#include "cli/plan_view.h"
#include "cli/signal_check.h"
#include "config/messages.h"
#include "engine/decide/gather_facts.h"
#include "engine/decide/policy_round.h"
#include "engine/decide/seal_plan.h"
#include "engine/observe/scanner.h"
#include "model/document.h"
#include "policy/decide.h"
#include "policy/source_judge.h"

namespace sideband::cli {
namespace {

// At most this many changes are kept for showing; all are counted and hashed.
constexpr std::size_t kShown = 1000;

// One with the keys of kShown changes is far smaller.
constexpr std::size_t kMaxSavedPlan = 64U << 20U;

struct Found {
  Plan plan;
  PlanHasher hasher;
  std::vector<Change> shown;
  bool finds_extras = true;
  std::int64_t extras = 0;
  std::int64_t unknown = 0;
  std::string first_unknown;
};

Result<Found> scan(const ReconcilerRuntimePtr& runtime, const Clock& clock) {
  Found found;
  found.plan.reconciler = runtime->name();
  found.plan.observed_at = clock.wall();
  const bool sweeps = runtime->settings.actual.sweeps();
  const auto scanner = make_full_scanner(runtime, SystemRandom().next(), sweeps);
  found.finds_extras = scanner->finds_extras();
  for (bool last = false; !last;) {
    SB_ASSIGN(const ScanBatch batch, scanner->next());
    last = batch.last;
    count_changes(batch.changes, found.plan, found.hasher);
    found.plan.counts.desired += batch.desired;
    found.extras += batch.extras;
    if (found.unknown == 0) found.first_unknown = batch.first_unknown;
    found.unknown += batch.unknown;
    for (const Change& change : batch.changes) {
      if (found.shown.size() < kShown) found.shown.push_back(change);
    }
  }
  found.plan.hash = found.hasher.hex();
  return found;
}

// As if nothing had run in the windows of the gates, and by what this look saw of the source.
Decided judge(const ReconcilerRuntime& runtime, const Found& found, const Clock& clock,
              const SignalValues& signals) {
  const PlanCounts& counts = found.plan.counts;
  const SourceCount count{counts.desired, counts.desired - counts.create + counts.erase,
                          counts.erase > 0};
  const WallTime now = clock.wall();
  const GuardrailSettings* site = runtime.guardrails ? &*runtime.guardrails : nullptr;
  const SourceState source = after_scan({}, count, runtime.settings.detect.allow_empty,
                                        baseline_window(runtime.settings.gates, site), now);
  Subject subject{.phase = Phase::kDecide,
                  .runtime = runtime,
                  .plan = found.plan,
                  .undo = false,
                  .requester = std::string(kLoopIdentity),
                  .released = {},
                  .fresh_count = Fact<std::int64_t>::unknown("a whole scan counts itself"),
                  .unsigned_for = Duration(0),  // nothing is written into a log here
                  .place = no_place(),
                  .signals = signals,
                  .policies = {}};
  subject.policies =
      ask_policies(runtime, facts_of_nothing_recorded(subject, source, now), clock, nullptr);
  return decide(facts_of_nothing_recorded(subject, source, clock.wall()));
}

std::string plan_json(const Found& found, const Decided& decided) {
  JsonObject out;
  out.add("format", "sideband-plan/1").add("reconciler", found.plan.reconciler);
  out.add("hash", found.plan.hash).add("changes", found.plan.counts.changes());
  out.add("create", found.plan.counts.create).add("update", found.plan.counts.update);
  out.add("delete", found.plan.counts.erase).add("desired", found.plan.counts.desired);
  out.add("extras", found.extras).add("unknown", found.unknown);
  out.add("verdict", verdict_name(decided.verdict));
  std::vector<std::string> keys;
  for (const Change& change : found.shown) keys.push_back(change.key);
  out.add_json("keys", json_strings(keys));
  return out.text();
}

void print_found(const ReconcilerRuntime& runtime, const Found& found,
                 const LocalPlanOptions& options, std::ostream& out) {
  ViewOptions view;
  view.color = options.color;
  print_changes(out, found.shown, found.plan.counts.changes(), view);
  if (found.extras > 0) {
    out << "  " << found.extras << " extra item(s) that nobody desires: reported, never touched\n";
  }
  if (!found.finds_extras && runtime.settings.repair.prune) {
    out << "  extra items were not looked for: actual.sweep is never\n";
  }
  if (found.unknown > 0) {
    out << "  " << found.unknown
        << " item(s) unknown, left alone: " << safe_text(found.first_unknown, 160) << "\n";
  }
}

Result<ReconcilerRuntimePtr> open(const Settings& settings, const std::string& name,
                                  const TargetConnector& connector,
                                  const MakeContentRules& make_content_rules) {
  if (settings.reconcilers.count(name) == 0) {
    std::vector<std::string> known;
    for (const auto& [other, spec] : settings.reconcilers) known.push_back(other);
    return config::unknown_name("reconciler", name, known);
  }
  return open_runtime(settings, name, connector, make_content_rules);
}

Result<Found> find(const Settings& settings, const LocalPlanOptions& options,
                   const TargetConnector& connector, const MakeContentRules& make_content_rules,
                   const Clock& clock, ReconcilerRuntimePtr& runtime) {
  SB_ASSIGN(runtime, open(settings, options.reconciler, connector, make_content_rules));
  return scan(runtime, clock);
}

int trouble(const Error& error, std::ostream& err) {
  err << "sideband: " << error.whole() << "\n";
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kInvalid ? kUsage
                                                                                 : kUnreachable;
}

int save(const std::string& path, const std::string& json, std::ostream& err) {
  std::ofstream file(path, std::ios::trunc);
  file << json << "\n";
  file.close();
  if (file) {
    err << "saved to " << path << "; run exactly this plan with: sideband apply " << path
        << " --yes\n";
    return kOk;
  }
  err << "sideband: cannot write " << path << "\n";
  return kUsage;
}

}  // namespace

int plan_command(const Settings& settings, const LocalPlanOptions& options,
                 const TargetConnector& connector, const MakeContentRules& make_content_rules,
                 const Clock& clock, std::ostream& out, std::ostream& err) {
  ReconcilerRuntimePtr runtime;
  const auto found = find(settings, options, connector, make_content_rules, clock, runtime);
  if (!found.ok()) return trouble(found.error(), err);
  const Decided decided =
      judge(*runtime, *found, clock, read_when_asked(settings, ask_by(connector)));
  const std::string json = plan_json(*found, decided);
  if (options.json) {
    out << json << "\n";
  } else {
    out << "DRY-RUN " << options.reconciler << " (" << runtime->settings.source << ")\n\n";
    print_found(*runtime, *found, options, out);
    out << "\n" << plan_summary(found->plan.counts) << "\n";
    if (found->plan.counts.changes() > 0) {
      out << "Hash: " << found->plan.hash << "\n\nGates, as if nothing had run in their windows:\n";
      ViewOptions view;
      view.color = options.color;
      print_reasons(out, views_of(decided.reasons), view);
    }
  }
  if (!options.out_file.empty()) {
    const int saved = save(options.out_file, json, err);
    if (saved != kOk) return saved;
  }
  const bool drift = found->plan.counts.changes() > 0;
  if (drift && options.drift_exit_code) return kDrift;
  return found->unknown > 0 && !drift ? kUnreachable : kOk;
}

int diff_command(const Settings& settings, const LocalPlanOptions& options,
                 const TargetConnector& connector, const MakeContentRules& make_content_rules,
                 const Clock& clock, std::ostream& out, std::ostream& err) {
  ReconcilerRuntimePtr runtime;
  const auto found = find(settings, options, connector, make_content_rules, clock, runtime);
  if (!found.ok()) return trouble(found.error(), err);
  print_found(*runtime, *found, options, out);
  err << fmt::format("{} of {} differ\n", found->plan.counts.changes(), found->plan.counts.desired);
  if (found->plan.counts.changes() > 0) return kDrift;
  return found->unknown > 0 ? kUnreachable : kOk;
}

Result<SavedPlan> read_saved_plan(const std::string& path) {
  SB_ASSIGN(const std::string text, read_bounded_file(path, kMaxSavedPlan));
  SB_ASSIGN(const Document body, parse_json(text));
  SavedPlan plan;
  const auto text_of = [&](const char* key) {
    const auto found = body.members.find(key);
    return found == body.members.end() ? std::string() : found->second.text;
  };
  if (text_of("format") != "sideband-plan/1") {
    return Error::invalid(path + " is no plan; make one with \"sideband plan NAME --out FILE\"");
  }
  plan.reconciler = text_of("reconciler");
  plan.hash = text_of("hash");
  plan.changes = std::atoll(text_of("changes").c_str());
  return plan;
}

}  // namespace sideband::cli
