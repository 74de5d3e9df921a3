// Dead letters that wait for somebody: in RabbitMQ and in Redis.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <set>

#include "checkup/dead_letters.h"
#include "checkup/job_system.h"
#include "checkup/look.h"
#include "checkup/processes.h"
#include "checkup/rabbit_look.h"
#include "checkup/redis_look.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::uint16_t kRabbitPort = 15672;
// Each of them costs some questions.
constexpr std::size_t kMaxKeys = 1000;

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
    wanted_.clear();
    beginnings_.clear();
    std::string cursor = "0";
    do {
      if (look_.deadline.passed()) return gap("no time was left for all of its keys"), false;
      const RedisReply reply = call({"SCAN", cursor, "COUNT", "1000"});
      if (!reply || !is_array(*reply) || reply->elements != 2) return false;
      cursor = text_of(*reply->element[0]);
      const redisReply& keys = *reply->element[1];
      for (std::size_t i = 0; i < keys.elements; ++i) note_key(text_of(*keys.element[i]));
    } while (cursor != "0");
    if (wanted_.size() >= kMaxKeys) gap("more keys of db " + db + " look like queues");
    return std::all_of(wanted_.begin(), wanted_.end(),
                       [&](const std::string& key) { return look_at_key(db, key); });
  }

  // What belongs to a job system is known when all keys were seen. SCAN may show one twice.
  void note_key(std::string_view key) {
    if (auto beginning = beginning_of(key)) beginnings_.insert(std::move(*beginning));
    const bool wanted = is_dead_letter_name(key) || !job_queues_of(key).empty();
    if (wanted && wanted_.size() < kMaxKeys) wanted_.emplace(key);
  }

  bool look_at_key(const std::string& db, const std::string& key) {
    if (look_.deadline.passed()) return gap("no time was left for all of its queues"), false;
    const auto type = type_of(key);
    if (!type) return false;
    for (const JobQueue& queue : job_queues_of(key)) {
      if (queue.type != *type || !is_proven(queue)) continue;
      return report(db, key, size_of(key, *type, queue.overdue_only), queue.what,
                    " of " + queue.system + "; look at " + queue.look);
    }
    if (!is_dead_letter_name(key)) return true;
    return report(db, key, size_of(key, *type, false), "dead letter", "");
  }

  // By keys that only that system makes beside it.
  bool is_proven(const JobQueue& queue) {
    const auto there = [this](const SiblingKey& key) { return type_of(key.key) == key.type; };
    return (queue.beginning.empty() || beginnings_.count(queue.beginning) != 0) &&
           std::all_of(queue.all_of.begin(), queue.all_of.end(), there) &&
           (queue.any_of.empty() || std::any_of(queue.any_of.begin(), queue.any_of.end(), there));
  }

  // Nothing after an error, which is told.
  std::optional<std::string> type_of(const std::string& key) {
    const RedisReply type = call({"TYPE", key});
    if (!type) return std::nullopt;
    return std::string(text_of(*type));
  }

  // Nothing after an error, which is told; 0 for types that are no queues.
  std::optional<std::int64_t> size_of(const std::string& key, const std::string& type,
                                      bool overdue_only) {
    const char* const count = type == "list"     ? "LLEN"
                              : type == "stream" ? "XLEN"
                              : type == "zset"   ? "ZCARD"
                              : type == "set"    ? "SCARD"
                                                 : nullptr;
    if (count == nullptr) return 0;
    const std::string hour_ago = std::to_string(to_us(look_.clock().wall()) / 1'000'000 - 3600);
    const RedisReply size =
        overdue_only ? call({"ZCOUNT", key, "-inf", hour_ago}) : call({count, key});
    if (!size) return std::nullopt;
    return size->integer;
  }

  bool report(const std::string& db, const std::string& key, std::optional<std::int64_t> size,
              const std::string& what, const std::string& more) {
    if (!size) return false;
    if (*size > 0) {
      look_.notes.found({"",
                         fmt::format("redis {} db {} {}", place_.name, db, key),
                         counted(*size, what) + more,
                         {}});
    }
    return true;
  }

  Look& look_;
  const RedisPlace& place_;
  std::unique_ptr<RedisConnection> connection_;
  std::set<std::string> wanted_;      // keys of this database that may be queues
  std::set<std::string> beginnings_;  // of its keys, where they tell of a job system
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
