// Takes the audit log out of the store, in a form that can be verified without us.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ports/store.h"

namespace sideband {

struct ExportSummary {
  std::int64_t leaves = 0;
  std::string origin;
};

// How the log lies in the folder.
enum class ExportForm : std::uint8_t {
  kRecords,  // the files of export_log
  kTiles     // those of export_tiles
};

// Writes into the folder `path` (made when missing, never in `keep_out`, see
// audit/export_folder.h):
//   leaves.jsonl   the canonical record of each leaf, one a line
//   leaves.hashes  32 bytes for each leaf, SHA-256(0x00 || record): names the first bad record
//   checkpoint     the signed note over exactly these leaves
//   manifest.json  {"format":"sideband-export/1","from":0,"origin":...,"to":N}
// Up to the last checkpoint of the store; later leaves are not proven yet. Blocks; memory does not
// grow with the log. kNotFound when nothing was signed yet, kConflict when one of these files is
// there already.
Result<ExportSummary> export_log(Store& store, const std::string& path,
                                 const std::string& keep_out = "");

// The same as a tree of tiles (https://c2sp.org/tlog-tiles), which any tool for such logs reads:
//   checkpoint             the signed note over exactly these leaves
//   tile/L/N[.p/W]         256 or W hashes of a level
//   tile/entries/N[.p/W]   the records of a tile of level 0, each behind its length
Result<ExportSummary> export_tiles(Store& store, const std::string& path,
                                   const std::string& keep_out = "");

// Either of them.
Result<ExportSummary> export_as(ExportForm form, Store& store, const std::string& path,
                                const std::string& keep_out = "");

}  // namespace sideband
