#include "model/notice.h"

#include <array>

#include "base/bytes.h"
#include "base/sha256.h"

namespace sideband {
namespace {

constexpr std::uint64_t kNoticeForm = 1;
constexpr std::size_t kMatterIdBytes = 12;

}  // namespace

std::string_view notice_event_name(NoticeEvent event) {
  static constexpr std::array<std::string_view, kNoticeEvents> kNames = {"", "opened", "changed",
                                                                         "repeated", "resolved"};
  return kNames.at(static_cast<std::size_t>(event));
}

std::string encode_notice(const Notice& notice) {
  std::string out;
  put_varint(out, kNoticeForm);
  put_varint(out, static_cast<std::uint64_t>(notice.owed));
  for (const WallTime at : {notice.since, notice.gone_since, notice.told_at, notice.next_at}) {
    put_time(out, at);
  }
  for (const std::int64_t count :
       {notice.number, notice.attempts, std::int64_t{notice.tried ? 1 : 0}}) {
    put_varint(out, static_cast<std::uint64_t>(count));
  }
  for (const std::string* text : {&notice.status, &notice.why, &notice.told, &notice.error}) {
    put_string(out, *text);
  }
  return out;
}

Result<Notice> decode_notice(std::string_view bytes) {
  ByteReader reader(bytes);
  Notice notice;
  SB_ASSIGN(const std::uint64_t form, reader.get_varint());
  SB_ASSIGN(const std::uint64_t owed, reader.get_varint());
  if (form != kNoticeForm || owed >= kNoticeEvents) return Error::corrupt("bad notice");
  notice.owed = static_cast<NoticeEvent>(owed);
  for (WallTime* at : {&notice.since, &notice.gone_since, &notice.told_at, &notice.next_at}) {
    SB_ASSIGN(*at, reader.get_time());
  }
  std::int64_t tried = 0;
  for (std::int64_t* count : {&notice.number, &notice.attempts, &tried}) {
    SB_ASSIGN(const std::uint64_t value, reader.get_varint());
    *count = static_cast<std::int64_t>(value);
  }
  notice.tried = tried != 0;
  for (std::string* text : {&notice.status, &notice.why, &notice.told, &notice.error}) {
    SB_ASSIGN(const std::string_view value, reader.get_string());
    text->assign(value);
  }
  if (!reader.done()) return Error::corrupt("bad notice");
  return notice;
}

std::string matter_id(const NoticeKey& key, const Notice& notice) {
  const std::string since = std::to_string(to_us(notice.since));
  const Digest digest = sha256({key.channel, "\n", key.reconciler, "\n", since});
  return to_hex(digest).substr(0, 2 * kMatterIdBytes);
}

std::string event_id(const NoticeKey& key, const Notice& notice) {
  return matter_id(key, notice) + "-" + std::to_string(notice.number);
}

}  // namespace sideband
