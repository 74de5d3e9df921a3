// The bytes of a server as replies, whatever they are. What a server announces is believed only
// within bounds: nothing is reserved by its numbers, and an endless reply ends here.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "drivers/redis/resp.h"
#include "drivers/redis/texts.h"

namespace sideband {

// Used by one thread at a time. After an error, and after a reply that was given up midway, it is
// of no more use. Objects of a reply are always freed by the functions that made them: those are
// only chosen while no reply is under way.
class RespReader {
 public:
  // Of one text, as servers bound it by themselves (proto-max-bulk-len), of one whole reply, and
  // how many values one reply may have.
  static constexpr std::int64_t kMaxTextBytes = std::int64_t{512} << 20;
  static constexpr std::size_t kMaxReplyBytes = std::size_t{1} << 30;
  static constexpr std::size_t kMaxValues = std::size_t{4} << 20;

  RespReader();

  Result<void> feed(std::string_view bytes);
  // The next reply when all of it is there, else null. kCorrupt for bytes that are not the protocol
  // or beyond the bounds.
  Result<RedisReply> next();
  // The same into `texts`, which is emptied when a reply begins and must stay until it is whole.
  // False while it is not.
  Result<bool> next(RedisTexts& texts);
  // Whether every byte belongs to a reply that was taken.
  [[nodiscard]] bool empty() const { return !under_way() && reader_->pos == reader_->len; }

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  [[nodiscard]] bool under_way() const { return reader_->ridx >= 0; }
  Result<void*> object(redisReplyObjectFunctions* functions, void* filled);
  [[nodiscard]] Result<void> check_announced() const;
  [[nodiscard]] Error broken() const;

  std::unique_ptr<redisReader, FreeReader> reader_;
  std::size_t values_ = 0;  // of the reply under way
  std::size_t bytes_ = 0;   // received since the last whole reply
};

}  // namespace sideband
