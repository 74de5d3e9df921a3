// What a Redis server was really told to write, by its own MONITOR: the independent ledger against
// which the audit log is checked. Everybody's writes are in it, in the order in which they
// happened.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sideband::e2e {

struct LedgerEntry {
  WallTime at;
  // A call is a script of the daemon, before it runs; its writes follow it. The others' writes are
  // by plain commands.
  enum class Kind { kCall, kOurWrite, kOtherWrite } kind = Kind::kOtherWrite;
  std::vector<std::string> keys;
  std::string token;                // of a call, without leading zeros
  std::vector<std::string> wanted;  // of a call: "v" and the value, "a" = absent; one for each key
  std::string value;                // of a write
};

// Used by one thread. Only strings are understood (not hashes).
class RedisLedger {
 public:
  explicit RedisLedger(const std::string& socket);
  // Everything from the start until now.
  const std::vector<LedgerEntry>& read_all();

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  void take(const std::string& line);

  std::string socket_;
  std::unique_ptr<redisContext, Free> monitor_;
  std::vector<LedgerEntry> entries_;
  int marks_ = 0;
};

}  // namespace sideband::e2e
