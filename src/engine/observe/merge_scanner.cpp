#include "engine/observe/merge_scanner.h"

namespace sideband {
namespace {

ScanRequest page_of(const Channel& channel, const Collection& side, const KeyRange& range) {
  ScanRequest request = first_page(channel, side);
  request.range = range;
  request.raw = raw_compares(channel);
  return request;
}

}  // namespace

bool raw_compares(const Channel& channel) {
  const std::string desired = channel.desired->traits().raw;
  return !desired.empty() && desired == channel.actual->traits().raw &&
         channel.projection.identity() && !channel.rules.normalize;
}

MergeScanner::MergeScanner(ChannelPtr channel, const KeyRange& range)
    : channel_(std::move(channel)),
      left_(*channel_->desired, page_of(*channel_, *channel_->desired, range),
            sides_overlap(*channel_)),
      right_(*channel_->actual, page_of(*channel_, *channel_->actual, range),
             sides_overlap(*channel_)),
      join_(channel_->desired->traits().order) {}

Result<ScanBatch> MergeScanner::next() {
  ScanBatch batch;
  std::vector<std::string> candidates;
  int pages = 0;
  while (candidates.size() < kBatchChanges && pages < kBatchPages) {
    const JoinWants wants = join_.wants();
    if (wants == JoinWants::kDone) break;
    if (wants == JoinWants::kEmit) {
      judge_joined(*channel_, join_.emit(), candidates, batch);
    } else {
      SB_TRY(feed(wants));
      ++pages;
    }
  }
  batch.last = join_.wants() == JoinWants::kDone;
  SB_TRY(confirm(*channel_, candidates, batch));
  return batch;
}

Result<void> MergeScanner::feed(JoinWants side) {
  SB_ASSIGN(ScanPage page, side == JoinWants::kLeft ? left_.next() : right_.next());
  return side == JoinWants::kLeft ? join_.feed_left(std::move(page.items), page.last)
                                  : join_.feed_right(std::move(page.items), page.last);
}

void judge_joined(const Channel& channel, const JoinedItem& item,
                  std::vector<std::string>& candidates, ScanBatch& batch) {
  if (!item.desired.absent_for_sure()) ++batch.desired;
  // Most items of most scans; with nothing to project, what is equal needs no rules.
  if (channel.projection.identity() && item.desired.present() &&
      item.desired.same_as(item.actual)) {
    return;
  }
  const Comparison comparison =
      compare(item.key, channel.projection.want(item.desired), item.actual, channel.rules);
  if (comparison.relation == Relation::kExtra) ++batch.extras;
  if (comparison.relation == Relation::kDrift || comparison.relation == Relation::kUnknown) {
    candidates.push_back(item.key);
  }
}

Result<void> confirm(const Channel& channel, const std::vector<std::string>& candidates,
                     ScanBatch& batch) {
  if (candidates.empty()) return {};
  const std::int64_t desired = batch.desired;
  SB_TRY(compare_keys(channel, candidates, batch));
  batch.desired = desired;
  return {};
}

}  // namespace sideband
