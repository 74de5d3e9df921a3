// What the remote commands share: problems to exit codes, JSON back to plain data.
#pragma once

#include "cli/plan_view.h"
#include "cli/remote_context.h"
#include "model/repair.h"

namespace sideband::cli {

// 0 when the call worked with a 2xx status; else prints why and returns the exit code.
int report(RemoteContext& context, const Result<ApiAnswer>& answer);

// With the formats json and name: says that, `json` with its line end, and nothing else is to be
// said. False: it is to be shown to people.
bool said_shortly(RemoteContext& context, const std::string& json, const std::string& name);

// Whether this repair is a run of a playbook, by its `kind`.
bool is_run(const Document& repair);
PlanCounts counts_of(const Document& plan);
std::vector<ReasonView> reasons_of(const Document& decision, const char* key = "reasons");
// "gate: what it saw" of the first that did not pass.
std::string first_reason(const Document& decision);
// The value behind `key`, or the bytes of the base64 behind `key`64.
std::string bytes_of(const Document& item, const std::string& key);
std::vector<Change> changes_of(const Document& body);

// Fetches and prints the first chunk's changes, or what takes them back.
enum class Direction : std::uint8_t { kForward, kBack };
void print_remote_changes(RemoteContext& context, const std::string& plan_id, const Document& plan,
                          Direction direction = Direction::kForward);

// "2.3 s", "840 ms", "4m10s".
std::string short_duration(std::int64_t microseconds);

}  // namespace sideband::cli
