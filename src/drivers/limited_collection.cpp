#include "drivers/limited_collection.h"

#include <algorithm>
#include <iterator>

#include "drivers/judge.h"
#include "drivers/within_memory.h"

namespace sideband {
namespace {

// A page takes about that long, so that whoever waits for it sees progress.
constexpr Duration kPage = std::chrono::seconds(1);
// A step reads its keys twice within its lease.
constexpr std::int64_t kStepSeconds = 5;

std::size_t capped(std::size_t wanted, std::int64_t per_second) {
  if (per_second == 0) return wanted;
  return std::min(wanted, static_cast<std::size_t>(per_second));
}

// How long the rate itself takes for so many, which as many calls may share as are cut at once.
Duration needed(std::size_t items, const TargetLimits& limits) {
  const std::int64_t per_second = std::max<std::int64_t>(limits.reads_per_second, 1);
  return std::chrono::seconds(static_cast<std::int64_t>(items) * limits.connections / per_second);
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

std::size_t bytes_of(const ScanPage& page) {
  return bytes_of(page.items);
}

template <class T>
void append(std::vector<T>& to, std::vector<T> more) {
  if (to.empty()) {
    to = std::move(more);
  } else {
    std::move(more.begin(), more.end(), std::back_inserter(to));
  }
}

// Answers that move next to nothing.
std::size_t bytes_of(const TargetIdentity& /*identity*/) {
  return 0;
}
std::size_t bytes_of(const std::string& /*position*/) {
  return 0;
}
std::size_t bytes_of(const LogPlace& /*place*/) {
  return 0;
}
std::size_t bytes_of(const std::vector<Folder>& /*folders*/) {
  return 0;
}

template <class T>
std::size_t bytes_of(const Result<T>& answer) {
  if constexpr (std::is_void_v<T>) {
    return 0;
  } else {
    return answer ? bytes_of(*answer) : 0;
  }
}

// A call that began so late has the time that it asked for; cutting it off would cost a copy of all
// changes.
constexpr Duration kUnnoticed = std::chrono::milliseconds(1);

// What became of changes that were sent, or not even that, when a call ended with this error.
ChangeOutcome outcome_of(const Error& error) {
  return error.effect == Effect::kMaybe ? unknown_outcome(error.message) : failed(error);
}

}  // namespace

CollectionTraits LimitedCollection::traits() const {
  const TargetLimits& limits = limiter_->limits();
  CollectionTraits traits = inner_->traits();
  if (limits.reads_per_second != 0) traits.digest.clear();
  traits.page_items = capped(traits.page_items, limits.reads_per_second);
  traits.max_changes = capped(traits.max_changes, limits.writes_per_second);
  traits.max_changes = capped(traits.max_changes, limits.reads_per_second * kStepSeconds);
  return traits;
}

Deadline LimitedCollection::own_deadline(Duration asked) const {
  return {clock_, std::min(asked, limiter_->limits().statement_timeout)};
}

template <class Ask>
auto LimitedCollection::asked(Duration timeout, Ask ask) -> decltype(ask(timeout)) {
  const Deadline deadline = own_deadline(timeout);
  SB_ASSIGN(TargetLimiter::Turn turn, limiter_->turn({}, deadline));
  auto answer = within_memory(Effect::kNone, [&] { return ask(deadline.left()); });
  turn.end({.bytes = bytes_of(answer)});
  return answer;
}

template <class Request, class Call>
auto LimitedCollection::limited(const Request& request, Call call) -> decltype(call(request)) {
  return asked(request.timeout, [&](Duration left) {
    Request inner = request;
    inner.timeout = left;
    return call(inner);
  });
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

Result<TargetIdentity> LimitedCollection::identity(Duration timeout) {
  return asked(timeout, [this](Duration left) { return inner_->identity(left); });
}

Result<void> LimitedCollection::accepts_writes(Duration timeout) {
  return asked(timeout, [this](Duration left) { return inner_->accepts_writes(left); });
}

Result<std::string> LimitedCollection::position(Duration timeout) {
  return asked(timeout, [this](Duration left) { return inner_->position(left); });
}

Result<LogPlace> LimitedCollection::log_place(Duration timeout) {
  return asked(timeout, [this](Duration left) { return inner_->log_place(left); });
}

Result<std::vector<Folder>> LimitedCollection::folders(const std::vector<std::string>& patterns,
                                                       Duration timeout) {
  return asked(timeout, [&](Duration left) { return inner_->folders(patterns, left); });
}

Result<std::vector<State>> LimitedCollection::kept(const std::vector<Wanted>& wanted,
                                                   Duration timeout) {
  return asked(timeout, [&](Duration left) { return inner_->kept(wanted, left); });
}

Result<ScanPage> LimitedCollection::scan_once(const ScanRequest& request,
                                              const Deadline& deadline) {
  ScanRequest inner = request;
  inner.max_items = limiter_->cut_reads(request.max_items, traits_.call_items);
  inner.max_bytes = limiter_->cut_bytes(request.max_bytes);
  SB_ASSIGN(TargetLimiter::Turn turn, limiter_->turn({.reads = inner.max_items}, deadline));
  inner.timeout = deadline.left();
  auto page = within_memory(Effect::kNone, [&] { return inner_->scan(inner); });
  if (page) {
    turn.end({.reads = std::max(page->items.size(), page->passed), .bytes = bytes_of(*page)});
  }
  return page;
}

bool LimitedCollection::page_ends(const ScanPage& page, const ScanRequest& request,
                                  std::size_t bytes, MonoTime begin) const {
  const TargetLimits& limits = limiter_->limits();
  const bool cut = limits.reads_per_second != 0 || limits.bytes_per_second != 0;
  const bool may_add = traits_.order != KeyOrder::kNone || request.keys_only;
  return !cut || !may_add || page.last || page.items.size() >= request.max_items ||
         bytes >= request.max_bytes || clock_.mono() - begin >= kPage;
}

Result<ScanPage> LimitedCollection::scan(const ScanRequest& request) {
  const Deadline deadline = own_deadline(request.timeout);
  if (!limiter_->limits().rates()) return scan_once(request, deadline);
  SB_ASSIGN(const TargetLimiter::Turn cut, limiter_->cut_call(deadline));
  const MonoTime begin = clock_.mono();
  SB_ASSIGN(ScanPage page, scan_once(request, deadline));
  std::size_t bytes = bytes_of(page);
  while (!page_ends(page, request, bytes, begin)) {
    ScanRequest rest = request;
    rest.cursor = page.cursor;
    rest.max_items -= page.items.size();
    rest.max_bytes -= bytes;
    SB_ASSIGN(ScanPage more, scan_once(rest, deadline));
    bytes += bytes_of(more);
    append(page.items, std::move(more.items));
    page.cursor = std::move(more.cursor);
    page.last = more.last;
  }
  return page;
}

Result<std::vector<Item>> LimitedCollection::read_once(const std::vector<std::string>& keys,
                                                       const Deadline& deadline) {
  SB_ASSIGN(TargetLimiter::Turn turn, limiter_->turn({.reads = keys.size()}, deadline));
  auto items = within_memory(Effect::kNone, [&] { return inner_->read(keys, deadline.left()); });
  if (items) turn.end({.reads = keys.size(), .bytes = bytes_of(*items)});
  return items;
}

Result<std::vector<Item>> LimitedCollection::read(const std::vector<std::string>& keys,
                                                  Duration timeout) {
  const std::size_t at_once = limiter_->cut_reads(keys.size(), traits_.call_items);
  if (at_once == keys.size()) return read_once(keys, own_deadline(timeout));
  const Deadline begins = own_deadline(timeout);
  SB_ASSIGN(const TargetLimiter::Turn cut, limiter_->cut_call(begins));
  const Deadline deadline(clock_, begins.left() + needed(keys.size(), limiter_->limits()));
  std::vector<Item> items;
  for (std::size_t from = 0; from < keys.size(); from += at_once) {
    const std::size_t to = std::min(keys.size(), from + at_once);
    const std::vector<std::string> some(keys.begin() + static_cast<std::ptrdiff_t>(from),
                                        keys.begin() + static_cast<std::ptrdiff_t>(to));
    SB_ASSIGN(std::vector<Item> more, read_once(some, deadline));
    append(items, std::move(more));
  }
  return items;
}

Result<std::vector<ChangeOutcome>> LimitedCollection::apply_once(const ApplyRequest& request,
                                                                 const Deadline& deadline) {
  const TargetUse use{.writes = request.changes.size(), .bytes = bytes_of(request.changes)};
  SB_ASSIGN(TargetLimiter::Turn turn, limiter_->turn(use, deadline));
  // The target may have the change already when its answer is too much for us.
  const auto apply = [this](const ApplyRequest& inner) {
    return within_memory(Effect::kMaybe, [&] { return inner_->apply(inner); });
  };
  const Duration left = deadline.left();
  if (request.timeout <= left + kUnnoticed) return apply(request);
  ApplyRequest inner = request;
  inner.timeout = left;
  return apply(inner);
}

Result<std::vector<ChangeOutcome>> LimitedCollection::apply(const ApplyRequest& request) {
  const Deadline deadline = own_deadline(request.timeout);
  const std::size_t all = request.changes.size();
  const std::size_t at_once = limiter_->cut_writes(all, traits_.call_items);
  if (at_once == all || !traits_.separate_changes) return apply_once(request, deadline);
  std::vector<ChangeOutcome> outcomes;
  ApplyRequest some = request;
  for (std::size_t from = 0; from < all; from += at_once) {
    const std::size_t to = std::min(all, from + at_once);
    some.changes.assign(request.changes.begin() + static_cast<std::ptrdiff_t>(from),
                        request.changes.begin() + static_cast<std::ptrdiff_t>(to));
    auto made = apply_once(some, deadline);
    if (!made && from == 0) return made;
    if (!made) {
      outcomes.resize(to, outcome_of(made.error()));
      Error untried = made.error();
      untried.effect = Effect::kNone;
      outcomes.resize(all, outcome_of(untried));
      return outcomes;
    }
    append(outcomes, std::move(*made));
  }
  return outcomes;
}

}  // namespace sideband
