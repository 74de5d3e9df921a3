// A file tree that is only read: the machine's own, or another one below a folder, where links stay
// inside it. Nothing here blocks on a FIFO or touches a device, and everything has a bound.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"

namespace sideband::scan {

enum class FileKind : std::uint8_t { kRegular, kFolder, kLink, kOther };

struct FileInfo {
  FileKind kind = FileKind::kOther;
  std::uint64_t device = 0, inode = 0;
  std::uint32_t owner = 0;
  WallTime modified;  // of the content
  WallTime changed;   // of content, name or mode: when it came to be here
};

struct FolderEntry {
  std::string name;
  FileKind kind = FileKind::kOther;  // of the entry itself; links are not followed
};

// Paths are absolute, as on a machine whose root is this tree. Thread-safe.
// Errors: kNotFound; kPermission; kInvalid (no regular file, too large, a path that is none).
class Tree {
 public:
  static Result<Tree> open(const std::string& root);

  // False for the tree of another machine: its processes, sockets and tools are not here.
  [[nodiscard]] bool is_this_machine() const { return machine_; }

  // The whole of a regular file of at most `most` bytes.
  [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t most) const;
  // Of what the path leads to.
  [[nodiscard]] Result<FileInfo> info(const std::string& path) const;
  // Where a link points to, as it is written; kInvalid for what is none.
  [[nodiscard]] Result<std::string> link_target(const std::string& path) const;
  // Sorted by name; a folder with more than `most` entries is kInvalid.
  [[nodiscard]] Result<std::vector<FolderEntry>> list(const std::string& path,
                                                      std::size_t most = 100'000) const;
  // Paths that match a pattern with *, ? and [] in any part, sorted. What cannot be listed matches
  // nothing.
  [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) const;

  // Calls `each` for what is below a folder, at most `depth` folders deep; links to folders are not
  // followed, so that no cycle is walked. `each` returns false to stop. Folders that cannot be
  // listed are told to `failed`; one that is not there is not.
  using Each = std::function<bool(const std::string& path, FileKind kind)>;
  using Failed = std::function<void(const std::string& path, const Error& error)>;
  void walk(const std::string& folder, int depth, const Each& each, const Failed& failed) const;

 private:
  Tree(Fd root, bool machine) : root_(std::move(root)), machine_(machine) {}
  [[nodiscard]] Result<Fd> open_path(const std::string& path, int flags) const;

  Fd root_;
  bool machine_;
};

// The size of any configuration file that is worth reading.
inline constexpr std::size_t kMaxConfig = std::size_t{1} << 20;

}  // namespace sideband::scan
