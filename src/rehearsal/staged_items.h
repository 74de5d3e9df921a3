// What happens to the items of a reconciler in a rehearsal.
#pragma once

#include <string>
#include <vector>

#include "rehearsal/test_case.h"

namespace sideband::sim {

// Both sides of a reconciler, in its stage. The first items that fit are taken each time, so that
// what was repaired differs again.
class StagedPair {
 public:
  StagedPair(Stage& stage, const ReconcilerSettings& reconciler)
      : name_(reconciler.name),
        desired_(stage.side(reconciler.desired)),
        actual_(stage.side(reconciler.actual)) {}

  // So many items, all in sync, where there are not as many.
  void fill(std::int64_t count);
  // What this step says of it; what could not be done, as sentences.
  std::vector<std::string> change(const TestStep& step);

  [[nodiscard]] std::int64_t differ() const;
  [[nodiscard]] std::int64_t changed() const { return actual_.changed; }

 private:
  enum class Condition : std::uint8_t { kSame, kDiffers, kWanted };
  [[nodiscard]] std::vector<std::string> first_keys(Condition condition, std::int64_t count) const;
  [[nodiscard]] bool is(Condition condition, const std::string& key) const;
  std::string next_value();

  const std::string name_;
  StagedItems& desired_;
  StagedItems& actual_;
};

}  // namespace sideband::sim
