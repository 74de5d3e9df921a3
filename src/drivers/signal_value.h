// What the drivers' signals have in common: reading the one number that a target answered, and the
// rows of those that ask in SQL.
#pragma once

#include <string>
#include <string_view>

#include "config/field_table.h"
#include "drivers/options.h"

namespace sideband {

// A number as targets write it, "12", "-0.5", "1e3", or a truth, "true", "t", "false", "f", which
// is 1 or 0; with white space around it. kCorrupt, saying what was answered, for all else, and for
// what is not finite.
Result<double> signal_number(std::string_view text);

// kCorrupt: the answer of a signal is no reading, for this reason.
Error no_reading(std::string why);

// `sql: {query}`.
config::SignalKind sql_signal_kind();
Result<std::string> parse_sql_signal(const OptionReader& reader);

// The one of `keys` that the options have. Errors are for a person.
Result<std::string> only_one_of(const OptionReader& reader, const std::vector<std::string>& keys);

}  // namespace sideband
