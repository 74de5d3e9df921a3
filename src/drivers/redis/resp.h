// Commands and replies of the Redis protocol (RESP2, redis.io/docs/reference/protocol-spec).
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RedisReply = std::unique_ptr<redisReply, FreeReply>;

inline std::string_view text_of(const redisReply& reply) {
  return {reply.str, reply.len};
}
inline bool is_error(const redisReply& reply) {
  return reply.type == REDIS_REPLY_ERROR;
}
// A value. Statuses are none: no command that reads answers one.
inline bool is_bulk(const redisReply& reply) {
  return reply.type == REDIS_REPLY_STRING;
}
inline bool is_ok(const redisReply& reply) {
  return reply.type == REDIS_REPLY_STATUS && text_of(reply) == "OK";
}
inline bool is_integer(const redisReply& reply) {
  return reply.type == REDIS_REPLY_INTEGER;
}
inline bool is_nil(const redisReply& reply) {
  return reply.type == REDIS_REPLY_NIL;
}
inline bool is_array(const redisReply& reply) {
  return reply.type == REDIS_REPLY_ARRAY;
}

// One command, word by word. Words are binary-safe; each is given in up to three parts.
class CommandWriter {
 public:
  void add(std::string_view word, std::string_view more = {}, std::string_view rest = {});
  // Appends the command to `out`.
  void write(std::string& out) const;

 private:
  std::string body_;
  std::size_t count_ = 0;
};

// Appends one command to `out`.
void put_command(std::string& out, const std::vector<std::string_view>& words);

// What an error reply means: kPermission (naming the grant) for NOAUTH, WRONGPASS and NOPERM;
// kUnavailable with Retry::kWhenReady while the server loads, is a replica, is busy, out of memory
// or clients, or cannot save; kUnsupported for a cluster's redirections and unknown commands.
Error reply_error(std::string_view text);
// Whether this error reply says that the user may not do that.
bool is_denied(std::string_view text);

// What stands in its statements for the user and its key patterns, which a reply does not tell.
inline constexpr std::string_view kRedisUser = "USER";
inline constexpr std::string_view kRedisKeys = "~KEYS";
// The message with the names in their places.
std::string with_names(std::string message, const std::string& user, const std::string& keys);

// An answer that the protocol does not allow here.
Error odd_reply(const redisReply& reply, std::string_view command);

}  // namespace sideband
