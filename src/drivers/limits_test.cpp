// Limits of a target, the registry, and what drivers bring to configuration.
#include <gtest/gtest.h>

#include <atomic>

#include "base/thread.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

SystemRandom random_source;

class LimitsTest : public testing::Test {
 protected:
  TargetLimits limits(std::int64_t connections, std::int64_t reads, std::int64_t bytes = 0) {
    TargetLimits out;
    out.connections = connections;
    out.reads_per_second = reads;
    out.bytes_per_second = bytes;
    return out;
  }
  Deadline in(Duration timeout) { return {clock_, timeout}; }

  ManualClock clock_{WallTime()};
};

TEST_F(LimitsTest, DebtIsWaitedForOrRefused) {
  TargetLimiter limiter(limits(2, 100), clock_);
  ASSERT_TRUE(limiter.enter(in(Duration(0))).ok()) << "a second's worth is there at the start";
  limiter.leave(300, 0);
  const auto refused = limiter.enter(in(std::chrono::seconds(1)));
  ASSERT_FALSE(refused.ok()) << "two seconds of debt";
  EXPECT_EQ(refused.error().code, ErrorCode::kTimeout);
  clock_.advance(std::chrono::milliseconds(2100));
  EXPECT_TRUE(limiter.enter(in(Duration(0))).ok());
}

TEST_F(LimitsTest, BytesCountAsWell) {
  TargetLimiter limiter(limits(2, 0, 1000), clock_);
  ASSERT_TRUE(limiter.enter(in(Duration(0))).ok());
  limiter.leave(1'000'000, 5000);
  EXPECT_FALSE(limiter.enter(in(std::chrono::seconds(3))).ok());
  clock_.advance(std::chrono::seconds(5));
  EXPECT_TRUE(limiter.enter(in(Duration(0))).ok());
}

TEST_F(LimitsTest, AWaiterGoesOnWhenTheDebtIsPaid) {
  TargetLimiter limiter(limits(2, 100), clock_);
  ASSERT_TRUE(limiter.enter(in(Duration(0))).ok());
  limiter.leave(200, 0);
  std::atomic<bool> entered{false};
  Thread waiter("waiter", [&] { entered = limiter.enter(in(std::chrono::hours(1))).ok(); });
  clock_.advance(std::chrono::seconds(2));
  waiter.join();
  EXPECT_TRUE(entered);
}

TEST_F(LimitsTest, NeverMoreConnectionsThanAllowed) {
  const SystemClock real;
  TargetLimiter limiter(limits(2, 0), real);
  std::atomic<int> inside{0}, most{0};
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back("user", [&] {
        for (int i = 0; i < 200; ++i) {
          ASSERT_TRUE(limiter.enter({real, std::chrono::seconds(30)}).ok());
          const int now = ++inside;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          --inside;
          limiter.leave(1, 1);
        }
      });
    }
  }
  EXPECT_LE(most, 2);
}

TEST_F(LimitsTest, NoFreeConnectionInTimeIsATimeout) {
  const SystemClock real;
  TargetLimiter limiter(limits(1, 0), real);
  ASSERT_TRUE(limiter.enter({real, Duration(0)}).ok());
  EXPECT_EQ(limiter.enter({real, std::chrono::milliseconds(5)}).error().code, ErrorCode::kTimeout);
  limiter.leave(0, 0);
  EXPECT_TRUE(limiter.enter({real, Duration(0)}).ok());
}

TEST_F(LimitsTest, CollectionsOfATargetShareItsLimits) {
  DriverRegistry registry({clock_, random_source});
  TargetSettings target;
  target.name = "nowhere";
  target.driver = "noop";
  target.limits = limits(2, 100);
  const auto one = std::move(registry.open(target, {}, Role::kActual)).value();
  const auto two = std::move(registry.open(target, {}, Role::kDesired)).value();
  const auto page = one->scan({});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->items.size(), 100U) << "not more than a second's worth at once";
  EXPECT_TRUE(two->read({"1"}, std::chrono::milliseconds(1)).ok()) << "nothing left, but no debt";
  EXPECT_FALSE(two->read({"1"}, std::chrono::milliseconds(1)).ok());
}

// Answers that no memory is enough for.
class TooLarge final : public Collection {
 public:
  [[nodiscard]] CollectionTraits traits() const override { return {}; }
  Result<ScanPage> scan(const ScanRequest&) override { throw std::bad_alloc(); }
  Result<std::vector<Item>> read(const std::vector<std::string>&, Duration) override {
    throw std::length_error("too long");
  }
  Result<std::vector<RangeDigest>> digests(const DigestRequest&) override {
    throw std::bad_alloc();
  }
  Result<std::string> position(Duration) override { throw std::bad_alloc(); }
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest&) override { throw std::bad_alloc(); }
};

