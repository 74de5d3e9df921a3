#include "policy/change_window.h"

#include <algorithm>

#include "base/bytes.h"

namespace sideband {
namespace {

std::int64_t slot_width(Duration window) {
  return std::max<std::int64_t>(1, window.count() / 60);
}

// First in the text of today's form; the older one begins with a time, which is never 0.
constexpr std::uint64_t kForm = 0;

// When a slot leaves the window that began it.
std::int64_t end_of(std::int64_t start_us, Duration window) {
  return start_us + slot_width(window) + window.count();
}

}  // namespace

Result<ChangeWindow> ChangeWindow::parse(const std::string& text) {
  ChangeWindow out;
  if (text.empty()) return out;
  const bool today = text.front() == '\0';
  ByteReader reader(std::string_view(text).substr(today ? 1 : 0));
  while (!reader.done()) {
    Slot slot;
    SB_ASSIGN(const std::uint64_t start, reader.get_varint());
    SB_ASSIGN(const std::uint64_t count, reader.get_varint());
    slot.start_us = static_cast<std::int64_t>(start);
    slot.count = static_cast<std::int64_t>(count);
    if (today) {
      SB_ASSIGN(const std::uint64_t until, reader.get_varint());
      slot.until_us = static_cast<std::int64_t>(until);
    }
    out.slots_.push_back(slot);
  }
  return out;
}

std::string ChangeWindow::text() const {
  std::string out;
  if (slots_.empty()) return out;
  put_varint(out, kForm);
  for (const Slot& slot : slots_) {
    for (const std::int64_t number : {slot.start_us, slot.count, slot.until_us}) {
      put_varint(out, static_cast<std::uint64_t>(number));
    }
  }
  return out;
}

void ChangeWindow::put(const Slot& slot) {
  const auto same = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& other) {
    return other.start_us == slot.start_us;
  });
  if (same == slots_.end()) {
    slots_.push_back(slot);
    return;
  }
  same->count += slot.count;
  same->until_us = std::max(same->until_us, slot.until_us);
}

void ChangeWindow::add(WallTime now, Duration window, std::int64_t count) {
  const std::int64_t now_us = to_us(now);
  const std::int64_t start = now_us - now_us % slot_width(window);
  std::vector<Slot> before = std::move(slots_);
  slots_.clear();
  for (Slot& slot : before) {
    const std::int64_t length = std::max(slot.until_us - slot.start_us, window.count());
    // Let through while the clock was ahead: at the latest now.
    if (slot.start_us > now_us) slot = {start, slot.count, start + length};
    if (std::max(slot.until_us, end_of(slot.start_us, window)) > now_us) put(slot);
  }
  put({start, count, end_of(start, window)});
}

std::int64_t ChangeWindow::used(WallTime now, Duration window) const {
  std::int64_t total = 0;
  for (const Slot& slot : slots_) {
    if (std::max(slot.until_us, end_of(slot.start_us, window)) > to_us(now)) total += slot.count;
  }
  return total;
}

void ChangeWindow::merge(const ChangeWindow& other) {
  for (const Slot& slot : other.slots_) put(slot);
}

WallTime ChangeWindow::frees_at(WallTime now, Duration window) const {
  const std::int64_t now_us = to_us(now);
  std::int64_t first = now_us;
  for (const Slot& slot : slots_) {
    const std::int64_t end =
        std::max(slot.until_us, end_of(std::min(slot.start_us, now_us), window));
    if (end > now_us && (first == now_us || end < first)) first = end;
  }
  return from_us(first);
}

}  // namespace sideband
