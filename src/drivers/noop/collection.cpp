#include "drivers/noop/collection.h"

#include "base/deadline.h"
#include "drivers/judge.h"
#include "model/int64_key.h"

namespace sideband {
namespace {

State desired_state(std::int64_t number) {
  return State::of_bytes("desired " + std::to_string(number));
}

}  // namespace

CollectionTraits NoopCollection::traits() const {
  const bool writable = memory_ != nullptr;
  CollectionTraits traits{KeyOrder::kInt64, PreconditionClass::kCas, writable, writable,
                          Shape::kBytes};
  traits.keys = {KeyForm::kInt64};
  return traits;
}

std::vector<Item> NoopCollection::list(std::int64_t after, std::size_t limit) const {
  if (memory_) return memory_->list(after, limit);
  std::vector<Item> items;
  for (std::int64_t i = after + 1; i <= items_ && items.size() < limit; ++i) {
    items.push_back({std::to_string(i), desired_state(i)});
  }
  return items;
}

Result<ScanPage> NoopCollection::scan(const ScanRequest& request) {
  if (Deadline(context_.clock, request.timeout).passed()) {
    return Error::timeout("scanning", Effect::kNone);
  }
  const auto after = request.cursor.empty() ? 0 : parse_int64_key(request.cursor);
  if (!after) return Error::invalid("not a cursor of this collection");
  ScanPage page;
  std::size_t bytes = 0;
  auto items = list(*after, request.max_items);
  page.last = items.size() < request.max_items;
  for (Item& item : items) {
    if (bytes >= request.max_bytes) {
      page.last = false;
      break;
    }
    bytes += item.key.size() + item.state.bytes.size();
    page.items.push_back(std::move(item));
  }
  if (!page.items.empty()) page.cursor = page.items.back().key;
  return page;
}

State NoopCollection::state_of(const std::string& key) const {
  const auto number = parse_int64_key(key);
  if (!number || *number < 1) return State::absent();
  if (memory_) return memory_->get(*number);
  return *number <= items_ ? desired_state(*number) : State::absent();
}

Result<std::vector<Item>> NoopCollection::read(const std::vector<std::string>& keys,
                                               Duration timeout) {
  if (Deadline(context_.clock, timeout).passed()) return Error::timeout("reading", Effect::kNone);
  std::vector<Item> items;
  items.reserve(keys.size());
  for (const std::string& key : keys) items.push_back({key, state_of(key)});
  return items;
}

ChangeOutcome NoopCollection::apply_one(const Change& change) {
  if (auto rejected = reject_unsound(change, Shape::kBytes)) return *rejected;
  const auto number = parse_int64_key(change.key);
  if (!number || *number < 1) return failed("keys of this collection are numbers from 1");
  const State before = memory_->compare_and_set(*number, change.found, change.want);
  return judge(change, before).value_or(changed());
}

Result<std::vector<ChangeOutcome>> NoopCollection::apply(const ApplyRequest& request) {
  if (!memory_) return Error::unsupported("this collection is only read");
  if (Deadline(context_.clock, request.timeout).passed()) {
    return Error::timeout("applying", Effect::kNone);
  }
  std::vector<ChangeOutcome> outcomes;
  outcomes.reserve(request.changes.size());
  for (const Change& change : request.changes) {
    const bool admitted = memory_->admit(change.key, request.token);
    outcomes.push_back(admitted ? apply_one(change) : refused_by_fence());
  }
  return outcomes;
}

}  // namespace sideband
