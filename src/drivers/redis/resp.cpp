#include "drivers/redis/resp.h"

#include "drivers/options.h"

namespace sideband {
namespace {

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text.starts_with(word)) return true;
  }
  return false;
}

void put_count(std::string& out, char mark, std::size_t count) {
  out += mark;
  out += std::to_string(count);
  out += "\r\n";
}

}  // namespace

void CommandWriter::add(std::string_view word, std::string_view more, std::string_view rest) {
  put_count(body_, '$', word.size() + more.size() + rest.size());
  body_.append(word).append(more).append(rest).append("\r\n");
  ++count_;
}

void CommandWriter::write(std::string& out) const {
  put_count(out, '*', count_);
  out += body_;
}

void put_command(std::string& out, const std::vector<std::string_view>& words) {
  CommandWriter command;
  for (const std::string_view word : words) command.add(word);
  command.write(out);
}

Error reply_error(std::string_view text) {
  const std::string said = "Redis said: " + std::string(text);
  if (starts_with_any(text, {"NOAUTH", "WRONGPASS", "ERR invalid password", "ERR AUTH"})) {
    return Error::permission(said + "; check the target's user and password");
  }
  if (text.starts_with("NOPERM") || text.find("ACL failure") != std::string_view::npos) {
    return Error::permission(
        said +
        "; the user needs ~ on the keys and on sideband:fence:*, and +get +mget "
        "+set +unlink +hgetall +hmget +hset +hdel +scan +eval +evalsha");
  }
  if (starts_with_any(text, {"MOVED", "ASK", "CROSSSLOT", "CLUSTERDOWN"})) {
    return for_person(Error::unsupported(said + "; Redis in cluster mode is not supported"));
  }
  if (starts_with_any(text, {"LOADING", "READONLY", "MASTERDOWN", "BUSY", "OOM", "MISCONF",
                             "NOREPLICAS", "ERR max number of clients"})) {
    return Error::unavailable(said);
  }
  return for_person(Error::unsupported(said));
}

Error odd_reply(const redisReply& reply, std::string_view command) {
  if (is_error(reply)) return reply_error(text_of(reply));
  return Error::corrupt("Redis answered " + std::string(command) + " with a reply of type " +
                        std::to_string(reply.type));
}

}  // namespace sideband
