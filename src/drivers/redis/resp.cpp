#include "drivers/redis/resp.h"

#include "drivers/options.h"
#include "drivers/without_values.h"

namespace sideband {
namespace {

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text.starts_with(word)) return true;
  }
  return false;
}

// "... no permissions to run the 'set' command" names the command in all versions; a subcommand
// stands behind a '|'. A script's denial names none, and the others are about keys.
std::string grant_for(std::string_view text) {
  constexpr std::string_view kRun = "run the '";
  const std::string start = "ACL SETUSER " + std::string(kRedisUser) + " ";
  if (text.find("can't run this command") != std::string_view::npos) {
    return start + "+get +set +unlink +hgetall +hmget +hset +hdel";
  }
  const std::size_t at = text.find(kRun);
  if (at == std::string_view::npos) return start + std::string(kRedisKeys);
  const std::string_view rest = text.substr(at + kRun.size());
  return start + "+" + std::string(rest.substr(0, rest.find('\'')));
}

std::string form_of(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_STRING:
      return "a text";
    case REDIS_REPLY_STATUS:
      return "a status";
    case REDIS_REPLY_INTEGER:
      return "a number";
    case REDIS_REPLY_NIL:
      return "nil";
    default:
      return "an array of " + std::to_string(reply.elements);
  }
}

void put_count(std::string& out, char mark, std::size_t count) {
  out += mark;
  out += std::to_string(count);
  out += "\r\n";
}

}  // namespace

bool is_denied(std::string_view text) {
  return text.starts_with("NOPERM") || text.find("ACL failure") != std::string_view::npos ||
         text.find("executing the script can't") != std::string_view::npos;
}

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
  if (is_denied(text)) return Error::permission(said + "; run: " + grant_for(text));
  if (starts_with_any(text, {"MOVED", "ASK", "CROSSSLOT", "CLUSTERDOWN"})) {
    return for_person(Error::unsupported(said + "; Redis in cluster mode is not supported"));
  }
  if (starts_with_any(text, {"LOADING", "READONLY", "MASTERDOWN", "BUSY ", "OOM", "MISCONF",
                             "NOREPLICAS", "ERR max number of clients"})) {
    return Error::not_ready(said);
  }
  // Others may repeat the words of a command, or are a module's own.
  const TargetWords words = without_values(text);
  return for_person(Error::unsupported("Redis said: " + words.kept).saying(words.hidden));
}

std::string with_names(std::string message, const std::string& user, const std::string& keys) {
  const std::string start = "ACL SETUSER ";
  const std::size_t at = message.find(start + std::string(kRedisUser) + " ");
  if (at == std::string::npos) return message;
  message.replace(at + start.size(), kRedisUser.size(), user);
  if (message.ends_with(kRedisKeys)) {
    message.replace(message.size() - kRedisKeys.size(), kRedisKeys.size(), keys);
  }
  return message;
}

Error odd_reply(const redisReply& reply, std::string_view command) {
  if (is_error(reply)) return reply_error(text_of(reply));
  return Error::corrupt("Redis answered " + std::string(command) + " with " + form_of(reply) +
                        " instead of what it should");
}

}  // namespace sideband
