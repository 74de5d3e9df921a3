// Keys of one Redis server as a Collection: join key = what the key template leaves, state = the
// string, or the fields of the hash.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/context.h"
#include "drivers/redis/batch_sizer.h"
#include "drivers/redis/connections.h"
#include "drivers/redis/key_template.h"
#include "drivers/redis/script.h"
#include "ports/collection.h"

namespace sideband {

// What one SCAN found.
struct ScanStep {
  std::string cursor;
  std::vector<std::string> keys;  // join keys, each once
  std::size_t passed = 0;         // about so many keys of the server, ours or not
};

struct RedisOptions {
  KeyTemplate keys;
  RedisType type = RedisType::kString;
  std::vector<std::string> owned;  // hash: only these fields are read and written; empty = all
  bool writable = false;
  std::string fence_key;  // empty = not fenced
  std::size_t max_size = 1 << 20;
  // The target's rates are limited: one short command at a time, so that its other clients never
  // wait for more than that. Else commands follow each other without a pause.
  bool gentle = false;
  std::string target;  // its name, for metrics
};

// Thread-safe: each call has a connection to itself. A broken connection is dropped, and the next
// call makes another.
class RedisCollection final : public Collection {
 public:
  RedisCollection(RedisOptions options, std::shared_ptr<RedisConnections> connections,
                  const DriverContext& context);

  // Connects once, so that an open Collection was reachable.
  Result<void> check(Duration timeout);

  [[nodiscard]] CollectionTraits traits() const override;
  // SCAN in no order. A page may hold more than max_items: one step of the server's cursor is not
  // divided; a gentle page is one step. Keys twice in a page are taken out, unless only keys are
  // wanted; twice in a scan may happen (SCAN promises only that every key that stays is seen at
  // least once). A page may be empty before the last.
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  Result<TargetIdentity> identity(Duration timeout) override;
  // Asks by a SET that can write nothing, beside the fence; success without a fence.
  Result<void> accepts_writes(Duration timeout) override;
  Result<std::vector<State>> kept(const std::vector<Wanted>& wanted, Duration timeout) override;
  // By scripts of up to 100 keys, pipelined, or gently. Keeps each key's time to live.
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;

 private:
  // With our user and keys where a message says what to run.
  std::string named(std::string message) const;
  Error named(Error error) const;
  // One step of a scan.
  Result<ScanStep> step_over(RedisConnection& connection, const std::string& cursor,
                             std::size_t max_items, const Deadline& deadline);
  Result<ScanPage> scan_over(RedisConnection& connection, const ScanRequest& request,
                             const Deadline& deadline);
  Result<ScanPage> scan_keys_over(RedisConnection& connection, const ScanRequest& request,
                                  const Deadline& deadline);
  Result<ScanPage> scan_keys_gently(RedisConnection& connection, const ScanRequest& request,
                                    const Deadline& deadline);
  // The keys of this collection among them; others are not there, whatever Redis holds by that
  // name.
  [[nodiscard]] std::vector<std::string> ours(const std::vector<std::string>& keys) const;
  Result<std::vector<Item>> read_over(RedisConnection& connection,
                                      const std::vector<std::string>& keys,
                                      const Deadline& deadline);

  const RedisOptions options_;
  const DriverContext context_;
  const std::shared_ptr<RedisConnections> connections_;
  BatchSizer reads_;
  BatchSizer scans_;    // only where gentle
  BatchSizer scripts_;  // only where gentle
};

}  // namespace sideband
