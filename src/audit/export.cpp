#include "audit/export.h"

#include <functional>

#include "audit/export_folder.h"
#include "base/bytes.h"
#include "base/jcs.h"
#include "merkle/proof.h"

namespace sideband {
namespace {

constexpr std::int64_t kLeavesAtOnce = 1000;

Result<CheckpointRow> last_checkpoint(Store& store) {
  std::optional<CheckpointRow> last;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(last, reader.last_checkpoint());
    return {};
  }));
  if (!last) {
    return Error::not_found(
        "no checkpoint is signed yet: nothing is in the audit log, or the daemon's log says why");
  }
  return std::move(*last);
}

// Calls `each` for the leaves before `to`, in short reads.
Result<void> for_each_leaf(Store& store, std::int64_t to,
                           const std::function<Result<void>(const AuditLeaf&)>& each) {
  for (std::int64_t next = 0; next < to;) {
    std::vector<AuditLeaf> page;
    SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(page, reader.audit_leaves(next, std::min(kLeavesAtOnce, to - next)));
      return {};
    }));
    for (const AuditLeaf& leaf : page) {
      if (leaf.index != next) break;
      SB_TRY(each(leaf));
      ++next;
    }
    if (page.empty() || page.back().index != next - 1) {
      return Error::corrupt("audit leaf " + std::to_string(next) + " is missing in the store");
    }
  }
  return {};
}

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

Result<LeafProof> prove_leaf(Store& store, std::int64_t index) {
  SB_ASSIGN(const CheckpointRow checkpoint, last_checkpoint(store));
  if (index < 0 || index >= checkpoint.size) {
    return Error::not_found("leaf " + std::to_string(index) + " is not under a checkpoint; the " +
                            "last one covers " + std::to_string(checkpoint.size) + " leaves");
  }
  LeafProof made;
  RangeRoots roots(inclusion_ranges(static_cast<std::uint64_t>(index),
                                    static_cast<std::uint64_t>(checkpoint.size)));
  SB_TRY(for_each_leaf(store, checkpoint.size, [&](const AuditLeaf& leaf) -> Result<void> {
    if (leaf.index == index) made.record = leaf.record;
    roots.add(leaf_hash(leaf.record));
    return {};
  }));
  made.proof = "c2sp.org/tlog-proof@v1\nindex " + std::to_string(index) + "\n";
  for (const Digest& root : roots.roots()) made.proof += to_base64(as_bytes(root)) + "\n";
  made.proof += "\n" + checkpoint.note;
  return made;
}

}  // namespace sideband
