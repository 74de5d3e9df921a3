// The files of a tiled log in a folder, by https://c2sp.org/tlog-tiles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"

namespace sideband {

// The entries of a bundle, as far as they can be told apart.
struct EntryBundle {
  std::vector<std::string> entries;
  bool is_whole = false;  // it has all entries that it should, and nothing else
};

// The first `width` hashes of a tile, or entries of a bundle; nothing where the file is not there.
// kCorrupt: a tile of another length.
class TileFolder {
 public:
  explicit TileFolder(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] Result<std::string> checkpoint() const;
  [[nodiscard]] Result<std::optional<std::vector<Digest>>> tile(int level, std::uint64_t index,
                                                                std::uint64_t width) const;
  [[nodiscard]] Result<std::optional<EntryBundle>> bundle(std::uint64_t index,
                                                          std::uint64_t width) const;

 private:
  struct File {
    std::string bytes;
    bool is_full;  // of 256, whatever the width asked for
  };
  [[nodiscard]] Result<std::optional<File>> read(std::string_view level, std::uint64_t index,
                                                 std::uint64_t width, std::size_t most) const;

  std::string path_;
};

}  // namespace sideband
