// Every promise of ports/signal.h, on the signals of every driver.
#include <gmock/gmock.h>

#include <atomic>

#include "base/thread.h"
#include "conformance/signal/subject.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

constexpr Duration kTimeout = std::chrono::seconds(10);

class SignalSuite : public testing::TestWithParam<SignalSubjectFactory> {
 protected:
  void SetUp() override {
    subject_ = GetParam().make();
    if (!subject_) GTEST_SKIP() << "SKIPPED: the server of " << GetParam().name << " is not here";
  }
  std::unique_ptr<Signal> good() { return subject_->open(subject_->kind(), subject_->good()); }

  std::unique_ptr<SignalSubject> subject_;
};

TEST_P(SignalSuite, SaysWhatIsThereNow) {
  const auto signal = good();
  for (const std::int64_t value : {0, 1, 7, 12'345, 2}) {
    subject_->set(value);
    const auto reading = signal->read(kTimeout);
    ASSERT_TRUE(reading.ok()) << reading.error().whole();
    EXPECT_EQ(reading->value, static_cast<double>(value));
  }
}

TEST_P(SignalSuite, AReadingIsAsOldAsTheQuestion) {
  subject_->set(3);
  const SystemClock clock;
  const auto signal = good();
  const WallTime before = clock.wall();
  const auto reading = signal->read(kTimeout);
  ASSERT_TRUE(reading.ok()) << reading.error().whole();
  // A source that says when it measured may do so in milliseconds.
  EXPECT_GE(reading->measured_at, before - std::chrono::milliseconds(1));
  EXPECT_LE(reading->measured_at, clock.wall());
}

TEST_P(SignalSuite, SaysWhoAnswersWhereTheTargetTells) {
  subject_->set(1);
  const auto signal = good();
  const auto first = signal->read(kTimeout);
  ASSERT_TRUE(first.ok()) << first.error().whole();
  ASSERT_EQ(first->identity.has_value(), subject_->tells_who());
  if (!first->identity) return;
  const auto again = signal->read(kTimeout);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(proves_target(*first->identity, *again->identity));
}

TEST_P(SignalSuite, WhatIsNoReadingIsAnErrorThatSaysWhy) {
  subject_->set(1);
  for (const Odd& odd : subject_->odd()) {
    const auto reading = subject_->open(odd.kind, odd.options)->read(kTimeout);
    ASSERT_FALSE(reading.ok()) << odd.name << ": " << reading->value;
    EXPECT_FALSE(did_not_answer(reading.error())) << odd.name << ": " << reading.error().whole();
    EXPECT_THAT(reading.error().whole(), HasSubstr(odd.why)) << odd.name;
    EXPECT_EQ(reading.error().effect, Effect::kNone) << odd.name;
  }
  // None of them spoilt what others use.
  EXPECT_TRUE(good()->read(kTimeout).ok());
}

TEST_P(SignalSuite, ChangesNothing) {
  subject_->set(4);
  EXPECT_EQ(good()->read(kTimeout)->value, 4);
  for (const DriverOptions& options : subject_->writes()) {
    const auto reading = subject_->open(subject_->kind(), options)->read(kTimeout);
    EXPECT_FALSE(reading.ok()) << options.begin()->second;
    const auto after = good()->read(kTimeout);
    ASSERT_TRUE(after.ok()) << after.error().whole();
    EXPECT_EQ(after->value, 4) << options.begin()->second;
  }
}

TEST_P(SignalSuite, ManyAtOnce) {
  subject_->set(5);
  const auto signal = good();
  std::atomic<int> right{0};
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back("read", [&] {
        for (int n = 0; n < 10; ++n) {
          const auto reading = signal->read(kTimeout);
          if (reading.ok() && reading->value == 5) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 40);
}

TEST_P(SignalSuite, KeepsItsDeadline) {
  const DriverOptions slow = subject_->slow();
  if (slow.empty()) GTEST_SKIP() << "SKIPPED: nothing of " << GetParam().name << " is slow";
  const auto signal = subject_->open(subject_->kind(), slow);
  const SystemClock clock;
  const MonoTime asked = clock.mono();
  const auto reading = signal->read(std::chrono::milliseconds(300));
  ASSERT_FALSE(reading.ok());
  EXPECT_TRUE(did_not_answer(reading.error())) << reading.error().whole();
  EXPECT_LT(clock.mono() - asked, std::chrono::seconds(5));
}

TEST_P(SignalSuite, NobodyThereIsNoAnswer) {
  subject_->set(1);
  const auto signal = good();
  ASSERT_TRUE(signal->read(kTimeout).ok());
  subject_->take_away();
  const auto reading = signal->read(kTimeout);
  ASSERT_FALSE(reading.ok());
  EXPECT_THAT(reading.error().message, testing::StartsWith("target "));
}

INSTANTIATE_TEST_SUITE_P(Drivers, SignalSuite, testing::ValuesIn(signal_subjects()),
                         [](const auto& one) { return one.param.name; });

// A driver that measures has a subject here, by each of its words.
TEST(SignalSubjects, EveryDriverThatMeasuresHasOne) {
  std::vector<std::string> words;
  for (const auto& driver : all_driver_fields()) {
    for (const config::SignalKind& kind : driver.signals) words.push_back(kind.word);
  }
  EXPECT_THAT(words, testing::UnorderedElementsAre("command", "file", "http", "prometheus", "sql",
                                                   "redis", "sql"));
  EXPECT_EQ(signal_subjects().size(), words.size());
}

}  // namespace
}  // namespace sideband
