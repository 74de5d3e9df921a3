// One connection to a Redis server: pipelined commands with deadlines.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "base/secret.h"
#include "drivers/redis/resp_reader.h"
#include "net/socket.h"

namespace sideband {

struct RedisEndpoint {
  std::string host;
  std::uint16_t port = 6379;
  std::string socket;  // path of a unix socket; used instead of host and port when not empty
  std::string user;    // empty = "default"
  Secret password;
  std::int64_t db = 0;
  Duration connect_timeout = std::chrono::seconds(3);

  [[nodiscard]] bool same_as(const RedisEndpoint& other) const;
};

// Used by one thread at a time. After an error of flush or receive the connection is broken: its
// replies can no longer be told apart, and it must be dropped. The one exception is a subscriber,
// which may receive again after a kTimeout: what came of a message is kept.
class RedisConnection {
 public:
  // Connects, authenticates, selects the database, and refuses a server in cluster mode.
  static Result<std::unique_ptr<RedisConnection>> open(const RedisEndpoint& endpoint,
                                                       const Deadline& deadline);

  // Queues one command; nothing is sent before flush.
  void add(const std::vector<std::string_view>& words) { put_command(out_, words); }
  // The bytes that are queued, for callers that write commands themselves.
  std::string& queued() { return out_; }
  Result<void> flush(const Deadline& deadline);
  // The next reply. Error replies of the server are replies, not errors.
  Result<RedisReply> receive(const Deadline& deadline);

  // The same into `texts`, which is emptied first, for replies that are an array of texts: without
  // an object for each of them.
  Result<void> receive_texts(RedisTexts& texts, const Deadline& deadline);

  // One command and its reply.
  Result<RedisReply> call(const std::vector<std::string_view>& words, const Deadline& deadline);

  // kCorrupt where the server has said more than it was asked: its replies and our commands are out
  // of step, and none of those that came can be believed. Never blocks.
  [[nodiscard]] Result<void> check_in_step() const;
  // Whether it is fit for another command; never blocks.
  [[nodiscard]] bool fit() const;

  // What of the time that a command `took` was more than a bare round trip, which is the shortest
  // answer that this connection has seen.
  Duration beyond_round_trip(Duration took) {
    round_trip_ = std::min(round_trip_, took);
    return took - round_trip_;
  }
  // Whether this connection's server has been sent our scripts.
  bool scripts_sent = false;

 private:
  explicit RedisConnection(Socket socket);
  Result<void> greet(const RedisEndpoint& endpoint, const Deadline& deadline);
  Result<void> select(std::int64_t db, const Deadline& deadline);
  Result<void> refuse_cluster(const Deadline& deadline);
  // One block of what the server sends, to the reader. A server that never stops ends with the
  // deadline too: after it only the `first` block of a reply is taken.
  Result<void> take_block(const Deadline& deadline, bool first);

  Socket socket_;
  RespReader reader_;
  std::string out_;
  std::string in_;
  Duration round_trip_{0};
};

}  // namespace sideband
