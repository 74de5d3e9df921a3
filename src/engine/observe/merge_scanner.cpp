#include "engine/observe/merge_scanner.h"

namespace sideband {
namespace {

ScanRequest page_of(const ReconcilerRuntime& runtime, const Collection& side,
                    const KeyRange& range) {
  ScanRequest request = first_page(runtime, side);
  request.range = range;
  request.raw = raw_compares(runtime);
  return request;
}

}  // namespace

bool raw_compares(const ReconcilerRuntime& runtime) {
  const std::string desired = runtime.desired->traits().raw;
  return !desired.empty() && desired == runtime.actual->traits().raw &&
         runtime.projection.identity() && !runtime.rules.normalize;
}

MergeScanner::MergeScanner(ReconcilerRuntimePtr runtime, const KeyRange& range)
    : runtime_(std::move(runtime)),
      left_(*runtime_->desired, page_of(*runtime_, *runtime_->desired, range),
            sides_overlap(*runtime_)),
      right_(*runtime_->actual, page_of(*runtime_, *runtime_->actual, range),
             sides_overlap(*runtime_)),
      join_(runtime_->desired->traits().order) {}

Result<ScanBatch> MergeScanner::next() {
  ScanBatch batch;
  std::vector<std::string> candidates;
  int pages = 0;
  while (candidates.size() < kBatchChanges && pages < kBatchPages) {
    const JoinWants wants = join_.wants();
    if (wants == JoinWants::kDone) break;
    if (wants == JoinWants::kEmit) {
      judge_joined(*runtime_, join_.emit(), candidates, batch);
    } else {
      SB_TRY(feed(wants));
      ++pages;
    }
  }
  batch.last = join_.wants() == JoinWants::kDone;
  SB_TRY(read_again(*runtime_, candidates, batch));
  return batch;
}

Result<void> MergeScanner::feed(JoinWants side) {
  SB_ASSIGN(ScanPage page, side == JoinWants::kLeft ? left_.next() : right_.next());
  return side == JoinWants::kLeft ? join_.feed_left(std::move(page.items), page.last)
                                  : join_.feed_right(std::move(page.items), page.last);
}

void judge_joined(const ReconcilerRuntime& runtime, const JoinedItem& item,
                  std::vector<std::string>& candidates, ScanBatch& batch) {
  if (!item.desired.absent_for_sure()) ++batch.desired;
  // Most items of most scans; with nothing to project, what is equal needs no rules.
  if (runtime.projection.identity() && item.desired.present() &&
      item.desired.same_as(item.actual)) {
    return;
  }
  const Comparison comparison =
      compare(item.key, runtime.projection.want(item.desired), item.actual, runtime.rules);
  if (comparison.relation == Relation::kExtra) ++batch.extras;
  if (comparison.relation == Relation::kDrift || comparison.relation == Relation::kUnknown) {
    candidates.push_back(item.key);
  }
}

Result<void> read_again(const ReconcilerRuntime& runtime, const std::vector<std::string>& keys,
                        ScanBatch& batch) {
  if (keys.empty()) return {};
  SB_ASSIGN(batch.candidates, runtime.actual->read(keys, runtime.call_timeout));
  return {};
}

}  // namespace sideband
