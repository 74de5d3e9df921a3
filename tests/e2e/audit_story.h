// What an exported audit log alone tells of each repair, without the code that wrote it.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace sideband::e2e {

using Json = nlohmann::json;

// The records of an export, in order.
std::vector<Json> read_leaves(const std::string& folder);

// Test failures where the log breaks a promise: a step with other than one outcome though its
// repair ended (P-4), a token that fell (P-5), another end than the one that `repairs`, the answer
// of the API, shows (P-17), or a repair of `accepted` that is missing in either (P-1).
void check_story(const std::vector<Json>& leaves, const Json& repairs,
                 const std::set<std::string>& accepted);

// How many changes began for this reconciler, each counted once however often it was resumed, and
// those of ways back not at all (P-9).
std::int64_t changes_begun(const std::vector<Json>& leaves, const std::string& reconciler);

}  // namespace sideband::e2e
