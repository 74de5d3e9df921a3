#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkup/for_tests.h"
#include "checkup/job_system.h"
#include "support/redis_server.h"

namespace sideband::scan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> systems_of(const std::string& key) {
  std::vector<std::string> names;
  for (const JobQueue& queue : job_queues_of(key)) names.push_back(queue.system);
  return names;
}

TEST(JobSystems, K3_3_KeysThatMayBelongToOne) {
  EXPECT_THAT(systems_of("dead"), ElementsAre("Sidekiq"));
  EXPECT_THAT(systems_of("shop:dead"), ElementsAre("Sidekiq"));
  EXPECT_THAT(systems_of("{bull}:mail:failed"), ElementsAre("BullMQ", "Resque"));
  EXPECT_THAT(systems_of("rq:failed:mail"), ElementsAre("RQ"));
  EXPECT_THAT(systems_of("asynq:{mail}:archived"), ElementsAre("asynq"));
  EXPECT_THAT(systems_of("unacked_index"), ElementsAre("Celery"));
  for (const char* key : {"undead", "failed", "x:failures", "asynq:mail:archived", ":", ""}) {
    EXPECT_THAT(systems_of(key), IsEmpty()) << key;
  }
  EXPECT_EQ(beginning_of("a_kombu.binding.celery"), "a_kombu.binding.");
  EXPECT_FALSE(beginning_of("kombu"));
}

class JobQueues : public testing::Test {
 protected:
  void run(const std::vector<std::string>& words) { client_.command(words); }
  void zset(const std::string& key, int members) {
    for (int i = 0; i < members; ++i) run({"ZADD", key, "1", std::to_string(i)});
  }
  // "key: what", of this server alone.
  std::vector<std::string> look() {
    const std::string name = "redis 127.0.0.1:" + std::to_string(server_.port()) + " db 0 ";
    std::vector<std::string> mine;
    for (const Finding& finding : look_now(&look_at_queues, "/").findings) {
      if (!finding.where.starts_with(name)) continue;
      mine.push_back(finding.where.substr(name.size()) + ": " + finding.what);
      EXPECT_EQ(finding.with, "");
    }
    return mine;
  }

  RedisServer server_;
  RedisClient client_{server_.socket()};
};

TEST_F(JobQueues, K3_3_NamesAloneProveNothing) {
  zset("dead", 1);  // by its name a place of dead letters, and of nobody known
  for (const char* key : {"bull:mail:failed", "rq:failed:mail", "asynq:{mail}:archived"})
    zset(key, 2);
  run({"LPUSH", "resque:failed", "a"});
  zset("unacked_index", 3);
  zset("leaderboard:deadlift", 3);
  run({"SET", "asynq:queues", "of another type"});
  EXPECT_THAT(look(), ElementsAre("dead: 1 dead letter"));
}

TEST_F(JobQueues, K3_3_KeysBesideThemDo) {
  run({"SADD", "shop:queues", "default"});
  zset("shop:retry", 1);
  zset("shop:dead", 2);
  run({"HSET", "{b}:mail:meta", "opts.maxLenEvents", "9"});
  zset("{b}:mail:failed", 3);
  run({"SADD", "resque:queues", "mail"});
  run({"RPUSH", "resque:failed", "a", "b"});
  run({"SADD", "rq:queues", "rq:queue:mail"});
  zset("rq:failed:mail", 1);
  run({"SADD", "asynq:queues", "mail"});
  zset("asynq:{mail}:archived", 4);
  EXPECT_THAT(
      look(),
      testing::UnorderedElementsAre(
          "shop:dead: 2 dead jobs of Sidekiq; look at the page Dead of its web interface",
          "{b}:mail:failed: 3 failed jobs of BullMQ; look at getFailed() of the queue",
          "resque:failed: 2 failed jobs of Resque; look at the page Failed of its web interface",
          "rq:failed:mail: 1 failed job of RQ; look at the queue's FailedJobRegistry",
          "asynq:{mail}:archived: 4 archived jobs of asynq; look at asynq task ls "
          "--state=archived"));
}

TEST_F(JobQueues, K3_3_OnlyOldDeliveriesOfCeleryCount) {
  run({"SADD", "_kombu.binding.celery", "celery"});
  run({"HSET", "unacked", "old", "task", "new", "task"});
  const std::int64_t now = to_us(SystemClock().wall()) / 1'000'000;
  run({"ZADD", "unacked_index", std::to_string(now), "new"});
  EXPECT_THAT(look(), IsEmpty());
  run({"ZADD", "unacked_index", std::to_string(now - 7200), "old"});
  EXPECT_THAT(look(), ElementsAre("unacked_index: 1 unacknowledged task of Celery; look at celery "
                                  "inspect active, and whether a worker runs: taken over an hour "
                                  "ago"));
}

}  // namespace
}  // namespace sideband::scan
