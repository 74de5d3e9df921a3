// Finds where two sides differ by digests that their targets compute: a tree of key ranges, refined
// where digests differ, then lists of keys with a digest each. Only what differs is read.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/observe/scanner.h"
#include "policy/digest_tree.h"
#include "ports/digests.h"

namespace sideband {

// Whether the digests of both sides say all that a comparison would: computed over the same, with
// nothing between the two sides that makes different bytes equal.
bool digests_compare(const ReconcilerRuntime& runtime);

// Finds what a MergeScanner finds, in the same order. Both sides are asked at the same time, on a
// thread for one of them. Each call is one level of the tree or one list, so that a snapshot is
// held for the length of one statement.
class DigestScanner final : public Scanner {
 public:
  DigestScanner(ReconcilerRuntimePtr runtime, std::uint64_t seed)
      : runtime_(std::move(runtime)), seed_(seed) {}
  Result<ScanBatch> next() override;

 private:
  struct Node {
    KeyRange range;
    std::int64_t items = 0;  // on the larger side
    bool settled = false;    // known to differ, and small enough to be listed
    bool unknown = false;    // one side cannot tell: to be read in full
    bool larger_is_desired = true;
  };
  using Digests = std::vector<RangeDigest>;
  using Parts = std::vector<std::vector<std::string>>;

  Result<void> plan();
  Result<Parts> split_whole();
  // Takes the next ranges that nobody looked at; how many is learned from the ones before.
  void take_run();
  Result<void> look(ScanBatch& batch);
  void look_at_less();
  DigestLevel keep_different(const Digests& desired, const Digests& actual, ScanBatch& batch);
  Result<void> refine(const DigestLevel& level);
  Result<void> split_on(Collection& side, bool desired, std::size_t items_each);
  Result<void> list();
  Result<void> judge_listed(ScanBatch& batch);
  Result<void> read_in_full(ScanBatch& batch);
  [[nodiscard]] Duration timeout() const;
  [[nodiscard]] DigestRequest request() const;

  ReconcilerRuntimePtr runtime_;
  std::uint64_t seed_;
  bool planned_ = false;
  std::deque<KeyRange> untouched_;  // in key order, behind everything else
  std::size_t run_ = 256;           // how many of them are looked at by one statement
  std::vector<Node> run_nodes_;     // the run under way, in key order
  bool first_level_ = false;        // of that run
  int depth_ = 0;
  std::deque<Node> leaves_;          // differ, in key order; each settled or unknown
  std::optional<MergeJoin> listed_;  // the items of the first ones, taken off
  std::unique_ptr<Scanner> full_;    // of the first one, while it is read in full
};

}  // namespace sideband
