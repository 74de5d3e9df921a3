// Files under one root folder as a Collection: key = relative path, state = content, with mode and
// owner where they are declared.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "drivers/context.h"
#include "drivers/files/folders.h"
#include "drivers/files/glob.h"
#include "drivers/files/root.h"
#include "drivers/files/swap.h"
#include "drivers/files/walker.h"
#include "ports/collection.h"

namespace sideband {

struct FilesOptions {
  Root root;
  GlobSet globs;
  bool writable = false;
  SwapOptions swap;  // max_size, modes and owners, whether the file system can exchange
};

// Thread-safe; every call blocks on the disk. Deadlines are tested between files: one file of
// maxSize is the longest that a call goes on. Not fenced.
class FilesCollection final : public Collection {
 public:
  FilesCollection(FilesOptions options, const DriverContext& context);

  [[nodiscard]] CollectionTraits traits() const override;
  // Byte order of whole paths. A folder that cannot be read voids the scan.
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  Result<std::vector<Folder>> folders(const std::vector<std::string>& patterns,
                                      Duration timeout) override;
  // Makes folders that are missing for a kCreate. A deadline that passes midway leaves the rest
  // kFailed with nothing done.
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;
  // In the folder of the live file, with its owner and mode; in the root where there is no such
  // folder yet.
  Result<std::string> stage(const Change& change) override;
  Result<void> unstage(const std::string& path) override;
  [[nodiscard]] bool replaced() const override;

 private:
  // A walk between two pages, so that a folder is listed once for each scan and not for each page.
  struct Paused {
    std::string cursor;
    std::unique_ptr<Walker> walker;
  };

  Result<std::unique_ptr<Walker>> resume(const std::string& cursor) SB_EXCLUDES(mutex_);
  void pause(const std::string& cursor, std::unique_ptr<Walker> walker) SB_EXCLUDES(mutex_);
  [[nodiscard]] State settled(FileView view) const;
  State read_one(int root, const std::string& key) const;
  ChangeOutcome apply_one(int root, const Change& change);
  Result<Fd> write_candidate(int folder, const std::string& name, const State& want,
                             const FileView& live) const;
  [[nodiscard]] FileView view(int folder, const std::string& name) const {
    return view_file(folder, name, options_.swap.max_size, options_.swap.observed);
  }
  // By links below the root too, where this side is only read.
  [[nodiscard]] FileView view_key(int root, const Candidate& at) const;
  void clean_once(const Place& place, const std::string& key) SB_EXCLUDES(mutex_);

  const FilesOptions options_;
  const DriverContext context_;
  Folders folders_;
  Mutex mutex_;
  std::list<Paused> paused_ SB_GUARDED_BY(mutex_);
  std::set<std::string> cleaned_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
