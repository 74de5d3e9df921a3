#include <gtest/gtest.h>

#include "conformance/answers/collection_conversation.h"

#include <fmt/format.h>

#include <map>

#include "conformance/answers/in_time.h"

namespace sideband {
namespace {

constexpr Duration kHonest = std::chrono::seconds(20);
constexpr int kMaxPages = 8;
// A pool may still hold a connection that has ended meanwhile.
constexpr int kTries = 4;

std::uint64_t token_of(int round) {
  return static_cast<std::uint64_t>(round);
}

}  // namespace

// The same length in each round, so that one conversation is as long as another.
std::string CollectionConversation::text(const char* what) const {
  return fmt::format("{}-{:07}", what, round_);
}

void CollectionConversation::renew() {
  ++round_;
  put("1", text("old"));
  put("2", text("two"));
}

void CollectionConversation::converse(Duration timeout, Belief belief) {
  belief_ = belief;
  const std::unique_ptr<Driver> asked = driver();
  auto opened = in_time("open", timeout, [&](Duration limit) {
    return asked->open(target(limit), settings(), Role::kActual);
  });
  if (opened) ask(**opened, timeout);
  const auto grants = in_time("grants", timeout, [&](Duration limit) {
    return asked->grants(target(limit), settings(), Role::kActual, {true, true, true, limit});
  });
  (void)grants.ok();
  heal();
  // What was learnt on opening may be wrong where bytes were others.
  expect_works_again(opened && belief == Belief::kTruth ? opened->get() : nullptr);
}

void CollectionConversation::ask(Collection& on, Duration timeout) {
  read(on, timeout);
  ScanRequest request;
  request.timeout = timeout;
  scan(on, request);
  request.keys_only = true;
  scan(on, request);
  const CollectionTraits traits = on.traits();
  if (!traits.raw.empty()) {
    request.keys_only = false;
    request.raw = true;
    scan(on, request);
  }
  if (!traits.digest.empty()) digest(on, timeout);
  if (traits.position) {
    (void)in_time("position", timeout, [&](Duration limit) { return on.position(limit); }).ok();
  }
  if (traits.changed) {
    (void)in_time("changed", timeout, [&](Duration limit) {
      return on.changed_since({"", 10, limit});
    }).ok();
  }
  if (traits.identity) {
    (void)in_time("identity", timeout, [&](Duration limit) { return on.identity(limit); }).ok();
  }
  (void)in_time("accepts_writes", timeout, [&](Duration limit) {
    return on.accepts_writes(limit);
  }).ok();
  apply(on, timeout);
}

// A key whose state is not known is neither the truth nor wrong.
void CollectionConversation::expect_item(const Item& item, const State& truth) {
  if (!item.state.known() || belief_ == Belief::kNothing) return;
  EXPECT_FALSE(truth.present() && item.state.absent_for_sure()) << item.key;
  EXPECT_TRUE(belief_ == Belief::kForm || item.state.same_as(truth)) << item.key;
}

void CollectionConversation::read(Collection& on, Duration timeout) {
  const auto items = in_time("read", timeout, [&](Duration limit) {
    return on.read({key("1"), key("2"), key("3")}, limit);
  });
  if (!items) return;
  ASSERT_EQ(items->size(), 3U);
  expect_item(items->at(0), first());
  expect_item(items->at(1), second());
  expect_item(items->at(2), State::absent());
}

void CollectionConversation::scan(Collection& on, ScanRequest request) {
  std::map<std::string, Item> items;
  for (int pages = 0; pages < kMaxPages; ++pages) {
    const auto page = in_time("scan", request.timeout, [&](Duration) { return on.scan(request); });
    if (!page) return;
    for (const Item& item : page->items) items.emplace(item.key, item);
    request.cursor = page->cursor;
    if (!page->last) continue;
    if (belief_ == Belief::kNothing) return;
    if (belief_ == Belief::kForm) {
      // Where keys are listed first and read then, one that was spoilt is another, and absent.
      const bool listed = on.traits().order == KeyOrder::kNone && !request.keys_only;
      EXPECT_TRUE(listed || items.size() >= 2) << "something that is there is absent";
      return;
    }
    EXPECT_EQ(items.size(), 2U);
    EXPECT_TRUE(items.contains(key("1")) && items.contains(key("2")));
    if (request.raw || request.keys_only) return;
    if (items.contains(key("1"))) expect_item(items.at(key("1")), first());
    if (items.contains(key("2"))) expect_item(items.at(key("2")), second());
    return;
  }
}

void CollectionConversation::digest(Collection& on, Duration timeout) {
  const auto sums = in_time("digests", timeout, [&](Duration limit) {
    return on.digests({{KeyRange{}}, 7, limit});
  });
  EXPECT_TRUE(!sums || belief_ != Belief::kTruth || sums->at(0).items == 2);
  const auto items = in_time("item_digests", timeout, [&](Duration limit) {
    return on.item_digests({{KeyRange{}}, 7, limit});
  });
  EXPECT_TRUE(!items || belief_ != Belief::kTruth || items->size() == 2);
  (void)in_time("split", timeout, [&](Duration limit) {
    return on.split({{KeyRange{}}, 1, 16, limit});
  }).ok();
}

void CollectionConversation::apply(Collection& on, Duration timeout) {
  const State other = value("2", text("was"));
  const std::vector<Change> changes = {
      {key("1"), ChangeOp::kUpdate, first(), wanted()},
      {key("2"), ChangeOp::kUpdate, other, value("2", text("not"))}};
  const auto outcomes = in_time("apply", timeout, [&](Duration limit) {
    return on.apply({Uuid(), token_of(round_), changes, limit, 1});
  });
  if (belief_ == Belief::kNothing) return;
  EXPECT_TRUE(may_hold("2", second())) << "what was to be refused was written";
  if (!outcomes) {
    // A forged refusal says that nothing was done.
    const bool maybe = belief_ == Belief::kForm || outcomes.error().effect == Effect::kMaybe;
    EXPECT_TRUE(maybe || may_hold("1", first())) << outcomes.error().message;
    return;
  }
  ASSERT_EQ(outcomes->size(), 2U);
  EXPECT_FALSE(is_settled(outcomes->at(1))) << "something refused is said to be written";
  if (belief_ == Belief::kForm) return;
  const Outcome outcome = outcomes->at(0).outcome;
  if (outcome == Outcome::kUnknown) return;
  EXPECT_TRUE(may_hold("1", is_settled(outcomes->at(0)) ? wanted() : first()))
      << outcome_name(outcome) << " " << outcomes->at(0).detail;
}

bool CollectionConversation::may_hold(const std::string& key, const State& state) {
  const auto now = peek(key);
  return !now || now->same_as(state);
}

// Over the same Collection where it is given, else by a new one.
void CollectionConversation::expect_works_again(Collection* opened) {
  const std::unique_ptr<Driver> another = driver();
  std::unique_ptr<Collection> fresh;
  std::string why = "not opened";
  for (int i = 0; i < kTries; ++i) {
    if (opened == nullptr) {
      auto again = another->open(target(kHonest), settings(), Role::kActual);
      why = again ? "" : again.error().message;
      if (!again) continue;
      fresh = std::move(*again);
      opened = fresh.get();
    }
    const auto items = opened->read({key("2"), key("3")}, kHonest);
    why = items ? "" : items.error().message;
    if (!items) continue;
    EXPECT_TRUE(items->at(0).state.same_as(second())) << items->at(0).state.why;
    EXPECT_TRUE(items->at(1).state.absent_for_sure()) << items->at(1).state.why;
    return;
  }
  ADD_FAILURE() << "does not work again: " << why;
}

}  // namespace sideband
