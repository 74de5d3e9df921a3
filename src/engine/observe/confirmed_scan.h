// A pass whose candidates are confirmed: the next ones are found while the desired side of the last
// ones is read again, and while that is written.
#pragma once

#include <memory>
#include <utility>

#include "engine/observe/page_stream.h"
#include "engine/observe/scanner.h"

namespace sideband {

// Used by one thread at a time, which blocks on the targets. The destructor blocks for as long as
// one batch may take.
class ConfirmedScan final : public Scanner {
 public:
  ConfirmedScan(ReconcilerRuntimePtr runtime, std::unique_ptr<Scanner> finder)
      : runtime_(std::move(runtime)),
        finder_(std::move(finder)),
        finds_extras_(finder_->finds_extras()),
        found_(
            "find ahead", [this] { return finder_->next(); }, sides_overlap(*runtime_)),
        confirmed_(
            "confirm ahead", [this] { return confirm(); }, sides_overlap(*runtime_)) {}

  Result<ScanBatch> next() override { return confirmed_.next(); }
  [[nodiscard]] bool finds_extras() const override { return finds_extras_; }

 private:
  Result<ScanBatch> confirm() {
    SB_ASSIGN(ScanBatch batch, found_.next());
    SB_TRY(compare_candidates(*runtime_, batch));
    return batch;
  }

  const ReconcilerRuntimePtr runtime_;
  const std::unique_ptr<Scanner> finder_;
  const bool finds_extras_;
  Prefetcher<ScanBatch> found_;  // these two last: their threads use the others
  Prefetcher<ScanBatch> confirmed_;
};

}  // namespace sideband
