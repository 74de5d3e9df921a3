// Every driver that speaks to a server, with answers that are cut, stalled, spoilt, forged and
// endless at each byte of a real conversation. Each call ends in its time, within bounds of memory
// and descriptors, with an error or what subject.h promises of an answer; afterwards it works.
#include <gtest/gtest.h>

#include <iostream>
#include <optional>

#include "conformance/answers/faults.h"
#include "conformance/answers/in_time.h"
#include "conformance/answers/subject.h"
#include "conformance/answers/within_bounds.h"
#include "support/in_full.h"

namespace sideband {
namespace {

constexpr std::size_t kInFull = 55;
constexpr Duration kPatience = std::chrono::seconds(10);

class Answers : public testing::TestWithParam<AnswersFactory> {
 protected:
  Answers() : subject_(GetParam().make()) {}
  void SetUp() override {
    if (subject_ == nullptr) GTEST_SKIP() << "SKIPPED: " << GetParam().name << " cannot run here";
    record();
    bounds_.emplace();
  }

  // What the server says when nobody disturbs it. The first conversation may be another one: the
  // server has not seen anything of us yet.
  void record() {
    for (int i = 0; i < 2; ++i) {
      subject_->renew();
      subject_->proxy().arm({});
      subject_->converse(kPatience, Belief::kTruth);
    }
    heard_ = subject_->proxy().heard();
    ASSERT_FALSE(heard_.empty());
    ASSERT_TRUE(subject_->await_idle(kPatience));
  }
  void try_some(const std::vector<AnswerFault>& faults) {
    const auto chosen = sample_of(faults, subject_->sample() * (in_full() ? kInFull : 1));
    ASSERT_FALSE(chosen.empty());
    for (const AnswerFault& fault : chosen) {
      SCOPED_TRACE(described(fault));
      attempt(fault);
      ASSERT_FALSE(HasFatalFailure());
      if (HasFailure() && ++failed_ > kMaxFailures) break;
    }
    std::cout << GetParam().name << ": " << tried_ << " faults, " << happened_ << " happened, "
              << bounds_->grown() << " KiB of memory more at most\n";
  }

  std::unique_ptr<AnswersSubject> subject_;
  std::vector<HeardAnswer> heard_;

 private:
  static constexpr int kMaxFailures = 20;

  void attempt(const AnswerFault& fault) {
    converse(fault);
    // On a busy machine a call may be late for want of time; the second time it is its own doing.
    if (!late_calls().empty()) {
      late_calls().clear();
      converse(fault);
    }
    bounds_->expect();
    ++tried_;
    if (subject_->proxy().happened()) ++happened_;
  }
  void converse(const AnswerFault& fault) {
    const bool others =
        fault.kind == AnswerFault::Kind::kReplace || fault.kind == AnswerFault::Kind::kFlood;
    const bool seen = others && !subject_->over_tls();
    subject_->renew();
    subject_->proxy().arm(fault);
    subject_->converse(subject_->call_time(), seen ? Belief::kForm : Belief::kTruth);
    ASSERT_TRUE(subject_->await_idle(kPatience)) << "a connection is left open";
  }

  std::optional<WithinBounds> bounds_;
  int tried_ = 0;
  int happened_ = 0;
  int failed_ = 0;
};

TEST_P(Answers, K5_1_CutStalledOrSpoiltAtEachByte) {
  try_some(faults_of_bytes(heard_));
}

TEST_P(Answers, WithForgedLengthsCountsAndTypes) {
  if (subject_->over_tls()) GTEST_SKIP() << "SKIPPED: nobody can forge what TLS carries";
  try_some(subject_->forgeries(heard_));
}

TEST_P(Answers, WithoutAnEnd) {
  try_some(floods_of(heard_, subject_->floods()));
}

INSTANTIATE_TEST_SUITE_P(All, Answers, testing::ValuesIn(answers_subjects()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace sideband
