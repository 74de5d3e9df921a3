// What every driver's operations promise, by what happened at the target.
#include <gtest/gtest.h>

#include "base/thread.h"
#include "conformance/operation/subject.h"
#include "model/document.h"
#include "support/until.h"

namespace sideband {
namespace {

constexpr Duration kLong = std::chrono::seconds(30);
constexpr Duration kShort = std::chrono::milliseconds(500);

class OperationSuite : public testing::TestWithParam<OperationSubjectFactory> {
 protected:
  OperationSuite() : subject_(GetParam().make()) {
    if (subject_ != nullptr) operation_ = subject_->open();
    const DriverContext context = operation_context();
    repair_ = Uuid::make(context.clock.wall(), context.random);
  }
  void SetUp() override {
    if (subject_ == nullptr) GTEST_SKIP() << "SKIPPED: " << GetParam().name << " cannot run here";
  }

  OperationRequest request(DriverOptions options, const std::string& key = "k1") {
    OperationRequest out;
    out.repair = repair_;
    out.step = "step";
    out.key = repair_.text() + "." + key;
    out.token = 7;
    out.options = std::move(options);
    out.look = subject_->looks();
    out.undo = subject_->takes_off();
    out.timeout = kLong;
    return out;
  }
  // A failed call ends the test; what every reply promises is checked.
  Outcome run(const OperationRequest& request) { return outcome(operation_->run(request)); }
  Outcome outcome(const Result<OperationReply>& reply) {
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok()) return Outcome::kUnknown;
    expect_output(reply->output);
    const bool needs_reason = reply->outcome.outcome != Outcome::kChanged &&
                              reply->outcome.outcome != Outcome::kAlreadyThere;
    EXPECT_EQ(needs_reason, !reply->outcome.detail.empty()) << reply->outcome.detail;
    output_ = reply->output;
    return reply->outcome.outcome;
  }
  static void expect_output(const std::string& output) {
    EXPECT_LE(output.size(), kMaxOperationOutput);
    const auto parsed = parse_json(output);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_EQ(parsed->kind, Document::Kind::kMap);
  }
  EffectStatus look(const OperationRequest& request) {
    const auto seen = operation_->probe_effect(request);
    EXPECT_TRUE(seen.ok()) << seen.error().message;
    if (!seen.ok()) return EffectStatus::kUnknown;
    EXPECT_FALSE(seen->why.empty());
    expect_output(seen->output);
    return seen->effect;
  }

  std::unique_ptr<OperationSubject> subject_;
  std::unique_ptr<Operation> operation_;
  Uuid repair_;
  std::string output_;
};

TEST_P(OperationSuite, RunDoesItAndSaysSo) {
  EXPECT_EQ(run(request(subject_->adds())), Outcome::kChanged);
  EXPECT_EQ(subject_->count(), 1);
  EXPECT_NE(output_, "{}");
}

TEST_P(OperationSuite, TheSameKeyDoesNoMore) {
  const OperationRequest once = request(subject_->adds());
  ASSERT_TRUE(operation_->traits(once).idempotent);
  EXPECT_EQ(run(once), Outcome::kChanged);
  for (int i = 0; i < 3; ++i) {
    OperationRequest again = once;
    again.token += static_cast<std::uint64_t>(i);
    EXPECT_EQ(run(again), Outcome::kAlreadyThere);
  }
  EXPECT_EQ(subject_->count(), 1);
  OperationRequest another = request(subject_->adds(), "k2");
  another.token += 2;
  EXPECT_EQ(run(another), Outcome::kChanged) << "another step";
  EXPECT_EQ(subject_->count(), 2);
}

TEST_P(OperationSuite, AnOldTokenIsRefused) {
  OperationRequest newer = request(subject_->adds(), "k1");
  if (!operation_->traits(newer).fenced) return;  // and says so
  EXPECT_EQ(run(newer), Outcome::kChanged);
  OperationRequest older = request(subject_->adds(), "k2");
  older.token = newer.token - 1;
  const Outcome refused = run(older);
  EXPECT_TRUE(refused == Outcome::kFenced || refused == Outcome::kRefused)
      << "a service may not say why";
  EXPECT_EQ(subject_->count(), 1);
  older.repair = Uuid::make(WallTime(), operation_context().random);
  EXPECT_EQ(run(older), Outcome::kChanged) << "tokens of another repair are another matter";
}

TEST_P(OperationSuite, LookTellsAndChangesNothing) {
  OperationRequest plain = request(subject_->adds());
  ASSERT_TRUE(operation_->traits(plain).looks);
  EXPECT_EQ(look(plain), EffectStatus::kNotThere);
  EXPECT_EQ(subject_->count(), 0);
  EXPECT_EQ(run(plain), Outcome::kChanged);
  EXPECT_EQ(look(plain), EffectStatus::kThere);
  EXPECT_EQ(subject_->count(), 1);
}

TEST_P(OperationSuite, LookThatCannotTellSaysSo) {
  OperationRequest vain = request(subject_->adds());
  vain.look = subject_->looks_in_vain();
  EXPECT_EQ(look(vain), EffectStatus::kUnknown);
}

TEST_P(OperationSuite, UndoTakesItBack) {
  OperationRequest both = request(subject_->adds());
  ASSERT_TRUE(operation_->traits(both).undoable);
  EXPECT_EQ(run(both), Outcome::kChanged);
  both.key += ".undo";
  EXPECT_EQ(outcome(operation_->undo(both)), Outcome::kChanged);
  EXPECT_EQ(subject_->count(), 0);
  both.undo.clear();
  EXPECT_FALSE(operation_->traits(both).undoable);
  EXPECT_EQ(operation_->undo(both).error().code, ErrorCode::kUnsupported);
}

TEST_P(OperationSuite, WhatTheTargetDeniesIsNotDone) {
  const auto denied = operation_->run(request(subject_->fails()));
  if (denied.ok()) {
    EXPECT_EQ(denied->outcome.outcome, Outcome::kFailed);
    EXPECT_FALSE(denied->outcome.detail.empty());
  } else {
    EXPECT_EQ(denied.error().effect, Effect::kNone);
  }
  EXPECT_EQ(run(request(subject_->refuses())), Outcome::kRefused);
  EXPECT_EQ(subject_->count(), 0);
}

TEST_P(OperationSuite, OutputIsBoundedJson) {
  EXPECT_EQ(run(request(subject_->talks())), Outcome::kChanged);
  EXPECT_NE(output_.find("Dropped\":"), std::string::npos) << output_.substr(0, 100);
}

TEST_P(OperationSuite, TheDeadlineHolds) {
  const DriverContext context = operation_context();
  OperationRequest slow = request(subject_->hangs());
  slow.timeout = kShort;
  const MonoTime before = context.clock.mono();
  const auto late = operation_->run(slow);
  EXPECT_LT(context.clock.mono() - before, std::chrono::seconds(5));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::kTimeout) << late.error().message;
  if (late.error().effect == Effect::kNone) {
    EXPECT_EQ(subject_->count(), 0);
  }
  slow.timeout = Duration(0);
  const auto never = operation_->run(slow);
  ASSERT_FALSE(never.ok());
  EXPECT_EQ(never.error().effect, Effect::kNone) << "no time, nothing begun";
}

