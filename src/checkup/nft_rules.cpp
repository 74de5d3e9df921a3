#include "checkup/nft_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "checkup/words.h"
#include "model/document.h"

namespace sideband::scan {
namespace {

using Members = std::map<std::string, Document>;

// Whether the kernel fills the set by itself.
bool fills_itself(const Document& object) {
  const auto flags = object.members.find("flags");
  if (flags == object.members.end()) return false;
  const auto moves = [](const Document& flag) {
    return flag.text == "dynamic" || flag.text == "timeout";
  };
  if (moves(flags->second)) return true;
  return std::any_of(flags->second.items.begin(), flags->second.items.end(), moves);
}

void reset_counters(Members& counter) {
  for (const char* name : {"packets", "bytes"}) {
    if (const auto found = counter.find(name); found != counter.end()) {
      found->second = Document::number("0");
    }
  }
}

void normalise(Document& document) {
  document.members.erase("handle");
  document.members.erase("expires");
  for (auto& [name, value] : document.members) {
    if (name == "counter" && value.kind == Document::Kind::kMap) reset_counters(value.members);
    if (name == "quota" && value.kind == Document::Kind::kMap) {
      value.members.erase("used");
      value.members.erase("used_unit");
    }
    normalise(value);
  }
  for (Document& item : document.items) normalise(item);
}

// A set's elements have no order.
void sort_elements(Document& object) {
  const auto elements = object.members.find("elem");
  if (elements == object.members.end()) return;
  auto& items = elements->second.items;
  std::sort(items.begin(), items.end(),
            [](const Document& a, const Document& b) { return to_json(a) < to_json(b); });
}

void add_object(const std::string& type, Document object, NftRuleset& ruleset) {
  const bool is_table = type == "table";
  const std::string name = member_text(object, "name");
  const std::string table =
      member_text(object, "family") + " " + (is_table ? name : member_text(object, "table"));
  NftTable& into = ruleset[table];
  if (type == "rule") {
    into.rules[member_text(object, "chain")].push_back(to_json(object));
    return;
  }
  if (type == "counter") reset_counters(object.members);
  if (fills_itself(object) && object.members.erase("elem") > 0)
    into.filled.insert(type + " " + name);
  sort_elements(object);
  into.objects[is_table ? "the table itself" : type + " " + name] = to_json(object);
}

template <typename Value>
std::set<std::string> keys_of(const std::map<std::string, Value>& a,
                              const std::map<std::string, Value>& b) {
  std::set<std::string> keys;
  for (const auto& [key, value] : a) keys.insert(key);
  for (const auto& [key, value] : b) keys.insert(key);
  return keys;
}

std::vector<std::string> rules_of(const NftTable& table, const std::string& chain) {
  const auto found = table.rules.find(chain);
  return found == table.rules.end() ? std::vector<std::string>() : found->second;
}

std::string rule_difference(std::vector<std::string> loaded, std::vector<std::string> file) {
  if (loaded == file) return "";
  std::sort(loaded.begin(), loaded.end());
  std::sort(file.begin(), file.end());
  std::vector<std::string> missing, extra;
  std::set_difference(file.begin(), file.end(), loaded.begin(), loaded.end(),
                      std::back_inserter(missing));
  std::set_difference(loaded.begin(), loaded.end(), file.begin(), file.end(),
                      std::back_inserter(extra));
  if (missing.empty() && extra.empty()) return "rules in another order";
  std::vector<std::string> parts;
  const auto count = [](const std::vector<std::string>& rules) {
    return counted(static_cast<std::int64_t>(rules.size()), "rule");
  };
  if (!missing.empty()) parts.push_back(count(missing) + " of the file not loaded");
  if (!extra.empty()) parts.push_back(count(extra) + " loaded that the file does not have");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string table_difference(const NftTable& loaded, const NftTable& file) {
  std::vector<std::string> parts;
  for (const std::string& chain : keys_of(loaded.rules, file.rules)) {
    const std::string rules = rule_difference(rules_of(loaded, chain), rules_of(file, chain));
    if (!rules.empty()) parts.push_back("chain " + chain + ": " + rules);
  }
  for (const std::string& name : keys_of(loaded.objects, file.objects)) {
    const auto a = loaded.objects.find(name), b = file.objects.find(name);
    if (a == loaded.objects.end()) {
      parts.push_back(name + " is not loaded");
    } else if (b == file.objects.end()) {
      parts.push_back(name + " is not in the file");
    } else if (a->second != b->second) {
      parts.push_back(name + " differs");
    }
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

// What is in sets that fill themselves: addresses that somebody banned, for example.
void add_emptied_sets(const std::string& name, const NftTable& loaded, const NftTable& after,
                      std::vector<std::string>& dropped) {
  for (const std::string& set : loaded.filled) {
    if (after.filled.count(set) == 0) dropped.push_back("elements of " + name + " " + set);
  }
}

// Chains and sets that somebody added to a table of the file, and that are gone after it.
void add_dropped_objects(const std::string& name, const NftTable& loaded, const NftTable& file,
                         const NftTable& after, std::vector<std::string>& dropped) {
  for (const auto& [object, json] : loaded.objects) {
    const bool foreign = file.objects.count(object) == 0;
    if (foreign && after.objects.count(object) == 0) dropped.push_back(name + " " + object);
  }
}

bool same_table(const NftTable& a, const NftTable& b) {
  return a.rules == b.rules && a.objects == b.objects;
}

}  // namespace

Result<NftRuleset> parse_nft(std::string_view json) {
  SB_ASSIGN(Document whole, parse_json(json));
  const auto list = whole.members.find("nftables");
  if (list == whole.members.end() || list->second.kind != Document::Kind::kList) {
    return Error::invalid("no list of rules in what nft printed");
  }
  NftRuleset ruleset;
  for (Document& item : list->second.items) {
    normalise(item);
    for (auto& [type, object] : item.members) {
      if (type != "metainfo") add_object(type, std::move(object), ruleset);
    }
  }
  return ruleset;
}

std::vector<NftDifference> compare_nft(const NftRuleset& loaded, const NftRuleset& file) {
  std::vector<NftDifference> differences;
  for (const std::string& table : keys_of(loaded, file)) {
    const auto a = loaded.find(table), b = file.find(table);
    if (b == file.end()) {
      differences.push_back({table, "loaded, but the file knows nothing of it", true});
    } else if (a == loaded.end()) {
      differences.push_back({table, "of the file is not loaded", false});
    } else if (const auto what = table_difference(a->second, b->second); !what.empty()) {
      differences.push_back({table, what, false});
    }
  }
  return differences;
}

NftEffect nft_effect(const NftRuleset& loaded, const NftRuleset& file, const NftRuleset& after) {
  NftEffect effect;
  effect.mends = true;
  for (const auto& [name, table] : loaded) {
    const auto now = after.find(name), wanted = file.find(name);
    if (wanted != file.end()) {
      if (now == after.end()) continue;
      add_dropped_objects(name, table, wanted->second, now->second, effect.dropped);
      add_emptied_sets(name, table, now->second, effect.dropped);
    } else if (now == after.end()) {
      effect.dropped.push_back(name);
    } else if (!same_table(now->second, table)) {
      effect.dropped.push_back("parts of " + name);
    }
  }
  for (const auto& [name, table] : file) {
    const auto now = after.find(name);
    if (now == after.end() || !table_difference(now->second, table).empty()) effect.mends = false;
  }
  return effect;
}

std::string nft_effect_text(const NftEffect& effect) {
  if (!effect.dropped.empty()) {
    return fmt::format("loading it would drop what it does not have: {}; who needs that?",
                       fmt::join(effect.dropped, ", "));
  }
  return "loading it over what is loaded would not make the tables as it says, or cannot be tried";
}

std::vector<std::string> tables_not_in(const NftRuleset& loaded, const NftRuleset& file) {
  std::vector<std::string> names;
  for (const auto& [name, table] : loaded) {
    if (file.count(name) == 0) names.push_back(name);
  }
  return names;
}

std::string empty_nft_tables(const std::vector<std::string>& tables) {
  std::string text;
  for (const std::string& name : tables) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == ' ';
    });
    if (plain) text += "add table " + name + "\n";
  }
  return text;
}

}  // namespace sideband::scan
