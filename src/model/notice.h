// What a channel has been told, or is still to be told, of one reconciler.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

enum class NoticeEvent : std::uint8_t {
  kNone,      // nothing is owed
  kOpened,    // it needs somebody
  kChanged,   // it still does, for another reason
  kRepeated,  // it still does, after Channel.repeat
  kResolved,  // it does not any more
};
inline constexpr std::size_t kNoticeEvents = 5;
// "opened"; empty for kNone.
std::string_view notice_event_name(NoticeEvent event);

struct NoticeKey {
  std::string channel;
  std::string reconciler;
  auto operator<=>(const NoticeKey&) const = default;
};

// One matter of a reconciler, from when it was first seen until its end was told.
struct Notice {
  WallTime since = {};       // first seen
  WallTime gone_since = {};  // not seen since then; the epoch = it is there
  std::string status = {};   // the word of model and screens, "needs_human"
  std::string why = {};
  WallTime told_at = {};  // the epoch = the channel knows nothing of it
  std::string told = {};  // the status that it knows
  NoticeEvent owed = NoticeEvent::kNone;
  std::int64_t number = 0;    // of what is owed or was told last, from 1
  bool tried = false;         // it may have been heard: an attempt was begun
  std::int64_t attempts = 0;  // to tell what is owed, those begun
  WallTime next_at = {};      // the next one, not earlier
  std::string error = {};     // of the last one; empty = it went well, or there was none
  bool operator==(const Notice&) const = default;
};

std::string encode_notice(const Notice& notice);
// kCorrupt on anything that encode_notice does not write.
Result<Notice> decode_notice(std::string_view bytes);

// The same for all that is told of one matter, and no other's.
std::string matter_id(const NoticeKey& key, const Notice& notice);
// That of one event of it: the same for every attempt, so that a receiver can tell a second one.
std::string event_id(const NoticeKey& key, const Notice& notice);

}  // namespace sideband
