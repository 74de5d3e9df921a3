#include "audit/verify/tiles.h"

#include <algorithm>

#include "audit/verify/tile_folder.h"
#include "merkle/tiles.h"

namespace sideband {
namespace {

// How many nodes of a level a tree of `size` leaves has whole.
std::uint64_t nodes_of(std::uint64_t size, int level) {
  const int bits = level * kTileHeight;
  return bits >= 64 ? 0 : size >> bits;
}

class TileVerifier {
 public:
  TileVerifier(const VerifyTilesRequest& request, const LogHeads& heads)
      : folder_(request.folder),
        size_(heads.head->size),
        root_(heads.head->root),
        checker_(heads, Producer::kAny),
        tiles_([this](const Tile& made) { return compare(made); }),
        hashes_only_(request.hashes_only) {}

  Result<VerifyReport> run() {
    for (std::uint64_t n = 0; n * kTileWidth < size_; ++n) SB_TRY(take_leaves(n));
    SB_TRY(tiles_.finish());
    return checker_.finish();
  }

 private:
  [[nodiscard]] std::uint64_t width_at(int level, std::uint64_t index) const {
    return std::min(kTileWidth, nodes_of(size_, level) - index * kTileWidth);
  }

  Result<void> take_leaves(std::uint64_t n) {
    const std::uint64_t width = width_at(0, n);
    SB_ASSIGN(const auto bundle, folder_.bundle(n, width));
    SB_ASSIGN(const auto listed, folder_.tile(0, n, width));
    if (!listed) return missing(0, n, width);
    if (!bundle) return pass_leaves(n, width, *listed);
    for (std::size_t i = 0; i < bundle->entries.size(); ++i) {
      const Digest hash = leaf_hash(bundle->entries.at(i));
      if (hash != listed->at(i)) return differs(n * kTileWidth + i);
      SB_TRY(checker_.take(bundle->entries.at(i), hash));
      SB_TRY(tiles_.append(hash));
    }
    if (bundle->is_whole) return {};
    return bad_index(n * kTileWidth + bundle->entries.size(),
                     tile_path(kEntriesLevel, n, width) + " is cut there, or goes on");
  }

  Result<void> pass_leaves(std::uint64_t n, std::uint64_t width,
                           const std::vector<Digest>& listed) {
    if (!hashes_only_) {
      return bad_index(n * kTileWidth, tile_path(kEntriesLevel, n, width) +
                                           " is missing; the tree alone is checked when you ask "
                                           "for it (--hashes-only)");
    }
    for (const Digest& hash : listed) {
      SB_TRY(checker_.pass(hash));
      SB_TRY(tiles_.append(hash));
    }
    return {};
  }

  // Of level 0 each hash was compared already, so that its index could be told.
  Result<void> compare(const Tile& made) {
    if (made.level == 0) return {};
    const std::uint64_t width = made.hashes.size();
    SB_ASSIGN(const auto listed, folder_.tile(made.level, made.index, width));
    if (!listed) return missing(made.level, made.index, width);
    if (*listed == made.hashes) return {};
    return Error::corrupt(tile_path(made) + " is not what the tiles below it make");
  }

  static Error missing(int level, std::uint64_t index, std::uint64_t width) {
    return Error::corrupt(tile_path(std::to_string(level), index, width) +
                          " is missing, which a log of this size has");
  }

  // Whether the entry or its listed hash was changed: the tree of all listed ones tells.
  Result<void> differs(std::uint64_t index) {
    CompactRange tree;
    for (std::uint64_t n = 0; n * kTileWidth < size_; ++n) {
      SB_ASSIGN(const auto listed, folder_.tile(0, n, width_at(0, n)));
      if (!listed) return missing(0, n, width_at(0, n));
      for (const Digest& hash : *listed) tree.append(hash);
    }
    if (tree.root() == root_) return bad_index(index, "the entry is not the one that was signed");
    return bad_index(index, "the entry and its hash in the tile of level 0 differ");
  }

  const TileFolder folder_;
  const std::uint64_t size_;
  const Digest root_;
  LeafChecker checker_;
  TileBuilder tiles_;
  const bool hashes_only_;
};

}  // namespace

Result<VerifyReport> verify_tiles(const VerifyTilesRequest& request) {
  const std::string& origin = request.origin ? *request.origin : request.key.name;
  SB_ASSIGN(const std::string note, TileFolder(request.folder).checkpoint());
  SB_ASSIGN(const Checkpoint head, open_checkpoint(note, request.key, origin));
  SB_ASSIGN(const LogHeads heads, open_heads(head, request.saved_note, request.key, origin));
  return TileVerifier(request, heads).run();
}

}  // namespace sideband
