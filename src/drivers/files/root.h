// The root folder of a collection, which may be another one by now: a volume that was unmounted, or
// a link that was put in its place.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace sideband {

// Immutable. Every call blocks on the disk.
class Root {
 public:
  // Notes what lies at `path` now. Errors as open_root.
  static Result<Root> note(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }

  // The folder that is there. One that somebody removed and made again is taken; kUnavailable where
  // it became a link, or lies on another file system, so that what is missing there says nothing.
  [[nodiscard]] Result<Fd> open() const;
  // Whether open() fails for that reason.
  [[nodiscard]] bool replaced() const;

 private:
  Root(std::string path, bool link, dev_t device)
      : path_(std::move(path)), link_(link), device_(device) {}
  [[nodiscard]] Result<void> check(int folder) const;

  std::string path_;
  bool link_;
  dev_t device_;
};

}  // namespace sideband
