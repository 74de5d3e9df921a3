#include "merkle/tiles.h"

#include <fmt/format.h>

namespace sideband {

std::string tile_path(std::string_view level, std::uint64_t index, std::uint64_t width) {
  std::string number = fmt::format("{:03}", index % 1000);
  for (std::uint64_t rest = index / 1000; rest > 0; rest /= 1000) {
    number = fmt::format("x{:03}/", rest % 1000).append(number);
  }
  const std::string partial = width == kTileWidth ? "" : fmt::format(".p/{}", width);
  return fmt::format("tile/{}/{}{}", level, number, partial);
}

std::string tile_path(const Tile& tile) {
  return tile_path(std::to_string(tile.level), tile.index, tile.hashes.size());
}

Result<void> TileBuilder::append(const Digest& leaf) {
  SB_TRY(put(0, leaf));
  made_.clear();
  tree_.append(leaf, kTileHeight, made_);
  for (const TreeNode& node : made_) {
    if (node.height % kTileHeight == 0) SB_TRY(put(node.height / kTileHeight, node.hash));
  }
  return {};
}

Result<void> TileBuilder::put(int level, const Digest& hash) {
  Tile& tile = open_[level];
  tile.level = level;
  tile.hashes.push_back(hash);
  if (tile.hashes.size() < kTileWidth) return {};
  SB_TRY(sink_(tile));
  ++tile.index;
  tile.hashes.clear();
  return {};
}

Result<void> TileBuilder::finish() {
  for (const auto& [level, tile] : open_) {
    if (!tile.hashes.empty()) SB_TRY(sink_(tile));
  }
  return {};
}

}  // namespace sideband
