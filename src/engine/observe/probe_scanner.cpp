#include "engine/observe/probe_scanner.h"

#include <algorithm>
#include <iterator>

#include "engine/observe/merge_scanner.h"

namespace sideband {

ProbeScanner::ProbeScanner(ChannelPtr channel, std::optional<std::uint64_t> salt)
    : channel_(std::move(channel)),
      read_items_(std::max<std::size_t>(channel_->actual->traits().page_items, 1)),
      desired_(*channel_->desired, first_page(*channel_, *channel_->desired),
               sides_overlap(*channel_)),
      probed_(
          "probe ahead", [this] { return probe(); }, sides_overlap(*channel_)) {
  if (salt) filter_.emplace(*salt);
}

Result<ScanBatch> ProbeScanner::next() {
  ScanBatch batch;
  std::vector<std::string> candidates;
  for (int pages = 0; pages < kBatchPages && candidates.size() < kBatchChanges; ++pages) {
    SB_TRY(look(candidates, batch));
    if (batch.last) break;
  }
  SB_TRY(confirm(*channel_, candidates, batch));
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
  ScanRequest request = first_page(*channel_, *channel_->actual);
  request.keys_only = true;
  keys_.emplace(*channel_->actual, request, true);
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
    SB_ASSIGN(std::vector<Item> actual, channel_->actual->read(keys, channel_->call_timeout()));
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
  const State want = channel_->projection.want(desired.state);
  if (want.present() && want.same_as(actual.state)) return;
  const Comparison comparison = compare(desired.key, want, actual.state, channel_->rules);
  if (comparison.relation != Relation::kSame) candidates.push_back(desired.key);
}

void ProbeScanner::sweep(const ScanPage& page, std::vector<std::string>& candidates) {
  filter_->add_unknown(page.items, [&](const Item& item) { candidates.push_back(item.key); });
}

}  // namespace sideband
