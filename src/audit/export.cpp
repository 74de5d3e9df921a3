#include "audit/export.h"

#include "audit/export_folder.h"
#include "audit/stored_leaves.h"
#include "base/bytes.h"
#include "base/jcs.h"
#include "merkle/compact_range.h"

namespace sideband {
namespace {

Result<void> put_whole(ExportFolder::File& file, const std::string& content) {
  SB_TRY(file.put(content));
  return file.finish();
}

Result<void> put_leaves(Store& store, ExportFolder::File& records, ExportFolder::File& hashes,
                        std::int64_t to) {
  const auto put = [&](const AuditLeaf& leaf) -> Result<void> {
    SB_TRY(records.put(leaf.record + '\n'));
    return hashes.put(as_bytes(leaf_hash(leaf.record)));
  };
  SB_TRY(for_each_leaf(store, to, put));
  SB_TRY(records.finish());
  return hashes.finish();
}

}  // namespace

Result<ExportSummary> export_log(Store& store, const std::string& path,
                                 const std::string& keep_out) {
  SB_ASSIGN(const CheckpointRow checkpoint, last_checkpoint(store));
  SB_ASSIGN(ExportFolder folder, ExportFolder::open(path, keep_out));
  // All four first: where one of them is there already nothing is written.
  SB_ASSIGN(auto records, folder.create("leaves.jsonl"));
  SB_ASSIGN(auto hashes, folder.create("leaves.hashes"));
  SB_ASSIGN(auto note, folder.create("checkpoint"));
  SB_ASSIGN(auto manifest, folder.create("manifest.json"));
  SB_TRY(put_leaves(store, records, hashes, checkpoint.size));
  const std::string origin = checkpoint.note.substr(0, checkpoint.note.find('\n'));
  SB_TRY(put_whole(note, checkpoint.note));
  SB_TRY(put_whole(manifest, JsonObject()
                                     .add("format", "sideband-export/1")
                                     .add("from", 0)
                                     .add("origin", origin)
                                     .add("to", checkpoint.size)
                                     .text() +
                                 "\n"));
  folder.keep();
  return ExportSummary{checkpoint.size, origin};
}

}  // namespace sideband
