// Job systems that keep their queues in Redis, told by keys that only they make beside each other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sideband::scan {

// A key that must be there with that type ("set", "zset", "list", "hash", "string").
struct SiblingKey {
  std::string key;
  std::string type;
};

// What a key would be if its siblings are there. Prefixes and {hash tags} may be anybody's.
struct JobQueue {
  std::string system;              // "Sidekiq"
  std::string type;                // of the key itself
  std::vector<SiblingKey> all_of;  // proof: each of these
  std::vector<SiblingKey> any_of;  // and, unless empty, one of these
  std::string beginning;           // and, unless empty, some key that starts with this
  std::string what;                // one thing in it: "dead job"
  std::string look;                // where a person looks before doing anything
  bool overdue_only = false;       // counts members whose score is a time over an hour ago
};

// Up to here a key is a `beginning` that counts; nothing for keys that are none.
std::optional<std::string> beginning_of(std::string_view key);

// All systems whose key this may be by its name.
std::vector<JobQueue> job_queues_of(std::string_view key);

}  // namespace sideband::scan
