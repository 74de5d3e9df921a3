#include "model/kept_state.h"

#include "base/bytes.h"

namespace sideband {

std::string pause_text(const Pause& pause) {
  return "by " + pause.by + ": " + pause.reason;
}

std::string cancel_text(const CancelRequest& cancel) {
  return std::string(cancel.at_once ? "cancelled at once by " : "cancelled by ") + cancel.by +
         ": " + cancel.reason;
}

std::string encode_slots(const std::vector<WindowSlot>& slots) {
  std::string out;
  for (const WindowSlot& slot : slots) {
    for (const std::int64_t number : {slot.start_us, slot.count, slot.until_us}) {
      put_varint(out, static_cast<std::uint64_t>(number));
    }
  }
  return out;
}

Result<std::vector<WindowSlot>> decode_slots(std::string_view bytes) {
  std::vector<WindowSlot> slots;
  ByteReader reader(bytes);
  while (!reader.done()) {
    WindowSlot& slot = slots.emplace_back();
    for (std::int64_t* const number : {&slot.start_us, &slot.count, &slot.until_us}) {
      SB_ASSIGN(const std::uint64_t value, reader.get_varint());
      *number = static_cast<std::int64_t>(value);
    }
  }
  return slots;
}

}  // namespace sideband
