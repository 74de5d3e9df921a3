// The text of a key that has several columns: "acme,sku-1". Pure.
//
// Parts stand in the order of the columns with a comma between them. Within a part a comma is %2C
// and a percent sign %25; nothing else is escaped, so each key has one text. The key of one column
// is its text as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sideband {

// Adds the next part of a key of several columns; `first`: nothing stands in front of it.
void add_key_part(std::string& key, std::string_view part, bool first);

// The text of a key with these parts, which are never none.
std::string join_key(const std::vector<std::string>& parts);

// The parts of a key of `count` columns; nothing where the text has another number of parts or an
// escape that join_key does not write.
std::optional<std::vector<std::string>> split_key(std::string_view key, std::size_t count);

}  // namespace sideband
