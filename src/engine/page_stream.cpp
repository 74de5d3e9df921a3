#include "engine/page_stream.h"

namespace sideband {
namespace {

constexpr std::size_t kPageBytes = 1 << 20;

}  // namespace

bool sides_overlap(const Channel& channel) {
  return channel.settings.desired.target != channel.settings.actual.target ||
         channel.actual_target.limits.connections > 1;
}

PageStream::PageStream(Collection& side, const KeyRange& range, Duration timeout, bool ahead)
    : side_(side), ahead_(ahead) {
  request_.range = range;
  request_.max_items = side.traits().page_items;
  request_.max_bytes = kPageBytes;
  request_.timeout = timeout;
}

PageStream::~PageStream() {
  const MutexLock lock(mutex_);
  given_up_ = true;
  changed_.notify_all();
}

Result<ScanPage> PageStream::next() {
  if (!ahead_) return fetch();
  if (!started_) reader_ = Thread("scan ahead", [this] { run(); });
  started_ = true;
  const MutexLock lock(mutex_);
  while (!ready_) changed_.wait(mutex_);
  Result<ScanPage> page = std::move(*ready_);
  ready_.reset();
  changed_.notify_all();
  return page;
}

Result<ScanPage> PageStream::fetch() {
  SB_ASSIGN(ScanPage page, side_.scan(request_));
  request_.cursor = page.cursor;
  return page;
}

void PageStream::run() {
  for (;;) {
    auto page = fetch();
    const bool end = !page.ok() || page->last;
    if (!hand_over(std::move(page)) || end) return;
  }
}

bool PageStream::hand_over(Result<ScanPage> page) {
  const MutexLock lock(mutex_);
  while (ready_ && !given_up_) changed_.wait(mutex_);
  if (given_up_) return false;
  ready_ = std::move(page);
  changed_.notify_all();
  return true;
}

}  // namespace sideband
