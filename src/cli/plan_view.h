// A plan as people read it: changes with typed diffs, the summary line, and what the gates say.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "model/repair.h"

namespace sideband::cli {

struct ViewOptions {
  bool color = false;
  std::size_t max_changes = 20;  // the rest is counted
  std::size_t max_lines = 12;    // of one change's diff
};

// Changes one by one: "~ key", then its differences. Values are escaped; control characters of a
// hostile value cannot reach the terminal.
void print_changes(std::ostream& out, const std::vector<Change>& changes, std::int64_t total,
                   const ViewOptions& options);

// "Plan: 5 to update of 20 (25 %)".
std::string plan_summary(const PlanCounts& counts);

// A reason in words, of this process or of the API.
struct ReasonView {
  std::string gate;
  Truth passes = Truth::kUnknown;
  std::string saw;
  std::string opens;
};
std::vector<ReasonView> views_of(const std::vector<Reason>& reasons);

// One line a gate: "ok", "STOP" or "?" with what it saw and how it opens.
void print_reasons(std::ostream& out, const std::vector<ReasonView>& reasons,
                   const ViewOptions& options);

// Lines that say how two values differ, each starting with +, - or ~.
std::vector<std::string> value_diff(const std::string& key, const State& found, const State& want);

// A value for a terminal. Text as it is, control characters as escapes; quoted where it is empty or
// begins or ends with a space or a quote; other bytes as "\x0a1b", with their number.
std::string value_text(const std::string& value);

// Text for a terminal: control characters as escapes, cut after `most` characters.
std::string safe_text(const std::string& text, std::size_t most);

}  // namespace sideband::cli
