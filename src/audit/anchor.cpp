#include "audit/anchor.h"

#include <bit>
#include <charconv>

#include "audit/durable_file.h"
#include "base/bytes.h"

namespace sideband {
namespace {

constexpr std::string_view kHashLine = "hash ";

Result<std::vector<Digest>> parse_hashes(std::string_view lines) {
  std::vector<Digest> hashes;
  while (lines.starts_with(kHashLine)) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) break;
    const auto bytes = from_base64(lines.substr(kHashLine.size(), end - kHashLine.size()));
    if (!bytes.ok() || bytes->size() != std::tuple_size_v<Digest>) break;
    hashes.push_back(to_digest(*bytes));
    lines.remove_prefix(end + 1);
  }
  if (!lines.empty()) return Error::corrupt("malformed line in the anchor file");
  return hashes;
}

// The second line of the note.
std::uint64_t size_in(std::string_view note) {
  const std::size_t begin = note.find('\n') + 1;
  std::uint64_t size = 0;
  std::from_chars(note.data() + begin, note.data() + note.size(), size);
  return size;
}

}  // namespace

Result<void> write_anchor(const std::string& path, const Anchor& anchor) {
  std::string content = anchor.note;
  for (const Digest& hash : anchor.tree.hashes()) {
    content += kHashLine;
    content += to_base64(as_bytes(hash)) + "\n";
  }
  return write_durably(path, content);
}

Result<Anchor> read_anchor(const std::string& path) {
  SB_ASSIGN(const std::string content, read_file(path));
  // The first hash line comes after the signatures, which come after the only empty line.
  const std::size_t gap = content.find("\n\n");
  const std::size_t found = content.find("\nhash ", gap == std::string::npos ? 0 : gap);
  const std::size_t end = found == std::string::npos ? content.size() : found + 1;
  Anchor anchor;
  anchor.note = content.substr(0, end);
  auto hashes = parse_hashes(std::string_view(content).substr(end));
  const std::uint64_t size = size_in(anchor.note);
  if (gap == std::string::npos || !hashes.ok() ||
      hashes->size() != static_cast<std::size_t>(std::popcount(size))) {
    return Error::corrupt("anchor file " + path + " is damaged; restore it from a copy");
  }
  anchor.tree = CompactRange(size, std::move(*hashes));
  return anchor;
}

}  // namespace sideband