TEST_P(OperationSuite, StopEndsWhatRuns) {
  const OperationRequest slow = request(subject_->hangs());
  ASSERT_TRUE(operation_->traits(slow).stoppable);
  operation_->stop(slow.key);  // nothing is there yet
  Result<OperationReply> ended = Error::internal("not run");
  Thread thread("run", [&] { ended = operation_->run(slow); });
  EXPECT_TRUE(until([&] { return subject_->hanging(); }));
  const MonoTime before = operation_context().clock.mono();
  operation_->stop("another key");
  operation_->stop(slow.key);
  thread.join();
  EXPECT_LT(operation_context().clock.mono() - before, std::chrono::seconds(10));
  if (ended.ok()) {
    EXPECT_EQ(ended->outcome.outcome, Outcome::kUnknown);
  } else if (ended.error().effect == Effect::kNone) {
    EXPECT_EQ(subject_->count(), 0) << ended.error().message;
  }
}

TEST_P(OperationSuite, CheckFindsWhatIsWrong) {
  EXPECT_TRUE(operation_->check(request(subject_->adds())).ok());
  for (const DriverOptions& options : subject_->wrong()) {
    const auto wrong = operation_->check(request(options));
    ASSERT_FALSE(wrong.ok()) << (options.empty() ? "" : options.rbegin()->second);
    EXPECT_EQ(wrong.error().retry, Retry::kPerson);
    const auto run = operation_->run(request(options));
    ASSERT_FALSE(run.ok());
    EXPECT_EQ(run.error().effect, Effect::kNone);
    OperationRequest looking = request(subject_->adds());
    looking.look = options;
    EXPECT_EQ(operation_->check(looking).ok(), options.empty());
  }
  EXPECT_EQ(subject_->count(), 0);
}

TEST_P(OperationSuite, ServesManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kKeys = 5;
  {
    std::vector<Thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back("worker", [this] {
        for (int i = 0; i < kKeys; ++i) {
          const auto reply = operation_->run(request(subject_->adds(), std::to_string(i)));
          EXPECT_TRUE(reply.ok()) << reply.error().message;
        }
      });
    }
  }
  EXPECT_EQ(subject_->count(), kKeys) << "each key is done by whoever comes first";
}

INSTANTIATE_TEST_SUITE_P(All, OperationSuite, testing::ValuesIn(operation_subjects()),
                         [](const auto& subject) { return subject.param.name; });

}  // namespace
}  // namespace sideband
