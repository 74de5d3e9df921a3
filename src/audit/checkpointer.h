// Signs the head of the audit log, and refuses to sign one that does not extend the last.
//
// The last signed head is kept in an anchor file outside the database. A store that was restored
// from an older backup, failed over to a lagging replica or was edited no longer extends it: then
// the log has forked, and signing both sides would make tampering look like truth.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "audit/leaf_pass.h"
#include "audit/signing_key.h"
#include "base/clock.h"
#include "merkle/compact_range.h"
#include "ports/store.h"

namespace sideband {

struct CheckpointerOptions {
  std::string anchor;                          // path of the anchor file
  std::int64_t max_leaves = 256;               // sign when so many are new
  Duration max_age = std::chrono::seconds(1);  // or when the first new one is so old
  std::int64_t samples = 16;                   // old leaves that are looked at when it is opened
  LeafPassPace pass = {};                      // over all of them
  // Start a new anchor from the store's own checkpoint when the file is missing: only after a
  // person restored the store on purpose.
  bool trust_store = false;
  // Set where several nodes share the store: whether it is this one's turn to sign. All nodes hold
  // the same key and an anchor each; who does not sign follows what the others signed.
  std::function<bool()> leads = {};
};

// The name under which this log is signed, the same for all nodes of a store: the first one's
// `proposed` stays. Blocks.
Result<std::string> log_name(Store& store, const std::string& proposed);

// Used by one thread.
class Checkpointer {
 public:
  // kCorrupt when the anchor is damaged, missing though the store has checkpoints, or signed by
  // another key, or when the store does not extend it or has
  // another old leaf than was signed ("LOG_FORKED ..."): then nothing may act on
  // what is in it. kInvalid when a shared store's log is signed by another key than ours. `store`
  // and `clock` must outlive it.
  static Result<std::unique_ptr<Checkpointer>> open(Store& store, SigningKey key,
                                                    const Clock& clock,
                                                    CheckpointerOptions options);

  // Signs a new head if one is due: hashes the new leaves itself, compares with the store's head,
  // writes the anchor durably and then publishes into the store. Says whether it signed. Blocks.
  // kCorrupt "LOG_FORKED ..." when the store does not extend the anchor; then for ever. Where
  // another node leads, takes over what that one signed, after the same look at the leaves.
  Result<bool> tick();
  // Goes on with the slow pass over all leaves that were signed (audit/leaf_pass.h). Says how many
  // were looked at so far. kCorrupt "LOG_FORKED ..." as tick. Blocks.
  Result<std::int64_t> look_back();
  // Signs whatever is new, due or not, and whoever leads; for a clean stop and for exports.
  Result<bool> sign_now();

  [[nodiscard]] const SigningKey& key() const { return key_; }
  // When the oldest leaf without a signature was first seen here, whoever is to sign it.
  [[nodiscard]] std::optional<MonoTime> unsigned_since() const { return new_since_; }
  // Leaves under the last signature.
  [[nodiscard]] std::uint64_t signed_size() const { return tree_.size(); }

 private:
  Checkpointer(Store& store, SigningKey key, const Clock& clock, CheckpointerOptions options)
      : store_(store),
        key_(std::move(key)),
        clock_(clock),
        options_(std::move(options)),
        pass_(store, clock, options_.pass) {}
  Result<void> load_anchor();
  Result<void> start_without_anchor();
  Result<CompactRange> store_head();
  Result<bool> due(const CompactRange& head);
  Result<bool> sign(const CompactRange& head);
  Result<CompactRange> extend_to(std::uint64_t size);
  Result<std::optional<CheckpointRow>> published_last();
  Result<void> check_store();
  Result<void> check_samples();
  Result<void> follow();
  Result<void> keep(std::string note, CompactRange tree);
  Result<void> publish();
  Error fork(const std::string& why);
  Error edited(const std::string& why);
  Error refuse(const std::string& why, const std::string& advice);

  Store& store_;
  SigningKey key_;
  const Clock& clock_;
  CheckpointerOptions options_;
  LeafPass pass_;
  CompactRange tree_;            // what the anchor says was signed
  std::string note_;             // its note; empty before the first
  std::uint64_t published_ = 0;  // size of the last note in the store
  std::optional<MonoTime> new_since_;
  std::optional<Error> forked_;
};

}  // namespace sideband
