// Streams both sides of a reconciler in key order and joins them. Both targets are asked while the
// last pages are compared.
#pragma once

#include "engine/observe/page_stream.h"
#include "engine/observe/scanner.h"

namespace sideband {

// Whether equal raw states of both sides are all that a comparison has to know of most items: of
// the same form, with nothing between the two sides that makes different bytes equal.
bool raw_compares(const ReconcilerRuntime& runtime);

// The keys of `range`; less than everything only where both sides have digests. The runtime's
// sides have the same order.
class MergeScanner final : public Scanner {
 public:
  explicit MergeScanner(ReconcilerRuntimePtr runtime, const KeyRange& range = {});
  Result<ScanBatch> next() override;

 private:
  Result<void> feed(JoinWants side);

  ReconcilerRuntimePtr runtime_;
  PageStream left_;
  PageStream right_;
  MergeJoin join_;
};

// What two joined items mean: counts the desired one and extras, and makes drifts and unknowns
// candidates, to be read again.
void judge_joined(const ReconcilerRuntime& runtime, const JoinedItem& item,
                  std::vector<std::string>& candidates, ScanBatch& batch);

// Makes these keys candidates of the batch, read again on the actual side.
Result<void> read_again(const ReconcilerRuntime& runtime, const std::vector<std::string>& keys,
                        ScanBatch& batch);

// A batch ends at about so many candidates.
inline constexpr std::size_t kBatchChanges = 1000;
inline constexpr int kBatchPages = 10;

}  // namespace sideband
