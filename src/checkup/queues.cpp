// Dead letters that wait for somebody: in RabbitMQ and in Redis.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "checkup/dead_letters.h"
#include "checkup/look.h"
#include "checkup/processes.h"
#include "checkup/rabbit_look.h"
#include "checkup/redis_look.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::uint16_t kRabbitPort = 15672;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class RedisQueues {
 public:
  RedisQueues(Look& look, const RedisPlace& place) : look_(look), place_(place) {}

  void run() {
    auto opened = RedisConnection::open(place_.endpoint, first_answer(look_.deadline));
    if (!opened.ok()) {
      // Nobody said that there is a server on the usual port.
      const bool nobody = place_.pid == 0 && opened.error().code == ErrorCode::kUnavailable;
      if (!nobody) gap(trouble_of(opened.error(), place_));
      return;
    }
    connection_ = std::move(*opened);
    const auto info = call({"INFO", "keyspace"});
    if (!info) return;
    look_.notes.looked();
    for (const std::string_view line : lines_of(text_of(*info))) {
      if (!line.starts_with("db")) continue;
      if (!look_at_database(std::string(line.substr(2, line.find(':') - 2)))) return;
    }
  }

 private:
  void gap(const std::string& why) { look_.notes.gap("redis " + place_.name, why); }

  // Null after an error, which is told.
  RedisReply call(const std::vector<std::string_view>& words) {
    auto reply = connection_->call(words, look_.deadline);
    if (!reply.ok()) {
      gap(trouble_of(reply.error(), place_));
      return nullptr;
    }
    if (!is_error(**reply)) return std::move(*reply);
    gap(reply_error(text_of(**reply)).message);
    return nullptr;
  }

  // In small steps that leave the server free for others.
  bool look_at_database(const std::string& db) {
    if (!call({"SELECT", db})) return false;
    std::string cursor = "0";
    do {
      if (look_.deadline.passed()) return gap("no time was left for all of its keys"), false;
      const RedisReply reply = call({"SCAN", cursor, "COUNT", "1000"});
      if (!reply || !is_array(*reply) || reply->elements != 2) return false;
      cursor = text_of(*reply->element[0]);
      const redisReply& keys = *reply->element[1];
      for (std::size_t i = 0; i < keys.elements; ++i) {
        const std::string key(text_of(*keys.element[i]));
        if (is_dead_letter_name(key) && !look_at_key(db, key)) return false;
      }
    } while (cursor != "0");
    return true;
  }

  bool look_at_key(const std::string& db, const std::string& key) {
    const RedisReply type = call({"TYPE", key});
    if (!type) return false;
    const std::string_view name = text_of(*type);
    const char* const count = name == "list"     ? "LLEN"
                              : name == "stream" ? "XLEN"
                              : name == "zset"   ? "ZCARD"
                              : name == "set"    ? "SCARD"
                                                 : nullptr;
    if (count == nullptr) return true;
    const RedisReply size = call({count, key});
    if (!size) return false;
    if (size->integer > 0) {
      look_.notes.found({"",
                         fmt::format("redis {} db {} {}", place_.name, db, key),
                         counted(size->integer, "dead letter"),
                         {}});
    }
    return true;
  }

  Look& look_;
  const RedisPlace& place_;
  std::unique_ptr<RedisConnection> connection_;
};

bool is_rabbit(const Process& process) {
  return process.name == "beam.smp" && process.title().find("rabbit") != std::string::npos;
}

// Nothing when there is no RabbitMQ here that anybody knows of.
void look_at_rabbit(Look& look, const std::vector<Process>& processes) {
  const std::string user = variable("SIDEBAND_RABBITMQ_USER");
  const bool running = std::any_of(processes.begin(), processes.end(), is_rabbit);
  if (user.empty() && !running) return;
  if (user.empty() && ::geteuid() != 0) {
    return look.notes.gap("rabbitmq",
                          "only root may ask it without SIDEBAND_RABBITMQ_USER and "
                          "SIDEBAND_RABBITMQ_PASSWORD");
  }
  std::uint16_t port = kRabbitPort;
  const std::string named = variable("SIDEBAND_RABBITMQ_PORT");
  std::from_chars(named.data(), named.data() + named.size(), port);
  const auto queues =
      user.empty() ? rabbit_queues_by_tool(look.deadline)
                   : rabbit_queues_by_api(
                         port, user, Secret(variable("SIDEBAND_RABBITMQ_PASSWORD")), look.deadline);
  if (!queues.ok()) return look.notes.gap("rabbitmq", queues.error().message);
  look.notes.looked();
  for (const RabbitQueue& queue : dead_letter_queues(*queues)) {
    look.notes.found({"",
                      "rabbitmq " + queue.vhost + " " + queue.name,
                      counted(queue.messages, "dead letter"),
                      {}});
  }
}

}  // namespace

void look_at_queues(Look& look) {
  const auto processes = read_processes(look.tree, look.clock());
  for (const RedisPlace& place : redis_places(processes)) RedisQueues(look, place).run();
  look_at_rabbit(look, processes);
}

}  // namespace sideband::scan
