#include "policy/change_window.h"

#include <algorithm>

namespace sideband {
namespace {

std::int64_t slot_width(Duration window) {
  return std::max<std::int64_t>(1, window.count() / 60);
}

// When a slot leaves the window that began it.
std::int64_t end_of(std::int64_t start_us, Duration window) {
  return start_us + slot_width(window) + window.count();
}

}  // namespace

void ChangeWindow::put(const WindowSlot& slot) {
  const auto same = std::find_if(slots_.begin(), slots_.end(), [&](const WindowSlot& other) {
    return other.start_us == slot.start_us;
  });
  if (same == slots_.end()) {
    slots_.push_back(slot);
    return;
  }
  same->count += slot.count;
  same->until_us = std::max(same->until_us, slot.until_us);
}

bool ChangeWindow::bring_back(WallTime now, Duration window) {
  const std::int64_t now_us = to_us(now);
  const std::int64_t start = now_us - now_us % slot_width(window);
  bool moved = false;
  std::vector<WindowSlot> before = std::move(slots_);
  slots_.clear();
  for (WindowSlot& slot : before) {
    const std::int64_t length = std::max(slot.until_us - slot.start_us, window.count());
    // By less than a window it may be another node's clock, and would only end too early.
    const bool ahead = slot.start_us - now_us > window.count();
    if (ahead) slot = {start, slot.count, start + length};
    moved |= ahead;
    put(slot);
  }
  return moved;
}

void ChangeWindow::add(WallTime now, Duration window, std::int64_t count) {
  // Let through while the clock was ahead: at the latest now.
  bring_back(now, window);
  std::erase_if(slots_, [&](const WindowSlot& slot) {
    return std::max(slot.until_us, end_of(slot.start_us, window)) <= to_us(now);
  });
  const std::int64_t start = to_us(now) - to_us(now) % slot_width(window);
  put({start, count, end_of(start, window)});
}

std::int64_t ChangeWindow::used(WallTime now, Duration window) const {
  std::int64_t total = 0;
  for (const WindowSlot& slot : slots_) {
    if (std::max(slot.until_us, end_of(slot.start_us, window)) > to_us(now)) total += slot.count;
  }
  return total;
}

void ChangeWindow::merge(const ChangeWindow& other) {
  for (const WindowSlot& slot : other.slots_) put(slot);
}

WallTime ChangeWindow::frees_at(WallTime now, Duration window) const {
  const std::int64_t now_us = to_us(now);
  std::int64_t first = now_us;
  for (const WindowSlot& slot : slots_) {
    const std::int64_t end =
        std::max(slot.until_us, end_of(std::min(slot.start_us, now_us), window));
    if (end > now_us && (first == now_us || end < first)) first = end;
  }
  return from_us(first);
}

}  // namespace sideband
