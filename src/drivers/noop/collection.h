// Numbered items that exist only in memory: for benchmarks, dry tests and trying things out.
#pragma once

#include <memory>

#include "drivers/context.h"
#include "drivers/noop/memory.h"
#include "ports/collection.h"

namespace sideband {

// Thread-safe; never blocks on anything outside. Keys are int64 from 1. As the desired side item 7 is
// "desired 7"; as the actual side it is "actual 7" until an apply sets it.
class NoopCollection final : public Collection {
 public:
  // `memory` null: the desired side, with `items` items.
  NoopCollection(std::shared_ptr<NoopMemory> memory, std::int64_t items,
                 const DriverContext& context)
      : memory_(std::move(memory)), items_(items), context_(context) {}

  [[nodiscard]] CollectionTraits traits() const override;
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;

 private:
  [[nodiscard]] State state_of(const std::string& key) const;
  [[nodiscard]] std::vector<Item> list(std::int64_t after, std::size_t limit) const;
  ChangeOutcome apply_one(const Change& change);

  const std::shared_ptr<NoopMemory> memory_;
  const std::int64_t items_;
  const DriverContext context_;
};

}  // namespace sideband
