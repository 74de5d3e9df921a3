#include "settings/kinds.h"

#include "settings/breakers.h"
#include "settings/calendar_fields.h"
#include "settings/channel.h"
#include "settings/envelope.h"
#include "settings/playbook_fields.h"
#include "settings/reconciler_fields.h"
#include "settings/signal_fields.h"

namespace sideband::policy {

using config::DriverFields;
using config::Field;
using config::Fields;
using config::FieldType;
using config::TableOf;

namespace {

TableOf<TargetLimits> limit_rows() {
  return TableOf<TargetLimits>()
      .count("connections", &TargetLimits::connections, "Connections open at once.")
      .at_least(1)
      .count("readsPerSecond", &TargetLimits::reads_per_second,
             "Items read per second, evenly: 5 ms worth at once.")
      .fallback("no limit")
      .count("writesPerSecond", &TargetLimits::writes_per_second,
             "Items changed per second, evenly: 5 ms worth at once.")
      .fallback("no limit")
      .size("bytesPerSecond", &TargetLimits::bytes_per_second,
            "Bytes read and written per second, evenly.")
      .fallback("no limit")
      .duration("statementTimeout", &TargetLimits::statement_timeout,
                "Longest time that one request to the target may take.")
      .at_least(1000);
}

Field driver_row(const std::vector<DriverFields>& drivers) {
  std::vector<std::pair<std::string, std::string>> words;
  for (const DriverFields& driver : drivers) words.emplace_back(driver.name, driver.name);
  return TableOf<TargetSettings>()
      .one_of<std::string>("driver", &TargetSettings::driver, words, "How the system is talked to.")
      .required()
      .fields()
      .front();
}

bool has_required(const Fields& fields) {
  for (const Field& field : fields) {
    if (field.required) return true;
  }
  return false;
}

TableOf<RetentionSettings> retention_rows() {
  using R = RetentionSettings;
  constexpr std::int64_t kHour = Duration(std::chrono::hours(1)).count();
  return TableOf<R>()
      .duration("repairs", &R::repairs,
                "After its end a repair is kept for so long, with its plan, steps and approvals.")
      .at_least(24 * kHour)
      .duration("undo", &R::undo,
                "For so long after its end a repair is kept whatever `budget` says, so that it can "
                "be taken back. Not longer than `repairs`.")
      .at_least(kHour)
      .duration("decisions", &R::decisions,
                "Decisions that changed nothing, and their plans, are kept for so long.")
      .at_least(kHour)
      .duration("drafts", &R::drafts,
                "Plans that a crash left unfinished are kept for so long; longer than any scan.")
      .at_least(kHour)
      .size("budget", &R::budget,
            "When the content of all these is larger, the oldest ended repairs go early.")
      .fallback("2GiB")
      .at_least(std::int64_t{1} << 20);
}

}  // namespace

Fields target_fields(const DriverFields* driver, const std::vector<DriverFields>& drivers) {
  TableOf<TargetSettings> spec;
  spec.row(driver_row(drivers));
  const std::string connect_doc = "How to reach it; the keys are the driver's.";
  if (driver == nullptr) {
    spec.row(unread_row("connect", connect_doc))
        .row(unread_row("*", "Credentials; the keys are the driver's."));
  } else {
    spec.options_table("connect", driver->connect, &TargetSettings::connect, connect_doc);
    if (has_required(driver->connect)) spec.required();
    spec.options(driver->credentials, &TargetSettings::connect);
  }
  spec.table("limits", &TargetSettings::limits, limit_rows(),
             "What sideband may use of it, whatever it wants.");
  return envelope("Target",
                  TableOf<TargetSettings>().table("labels", &TargetSettings::labels,
                                                  label_rows(false), "Labels."),
                  spec);
}

Fields guardrails_fields() {
  using G = GuardrailSettings;
  return envelope(
      "Guardrails", TableOf<G>(),
      TableOf<G>()
          .one_of<Mode>("maxMode", &G::max_mode, mode_words(), "The most that any mode may be.")
          .section("decide",
                   TableOf<G>()
                       .text("when", &G::when,
                             "A rule that has to be true of every plan, beside that of its "
                             "reconciler. Names: docs/rules.md.")
                       .fallback("none")
                       .table("policy", &G::policy, policy_rows(),
                              "A policy that has to allow every plan, beside that of its "
                              "reconciler: a document of an Open Policy Agent."),
                   "What has to be true of a plan.")
          .table("calendar", &G::calendar, calendar_gate_rows(),
                 "Times in which repairs are made; those of a reconciler count as well.")
          .table("maxChanges", &G::max_changes, max_changes_rows(),
                 "The most that any reconciler may change.")
          .table("rateLimit", &G::rate_limit, rate_limit_rows(),
                 "The fastest that any reconciler may change things.")
          .section("rateLimits",
                   TableOf<G>()
                       .map("owners", &G::owner_rates, FieldType::kCount, parse_count,
                            "Changes per second of all reconcilers of an owner together.")
                       .at_least(1)
                       .map("targets", &G::target_rates, FieldType::kCount, parse_count,
                            "Changes per second that all reconcilers make on a target together.")
                       .at_least(1),
                   "How fast changes are made in sum, beside the rate of each reconciler.")
          .count("concurrency", &G::concurrency, "Repairs at once over all reconcilers.")
          .fallback("no limit")
          .at_least(1)
          .map("shares", &G::shares, FieldType::kCount, parse_count,
               "Shares of owners in the queue; whoever is not named has 1.")
          .at_least(1)
          .table("retention", &G::retention, retention_rows(),
                 "How long the store keeps what has ended. Audit records are kept for ever.")
          .table("circuitBreaker", &G::breaker, breaker_rows(),
                 "Stops each reconciler whose repairs fail; each can only be tighter.")
          .tables("pauseWhen", &G::pause_when, pause_rule_rows(),
                  "Signals that hold every reconciler back; each can only be tighter."));
}

Fields group_fields() {
  using G = GroupSettings;
  return envelope("Group", TableOf<G>(),
                  TableOf<G>()
                      .list("members", &G::members, FieldType::kText, config::read_text,
                            "Identities of its members.")
                      .required());
}

std::vector<Kind> all_kinds(const std::vector<DriverFields>& drivers) {
  return {
      {"Target", "One system that can be reached.", target_fields(nullptr, drivers)},
      {"Reconciler", "The loop for one class of drift.", reconciler_fields({})},
      {"Playbook", "Ordered steps that a person starts, with what takes them back.",
       playbook_fields([](const std::string&) { return nullptr; })},
      {"Guardrails", "Site ceilings, which a reconciler can only tighten. One at most.",
       guardrails_fields()},
      {"Channel", "Where people are told that a reconciler needs them.", channel_fields(nullptr)},
      {"Group", "A named set of identities, for approvals.", group_fields()},
      {"Calendar", "Times of a week or of their own, for `calendar` gates.", calendar_fields()},
      {"Signal", "One number that is measured, for gates.", signal_fields(drivers)}};
}

}  // namespace sideband::policy
