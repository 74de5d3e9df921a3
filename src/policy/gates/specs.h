// The gates, by the file of this folder in which each stands.
#pragma once

#include "policy/gates/gate.h"

namespace sideband {

GateSpec pause_gate();             // pause.cpp
GateSpec silence_gate();           // silence.cpp
GateSpec audit_gate();             // audit.cpp
GateSpec suspend_gate();           // suspend.cpp
GateSpec configuration_gate();     // configuration.cpp
GateSpec source_gate();            // source.cpp
GateSpec allow_empty_gate();       // allow_empty.cpp
GateSpec max_age_gate();           // max_age.cpp
GateSpec declined_gate();          // declined.cpp
GateSpec mode_gate();              // mode.cpp
GateSpec calendar_gate();          // calendar.cpp
GateSpec circuit_breaker_gate();   // circuit_breaker.cpp
GateSpec max_changes_gate();       // max_changes.cpp
GateSpec site_changes_gate();      // site_changes.cpp
GateSpec max_deletes_gate();       // max_deletes.cpp
GateSpec rule_gate();              // rule.cpp
GateSpec approval_gate();          // approval.cpp
GateSpec concurrency_gate();       // concurrency.cpp
GateSpec site_concurrency_gate();  // site_concurrency.cpp
GateSpec lock_gate();              // lock.cpp
GateSpec startable_by_gate();      // startable_by.cpp
GateSpec review_by_gate();         // review_by.cpp
GateSpec on_failure_gate();        // on_failure.cpp
GateSpec pause_when_gate();        // pause_when.cpp
GateSpec policy_gate();            // policy.cpp
GateSpec corroboration_gate();     // corroboration.cpp

}  // namespace sideband
