// Numbers of enumerators as statements and indexes of the schema write them: each is checked
// against the C++ enum, so that an enumerator that moves breaks the build and not a store.
#pragma once

#include <string_view>

#include "model/repair.h"

namespace sideband {

template <class Enum>
consteval bool sql_is(std::string_view digits, Enum value) {
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number == static_cast<int>(value);
}

#define SB_SQL_QUEUED "1"
static_assert(sql_is(SB_SQL_QUEUED, RepairState::kQueued));
#define SB_SQL_SCHEDULED "2"
static_assert(sql_is(SB_SQL_SCHEDULED, RepairState::kScheduled));
#define SB_SQL_RUNNING "3"
static_assert(sql_is(SB_SQL_RUNNING, RepairState::kRunning));
#define SB_SQL_VALIDATING "4"
static_assert(sql_is(SB_SQL_VALIDATING, RepairState::kValidating));
#define SB_SQL_COMPENSATING "6"
static_assert(sql_is(SB_SQL_COMPENSATING, RepairState::kCompensating));
// The first of the states that nothing moves any more: an active repair is before it.
#define SB_SQL_TERMINAL "7"
static_assert(sql_is(SB_SQL_TERMINAL, RepairState::kConverged));

#define SB_SQL_DRIFT_OPEN "1"
static_assert(sql_is(SB_SQL_DRIFT_OPEN, DriftState::kOpen));
#define SB_SQL_DRIFT_ATTACHED "2"
static_assert(sql_is(SB_SQL_DRIFT_ATTACHED, DriftState::kAttached));
#define SB_SQL_DRIFT_COOLING "3"
static_assert(sql_is(SB_SQL_DRIFT_COOLING, DriftState::kCooling));
// From here on they rest.
static_assert(DriftState::kLeftAlone > DriftState::kCooling);

#define SB_SQL_DRAFT "0"
static_assert(sql_is(SB_SQL_DRAFT, PlanState::kDraft));

}  // namespace sideband
