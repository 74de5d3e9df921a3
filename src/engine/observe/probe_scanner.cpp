#include "engine/observe/probe_scanner.h"

#include <algorithm>
#include <iterator>

#include "engine/observe/merge_scanner.h"

namespace sideband {

ProbeScanner::ProbeScanner(ReconcilerRuntimePtr runtime, std::optional<std::uint64_t> salt)
    : runtime_(std::move(runtime)),
      read_items_(std::max<std::size_t>(runtime_->actual->traits().page_items, 1)),
      desired_(*runtime_->desired, first_page(*runtime_, *runtime_->desired),
               sides_overlap(*runtime_)),
      probed_(
          "probe ahead", [this] { return probe(); }, sides_overlap(*runtime_)) {
  if (salt) filter_.emplace(*salt);
}

Result<ScanBatch> ProbeScanner::next() {
  ScanBatch batch;
  for (int pages = 0; pages < kBatchPages && candidates_.size() < kBatchChanges; ++pages) {
    if (ended_) break;
    SB_TRY(look(candidates_, batch));
    ended_ = batch.last;
  }
  // A page has more than a batch where everything differs.
  const std::size_t count = std::min(candidates_.size(), kBatchChanges);
  const auto end = candidates_.begin() + static_cast<std::ptrdiff_t>(count);
  const std::vector<std::string> together(std::make_move_iterator(candidates_.begin()),
                                          std::make_move_iterator(end));
  candidates_.erase(candidates_.begin(), end);
  batch.last = ended_ && candidates_.empty();
  SB_TRY(read_again(*runtime_, together, batch));
  return batch;
}

Result<void> ProbeScanner::look(std::vector<std::string>& candidates, ScanBatch& batch) {
  if (keys_) {
    SB_ASSIGN(const ScanPage page, keys_->next());
    sweep(page, candidates);
    batch.last = page.last;
    return {};
  }
  SB_ASSIGN(const ProbedPage page, probed_.next());
  batch.desired += static_cast<std::int64_t>(page.desired.size());
  if (filter_) filter_->add_all(page.desired);
  for (std::size_t i = 0; i < page.desired.size(); ++i) {
    consider(page.desired[i], page.actual[i], candidates);
  }
  if (!page.last) return {};
  batch.last = !filter_;
  if (!filter_) return {};
  ScanRequest request = first_page(*runtime_, *runtime_->actual);
  request.keys_only = true;
  keys_.emplace(*runtime_->actual, request, true);
  return {};
}

// By calls of the size that the actual side likes.
Result<ProbeScanner::ProbedPage> ProbeScanner::probe() {
  SB_ASSIGN(ScanPage page, desired_.next());
  ProbedPage probed{std::move(page.items), {}, page.last};
  for (std::size_t from = 0; from < probed.desired.size(); from += read_items_) {
    const std::size_t to = std::min(probed.desired.size(), from + read_items_);
    std::vector<std::string> keys;
    keys.reserve(to - from);
    for (std::size_t i = from; i < to; ++i) keys.push_back(probed.desired[i].key);
    SB_ASSIGN(std::vector<Item> actual, runtime_->actual->read(keys, runtime_->call_timeout));
    SB_CHECK(actual.size() == keys.size());
    if (from == 0) {
      probed.actual = std::move(actual);
    } else {
      std::move(actual.begin(), actual.end(), std::back_inserter(probed.actual));
    }
  }
  return probed;
}

void ProbeScanner::consider(const Item& desired, const Item& actual,
                            std::vector<std::string>& candidates) {
  const State want = runtime_->projection.want(desired.state);
  if (want.present() && want.same_as(actual.state)) return;
  const Comparison comparison = compare(desired.key, want, actual.state, runtime_->rules);
  if (comparison.relation != Relation::kSame) candidates.push_back(desired.key);
}

void ProbeScanner::sweep(const ScanPage& page, std::vector<std::string>& candidates) {
  filter_->add_unknown(page.items, [&](const Item& item) { candidates.push_back(item.key); });
}

}  // namespace sideband
