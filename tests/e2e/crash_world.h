// A small shop for kill tests: a catalogue in SQLite that Redis serves copies of, and a fleet of
// files. The ledger of the Redis server is the ground truth of what was done to it.
#pragma once

#include <set>
#include <utility>

#include "e2e/daemon.h"
#include "e2e/redis_ledger.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {

inline constexpr int kItems = 16;  // reconciler "items": automatic, with canary
inline constexpr int kPrices =
    6;  // reconciler "prices": proposes; a person applies, another approves
inline constexpr int kNodes = 6;  // reconciler "fleet": files, automatic

// Used by one thread.
class CrashWorld {
 public:
  // `postgres`: as of Daemon. `gates`: of reconciler "items".
  explicit CrashWorld(const std::string& postgres = "", const std::string& gates = canary("50ms"));
  // Two items first, then half, then all, with this wait between.
  static std::string canary(const std::string& hold);

  Daemon daemon;
  RedisClient& redis() { return *redis_; }
  static std::string item(int i) { return "item:" + std::to_string(i); }
  static std::string wanted_item(int i) { return "item " + std::to_string(i); }
  // Breaks items of the cache, each to a value of its own; `round` makes them new.
  void break_items(const std::vector<int>& which, int round = 0);
  void break_fleet(const std::vector<int>& which);

  // Applies the proposed prices and approves what waits; does nothing where there is nothing to do,
  // and does not care when the daemon dies of it.
  void push_prices();
  // Everything as desired and no repair under way.
  bool in_sync();
  // The same, but for resources that rest after a repair of them failed, with a repair that says
  // why: somebody broke them again while it was validated.
  bool in_sync_or_explained();
  // No repair under way that would go on by itself.
  bool resting();

  // How often the daemon wrote this key, or any key that begins so.
  int writes_to(const std::string& prefix);
  RedisLedger& ledger() { return *ledger_; }
  // Exports the log, verifies it, and compares it with the ledger of the target, with the repairs
  // that the daemon shows, and with what was acknowledged to people.
  void check_proof();

 private:
  void apply_prices();
  void approve(const std::string& id);
  // What is not as desired, as reconciler and key.
  std::set<std::pair<std::string, std::string>> wrong();
  void write_config(const std::string& gates);
  void check_no_doubles();
  void check_intents(const std::vector<Json>& leaves);

  RedisServer server_;
  std::unique_ptr<RedisClient> redis_;
  std::unique_ptr<RedisLedger> ledger_;
  std::set<std::string> accepted_;  // repairs that were answered with their id
  std::set<std::string> approved_;  // those whose approval was answered
};

}  // namespace sideband::e2e
