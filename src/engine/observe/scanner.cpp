#include "engine/observe/scanner.h"

#include <utility>

#include "engine/observe/confirmed_scan.h"
#include "engine/observe/digest_scanner.h"
#include "engine/observe/merge_scanner.h"
#include "engine/observe/probe_scanner.h"
#include "engine/observe/wanted.h"

namespace sideband {
namespace {

void count_comparison(const std::string& key, Comparison comparison, ScanBatch& batch) {
  switch (comparison.relation) {
    case Relation::kSame:
      return;
    case Relation::kDrift:
      batch.changes.push_back(std::move(*comparison.change));
      return;
    case Relation::kExtra:
      ++batch.extras;
      return;
    case Relation::kUnknown:
      if (batch.unknown++ == 0) batch.first_unknown = key + ": " + comparison.why;
      return;
  }
}

class KeyScanner final : public Scanner {
 public:
  KeyScanner(ReconcilerRuntimePtr runtime, std::vector<std::string> keys)
      : runtime_(std::move(runtime)), keys_(std::move(keys)) {}

  Result<ScanBatch> next() override {
    ScanBatch batch;
    const std::size_t end = std::min(keys_.size(), at_ + kBatchChanges);
    const std::vector<std::string> slice(keys_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         keys_.begin() + static_cast<std::ptrdiff_t>(end));
    at_ = end;
    batch.last = at_ == keys_.size();
    if (!slice.empty()) SB_TRY(compare_keys(*runtime_, slice, batch));
    return batch;
  }

 private:
  ReconcilerRuntimePtr runtime_;
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
};

}  // namespace

// The result of one key after the other, whose actual side was read before; returns how many are
// desired.
static Result<std::int64_t> compare_read(const ReconcilerRuntime& runtime,
                                         const std::vector<std::string>& keys,
                                         const std::vector<Item>& actual, ScanBatch& batch) {
  SB_ASSIGN(std::vector<Item> desired, runtime.desired->read(keys, runtime.call_timeout));
  SB_CHECK(actual.size() == keys.size() && desired.size() == keys.size());
  SB_ASSIGN(const auto want, wanted_states(runtime, desired, actual));
  std::int64_t count = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!desired[i].state.absent_for_sure()) ++count;
    count_comparison(keys[i], compare_wanted(runtime, keys[i], want[i], actual[i].state), batch);
  }
  return count;
}

Result<void> compare_candidates(const ReconcilerRuntime& runtime, ScanBatch& batch) {
  if (batch.candidates.empty()) return {};
  const std::vector<Item> actual = std::exchange(batch.candidates, {});
  std::vector<std::string> keys;
  keys.reserve(actual.size());
  for (const Item& item : actual) keys.push_back(item.key);
  SB_TRY(compare_read(runtime, keys, actual, batch));
  return {};
}

Result<void> compare_keys(const ReconcilerRuntime& runtime, const std::vector<std::string>& keys,
                          ScanBatch& batch) {
  SB_ASSIGN(const std::vector<Item> actual, runtime.actual->read(keys, runtime.call_timeout));
  SB_ASSIGN(const std::int64_t desired, compare_read(runtime, keys, actual, batch));
  batch.desired += desired;
  return {};
}

std::unique_ptr<Scanner> make_key_scanner(ReconcilerRuntimePtr runtime,
                                          std::vector<std::string> keys) {
  return std::make_unique<KeyScanner>(std::move(runtime), std::move(keys));
}

static std::unique_ptr<Scanner> make_pass(ReconcilerRuntimePtr runtime, std::uint64_t seed,
                                          bool sweep) {
  const KeyOrder desired = runtime->desired->traits().order;
  const bool same_order = desired != KeyOrder::kNone && desired == runtime->actual->traits().order;
  if (!same_order) {
    return std::make_unique<ProbeScanner>(std::move(runtime),
                                          sweep ? std::optional(seed) : std::nullopt);
  }
  if (digests_compare(*runtime)) return std::make_unique<DigestScanner>(std::move(runtime), seed);
  return std::make_unique<MergeScanner>(std::move(runtime));
}

std::unique_ptr<Scanner> make_full_scanner(const ReconcilerRuntimePtr& runtime, std::uint64_t seed,
                                           bool sweep) {
  return std::make_unique<ConfirmedScan>(runtime, make_pass(runtime, seed, sweep));
}

}  // namespace sideband
