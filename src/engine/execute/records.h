// What the audit log says of each event of the engine, as canonical JSON. Values never appear:
// changes are bound by salted hashes. Texts of people and targets are clipped (kMaxRecordText).
#pragma once

#include <string>

#include "model/detection.h"
#include "model/kept_state.h"
#include "model/notice.h"
#include "model/repair.h"
#include "model/retention.h"
#include "model/settings.h"
#include "model/silence.h"
#include "model/target_identity.h"
#include "policy/facts.h"

namespace sideband {

std::string decision_record(const Decision& decision, const Plan& plan,
                            const std::string& requester);
std::string intent_record(const Repair& repair, const Plan& plan, const Step& step, WallTime at);
// `root` is step_root over the step's changes.
std::string outcome_record(const Repair& repair, const Step& step,
                           const std::vector<ChangeOutcome>& outcomes, const Digest& root,
                           WallTime at);
// A repair moved to a state by other than a step: validated, cancelled, expired, halted.
std::string state_record(const Repair& repair, RepairState from, const std::string& actor,
                         WallTime at);
std::string approval_record(const Approval& approval);
std::string switch_record(std::string_view kind, const std::string& scope, const std::string& actor,
                          const std::string& reason, WallTime at);

// Another server, run or data behind the address of `target`, as a look of `reconciler` saw it; its
// kind is "target_replaced", "target_failed_over" or "target_restarted".
std::string target_record(const std::string& target, const std::string& reconciler,
                          const KnownTarget& now);

// A silence was made, or expired; `kind` says which.
std::string silence_record(std::string_view kind, const Silence& silence, const std::string& actor,
                           WallTime at);

// The circuit breaker of the reconciler of `repair`, which ended, opened or closed.
std::string breaker_record(const Repair& repair, const Breaker& breaker,
                           const BreakerSettings& settings, WallTime at);

// Retention erased `page.rows` rows of a class, those of the times in `page`; `why` is "age" or
// "budget". One record stands for all rows of a transaction.
// Of an attempt to tell a channel something; `failure`: why it did not work, empty = it did.
std::string notice_record(const NoticeKey& key, const Notice& notice, const std::string& failure,
                          WallTime at);
std::string prune_record(StoredClass which, const PrunedPage& page, std::string_view why,
                         WallTime at);

// Who asked for a repair. One of an older build may say nobody, which no record may.
std::string_view requester_of(const Repair& repair);

// A release of the gate `source`: asked for by one person, or given, with the first one's name.
std::string acceptance_record(const std::string& reconciler, const SourceState& source,
                              const SourceAcceptance& first, bool accepted,
                              const std::string& actor, const std::string& reason, WallTime at);

// A signal begins, or ends, to hold a reconciler back by this rule: "signal_holds", "signal_opens",
// or "signal_unknown".
std::string signal_record(const std::string& reconciler, const PauseRule& rule,
                          const SignalHold& hold, std::optional<double> value, WallTime at);

// So many resources are left alone from now on, because somebody takes their repairs back:
// "flapping".
std::string flapping_record(const std::string& reconciler, std::int64_t resources,
                            const FlappingSettings& settings, WallTime at);

// A signal begins to slow a reconciler's repairs down, or lets them be as fast as configured again:
// "throttle_slows", "throttle_ends".
std::string throttle_record(const std::string& reconciler, const ThrottleRule& rule,
                            std::int64_t most, const Throttle& now);

// The detector of a signal begins or ends to fire, or to be paused by its own health:
// "detector_fires", "detector_clears", "detector_paused" or "detector_resumed".
std::string detection_record(std::string_view kind, const std::string& signal,
                             const Detection& said);

// What a policy said of a repair that could begin: "policy_allows" or "policy_denies".
std::string policy_record(const Repair& repair, const Plan& plan, const PolicyFact& fact,
                          WallTime at);

// The reasons as JSON, each with its sentence, as the API shows them.
std::string reasons_json(const std::vector<Reason>& reasons);

}  // namespace sideband
