#include "engine/scanner.h"

#include "engine/digest_scanner.h"
#include "engine/merge_scanner.h"
#include "engine/page_stream.h"

namespace sideband {
namespace {

void count_comparison(const std::string& key, Comparison comparison, ScanBatch& batch) {
  switch (comparison.relation) {
    case Relation::kSame:
      return;
    case Relation::kDrift:
      batch.changes.push_back(std::move(*comparison.change));
      return;
    case Relation::kExtra:
      ++batch.extras;
      return;
    case Relation::kUnknown:
      if (batch.unknown++ == 0) batch.first_unknown = key + ": " + comparison.why;
      return;
  }
}

class KeyScanner final : public Scanner {
 public:
  KeyScanner(ChannelPtr channel, std::vector<std::string> keys)
      : channel_(std::move(channel)), keys_(std::move(keys)) {}

  Result<ScanBatch> next() override {
    ScanBatch batch;
    const std::size_t end = std::min(keys_.size(), at_ + kBatchChanges);
    const std::vector<std::string> slice(keys_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         keys_.begin() + static_cast<std::ptrdiff_t>(end));
    at_ = end;
    batch.last = at_ == keys_.size();
    if (!slice.empty()) SB_TRY(compare_keys(*channel_, slice, batch));
    return batch;
  }

 private:
  ChannelPtr channel_;
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
};

// Streams one side and reads the keys of each page on the other.
class ProbeScanner final : public Scanner {
 public:
  ProbeScanner(ChannelPtr channel, bool sweep)
      : channel_(std::move(channel)),
        sweep_(sweep),
        stream_(sweep ? *channel_->actual : *channel_->desired, {}, channel_->call_timeout(),
                sides_overlap(*channel_)),
        probed_(sweep ? *channel_->desired : *channel_->actual),
        read_items_(std::max<std::size_t>(probed_.traits().page_items, 1)) {}

  Result<ScanBatch> next() override {
    ScanBatch batch;
    std::vector<std::string> candidates;
    for (int pages = 0; pages < kBatchPages && candidates.size() < kBatchChanges; ++pages) {
      SB_ASSIGN(const ScanPage page, stream_.next());
      SB_TRY(probe(page, candidates, batch));
      batch.last = page.last;
      if (page.last) break;
    }
    SB_TRY(confirm(*channel_, candidates, batch));
    return batch;
  }

 private:
  // By calls of the size that the probed side likes.
  Result<void> probe(const ScanPage& page, std::vector<std::string>& candidates, ScanBatch& batch) {
    for (std::size_t from = 0; from < page.items.size(); from += read_items_) {
      const std::size_t to = std::min(page.items.size(), from + read_items_);
      std::vector<std::string> keys;
      keys.reserve(to - from);
      for (std::size_t i = from; i < to; ++i) keys.push_back(page.items[i].key);
      SB_ASSIGN(const std::vector<Item> others, probed_.read(keys, channel_->call_timeout()));
      for (std::size_t i = from; i < to; ++i) {
        consider(page.items[i], others[i - from], candidates, batch);
      }
    }
    return {};
  }

  void consider(const Item& streamed, const Item& other, std::vector<std::string>& candidates,
                ScanBatch& batch) {
    if (sweep_) {
      if (other.state.absent_for_sure()) candidates.push_back(streamed.key);
      return;
    }
    ++batch.desired;
    const Comparison comparison = compare(streamed.key, channel_->projection.want(streamed.state),
                                          other.state, channel_->rules);
    if (comparison.relation != Relation::kSame) candidates.push_back(streamed.key);
  }

  ChannelPtr channel_;
  bool sweep_;
  PageStream stream_;
  Collection& probed_;
  const std::size_t read_items_;
};

}  // namespace

Result<void> compare_keys(const Channel& channel, const std::vector<std::string>& keys,
                          ScanBatch& batch) {
  SB_ASSIGN(std::vector<Item> actual, channel.actual->read(keys, channel.call_timeout()));
  SB_ASSIGN(std::vector<Item> desired, channel.desired->read(keys, channel.call_timeout()));
  SB_CHECK(actual.size() == keys.size() && desired.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!desired[i].state.absent_for_sure()) ++batch.desired;
    count_comparison(
        keys[i],
        compare(keys[i], channel.projection.want(desired[i].state), actual[i].state, channel.rules),
        batch);
  }
  return {};
}

std::unique_ptr<Scanner> make_key_scanner(ChannelPtr channel, std::vector<std::string> keys) {
  return std::make_unique<KeyScanner>(std::move(channel), std::move(keys));
}

std::unique_ptr<Scanner> make_full_scanner(ChannelPtr channel, std::uint64_t seed) {
  const KeyOrder desired = channel->desired->traits().order;
  const bool same_order = desired != KeyOrder::kNone && desired == channel->actual->traits().order;
  if (!same_order) return std::make_unique<ProbeScanner>(std::move(channel), false);
  if (digests_compare(*channel)) return std::make_unique<DigestScanner>(std::move(channel), seed);
  return std::make_unique<MergeScanner>(std::move(channel));
}

std::unique_ptr<Scanner> make_sweep_scanner(ChannelPtr channel) {
  return std::make_unique<ProbeScanner>(std::move(channel), true);
}

}  // namespace sideband
