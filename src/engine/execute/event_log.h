// The lines of the log that tell what became of drift: one event one line, at level info, only when
// something changed. Keys are named as far as a line is read; values never are.
#pragma once

#include <string>
#include <vector>

#include "model/repair.h"

namespace sideband {

inline constexpr std::size_t kLoggedKeys = 5;

// Some keys of many, for one line.
struct LoggedKeys {
  std::int64_t count = 0;
  std::vector<std::string> first;  // up to kLoggedKeys

  void add(const std::string& key);
  void add(const LoggedKeys& more);
};

// Nothing is logged where there are none.
void log_drift_opened(const std::string& reconciler, const LoggedKeys& keys);
// They are left alone, because somebody takes their repairs back.
void log_flapping(const std::string& reconciler, const LoggedKeys& keys);
// `left`: what still differs.
void log_drift_closed(const std::string& reconciler, std::int64_t closed, std::int64_t left);

void log_plan_held(const Plan& plan, const std::vector<Reason>& reasons, const LoggedKeys& keys);
// It waits for people; `released`: the gates that were released for it.
void log_awaits_approval(const Repair& repair, const Plan& plan);
// A person said yes or no; `given` of `needed` said yes so far.
void log_approved(const Repair& repair, const std::string& by, std::int64_t given,
                  std::int64_t needed);
void log_rejected(const Repair& repair, const std::string& by, const std::string& comment);

void log_repair_started(const Repair& repair, const Plan& plan);
void log_repair_ended(const Repair& repair);

}  // namespace sideband
