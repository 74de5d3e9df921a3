// Streams the desired side and reads the keys of each page on the actual side, for sides that have
// no order in common. Extras are found by a filter of the desired keys, through which the keys of
// the actual side are sent afterwards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/observe/page_stream.h"
#include "engine/observe/scanner.h"
#include "policy/key_filter.h"

namespace sideband {

class ProbeScanner final : public Scanner {
 public:
  // With a salt, random and new for each scan, extras are looked for.
  ProbeScanner(ReconcilerRuntimePtr runtime, std::optional<std::uint64_t> salt);
  Result<ScanBatch> next() override;
  [[nodiscard]] bool finds_extras() const override { return filter_.has_value(); }

 private:
  struct ProbedPage {
    std::vector<Item> desired;
    std::vector<Item> actual;  // of the same keys
    bool last = false;
  };

  // The next desired page, and what the actual side holds for its keys.
  Result<ProbedPage> probe();
  // The next page of either phase. Sets batch.last at the end of all.
  Result<void> look(std::vector<std::string>& candidates, ScanBatch& batch);
  void consider(const Item& desired, const Item& actual, std::vector<std::string>& candidates);
  // Keys that the filter does not know are candidates: only fresh reads make them extras. A scan
  // may yield a key twice, so it is known from then on.
  void sweep(const ScanPage& page, std::vector<std::string>& candidates);

  ReconcilerRuntimePtr runtime_;
  const std::size_t read_items_;
  std::optional<KeyFilter> filter_;
  PageStream desired_;
  Prefetcher<ProbedPage> probed_;
  std::vector<std::string> candidates_;  // of the pages so far, yet to be confirmed
  bool ended_ = false;                   // there are no more pages
  std::optional<PageStream> keys_;       // of the actual side, once the desired one has ended
};

}  // namespace sideband
