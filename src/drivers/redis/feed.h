// Changes of keys by Redis keyspace notifications.
// https://redis.io/docs/manual/keyspace-notifications/
#pragma once

#include <memory>
#include <string>

#include "drivers/redis/connection.h"
#include "drivers/redis/key_template.h"
#include "drivers/redis/script.h"
#include "drivers/wake_keys.h"
#include "ports/feed.h"

namespace sideband {

// Used by one thread at a time. Redis sends notifications once and forgets them: what happens
// while the connection is down is lost, which is why a feed's error means one scan.
class RedisFeed final : public Feed {
 public:
  // Subscribes. kUnsupported (for a person) with the setting to make, where notify-keyspace-events
  // lacks what this type of value needs; where the user may not ask for it, it is taken to be
  // right.
  static Result<std::unique_ptr<RedisFeed>> open(const RedisEndpoint& endpoint,
                                                 const KeyTemplate& keys, RedisType type,
                                                 const Clock& clock);
  // An error when the connection is lost.
  Result<Wake> wait(Duration timeout) override;

 private:
  RedisFeed(std::unique_ptr<RedisConnection> connection, const KeyTemplate& keys,
            std::string channel, const Clock& clock)
      : connection_(std::move(connection)),
        keys_(keys),
        channel_(std::move(channel)),
        clock_(clock) {}
  void note(const redisReply& message);

  std::unique_ptr<RedisConnection> connection_;
  const KeyTemplate keys_;
  const std::string channel_;  // "__keyspace@0__:"
  const Clock& clock_;
  WakeKeys found_;
};

// The letters of notify-keyspace-events that are missing from `set` for values of this type; empty
// when it will do. Deletions, expiry and eviction count as changes.
std::string missing_notifications(std::string_view set, RedisType type);

}  // namespace sideband
