// The tree of RFC 6962 as tiles of 256 hashes, by https://c2sp.org/tlog-tiles: their paths, and
// which ones a log has.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "merkle/compact_range.h"

namespace sideband {

inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr int kTileHeight = 8;
inline constexpr std::string_view kEntriesLevel =
    "entries";  // in the place of a level: the bundles

// "tile/0/x001/x234/067" of tile 1234067, or "tile/0/x001/x234/067.p/112" where it is not full.
std::string tile_path(std::string_view level, std::uint64_t index, std::uint64_t width);

struct Tile {
  int level = 0;
  std::uint64_t index = 0;
  std::vector<Digest> hashes;  // 1 to 256
};
std::string tile_path(const Tile& tile);

// Makes the tiles of a log, leaf by leaf. Memory: one tile a level. Not thread-safe.
class TileBuilder {
 public:
  using Sink = std::function<Result<void>(const Tile&)>;
  // `sink` gets each tile as soon as it is full, those below first; its error ends the call.
  explicit TileBuilder(Sink sink) : sink_(std::move(sink)) {}

  Result<void> append(const Digest& leaf);
  // The tiles that are not full, once all leaves were appended.
  Result<void> finish();

 private:
  Result<void> put(int level, const Digest& hash);

  Sink sink_;
  CompactRange tree_;
  std::vector<TreeNode> made_;
  std::map<int, Tile> open_;  // by level
};

}  // namespace sideband
