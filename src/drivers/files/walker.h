// Walks the files that patterns can match, in byte order of their whole relative paths.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "drivers/files/glob.h"
#include "drivers/files/links.h"

namespace sideband {

struct Candidate {
  std::string key;  // relative path
  int folder = -1;  // the open folder that holds it; valid until the next call
  std::string name;
};

// Not thread-safe. Holds one open folder for each level. Listings are taken once for each folder,
// so a file made after its folder was listed is not seen by this walk.
class Walker {
 public:
  // `globs` must outlive the walker. Yields only keys above `after`; "" = all. kFollow also enters
  // links to folders below the root, but for those that lead back up the path.
  Walker(Fd root, const GlobSet& globs, std::string after, Links links = Links::kLeave);

  // The next file, link or other thing at a path that matches; nothing at the end. A folder that
  // vanished is passed over; one that cannot be read is an error, and the walk is over.
  Result<std::optional<Candidate>> next();

 private:
  struct Level {
    Fd folder;
    std::string prefix;  // "" or "a/b/"
    // Names, with a '/' at the end of folders to enter, so that names sort as whole paths do.
    std::vector<std::string> entries;
    std::size_t at = 0;
    bool listed = false;
    bool by_link = false;
  };

  Result<void> list(Level& level) const;
  Result<bool> enter(const std::string& path, const std::string& name);
  // A link of this level that is entered as a folder.
  [[nodiscard]] bool leads_to_folder(const Level& level, const std::string& name) const;
  [[nodiscard]] bool is_behind(const std::string& path) const;
  [[nodiscard]] bool is_wanted(const std::string& path) const;

  const GlobSet& globs_;
  std::string after_;
  Links links_;
  std::vector<Level> levels_;
};

}  // namespace sideband
