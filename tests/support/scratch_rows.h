// Texts under names, for tests of transactions that do not care what a row means: kept as pauses of
// reconcilers that nobody runs.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/store.h"

namespace sideband {

inline Result<void> put_scratch(StoreTx& tx, const std::string& name, const std::string& text) {
  return tx.put_pause(name, Pause{"", text, {}});
}

inline Result<void> erase_scratch(StoreTx& tx, const std::string& name) {
  return tx.put_pause(name, {});
}

inline Result<std::optional<std::string>> scratch(StoreReader& reader, const std::string& name) {
  SB_ASSIGN(const auto row, reader.pause(name));
  return row ? std::optional(row->reason) : std::nullopt;
}

// Those whose names begin with `prefix`, by name.
inline Result<std::vector<std::pair<std::string, std::string>>> scratch_rows(
    StoreReader& reader, const std::string& prefix) {
  SB_ASSIGN(const auto rows, reader.pauses());
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, pause] : rows) {
    if (name.starts_with(prefix)) out.emplace_back(name, pause.reason);
  }
  return out;
}

}  // namespace sideband
