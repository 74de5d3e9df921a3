// Limits of a target, the registry, and what drivers bring to configuration.
#include <gtest/gtest.h>

#include "drivers/limits_for_tests.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

SystemRandom random_source;

TEST_F(LimitsTest, CollectionsOfATargetShareItsLimits) {
  DriverRegistry registry({clock_, random_source});
  TargetSettings target;
  target.name = "nowhere";
  target.driver = "noop";
  target.limits = limits(2, 100);
  const auto one = std::move(registry.open(target, {}, Role::kActual)).value();
  const auto two = std::move(registry.open(target, {}, Role::kDesired)).value();
  EXPECT_EQ(one->traits().page_items, 100U) << "a page is a second's worth at most";
  EXPECT_TRUE(one->read(keys(20), std::chrono::milliseconds(1)).ok()) << "two calls";
  EXPECT_FALSE(two->read({"1"}, std::chrono::milliseconds(1)).ok());
  clock_.advance(std::chrono::milliseconds(10));
  EXPECT_TRUE(two->read({"1"}, std::chrono::milliseconds(1)).ok());
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
  EXPECT_TRUE(limiter->turn({}, in(Duration(0))).ok()) << "the connection was given back each time";
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
  Result<LogPlace> log_place(Duration timeout) override { return note(timeout, LogPlace()); }
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
        [&] { return limited.log_place(timeout).ok(); },
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
