// A pass that works on the next batch while the last one is written.
#pragma once

#include <memory>
#include <utility>

#include "engine/observe/prefetcher.h"
#include "engine/observe/scanner.h"

namespace sideband {

// Finds what `inner` finds, in its order. The destructor blocks for as long as one batch may take.
class ScanAhead final : public Scanner {
 public:
  explicit ScanAhead(std::unique_ptr<Scanner> inner)
      : inner_(std::move(inner)),
        finds_extras_(inner_->finds_extras()),
        batches_(
            "confirm ahead", [this] { return inner_->next(); }, true) {}

  Result<ScanBatch> next() override { return batches_.next(); }
  [[nodiscard]] bool finds_extras() const override { return finds_extras_; }

 private:
  const std::unique_ptr<Scanner> inner_;
  const bool finds_extras_;
  Prefetcher<ScanBatch> batches_;  // last: its thread uses the others
};

}  // namespace sideband
