// Finds drift: streams both sides of a reconciler, joins them by key, and confirms each candidate
// by reading it again, actual first, then desired.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/reconciler_runtime.h"
#include "policy/merge_join.h"

namespace sideband {

struct ScanBatch {
  std::vector<Change> changes;  // confirmed, in scan order
  // They differed, and were read again on the actual side; on the desired side they are yet to be.
  std::vector<Item> candidates;
  std::int64_t desired = 0;   // desired items seen in this batch
  std::int64_t extras = 0;    // actual items that nobody desires and that may not be deleted
  std::int64_t unknown = 0;   // keys whose state could not be told
  std::string first_unknown;  // one of them with its reason
  bool last = false;
};

// One pass. Used by one thread at a time; every call blocks on the targets. After an error the pass
// is void as a whole: its caller MUST draw no conclusion from earlier batches.
class Scanner {
 public:
  virtual ~Scanner() = default;
  // Up to about 1,000 changes, or a few pages without any.
  virtual Result<ScanBatch> next() = 0;
  // Whether a whole pass finds items of the actual side that nobody desires.
  [[nodiscard]] virtual bool finds_extras() const { return true; }
};

// Reads and compares only these keys.
std::unique_ptr<Scanner> make_key_scanner(ReconcilerRuntimePtr runtime,
                                          std::vector<std::string> keys);
// Everything: by digests where both sides have some that compare, else by a merge join where both
// sides have the same order, else by a probe of the actual side. All find the same, but that a
// probe looks for extras only with `sweep`. `seed` starts hashes; it is random and new for each
// scan. Where both sides may be asked at the same time, batches are made ahead.
std::unique_ptr<Scanner> make_full_scanner(const ReconcilerRuntimePtr& runtime, std::uint64_t seed,
                                           bool sweep = false);

// Reads the desired side of the batch's candidates and puts what is confirmed in their place. Its
// desired items are counted already.
Result<void> compare_candidates(const ReconcilerRuntime& runtime, ScanBatch& batch);

// Compares fresh reads of `keys`, actual first, then desired, and adds the result to `batch`.
Result<void> compare_keys(const ReconcilerRuntime& runtime, const std::vector<std::string>& keys,
                          ScanBatch& batch);

}  // namespace sideband
