// Rulesets as `nft -j list ruleset` prints them, without what changes by itself, and how two of
// them differ. https://manpages.debian.org/bookworm/nftables/libnftables-json.5.en.html
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband::scan {

// One table: its chains with their rules in order, and its sets, maps and other objects.
struct NftTable {
  std::map<std::string, std::vector<std::string>> rules;  // by chain; JSON without handles
  std::map<std::string, std::string> objects;             // "chain input" → its JSON
};

// By "family name", for example "inet filter".
using NftRuleset = std::map<std::string, NftTable>;

// Counters count from nothing, handles are left out, and so are the elements of sets that the
// packet path fills. kInvalid for text that is none.
Result<NftRuleset> parse_nft(std::string_view json);

struct NftDifference {
  std::string table;
  std::string what;
  bool only_loaded = false;  // the file knows nothing of this table
};

std::vector<NftDifference> compare_nft(const NftRuleset& loaded, const NftRuleset& file);

}  // namespace sideband::scan
