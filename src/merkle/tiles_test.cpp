// Which tiles a log has, and what is in them.
#include "merkle/tiles.h"

#include <algorithm>

namespace sideband {
namespace {

TEST(Tiles, PathsOfTheSpecification) {
  EXPECT_EQ(tile_path("0", 1234067, kTileWidth), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path("0", 0, 5), "tile/0/000.p/5");
  EXPECT_EQ(tile_path("1", 999, 1), "tile/1/999.p/1");
  EXPECT_EQ(tile_path("2", 1000, kTileWidth), "tile/2/x001/000");
  EXPECT_EQ(tile_path(kEntriesLevel, 1000000, 255), "tile/entries/x001/x000/000.p/255");
}

Digest numbered(std::uint64_t i) {
  return leaf_hash(std::to_string(i));
}

std::vector<Tile> tiles_of(std::uint64_t size) {
  std::vector<Tile> tiles;
  TileBuilder builder([&](const Tile& tile) -> Result<void> {
    tiles.push_back(tile);
    return {};
  });
  for (std::uint64_t i = 0; i < size; ++i) EXPECT_TRUE(builder.append(numbered(i)).ok());
  EXPECT_TRUE(builder.finish().ok());
  return tiles;
}

// The example of the specification: 273 full tiles and one of 112, one full and one of 17, one
// of 1.
TEST(Tiles, OfSeventyThousandLeaves) {
  const std::vector<Tile> tiles = tiles_of(70'000);
  const auto count = [&](int level, std::size_t width) {
    return std::count_if(tiles.begin(), tiles.end(), [&](const Tile& tile) {
      return tile.level == level && tile.hashes.size() == width;
    });
  };
  EXPECT_EQ(tiles.size(), 277U);
  EXPECT_EQ(count(0, 256), 273);
  EXPECT_EQ(count(0, 112), 1);
  EXPECT_EQ(count(1, 256), 1);
  EXPECT_EQ(count(1, 17), 1);
  EXPECT_EQ(count(2, 1), 1);
}

TEST(Tiles, SizesAroundAFullTile) {
  EXPECT_TRUE(tiles_of(0).empty());
  EXPECT_EQ(tiles_of(1).size(), 1U);
  EXPECT_EQ(tiles_of(255).size(), 1U);
  EXPECT_EQ(tiles_of(256).size(), 2U);  // one full, and one hash above
  EXPECT_EQ(tiles_of(257).size(), 3U);
}

TEST(Tiles, AHashAboveIsTheTreeOfTheTileBelow) {
  const std::vector<Tile> tiles = tiles_of(600);
  CompactRange first;
  for (std::uint64_t i = 0; i < kTileWidth; ++i) first.append(numbered(i));
  const auto above =
      std::find_if(tiles.begin(), tiles.end(), [](const Tile& t) { return t.level == 1; });
  ASSERT_NE(above, tiles.end());
  EXPECT_EQ(above->hashes.size(), 2U);
  EXPECT_EQ(above->hashes.front(), first.root());
}

TEST(Tiles, AnErrorOfTheSinkEndsIt) {
  TileBuilder builder([](const Tile&) -> Result<void> { return Error::storage("full"); });
  for (std::uint64_t i = 0; i + 1 < kTileWidth; ++i) ASSERT_TRUE(builder.append(numbered(i)).ok());
  EXPECT_FALSE(builder.append(numbered(255)).ok());
}

}  // namespace
}  // namespace sideband
