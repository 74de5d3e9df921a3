// Settings of a postgresql.conf text.
// https://www.postgresql.org/docs/15/config-setting.html#CONFIG-SETTING-CONFIGURATION-FILE
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sideband::scan {

// Names in lower case; the last value of a name wins; include directives are settings like others.
std::map<std::string, std::string> parse_postgres_config(std::string_view text);

}  // namespace sideband::scan
