// Rulesets as `nft -j list ruleset` prints them, without what changes by itself, and how two of
// them differ. https://manpages.debian.org/bookworm/nftables/libnftables-json.5.en.html
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband::scan {

// One table: its chains with their rules in order, and its sets, maps and other objects.
struct NftTable {
  std::map<std::string, std::vector<std::string>> rules;  // by chain; JSON without handles
  std::map<std::string, std::string> objects;             // "chain input" → its JSON
  std::set<std::string> filled;  // "set bans": those that fill themselves and are not empty
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

// What loading the file over the loaded rules does beside mending them.
struct NftEffect {
  std::vector<std::string>
      dropped;         // "ip docker", "ip nat chain DOCKER": not of the file, and gone
  bool mends = false;  // false: the file's tables are not as it says, or nobody knows

  [[nodiscard]] bool safe() const { return mends && dropped.empty(); }
};

// `after`: the rules when the file was loaded over a copy of `loaded`.
NftEffect nft_effect(const NftRuleset& loaded, const NftRuleset& file, const NftRuleset& after);
std::string nft_effect_text(const NftEffect& effect);

// The tables that only `loaded` has.
std::vector<std::string> tables_not_in(const NftRuleset& loaded, const NftRuleset& file);
// Statements that make these tables, empty; but for names that nft itself cannot read back.
std::string empty_nft_tables(const std::vector<std::string>& tables);

}  // namespace sideband::scan
