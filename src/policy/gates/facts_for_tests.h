// Facts that every gate passes, to be spoilt one by one.
#pragma once

#include "policy/calendar.h"
#include "policy/decision_rules.h"
#include "policy/facts.h"

namespace sideband {

inline const WallTime kGateNow = from_us(1'800'000'000'000'000);

// Owns the settings that its facts point to.
struct GoodFacts {
  GoodFacts() {
    settings.name = "shop";
    settings.mode = Mode::kAuto;
    settings.gates.max_changes = {0, 200'000, std::chrono::hours(1)};
    guardrails.max_changes = {100, 0, std::chrono::hours(1)};
  }

  // Of a scan of 100 items of which 4 differ and 2 are to be deleted.
  [[nodiscard]] Facts facts(Phase phase) const {
    SourceState source;
    source.condition = SourceCondition::kGood;
    source.desired = source.baseline = source.fewest = 100;
    source.since = kGateNow;
    return Facts{.phase = phase,
                 .now = kGateNow,
                 .reconciler = "shop",
                 .settings = settings,
                 .guardrails = &guardrails,
                 .rules = rules,
                 .times = times,
                 .requester = std::string(kLoopIdentity),
                 .released = {},
                 .plan = {.hash = "h1",
                          .changes = 4,
                          .creates = 1,
                          .updates = 1,
                          .deletes = 2,
                          .whole = true,
                          .undo = false,
                          .observed_at = kGateNow,
                          .desired = std::int64_t{100},
                          .current = true},
                 .source = source,
                 .pause = {},
                 .silence = {},
                 .unsigned_for = Duration(0),
                 .declined_by = std::string(),
                 .window = ChangeWindow(),
                 .site_window = ChangeWindow(),
                 .deletes = ChangeWindow(),
                 .approval = {.given = std::int64_t{0}},
                 .place = {.room = true, .site_room = true, .locked = true},
                 .signals = {},
                 .breaker = Breaker(),
                 .evidence = {},
                 .policies = {}};
  }

  ReconcilerSettings settings;
  GuardrailSettings guardrails;
  DecisionRules rules;
  OpenTimes times;
};

}  // namespace sideband
