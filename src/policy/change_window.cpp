#include "policy/change_window.h"

#include <algorithm>

#include "base/bytes.h"

namespace sideband {
namespace {

std::int64_t slot_width(Duration window) {
  return std::max<std::int64_t>(1, window.count() / 60);
}

// A clock that was set back must not free anything: slots of the "future" still count.
bool counts(std::int64_t start_us, std::int64_t now_us, Duration window) {
  return start_us + slot_width(window) > now_us - window.count();
}

}  // namespace

Result<ChangeWindow> ChangeWindow::parse(const std::string& text) {
  ChangeWindow out;
  ByteReader reader(text);
  while (!reader.done()) {
    SB_ASSIGN(const std::uint64_t start, reader.get_varint());
    SB_ASSIGN(const std::uint64_t count, reader.get_varint());
    out.slots_.push_back({static_cast<std::int64_t>(start), static_cast<std::int64_t>(count)});
  }
  return out;
}

std::string ChangeWindow::text() const {
  std::string out;
  for (const Slot& slot : slots_) {
    put_varint(out, static_cast<std::uint64_t>(slot.start_us));
    put_varint(out, static_cast<std::uint64_t>(slot.count));
  }
  return out;
}

void ChangeWindow::add(WallTime now, Duration window, std::int64_t count) {
  const std::int64_t now_us = to_us(now);
  std::erase_if(slots_, [&](const Slot& slot) { return !counts(slot.start_us, now_us, window); });
  const std::int64_t start = now_us - now_us % slot_width(window);
  for (Slot& slot : slots_) {
    if (slot.start_us == start) {
      slot.count += count;
      return;
    }
  }
  slots_.push_back({start, count});
}

std::int64_t ChangeWindow::used(WallTime now, Duration window) const {
  std::int64_t total = 0;
  for (const Slot& slot : slots_) {
    if (counts(slot.start_us, to_us(now), window)) total += slot.count;
  }
  return total;
}

WallTime ChangeWindow::frees_at(WallTime now, Duration window) const {
  std::int64_t oldest = to_us(now) - window.count() - slot_width(window);
  bool found = false;
  for (const Slot& slot : slots_) {
    if (counts(slot.start_us, to_us(now), window) && (!found || slot.start_us < oldest)) {
      oldest = slot.start_us;
      found = true;
    }
  }
  return from_us(oldest + slot_width(window) + window.count());
}

}  // namespace sideband
