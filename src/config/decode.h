// Reading a map by a field table, and what the readers of its rows share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/field_table.h"

namespace sideband::config {

std::shared_ptr<const Fields> share(Fields fields);

// Reads a map into `out` row by row: unknown keys with suggestions, missing required keys, values.
// Reports everything wrong; members of `out` without a good value keep what they had.
void decode(const Fields& fields, const Node& node, const std::string& path, void* out,
            Messages& messages);

// Puts what stands when keys are absent, for a whole table that is absent.
void fill_absent(const Fields& fields, void* out);

// The keys of a table, for did_you_mean.
std::vector<std::string> keys_of(const Fields& fields);

// The text of a scalar node, or nothing after reporting that something else stands there.
const std::string* scalar_text(const Reading& reading);

// Which of the field's values stands there; nothing after reporting another one.
std::optional<std::size_t> word_index(const Reading& reading);

// Reports that `expected` ("a map") should stand there; `advice` says what next.
void report_kind(const Reading& reading, std::string_view expected, std::string_view advice = "");

// "spec" and "mode" to "spec.mode".
std::string join_path(const std::string& path, std::string_view key);

// Texts of default values. Nothing for zero and empty: the row says in words what that means.
std::string fallback_text(const std::string& value);
std::string fallback_text(Duration value);
std::string fallback_text(std::int64_t value);
std::string fallback_text(double value);
std::string fallback_text(bool value);

// Reports `error` at the value that `reading` is about.
void report(const Reading& reading, const Error& error);
// False after reporting a number below the field's minimum.
bool check_minimum(const Reading& reading, std::int64_t value);

// The items of a list, or the node alone where the field allows that; reports another kind.
std::vector<const Node*> list_items(const Reading& reading);
// The same reading, for item `index`.
std::string item_path(const Reading& reading, std::size_t index);

}  // namespace sideband::config
