// One side of a scan, page by page. It reads ahead: the next page comes while the last one is
// worked on, so that both targets and the comparison work at the same time.
#pragma once

#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/thread.h"
#include "engine/channel.h"

namespace sideband {

// Whether both sides may be asked at the same time. Not where they share a target that gives one
// connection: one side would spend the other's time with waiting.
bool sides_overlap(const Channel& channel);

// Used by one thread at a time. With `ahead` a thread of its own asks `side`, from the first next()
// to the last page, and up to two pages are held beside the one that was handed out; else next()
// asks. `side` must outlive it. The destructor may block for as long as one page may take.
class PageStream {
 public:
  PageStream(Collection& side, const KeyRange& range, Duration timeout, bool ahead);
  ~PageStream();
  PageStream(const PageStream&) = delete;
  PageStream& operator=(const PageStream&) = delete;

  // The next page; not called again after the last one or an error.
  Result<ScanPage> next() SB_EXCLUDES(mutex_);

 private:
  Result<ScanPage> fetch();
  void run() SB_EXCLUDES(mutex_);
  // False when nobody wants more.
  bool hand_over(Result<ScanPage> page) SB_EXCLUDES(mutex_);

  Collection& side_;
  const bool ahead_;
  ScanRequest request_;  // of whoever fetches
  Mutex mutex_;
  CondVar changed_;
  std::optional<Result<ScanPage>> ready_ SB_GUARDED_BY(mutex_);
  bool given_up_ SB_GUARDED_BY(mutex_) = false;
  bool started_ = false;
  Thread reader_;
};

}  // namespace sideband
