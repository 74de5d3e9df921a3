#include "settings/reconciler_fields.h"

#include "settings/breakers.h"
#include "settings/copies.h"
#include "settings/envelope.h"
#include "settings/operation_row.h"

namespace sideband::policy {

using config::DriverFields;
using config::Fields;
using config::FieldType;
using config::TableOf;

namespace {

Result<Cohort> read_cohort(std::string_view text) {
  SB_ASSIGN(const config::Amount amount, config::read_amount(text));
  return Cohort{.count = amount.count, .percent = amount.percent};
}

using Collection = TableOf<CollectionSettings>;

Collection with_driver_keys(Collection rows, const Fields* keys) {
  if (keys == nullptr) return rows.row(unread_row("*", "Keys of the driver of that target."));
  return rows.options(*keys, &CollectionSettings::options);
}

Collection desired_rows(const DriverFields* driver) {
  return with_driver_keys(
      Collection()
          .name("target", &CollectionSettings::target, "The target that says what should be.")
          .was("from")
          .required()
          .list(
              "copies", &CollectionSettings::copies, FieldType::kTemplate, read_copy,
              "Where each file is wanted, like `node-*/conf/{path}`: once below "
              "each folder that is there and matches. A folder without wildcards has to be there.")
          .or_single(),
      driver == nullptr ? nullptr : &driver->desired);
}

Collection actual_rows(const DriverFields* driver) {
  using C = CollectionSettings;
  const auto rows =
      Collection()
          .name("target", &C::target, "The target that is watched and repaired.")
          .was("on")
          .required()
          .pattern("value", &C::value, "What each value should be, from the columns of desired.")
          .map("fields", &C::fields, FieldType::kTemplate, config::read_template,
               "What each field of a value should be, where it has several.")
          .one_of<Coverage>("coverage", &C::coverage,
                            {{"full", Coverage::kFull}, {"partial", Coverage::kPartial}},
                            "With partial, an absent key is not drift; right for caches.")
          .duration("sweep", &C::sweep,
                    "How often a scan also looks for keys that should not be there, where actual "
                    "has no order.")
          .fallback("never");
  return with_driver_keys(rows, driver == nullptr ? nullptr : &driver->actual);
}

TableOf<IgnoreRule> ignore_rows() {
  return TableOf<IgnoreRule>()
      .pointer("path", &IgnoreRule::path, "What may differ.")
      .required()
      .text("reason", &IgnoreRule::reason, "Why it may differ.")
      .required()
      .date("expires", &IgnoreRule::expires, "The day from which it counts again.");
}

TableOf<ListKey> list_key_rows() {
  return TableOf<ListKey>()
      .pointer("path", &ListKey::path, "Where the list is.")
      .required()
      .text("by", &ListKey::by, "The member that names an item.")
      .required();
}

// How a value is compared that is data; of the whole, or of a field.
template <class T>
TableOf<T> content_rows(TableOf<T> rows, std::string format_doc) {
  return rows
      .template one_of<ContentFormat>("format", &T::format,
                                      {{"bytes", ContentFormat::kBytes},
                                       {"text", ContentFormat::kText},
                                       {"yaml", ContentFormat::kYaml},
                                       {"json", ContentFormat::kJson}},
                                      std::move(format_doc))
      .tables("ignore", &T::ignore, ignore_rows(), "Paths that may differ.")
      .list("sets", &T::sets, FieldType::kPointer, config::read_pointer,
            "Paths of lists whose order means nothing.")
      .template one_of<CompareScope>(
          "compare", &T::compare,
          {{"whole", CompareScope::kWhole}, {"declared", CompareScope::kDeclared}},
          "With declared, only what the desired value says counts; all else in the actual one is "
          "ignored and kept. With format yaml or json.")
      .tables("listKeys", &T::list_keys, list_key_rows(),
              "With compare: declared, lists whose items belong together by a member, not by "
              "position.");
}

TableOf<FieldContent> field_content_rows() {
  return content_rows(TableOf<FieldContent>()
                          .text("name", &FieldContent::name, "The column, or the field of a hash.")
                          .required(),
                      "How its values are compared.");
}

TableOf<DetectSettings> detect_rows() {
  using D = DetectSettings;
  const auto rows =
      TableOf<D>()
          .duration("for", &D::hold, "How long a difference must last before it is drift.")
          .duration("maxAge", &D::max_age, "The oldest that a reading may be to count.")
          .at_least(kMillisecond)
          .boolean("allowEmpty", &D::allow_empty,
                   "Whether an empty desired side is believed. It usually means a broken source.")
          .duration("fullEvery", &D::full_every,
                    "How often everything is compared at least, where cheaper looks are possible: "
                    "what the logs of both targets tell, their positions, or `changedSince`.")
          .at_least(kMillisecond)
          .table("signals", &D::signals, corroboration_rows(),
                 "Signals that have to say as well that something is wrong before anything is "
                 "repaired.");
  return content_rows(rows,
                      "How values are compared: as they are, as text without regard to line ends, "
                      "or as data, in which null is not the same as nothing.")
      .tables("fields", &D::fields, field_content_rows(),
              "Columns, or fields of a hash, whose values are data: the same for each of them.");
}

TableOf<HookSettings> hook_rows(const DriverFields* driver) {
  using H = HookSettings;
  return TableOf<H>()
      .name("target", &H::target, "The target that does it.")
      .required()
      .row(operation_row("run", driver, &H::run,
                         "What it does, and may do several times; the keys are the driver's."))
      .required()
      .duration("timeout", &H::timeout, "The longest that it may take each time.")
      .at_least(kMillisecond);
}

// Present only where it is written.
config::Field hook_row(std::string key, HookSettings RepairSettings::*member,
                       const DriverFields* driver, std::string doc) {
  config::Field row = TableOf<RepairSettings>()
                          .table(std::move(key), member, hook_rows(driver), std::move(doc))
                          .fields()
                          .front();
  row.absent = nullptr;
  return row;
}

TableOf<RepairSettings> repair_rows(const ReconcilerDrivers& drivers) {
  using R = RepairSettings;
  return TableOf<R>()
      .one_of<Strategy>("strategy", &R::strategy,
                        {{"rewrite", Strategy::kRewrite}, {"invalidate", Strategy::kInvalidate}},
                        "Write the desired value, or delete the wrong one so that it is made anew.")
      .boolean("prune", &R::prune, "Whether things that should not be there are deleted.")
      .boolean("allowRace", &R::allow_race,
               "Allows automatic repair where the target cannot compare and set in one step.")
      .row(hook_row("before", &R::before, drivers.before,
                    "What has to succeed before a cohort is changed. With {candidate} or {key} it "
                    "is run for each thing, else once for the cohort."))
      .row(hook_row("after", &R::after, drivers.after,
                    "What follows once a cohort was changed, and again once it was taken back. "
                    "Where it fails the changes are taken back."));
}

TableOf<CanarySettings> canary_rows() {
  using C = CanarySettings;
  return TableOf<C>()
      .list_of<Cohort, Cohort>("cohorts", &C::cohorts, FieldType::kAmount, read_cohort,
                               "Upper ends of the steps in which a plan runs, like [1, 10%, 100%].")
      .duration("hold", &C::hold, "Wait between two cohorts.");
}

Result<Risk> read_risk(std::string_view text) {
  for (const Risk risk : {Risk::kLow, Risk::kMedium, Risk::kHigh}) {
    if (text == risk_name(risk)) return risk;
  }
  return Error::invalid("write low, medium or high");
}

TableOf<ApprovalSettings> approval_rows_with_risk() {
  return approval_rows()
      .list_of<Risk, Risk>("risk", &ApprovalSettings::risk, FieldType::kText, read_risk,
                           "Plans of these risks need approval in mode auto, too; `decide.risk` "
                           "says which a plan has. One whose risk is not known needs it.")
      .fallback("none")
      .or_single();
}

TableOf<DecideSettings> decide_rows() {
  using D = DecideSettings;
  return TableOf<D>()
      .text("when", &D::when,
            "A rule that has to be true of a plan, like `plan.changes < 1000`; false, an error and "
            "what is not known hold it. Names: docs/rules.md.")
      .fallback("none")
      .text("risk", &D::risk,
            "A rule that gives 'low', 'medium' or 'high', for `gates.approval.risk`.")
      .fallback("none")
      .table("policy", &D::policy, policy_rows(),
             "A policy that has to allow it: a document of an Open Policy Agent.");
}

TableOf<MaxChanges> max_deletes_rows() {
  return TableOf<MaxChanges>()
      .count("count", &MaxChanges::count, "Most deletions in the window.")
      .fallback("no limit")
      .at_least(1)
      .percent(
          "percent", &MaxChanges::percent,
          "Most deletions in the window, as a share of the most items that the desired side had "
          "in it. 100% lifts the cap.")
      .fallback("10%")
      .at_least(1)
      .duration("window", &MaxChanges::window, "The sliding window that is counted over.")
      .at_least(1'000'000);
}

TableOf<FlappingSettings> flapping_rows() {
  using F = FlappingSettings;
  return TableOf<F>()
      .count("after", &F::after,
             "So many repairs that converged were taken back, while the same was wanted.")
      .at_least(1)
      .duration("within", &F::within,
                "A return counts when it comes so soon after the repair and its cooldown.")
      .at_least(600'000'000)
      .duration(
          "rest", &F::rest,
          "It is left alone for so long, unless a person asks for it (apply --key); 0s: never.");
}

TableOf<GateSettings> gate_rows() {
  using G = GateSettings;
  return TableOf<G>()
      .table("maxChanges", &G::max_changes, max_changes_rows(),
             "The most that may be changed over all plans in a window.")
      .table("maxDeletes", &G::max_deletes, max_deletes_rows(),
             "The most that may be deleted over all plans in a window; one passes in any case.")
      .table("rateLimit", &G::rate_limit, rate_limit_rows(), "How fast changes are made.")
      .table("canary", &G::canary, canary_rows(), "A few changes first, then the rest.")
      .duration(
          "cooldown", &G::cooldown,
          "Rest for each resource after a repair of it; it doubles each time that the resource "
          "comes back, up to 10m.")
      .count("concurrency", &G::concurrency, "Repairs of this reconciler at once.")
      .at_least(1)
      .table("approval", &G::approval, approval_rows_with_risk(), "Approval by people.")
      .table("calendar", &G::calendar, calendar_gate_rows(), "Times in which it repairs.")
      .table("circuitBreaker", &G::breaker, breaker_rows(),
             "Stops a reconciler whose repairs fail.")
      .table("flapping", &G::flapping, flapping_rows(),
             "What becomes of a resource whose repairs somebody takes back.")
      .tables("throttle", &G::throttle, throttle_rows(),
              "Signals by which rateLimit.maxPerSecond is halved, and raised again in steps.")
      .tables("pauseWhen", &G::pause_when, pause_rule_rows(),
              "Signals that hold repairs back; one that has no reading does, too.");
}

TableOf<ValidateSettings> validate_rows() {
  using V = ValidateSettings;
  return TableOf<V>()
      .duration("settle", &V::settle, "Wait after a repair before looking.")
      .duration("stayGood", &V::stay_good, "How long it must stay good.")
      .duration("within", &V::within, "The longest that validation may take.")
      .at_least(kMillisecond)
      .section(
          "independent",
          TableOf<V>()
              .name("target", &V::independent, "A target that reaches the same things another way.")
              .was("on")
              .required(),
          "A second look by another path than the one that repaired.");
}

TableOf<SloSettings> slo_rows() {
  using S = SloSettings;
  return TableOf<S>()
      .section("timeToConverge",
               TableOf<S>()
                   .duration("p95", &S::time_to_converge_p95, "For 95 of 100 drifts.")
                   .fallback("none")
                   .at_least(kMillisecond),
               "From the drift to its validated end.")
      .percent("successRate", &S::success_rate, "Share of repairs that converge.")
      .fallback("none")
      .duration("reopenWithin", &S::reopen_within,
                "A drift that comes back within this time counts as not repaired.");
}

}  // namespace

Fields reconciler_fields(const ReconcilerDrivers& drivers) {
  using R = ReconcilerSettings;
  const auto wake =
      TableOf<WakeSettings>()
          .list("targets", &WakeSettings::targets, FieldType::kName, config::read_name,
                "Targets that report changes.")
          .was("on")
          .or_single()
          .list("signals", &WakeSettings::signals, FieldType::kName, config::read_name,
                "Signals whose detectors wake it when they begin to fire.")
          .or_single();
  const auto spec =
      TableOf<R>()
          .one_of<Mode>("mode", &R::mode, mode_words(),
                        "How far it goes by itself: look, plan, ask, or repair.")
          .one_of<Priority>("priority", &R::priority, priority_words(),
                            "Which of its owner's repairs go first: 16 high, 4 normal, 1 low.")
          .boolean("suspend", &R::suspend,
                   "Stops its own checks and repairs; what a person asks for is still done.")
          .duration("interval", &R::interval, "Longest time between two checks.")
          .at_least(100 * kMillisecond)
          .table("wake", &R::wake, wake, "What starts a check before the interval ends.")
          .table("desired", &R::desired, desired_rows(drivers.desired), "What should be.")
          .required()
          .table("actual", &R::actual, actual_rows(drivers.actual), "What is.")
          .required()
          .table("detect", &R::detect, detect_rows(), "When a difference is drift.")
          .table("decide", &R::decide, decide_rows(), "What has to be true of a plan.")
          .table("repair", &R::repair, repair_rows(drivers), "How drift is repaired.")
          .table("gates", &R::gates, gate_rows(), "What holds a repair back.")
          .table("retry", &R::retry, retry_rows<RetrySettings>(),
                 "What happens after a failed attempt.")
          .table("validate", &R::validate, validate_rows(), "When a repair counts as done.")
          .table("slo", &R::slo, slo_rows(), "What is promised.")
          .list("notify", &R::notify, FieldType::kName, config::read_name,
                "Channels that are told when it needs somebody.")
          .or_single();
  return envelope("Reconciler",
                  TableOf<R>()
                      .table("labels", &R::labels, label_rows(true), "Labels; four are required.")
                      .required(),
                  spec);
}

}  // namespace sideband::policy
