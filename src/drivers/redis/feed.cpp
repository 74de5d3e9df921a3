#include "drivers/redis/feed.h"

#include "drivers/options.h"

namespace sideband {
namespace {

constexpr std::string_view kSetting = "notify-keyspace-events";

// What the server is set to; nothing where this user may not ask, or it has no such setting.
Result<std::optional<std::string>> notifications(RedisConnection& connection,
                                                 const Deadline& deadline) {
  SB_ASSIGN(const auto reply, connection.call({"CONFIG", "GET", kSetting}, deadline));
  const bool nothing = is_array(*reply) && reply->elements == 0;
  if (nothing || is_error(*reply)) return std::optional<std::string>();
  const bool pair = is_array(*reply) && reply->elements == 2 && is_bulk(*reply->element[1]);
  if (!pair) return odd_reply(*reply, "CONFIG GET");
  return std::optional(std::string(text_of(*reply->element[1])));
}

Result<void> check_notifications(RedisConnection& connection, RedisType type,
                                 const Deadline& deadline) {
  SB_ASSIGN(const auto set, notifications(connection, deadline));
  if (!set) return {};
  const std::string missing = missing_notifications(*set, type);
  if (missing.empty()) return {};
  return for_person(Error::unsupported(
      "Redis does not send the notifications that waking needs: run CONFIG SET " +
      std::string(kSetting) + " " + *set + missing + ", and set the same in its configuration"));
}

}  // namespace

std::string missing_notifications(std::string_view set, RedisType type) {
  std::string missing;
  const auto need = [&](char letter) {
    if (set.find(letter) == std::string_view::npos) missing += letter;
  };
  need('K');
  if (set.find('A') != std::string_view::npos) return missing;
  need('g');
  need(type == RedisType::kString ? '$' : 'h');
  need('x');
  need('e');
  return missing;
}

Result<std::unique_ptr<RedisFeed>> RedisFeed::open(const RedisEndpoint& endpoint,
                                                   const KeyTemplate& keys, RedisType type,
                                                   const Clock& clock) {
  const Deadline deadline(clock, endpoint.connect_timeout);
  SB_ASSIGN(auto connection, RedisConnection::open(endpoint, deadline));
  SB_TRY(check_notifications(*connection, type, deadline));
  const std::string channel = "__keyspace@" + std::to_string(endpoint.db) + "__:";
  SB_ASSIGN(const auto reply, connection->call({"PSUBSCRIBE", channel + keys.pattern()}, deadline));
  if (!is_array(*reply)) return odd_reply(*reply, "PSUBSCRIBE").in("PSUBSCRIBE");
  return std::unique_ptr<RedisFeed>(new RedisFeed(std::move(connection), keys, channel, clock));
}

// {"pmessage", pattern, channel, event}
void RedisFeed::note(const redisReply& message) {
  if (!is_array(message) || message.elements != 4) return;
  std::string_view key = text_of(*message.element[2]);
  if (!key.starts_with(channel_)) return;
  key.remove_prefix(channel_.size());
  auto id = keys_.reverse(key);
  if (id) found_.add(std::move(*id));
}

Result<Wake> RedisFeed::wait(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  const Deadline now(clock_, Duration(0));
  for (std::size_t taken = 0; taken < kMaxWakeKeys; ++taken) {
    // After the first event only what is here already is taken along.
    auto message = connection_->receive(found_.any() ? now : deadline);
    if (message) {
      note(**message);
      continue;
    }
    if (message.error().code != ErrorCode::kTimeout) return message.error();
    break;
  }
  return found_.take();
}

}  // namespace sideband
