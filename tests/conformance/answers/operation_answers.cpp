#include <gtest/gtest.h>

#include "conformance/answers/operation_answers.h"

#include <fmt/format.h>

#include "conformance/answers/in_time.h"

namespace sideband {

void OperationAnswers::renew() {
  ++round_;
  before_ = count();
}

OperationRequest OperationAnswers::request(const char* what, DriverOptions options,
                                           Duration timeout) {
  OperationRequest request;
  request.key = fmt::format("{}-{:07}", what, round_);
  request.token = 1;
  request.options = std::move(options);
  request.look = looks();
  request.timeout = timeout;
  return request;
}

void OperationAnswers::converse(Duration timeout, Belief belief) {
  belief_ = belief;
  const std::unique_ptr<Driver> asked = driver();
  const auto opened = in_time("operation", timeout,
                              [&](Duration limit) { return asked->operation(target(limit)); });
  if (opened) {
    run(**opened, timeout);
    refuse(**opened, timeout);
    look(**opened, timeout);
  }
  proxy().disarm();
  expect_works_again();
}

void OperationAnswers::run(Operation& on, Duration timeout) {
  const auto reply = in_time("run", timeout,
                             [&](Duration limit) { return on.run(request("run", adds(), limit)); });
  if (belief_ == Belief::kForm) return;
  const std::int64_t added = count() - before_;
  if (!reply) {
    EXPECT_TRUE(reply.error().effect == Effect::kMaybe || added == 0) << reply.error().message;
  } else if (reply->outcome.outcome != Outcome::kUnknown) {
    EXPECT_EQ(added, is_settled(reply->outcome) ? 1 : 0) << reply->outcome.detail;
  }
}

void OperationAnswers::refuse(Operation& on, Duration timeout) {
  const std::int64_t before = count();
  const auto reply = in_time("refused run", timeout, [&](Duration limit) {
    return on.run(request("refused", refuses(), limit));
  });
  EXPECT_TRUE(!reply || !is_settled(reply->outcome)) << "something refused is said to be done";
  // A run whose connection was cut may still end.
  EXPECT_LE(count() - before, 1);
}

void OperationAnswers::look(Operation& on, Duration timeout) {
  const std::int64_t before = count() - before_;
  const auto effect = in_time("look", timeout, [&](Duration limit) {
    return on.probe_effect(request("run", adds(), limit));
  });
  if (!effect || belief_ == Belief::kForm) return;
  EXPECT_TRUE(effect->effect != EffectStatus::kThere || count() - before_ == 1);
  EXPECT_TRUE(effect->effect != EffectStatus::kNotThere || before == 0);
}

void OperationAnswers::expect_works_again() {
  const std::unique_ptr<Driver> another = driver();
  const auto honest = std::chrono::seconds(20);
  const auto opened = another->operation(target(honest));
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const std::int64_t before = count();
  const auto reply = (*opened)->run(request("again", adds(), honest));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->outcome.outcome, Outcome::kChanged) << reply->outcome.detail;
  // The first run of this round may have ended only now.
  EXPECT_GE(count() - before, 1);
}

}  // namespace sideband
