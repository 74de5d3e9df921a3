#include "audit/export.h"

#include "audit/export_folder.h"
#include "audit/stored_leaves.h"
#include "base/bytes.h"
#include "base/jcs.h"
#include "merkle/tiles.h"

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

// The first line of a checkpoint.
std::string origin_of(const CheckpointRow& checkpoint) {
  return checkpoint.note.substr(0, checkpoint.note.find('\n'));
}

// Writes the tiles of a log and its entry bundles into a folder.
class TileExport {
 public:
  explicit TileExport(ExportFolder& folder)
      : folder_(folder), tiles_([this](const Tile& tile) { return put(tile); }) {}

  Result<void> take(const AuditLeaf& leaf) {
    const std::size_t length = leaf.record.size();
    bundle_ += {static_cast<char>(length >> 8U & 0xFFU), static_cast<char>(length & 0xFFU)};
    bundle_ += leaf.record;
    return tiles_.append(leaf_hash(leaf.record));
  }
  Result<void> finish() { return tiles_.finish(); }

 private:
  // A tile of leaves is full, or the last one, when its bundle is.
  Result<void> put(const Tile& tile) {
    std::string bytes;
    for (const Digest& hash : tile.hashes) bytes += as_bytes(hash);
    SB_TRY(put_file(tile_path(tile), bytes));
    if (tile.level > 0) return {};
    SB_TRY(put_file(tile_path(kEntriesLevel, tile.index, tile.hashes.size()), bundle_));
    bundle_.clear();
    return {};
  }

  Result<void> put_file(const std::string& name, const std::string& bytes) {
    SB_ASSIGN(auto file, folder_.create(name));
    return put_whole(file, bytes);
  }

  ExportFolder& folder_;
  TileBuilder tiles_;
  std::string bundle_;
};

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
  const std::string origin = origin_of(checkpoint);
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

Result<ExportSummary> export_tiles(Store& store, const std::string& path,
                                   const std::string& keep_out) {
  SB_ASSIGN(const CheckpointRow checkpoint, last_checkpoint(store));
  SB_ASSIGN(ExportFolder folder, ExportFolder::open(path, keep_out));
  SB_ASSIGN(auto note, folder.create("checkpoint"));
  TileExport tiles(folder);
  SB_TRY(for_each_leaf(store, checkpoint.size,
                       [&tiles](const AuditLeaf& leaf) { return tiles.take(leaf); }));
  SB_TRY(tiles.finish());
  SB_TRY(put_whole(note, checkpoint.note));
  folder.keep();
  return ExportSummary{checkpoint.size, origin_of(checkpoint)};
}

Result<ExportSummary> export_as(ExportForm form, Store& store, const std::string& path,
                                const std::string& keep_out) {
  return form == ExportForm::kTiles ? export_tiles(store, path, keep_out)
                                    : export_log(store, path, keep_out);
}

}  // namespace sideband
