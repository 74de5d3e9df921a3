#include "audit/verify/tile_folder.h"

#include "base/read_file.h"
#include "merkle/tiles.h"

namespace sideband {
namespace {

constexpr std::size_t kLengthBytes = 2;  // before each entry, big-endian
constexpr std::size_t kMaxEntry = 0xFFFF;

// The entry at the front of `rest`, which is taken off; nothing where it is cut.
std::optional<std::string> take_entry(std::string_view& rest) {
  if (rest.size() < kLengthBytes) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
  const auto length = static_cast<std::size_t>(byte(0) << 8U | byte(1));
  rest.remove_prefix(kLengthBytes);
  if (rest.size() < length) return std::nullopt;
  std::string entry(rest.substr(0, length));
  rest.remove_prefix(length);
  return entry;
}

}  // namespace

Result<std::string> TileFolder::checkpoint() const {
  return read_bounded_file(path_ + "/checkpoint", 1U << 20U);
}

Result<std::optional<TileFolder::File>> TileFolder::read(std::string_view level,
                                                         std::uint64_t index, std::uint64_t width,
                                                         std::size_t most) const {
  for (const std::uint64_t of : {width, kTileWidth}) {
    auto bytes = read_regular_file(path_ + "/" + tile_path(level, index, of), most);
    if (bytes.ok()) return std::optional(File{std::move(*bytes), of == kTileWidth});
    const Error& error = bytes.error();
    if (error.code == ErrorCode::kInvalid) {
      return Error::corrupt(error.message + ", which nothing of a log is");
    }
    if (error.code != ErrorCode::kNotFound) return error;
  }
  return std::optional<File>();
}

Result<std::optional<std::vector<Digest>>> TileFolder::tile(int level, std::uint64_t index,
                                                            std::uint64_t width) const {
  constexpr std::size_t kHash = std::tuple_size_v<Digest>;
  SB_ASSIGN(const auto file, read(std::to_string(level), index, width, kTileWidth * kHash));
  if (!file) return std::optional<std::vector<Digest>>();
  if (file->bytes.size() != kHash * (file->is_full ? kTileWidth : width)) {
    return Error::corrupt(tile_path(std::to_string(level), index, width) +
                          " has another length than its hashes have");
  }
  std::vector<Digest> hashes;
  for (std::uint64_t i = 0; i < width; ++i) {
    hashes.push_back(to_digest(std::string_view(file->bytes).substr(i * kHash, kHash)));
  }
  return std::optional(std::move(hashes));
}

Result<std::optional<EntryBundle>> TileFolder::bundle(std::uint64_t index,
                                                      std::uint64_t width) const {
  SB_ASSIGN(const auto file,
            read(kEntriesLevel, index, width, kTileWidth * (kLengthBytes + kMaxEntry)));
  if (!file) return std::optional<EntryBundle>();
  EntryBundle bundle;
  std::string_view rest = file->bytes;
  while (auto entry = take_entry(rest)) bundle.entries.push_back(std::move(*entry));
  bundle.is_whole = rest.empty() && bundle.entries.size() == (file->is_full ? kTileWidth : width);
  if (bundle.entries.size() > width) bundle.entries.resize(width);
  return std::optional(std::move(bundle));
}

}  // namespace sideband
