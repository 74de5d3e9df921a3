#include "engine/observe/digest_scanner.h"

#include <algorithm>
#include <optional>

#include "base/thread.h"
#include "engine/observe/merge_scanner.h"

namespace sideband {
namespace {

// A statement reads about so many items at most: some seconds.
constexpr std::size_t kRunItems = 4'000'000;
constexpr std::size_t kMaxRun = 1 << 14;
constexpr Duration kLongestSnapshot = std::chrono::seconds(30);
constexpr std::size_t kItemsEach = 64;
// Lists of so many items are held at once.
constexpr std::int64_t kListItems = 32'768;
// A tree that is deeper does not get finer: its ranges cannot be split.
constexpr int kMaxDepth = 12;

// Asks both sides, where they may overlap the desired one on a thread of its own.
template <class Ask>
auto ask_both(const ReconcilerRuntime& runtime, Ask ask)
    -> Result<std::pair<std::decay_t<decltype(*ask(*runtime.desired))>,
                        std::decay_t<decltype(*ask(*runtime.desired))>>> {
  std::optional<decltype(ask(*runtime.desired))> desired;
  const auto ask_desired = [&] { desired.emplace(ask(*runtime.desired)); };
  Thread other;
  if (sides_overlap(runtime))
    other = Thread("desired side", ask_desired, ThreadPriority::kOfStarter);
  else
    ask_desired();
  auto actual = ask(*runtime.actual);
  other.join();
  if (!desired->ok()) return desired->error();
  if (!actual.ok()) return actual.error();
  return std::pair(std::move(**desired), std::move(*actual));
}

bool same(const RangeDigest& a, const RangeDigest& b) {
  return a.items == b.items && a.digest == b.digest;
}

}  // namespace

bool digests_compare(const ReconcilerRuntime& runtime) {
  const std::string desired = runtime.desired->traits().digest;
  return !desired.empty() && desired == runtime.actual->traits().digest &&
         runtime.projection.identity() && !runtime.rules.normalize;
}

Duration DigestScanner::timeout() const {
  return std::min(runtime_->call_timeout, kLongestSnapshot);
}

DigestRequest DigestScanner::request() const {
  return {{}, seed_, timeout()};
}

Result<ScanBatch> DigestScanner::next() {
  ScanBatch batch;
  if (!planned_) SB_TRY(plan());
  if (full_) {
    SB_TRY(read_in_full(batch));
  } else if (listed_) {
    SB_TRY(judge_listed(batch));
  } else if (!run_nodes_.empty()) {
    SB_TRY(look(batch));
  } else if (!leaves_.empty() && leaves_.front().unknown) {
    SB_TRY(read_in_full(batch));
  } else if (!leaves_.empty()) {
    SB_TRY(list());
  } else if (!untouched_.empty()) {
    take_run();
    SB_TRY(look(batch));
  }
  batch.last = !full_ && !listed_ && run_nodes_.empty() && leaves_.empty() && untouched_.empty();
  return batch;
}

Result<void> DigestScanner::plan() {
  planned_ = true;
  auto parts = split_whole();
  if (!parts.ok() && parts.error().code == ErrorCode::kTimeout) {
    // Too large even to be divided in time: page by page it can be read.
    leaves_.push_back({{}, 0, false, true, true});
    return {};
  }
  if (!parts.ok()) return parts.error();
  KeyRange next;
  for (std::string& key : parts->front()) {
    next.below = key;
    untouched_.push_back(next);
    next = {std::move(key), std::nullopt};
  }
  untouched_.push_back(next);
  return {};
}

// By the desired side, or by the actual one where nothing is desired.
Result<DigestScanner::Parts> DigestScanner::split_whole() {
  const SplitRequest whole{{KeyRange{}}, kItemsEach, kMaxRun, timeout()};
  for (Collection* side : {runtime_->desired.get(), runtime_->actual.get()}) {
    SB_ASSIGN(Parts parts, side->split(whole));
    SB_CHECK(parts.size() == 1);
    if (!parts.front().empty()) return parts;
  }
  return Parts(1);
}

void DigestScanner::take_run() {
  const std::size_t count = std::min(run_, untouched_.size());
  for (std::size_t i = 0; i < count; ++i) {
    run_nodes_.push_back({std::move(untouched_.front()), 0, false, false, true});
    untouched_.pop_front();
  }
  first_level_ = true;
  depth_ = 0;
}

// Digests of the run's ranges that are new. Those that differ stay, and become leaves when they are
// fine enough.
Result<void> DigestScanner::look(ScanBatch& batch) {
  DigestRequest asked = request();
  for (const Node& node : run_nodes_) {
    if (!node.settled && !node.unknown) asked.ranges.push_back(node.range);
  }
  const auto both = ask_both(*runtime_, [&asked](Collection& side) { return side.digests(asked); });
  if (!both.ok()) {
    if (both.error().code != ErrorCode::kTimeout || !first_level_) return both.error();
    look_at_less();
    return {};
  }
  SB_CHECK(both->first.size() == asked.ranges.size());
  SB_CHECK(both->second.size() == asked.ranges.size());
  const DigestLevel level = keep_different(both->first, both->second, batch);
  SB_TRY(refine(level));
  const bool settled = std::all_of(run_nodes_.begin(), run_nodes_.end(),
                                   [](const Node& node) { return node.settled || node.unknown; });
  if (!settled) return {};
  for (Node& node : run_nodes_) leaves_.push_back(std::move(node));
  run_nodes_.clear();
  return {};
}

// The ranges were too large for the time.
void DigestScanner::look_at_less() {
  run_ = std::max<std::size_t>(run_nodes_.size() / 2, 1);
  if (run_nodes_.size() == 1) {
    leaves_.push_back(std::move(run_nodes_.front()));
    leaves_.back().unknown = true;
    run_nodes_.clear();
    return;
  }
  while (run_nodes_.size() > run_) {
    untouched_.push_front(std::move(run_nodes_.back().range));
    run_nodes_.pop_back();
  }
}

DigestLevel DigestScanner::keep_different(const Digests& desired, const Digests& actual,
                                          ScanBatch& batch) {
  DigestLevel level;
  std::size_t items = 0;
  std::vector<Node> kept;
  for (Node& node : run_nodes_) {
    if (node.settled || node.unknown) {
      kept.push_back(std::move(node));
      continue;
    }
    const RangeDigest& want = desired.at(level.compared);
    const RangeDigest& have = actual.at(level.compared++);
    node.unknown = !want.known || !have.known;
    node.items = std::max(want.items, have.items);
    node.larger_is_desired = want.items >= have.items;
    items += static_cast<std::size_t>(node.items);
    if (!node.unknown && same(want, have)) {
      batch.desired += want.items;
      continue;
    }
    if (!node.unknown) {
      ++level.different;
      level.items += node.items;
    }
    kept.push_back(std::move(node));
  }
  run_nodes_ = std::move(kept);
  if (first_level_) {
    const std::size_t each = std::max<std::size_t>(items / level.compared, 1);
    run_ = std::clamp<std::size_t>(kRunItems / each, 1, kMaxRun);
  }
  first_level_ = false;
  return level;
}

Result<void> DigestScanner::refine(const DigestLevel& level) {
  const std::size_t each = ++depth_ > kMaxDepth ? 0 : next_items_each(level);
  for (Node& node : run_nodes_) {
    if (each == 0 || node.items <= static_cast<std::int64_t>(2 * each)) node.settled = true;
  }
  if (each == 0) return {};
  SB_TRY(split_on(*runtime_->desired, true, each));
  return split_on(*runtime_->actual, false, each);
}

// Replaces the ranges that are larger on this side by their parts.
Result<void> DigestScanner::split_on(Collection& side, bool desired, std::size_t items_each) {
  const auto mine = [desired](const Node& node) {
    return !node.settled && !node.unknown && node.items > 0 && node.larger_is_desired == desired;
  };
  SplitRequest request{{}, items_each, kMaxRun, timeout()};
  for (const Node& node : run_nodes_) {
    if (mine(node)) request.ranges.push_back(node.range);
  }
  if (request.ranges.empty()) return {};
  SB_ASSIGN(Parts parts, side.split(request));
  SB_CHECK(parts.size() == request.ranges.size());
  std::vector<Node> nodes;
  std::size_t next = 0;
  for (Node& node : run_nodes_) {
    if (!mine(node)) {
      nodes.push_back(std::move(node));
      continue;
    }
    std::vector<std::string>& keys = parts.at(next++);
    // What cannot be split is listed as it is.
    if (keys.empty()) node.settled = true;
    KeyRange rest = node.range;
    for (std::string& key : keys) {
      nodes.push_back({{rest.from, key}, 0, false, false, true});
      rest.from = std::move(key);
    }
    node.range = std::move(rest);
    node.items = keys.empty() ? node.items : 0;
    nodes.push_back(std::move(node));
  }
  run_nodes_ = std::move(nodes);
  return {};
}

// Asks for the items of the next leaves.
Result<void> DigestScanner::list() {
  DigestRequest asked = request();
  std::int64_t items = 0;
  while (!leaves_.empty() && !leaves_.front().unknown) {
    items += leaves_.front().items;
    if (items > kListItems && !asked.ranges.empty()) break;
    asked.ranges.push_back(std::move(leaves_.front().range));
    leaves_.pop_front();
  }
  auto both = ask_both(*runtime_, [&asked](Collection& side) { return side.item_digests(asked); });
  if (!both.ok()) return both.error();
  listed_.emplace(runtime_->desired->traits().order);
  SB_TRY(listed_->feed_left(std::move(both->first), true));
  return listed_->feed_right(std::move(both->second), true);
}

// With a digest in place of the state the comparison says the same.
Result<void> DigestScanner::judge_listed(ScanBatch& batch) {
  std::vector<std::string> candidates;
  while (listed_->wants() == JoinWants::kEmit && candidates.size() < kBatchChanges) {
    judge_joined(*runtime_, listed_->emit(), candidates, batch);
  }
  if (listed_->wants() == JoinWants::kDone) listed_.reset();
  return read_again(*runtime_, candidates, batch);
}

Result<void> DigestScanner::read_in_full(ScanBatch& batch) {
  if (!full_) full_ = std::make_unique<MergeScanner>(runtime_, leaves_.front().range);
  SB_ASSIGN(batch, full_->next());
  if (!batch.last) return {};
  full_.reset();
  leaves_.pop_front();
  return {};
}

}  // namespace sideband
