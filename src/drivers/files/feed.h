// Changes below a folder by inotify(7).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/fd.h"
#include "drivers/files/glob.h"
#include "drivers/files/links.h"
#include "drivers/files/settling.h"
#include "drivers/wake_keys.h"
#include "ports/feed.h"

namespace sideband {

// Used by one thread at a time. Watches every folder in which a file can match, also those made
// later. A file is reported when it is made, closed after writing, moved, deleted, or its mode
// changes; where it has to settle before it is believed, once more when it has. An overflow of the
// kernel's queue, and a folder that appears (it may bring files unseen), become a wake with scan =
// true.
class FilesFeed final : public Feed {
 public:
  static Result<std::unique_ptr<FilesFeed>> open(const std::string& root, const GlobSet& globs,
                                                 const Clock& clock, const Settling& settling = {},
                                                 Links links = Links::kLeave);
  // An error when the root itself went away.
  Result<Wake> wait(Duration timeout) override;

 private:
  FilesFeed(Fd inotify, std::string root, const GlobSet& globs, const Clock& clock,
            const Settling& settling, Links links)
      : inotify_(std::move(inotify)),
        root_(std::move(root)),
        globs_(globs),
        clock_(clock),
        settling_(settling),
        links_(links) {}
  // Watches this folder ("" or "a/b/") and those below it.
  Result<void> watch(const std::string& prefix);
  Result<void> watch_below(const std::string& prefix, int folder);
  Result<void> take_events();
  void note_file(const std::string& path);
  // Reports the files whose second look is due.
  void take_due();
  [[nodiscard]] int poll_ms(const Deadline& deadline) const;
  Result<void> note(int watch, unsigned mask, const std::string& name);
  // Whether a link came at this path by which files may be reached.
  [[nodiscard]] bool is_followed(unsigned mask, const std::string& path) const;

  Fd inotify_;
  const std::string root_;
  const GlobSet globs_;
  const Clock& clock_;
  const Settling settling_;
  const Links links_;
  std::map<std::string, Deadline> again_;  // files to report once more, when they have settled
  std::map<int, std::string> prefixes_;    // by watch descriptor
  WakeKeys keys_;
};

}  // namespace sideband
