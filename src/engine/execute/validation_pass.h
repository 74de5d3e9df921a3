// One pass over everything that a repair settled, step after step, against fresh reads.
#pragma once

#include <optional>

#include "engine/execute/repair_work.h"
#include "engine/observe/prefetcher.h"

namespace sideband {

// Of a plan of many chunks the next step is read, from the store and from the actual side, while
// the last one is compared. Used by one thread at a time, which blocks on the targets. `work` must
// outlive it, and of its job nothing but the lease may change meanwhile.
class ValidationPass {
 public:
  enum class Path : std::uint8_t { kOwn, kIndependent };

  ValidationPass(const RepairWork& work, std::int64_t from_step, Path path);

  // Looks at one more step and adds to `found`. False after the last.
  Result<bool> look(Validation& found);

 private:
  struct Page {
    std::vector<Change> changes;
    Result<std::vector<Item>> actual;
    bool last = false;
  };
  Result<Page> read_page();

  const RepairWork& work_;
  Collection& side_;
  std::int64_t step_;       // next step to read
  Prefetcher<Page> pages_;  // last: its thread uses the others
};

}  // namespace sideband