TEST_F(LimitsTest, K5_2_WantOfMemoryEndsTheCallOnly) {
  const auto limiter = std::make_shared<TargetLimiter>(limits(1, 0), clock_);
  LimitedCollection limited(std::make_unique<TooLarge>(), limiter, clock_);
  const Duration soon = std::chrono::seconds(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(limited.scan({}).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(limited.read({"1"}, soon).error().effect, Effect::kNone);
    EXPECT_FALSE(limited.digests({}).ok());
    EXPECT_FALSE(limited.position(soon).ok());
    EXPECT_EQ(limited.apply({}).error().effect, Effect::kMaybe);
  }
  EXPECT_TRUE(limiter->enter(in(Duration(0))).ok()) << "the connection was given back each time";
}

// Remembers how long the last call was given.
class Timed final : public Collection {
 public:
  explicit Timed(Duration& given) : given_(given) {}
  [[nodiscard]] CollectionTraits traits() const override { return {}; }
  Result<ScanPage> scan(const ScanRequest& r) override { return note(r.timeout, ScanPage{}); }
  Result<std::vector<Item>> read(const std::vector<std::string>&, Duration timeout) override {
    return note(timeout, std::vector<Item>{});
  }
  Result<std::vector<RangeDigest>> digests(const DigestRequest& r) override {
    return note(r.timeout, std::vector<RangeDigest>{});
  }
  Result<std::vector<Item>> item_digests(const DigestRequest& r) override {
    return note(r.timeout, std::vector<Item>{});
  }
  Result<Changed> changed_since(const ChangedRequest& r) override {
    return note(r.timeout, Changed{});
  }
  Result<std::string> position(Duration timeout) override { return note(timeout, std::string()); }
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& r) override {
    return note(r.timeout, std::vector<ChangeOutcome>{});
  }

 private:
  template <class T>
  Result<T> note(Duration timeout, T answer) {
    given_ = timeout;
    return answer;
  }
  Duration& given_;
};

TEST_F(LimitsTest, K5_5_ATargetsOwnStatementTimeoutIsKeptWhoeverAsks) {
  TargetLimits own = limits(1, 0);
  own.statement_timeout = std::chrono::seconds(5);
  Duration given{0};
  LimitedCollection limited(std::make_unique<Timed>(given),
                            std::make_shared<TargetLimiter>(own, clock_), clock_);
  for (const auto& [asked, kept] : {std::pair{60, 5}, {5, 5}, {2, 2}}) {
    const Duration timeout = std::chrono::seconds(asked);
    const std::vector<std::function<bool()>> calls = {
        [&] { return limited.read({"1"}, timeout).ok(); },
        [&] { return limited.position(timeout).ok(); },
        [&] {
          ScanRequest r;
          r.timeout = timeout;
          return limited.scan(r).ok();
        },
        [&] {
          DigestRequest r;
          r.timeout = timeout;
          return limited.digests(r).ok();
        },
        [&] {
          DigestRequest r;
          r.timeout = timeout;
          return limited.item_digests(r).ok();
        },
        [&] {
          ChangedRequest r;
          r.timeout = timeout;
          return limited.changed_since(r).ok();
        },
        [&] {
          ApplyRequest r;
          r.timeout = timeout;
          return limited.apply(r).ok();
        }};
    for (const auto& call : calls) {
      given = Duration(0);
      EXPECT_TRUE(call());
      EXPECT_EQ(given, std::chrono::seconds(kept));
    }
  }
}

TEST_F(LimitsTest, RegistryKnowsItsDriversAndTheirFields) {
  DriverRegistry registry({clock_, random_source});
  EXPECT_EQ(registry.names(), (std::vector<std::string>{"exec", "files", "http", "noop", "postgres",
                                                        "redis", "sqlite"}));
  EXPECT_EQ(all_driver_fields().size(), registry.names().size()) << "one without its fields";
  for (const config::DriverFields& fields : all_driver_fields()) {
    ASSERT_NE(registry.find(fields.name), nullptr) << fields.name;
    EXPECT_EQ(registry.find(fields.name)->name(), fields.name);
    EXPECT_FALSE(fields.doc.empty());
  }
  TargetSettings target;
  target.driver = "carrier-pigeon";
  EXPECT_EQ(registry.open(target, {}, Role::kActual).error().retry, Retry::kPerson);
}

}  // namespace
}  // namespace sideband
