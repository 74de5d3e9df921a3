#include "drivers/redis/connection.h"

#include <tuple>

namespace sideband {
namespace {

constexpr std::size_t kReceiveBytes = 64 * 1024;

Result<Socket> connect(const RedisEndpoint& endpoint, const Deadline& deadline) {
  const Deadline soon(deadline.clock(), std::min(endpoint.connect_timeout, deadline.left()));
  if (!endpoint.socket.empty()) return Socket::connect_unix(endpoint.socket, soon);
  return Socket::connect_tcp(endpoint.host, endpoint.port, soon);
}

}  // namespace

bool RedisEndpoint::same_as(const RedisEndpoint& other) const {
  const auto all = [](const RedisEndpoint& e) {
    return std::tie(e.host, e.port, e.socket, e.user, e.password.reveal(), e.db, e.connect_timeout);
  };
  return all(*this) == all(other);
}

RedisConnection::RedisConnection(Socket socket)
    : socket_(std::move(socket)), in_(kReceiveBytes, '\0') {}

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const RedisEndpoint& endpoint,
                                                               const Deadline& deadline) {
  if (deadline.passed()) return Error::timeout("no time left to connect", Effect::kNone);
  SB_ASSIGN(Socket socket, connect(endpoint, deadline));
  std::unique_ptr<RedisConnection> connection(new RedisConnection(std::move(socket)));
  SB_TRY(connection->greet(endpoint, deadline));
  SB_TRY(connection->refuse_cluster(deadline));
  SB_TRY(connection->select(endpoint.db, deadline));
  return connection;
}

Result<void> RedisConnection::greet(const RedisEndpoint& endpoint, const Deadline& deadline) {
  // A user without a password is still that user: never fall back to the rights of "default".
  if (endpoint.password.empty() && endpoint.user.empty()) return {};
  const std::string user = endpoint.user.empty() ? "default" : endpoint.user;
  SB_ASSIGN(const auto reply, call({"AUTH", user, endpoint.password.reveal()}, deadline));
  return is_ok(*reply) ? Result<void>() : odd_reply(*reply, "AUTH");
}

Result<void> RedisConnection::select(std::int64_t db, const Deadline& deadline) {
  const MonoTime start = deadline.clock().mono();
  SB_ASSIGN(const auto reply, call({"SELECT", std::to_string(db)}, deadline));
  round_trip_ = deadline.clock().mono() - start;
  if (is_ok(*reply)) return {};
  return odd_reply(*reply, "SELECT").in("SELECT " + std::to_string(db));
}

Result<void> RedisConnection::refuse_cluster(const Deadline& deadline) {
  SB_ASSIGN(const auto reply, call({"INFO", "cluster"}, deadline));
  if (is_error(*reply)) {
    const Error error = reply_error(text_of(*reply));
    // Without the right to ask, a cluster shows itself by its redirections, which are refused too.
    if (text_of(*reply).starts_with("NOPERM")) return {};
    return error;
  }
  if (!is_bulk(*reply)) return odd_reply(*reply, "INFO");
  if (text_of(*reply).find("cluster_enabled:1") == std::string_view::npos) return {};
  Error error = Error::unsupported("Redis runs in cluster mode, which is not supported");
  error.retry = Retry::kPerson;
  return error;
}

Result<void> RedisConnection::flush(const Deadline& deadline) {
  const auto sent = socket_.send(out_, deadline);
  out_.clear();
  return sent;
}

Result<void> RedisConnection::take_block(const Deadline& deadline, bool first) {
  if (!first && deadline.passed()) {
    return Error::timeout("Redis did not come to the end of its reply in time", Effect::kNone);
  }
  SB_ASSIGN(const std::size_t got, socket_.receive(in_.data(), in_.size(), deadline));
  return reader_.feed(std::string_view(in_).substr(0, got));
}

Result<RedisReply> RedisConnection::receive(const Deadline& deadline) {
  for (bool first = true;; first = false) {
    SB_ASSIGN(RedisReply reply, reader_.next());
    if (reply != nullptr) return reply;
    SB_TRY(take_block(deadline, first));
  }
}

Result<void> RedisConnection::receive_texts(RedisTexts& texts, const Deadline& deadline) {
  for (bool first = true;; first = false) {
    SB_ASSIGN(const bool whole, reader_.next(texts));
    if (whole) return {};
    SB_TRY(take_block(deadline, first));
  }
}

Result<void> RedisConnection::check_in_step() const {
  if (reader_.empty() && socket_.waiting() != Socket::Waiting::kBytes) return {};
  return Error::corrupt("Redis said more than it was asked; its answers are out of step");
}

bool RedisConnection::fit() const {
  return reader_.empty() && socket_.waiting() == Socket::Waiting::kNothing;
}

Result<RedisReply> RedisConnection::call(const std::vector<std::string_view>& words,
                                         const Deadline& deadline) {
  add(words);
  SB_TRY(flush(deadline));
  return receive(deadline);
}

}  // namespace sideband
