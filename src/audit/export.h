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

}  // namespace sideband
