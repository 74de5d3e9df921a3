#include "checkup/job_system.h"

namespace sideband::scan {
namespace {

// "shop:dead" ends with the word "dead" and has the prefix "shop:"; "dead" has none.
std::optional<std::string> prefix_before(std::string_view key, std::string_view word) {
  if (!key.ends_with(word)) return std::nullopt;
  key.remove_suffix(word.size());
  if (!key.empty() && key.back() != ':') return std::nullopt;
  return std::string(key);
}

// https://github.com/sidekiq/sidekiq/wiki/Error-Handling
std::optional<JobQueue> sidekiq(std::string_view key) {
  const auto prefix = prefix_before(key, "dead");
  if (!prefix) return std::nullopt;
  JobQueue queue;
  queue.system = "Sidekiq";
  queue.type = "zset";
  queue.all_of = {{*prefix + "queues", "set"}};
  queue.any_of = {{*prefix + "retry", "zset"},
                  {*prefix + "schedule", "zset"},
                  {*prefix + "processes", "set"},
                  {*prefix + "stat:processed", "string"},
                  {*prefix + "stat:failed", "string"}};
  queue.what = "dead job";
  queue.look = "the page Dead of its web interface";
  return queue;
}

// https://docs.bullmq.io/guide/architecture; its forerunner Bull has a counter in place of `meta`.
std::optional<JobQueue> bullmq(std::string_view key) {
  const auto prefix = prefix_before(key, "failed");
  if (!prefix || prefix->empty()) return std::nullopt;
  JobQueue queue;
  queue.system = "BullMQ";
  queue.type = "zset";
  queue.any_of = {{*prefix + "meta", "hash"}, {*prefix + "id", "string"}};
  queue.what = "failed job";
  queue.look = "getFailed() of the queue";
  return queue;
}

// https://github.com/resque/resque
std::optional<JobQueue> resque(std::string_view key) {
  const auto prefix = prefix_before(key, "failed");
  if (!prefix || prefix->empty()) return std::nullopt;
  JobQueue queue;
  queue.system = "Resque";
  queue.type = "list";
  queue.any_of = {{*prefix + "queues", "set"},
                  {*prefix + "workers", "set"},
                  {*prefix + "stat:processed", "string"},
                  {*prefix + "stat:failed", "string"}};
  queue.what = "failed job";
  queue.look = "the page Failed of its web interface";
  return queue;
}

// https://python-rq.org/docs/job_registries/
std::optional<JobQueue> rq(std::string_view key) {
  if (!key.starts_with("rq:failed:")) return std::nullopt;
  JobQueue queue;
  queue.system = "RQ";
  queue.type = "zset";
  queue.all_of = {{"rq:queues", "set"}};
  queue.what = "failed job";
  queue.look = "the queue's FailedJobRegistry";
  return queue;
}

constexpr std::string_view kBinding = "_kombu.binding.";

// Kombu notes each delivery with its time, and gives it out again when nobody acknowledges it.
// https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html
std::optional<JobQueue> celery(std::string_view key) {
  constexpr std::string_view kIndex = "unacked_index";
  if (!key.ends_with(kIndex)) return std::nullopt;
  const std::string prefix(key.substr(0, key.size() - kIndex.size()));
  JobQueue queue;
  queue.system = "Celery";
  queue.type = "zset";
  queue.all_of = {{prefix + "unacked", "hash"}};
  queue.beginning = prefix + std::string(kBinding);
  queue.what = "unacknowledged task";
  queue.look = "celery inspect active, and whether a worker runs: taken over an hour ago";
  queue.overdue_only = true;
  return queue;
}

// https://github.com/hibiken/asynq/wiki; the names of its queues are {hash tags}.
std::optional<JobQueue> asynq(std::string_view key) {
  if (!key.starts_with("asynq:{") || !key.ends_with("}:archived")) return std::nullopt;
  JobQueue queue;
  queue.system = "asynq";
  queue.type = "zset";
  queue.all_of = {{"asynq:queues", "set"}};
  queue.what = "archived job";
  queue.look = "asynq task ls --state=archived";
  return queue;
}

}  // namespace

std::optional<std::string> beginning_of(std::string_view key) {
  const std::size_t at = key.find(kBinding);
  if (at == std::string_view::npos) return std::nullopt;
  return std::string(key.substr(0, at + kBinding.size()));
}

std::vector<JobQueue> job_queues_of(std::string_view key) {
  std::vector<JobQueue> found;
  for (const auto system : {&sidekiq, &bullmq, &resque, &rq, &celery, &asynq}) {
    if (auto queue = system(key)) found.push_back(std::move(*queue));
  }
  return found;
}

}  // namespace sideband::scan
