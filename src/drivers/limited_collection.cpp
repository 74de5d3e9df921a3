#include "drivers/limited_collection.h"

#include <algorithm>

#include "drivers/within_memory.h"

namespace sideband {
namespace {

std::size_t capped(std::size_t wanted, std::int64_t per_second) {
  if (per_second == 0) return wanted;
  return std::min(wanted, static_cast<std::size_t>(per_second));
}

std::size_t bytes_of(const std::vector<Item>& items) {
  std::size_t bytes = 0;
  for (const Item& item : items) bytes += item.key.size() + item.state.bytes.size();
  return bytes;
}

std::size_t bytes_of(const std::vector<Change>& changes) {
  std::size_t bytes = 0;
  for (const Change& change : changes) bytes += encoded_size(change);
  return bytes;
}

std::size_t bytes_of(const std::vector<State>& states) {
  std::size_t bytes = 0;
  for (const State& state : states) bytes += state.bytes.size();
  return bytes;
}

std::size_t bytes_of(const std::vector<RangeDigest>& digests) {
  std::size_t bytes = 0;
  for (const RangeDigest& digest : digests) bytes += digest.digest.size() + sizeof(digest.items);
  return bytes;
}

std::size_t bytes_of(const std::vector<std::vector<std::string>>& parts) {
  std::size_t bytes = 0;
  for (const auto& keys : parts) {
    for (const std::string& key : keys) bytes += key.size();
  }
  return bytes;
}

std::size_t bytes_of(const Changed& changed) {
  std::size_t bytes = 0;
  for (const std::string& key : changed.keys) bytes += key.size();
  return bytes;
}

}  // namespace

CollectionTraits LimitedCollection::traits() const {
  CollectionTraits traits = inner_->traits();
  if (limiter_->limits().reads_per_second != 0) traits.digest.clear();
  traits.page_items = capped(traits.page_items, limiter_->limits().reads_per_second);
  return traits;
}

Deadline LimitedCollection::own_deadline(Duration asked) const {
  return {clock_, std::min(asked, limiter_->limits().statement_timeout)};
}

template <class Request, class Call>
auto LimitedCollection::limited(const Request& request, Call call) -> decltype(call(request)) {
  const Deadline deadline = own_deadline(request.timeout);
  SB_TRY(limiter_->enter(deadline));
  Request inner = request;
  inner.timeout = deadline.left();
  auto answer = within_memory(Effect::kNone, [&] { return call(inner); });
  limiter_->leave(0, answer ? bytes_of(*answer) : 0);
  return answer;
}

Result<std::vector<RangeDigest>> LimitedCollection::digests(const DigestRequest& request) {
  return limited(request, [this](const DigestRequest& inner) { return inner_->digests(inner); });
}

Result<std::vector<Item>> LimitedCollection::item_digests(const DigestRequest& request) {
  return limited(request,
                 [this](const DigestRequest& inner) { return inner_->item_digests(inner); });
}

Result<std::vector<std::vector<std::string>>> LimitedCollection::split(
    const SplitRequest& request) {
  return limited(request, [this](const SplitRequest& inner) { return inner_->split(inner); });
}

Result<Changed> LimitedCollection::changed_since(const ChangedRequest& request) {
  return limited(request,
                 [this](const ChangedRequest& inner) { return inner_->changed_since(inner); });
}

template <class Ask>
auto LimitedCollection::asked(Duration timeout, Ask ask) -> decltype(ask(timeout)) {
  const Deadline deadline = own_deadline(timeout);
  SB_TRY(limiter_->enter(deadline));
  auto answer = within_memory(Effect::kNone, [&] { return ask(deadline.left()); });
  limiter_->leave(0, 0);
  return answer;
}

Result<TargetIdentity> LimitedCollection::identity(Duration timeout) {
  return asked(timeout, [this](Duration left) { return inner_->identity(left); });
}

Result<void> LimitedCollection::accepts_writes(Duration timeout) {
  return asked(timeout, [this](Duration left) { return inner_->accepts_writes(left); });
}

Result<std::string> LimitedCollection::position(Duration timeout) {
  return asked(timeout, [this](Duration left) { return inner_->position(left); });
}

Result<std::vector<Folder>> LimitedCollection::folders(const std::vector<std::string>& patterns,
                                                       Duration timeout) {
  const Deadline deadline = own_deadline(timeout);
  SB_TRY(limiter_->enter(deadline));
  auto folders =
      within_memory(Effect::kNone, [&] { return inner_->folders(patterns, deadline.left()); });
  limiter_->leave(0, 0);
  return folders;
}

Result<ScanPage> LimitedCollection::scan(const ScanRequest& request) {
  const Deadline deadline = own_deadline(request.timeout);
  SB_TRY(limiter_->enter(deadline));
  ScanRequest inner = request;
  inner.timeout = deadline.left();
  inner.max_items = capped(request.max_items, limiter_->limits().reads_per_second);
  inner.max_bytes = capped(request.max_bytes, limiter_->limits().bytes_per_second);
  auto page = within_memory(Effect::kNone, [&] { return inner_->scan(inner); });
  limiter_->leave(page ? page->items.size() : 0, page ? bytes_of(page->items) : 0);
  return page;
}

Result<std::vector<Item>> LimitedCollection::read(const std::vector<std::string>& keys,
                                                  Duration timeout) {
  const Deadline deadline = own_deadline(timeout);
  SB_TRY(limiter_->enter(deadline));
  auto items = within_memory(Effect::kNone, [&] { return inner_->read(keys, deadline.left()); });
  limiter_->leave(keys.size(), items ? bytes_of(*items) : 0);
  return items;
}

Result<std::vector<State>> LimitedCollection::kept(const std::vector<Wanted>& wanted,
                                                   Duration timeout) {
  const Deadline deadline = own_deadline(timeout);
  SB_TRY(limiter_->enter(deadline));
  auto states = within_memory(Effect::kNone, [&] { return inner_->kept(wanted, deadline.left()); });
  limiter_->leave(0, states ? bytes_of(*states) : 0);
  return states;
}

Result<std::vector<ChangeOutcome>> LimitedCollection::apply(const ApplyRequest& request) {
  const Deadline deadline = own_deadline(request.timeout);
  SB_TRY(limiter_->enter(deadline));
  ApplyRequest inner = request;
  inner.timeout = deadline.left();
  // The target may have the change already when its answer is too much for us.
  auto outcomes = within_memory(Effect::kMaybe, [&] { return inner_->apply(inner); });
  limiter_->leave(0, bytes_of(request.changes));
  return outcomes;
}

}  // namespace sideband
