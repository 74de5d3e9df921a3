#include "drivers/redis/server_info.h"

#include <gmock/gmock.h>

#include "drivers/redis/resp.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

const std::string kInfo =
    "# Server\r\nredis_version:7.0.15\r\nrun_id:00ab\r\n# Persistence\r\nloading:0\r\n"
    "# Replication\r\nrole:master\r\nmaster_replid:11cd\r\n"
    "master_replid2:0000000000000000000000000000000000000000\r\nmaster_repl_offset:42\r\n"
    "# Keyspace\r\ndb0:keys=12,expires=0,avg_ttl=0\r\ndb3:keys=4,expires=1,avg_ttl=9\r\n";

std::string with(std::string info, const std::string& old, const std::string& now) {
  return info.replace(info.find(old), old.size(), now);
}

TEST(RedisServerInfo, SaysWhoItIs) {
  const TargetIdentity identity = *redis_identity(kInfo, 0);
  EXPECT_EQ(identity, (TargetIdentity{"", "11cd", "", "00ab", "primary", 42, 12}));
  EXPECT_EQ(redis_identity(kInfo, 3)->items, 4);
  EXPECT_EQ(redis_identity(kInfo, 7)->items, 0) << "a database without keys has no line";
  const auto replica = redis_identity(with(kInfo, "role:master", "role:slave"), 0);
  EXPECT_EQ(replica->role, "standby");
  const std::string zeros = "0000000000000000000000000000000000000000";
  EXPECT_EQ(redis_identity(with(kInfo, zeros, "22ef"), 0)->before, "22ef");
}

TEST(RedisServerInfo, AServerThatLoadsIsNotCounted) {
  const auto loading = redis_identity(with(kInfo, "loading:0", "loading:1"), 0);
  EXPECT_EQ(loading.error().retry, Retry::kWhenReady);
}

TEST(RedisServerInfo, WhatItDoesNotSayIsNotMadeUp) {
  for (const std::string& odd :
       {std::string(), std::string("run_id"), std::string("run_id:"), std::string("\r\n\r\n"),
        with(kInfo, "run_id:00ab", "run_id:<script>"), with(kInfo, "run_id:00ab", "x_run_id:00ab"),
        with(kInfo, "master_replid:11cd", "master_replid:" + std::string(1000, 'a'))}) {
    EXPECT_EQ(redis_identity(odd, 0).error().code, ErrorCode::kCorrupt) << odd;
  }
  for (const char* keys :
       {"db0:keys=-1", "db0:keys=", "db0:key=12", "db0:keys=99999999999999999999", "db0:keys=1x"}) {
    EXPECT_EQ(redis_identity(with(kInfo, "db0:keys=12", keys), 0)->items, -1) << keys;
  }
  EXPECT_EQ(redis_identity(with(kInfo, "offset:42", "offset:-1"), 0)->position, -1);
}

TEST(RedisErrors, K7_2_EachKindSaysWhatCanHelp) {
  struct Case {
    const char* said;
    ErrorCode code;
    Retry retry;
  };
  using enum ErrorCode;
  const std::vector<Case> cases = {
      {"READONLY You can't write against a read only replica.", kUnavailable, Retry::kWhenReady},
      {"OOM command not allowed when used memory > 'maxmemory'.", kUnavailable, Retry::kWhenReady},
      {"LOADING Redis is loading the dataset in memory", kUnavailable, Retry::kWhenReady},
      {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
       kUnavailable, Retry::kWhenReady},
      {"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist",
       kUnavailable, Retry::kWhenReady},
      {"NOREPLICAS Not enough good replicas to write.", kUnavailable, Retry::kWhenReady},
      {"BUSY Redis is busy running a script.", kUnavailable, Retry::kWhenReady},
      {"ERR max number of clients reached", kUnavailable, Retry::kWhenReady},
      {"NOAUTH Authentication required.", kPermission, Retry::kPerson},
      {"WRONGPASS invalid username-password pair", kPermission, Retry::kPerson},
      {"NOPERM this user has no permissions to run the 'set' command", kPermission, Retry::kPerson},
      {"NOPERM No permissions to access a key", kPermission, Retry::kPerson},
      {"ERR AUTH <password> called without any password configured", kPermission, Retry::kPerson},
      {"MOVED 3999 127.0.0.1:6381", kUnsupported, Retry::kPerson},
      {"ASK 3999 127.0.0.1:6381", kUnsupported, Retry::kPerson},
      {"CLUSTERDOWN The cluster is down", kUnsupported, Retry::kPerson},
      {"CROSSSLOT Keys in request don't hash to the same slot", kUnsupported, Retry::kPerson},
      {"TRYAGAIN Multiple keys request during rehashing of slot", kUnsupported, Retry::kPerson},
      {"WRONGTYPE Operation against a key holding the wrong kind of value", kUnsupported,
       Retry::kPerson},
      {"BUSYKEY Target key name already exists.", kUnsupported, Retry::kPerson},
      {"BUSYGROUP Consumer Group name already exists", kUnsupported, Retry::kPerson},
      {"ERR unknown command 'SET'", kUnsupported, Retry::kPerson},
      {"", kUnsupported, Retry::kPerson},
  };
  for (const Case& one : cases) {
    const Error error = reply_error(one.said);
    EXPECT_EQ(error_code_name(error.code), error_code_name(one.code)) << one.said;
    EXPECT_EQ(error.retry, one.retry) << one.said;
    EXPECT_EQ(error.effect, Effect::kNone) << one.said;
  }
}

}  // namespace
}  // namespace sideband
