// What a signal's detector says, attempt by attempt.
#include "policy/signal_detector.h"

#include <gmock/gmock.h>

namespace sideband {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

SignalSettings watched(const std::string& kind, const DriverOptions& options) {
  SignalSettings signal;
  signal.name = "queue";
  signal.max_age = std::chrono::seconds(30);
  signal.detector.kind = kind;
  signal.detector.options = options;
  return signal;
}

WallTime at_minute(int minute) {
  return WallTime(std::chrono::minutes(minute));
}

// One attempt a minute: a number; "-" an answer without one; "x" no answer. What is to be said:
// "?" unknown, "." clear, "F" firing, "p" paused.
std::string course(const SignalSettings& signal, const std::vector<std::string>& attempts) {
  auto made = make_detector(signal);
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
  Detection said;
  std::string out;
  int minute = 1;
  for (const std::string& attempt : attempts) {
    const WallTime now = at_minute(minute++);
    HeardReading heard;
    if (attempt == "-") heard.point = detectors::Point{now, std::nullopt};
    if (attempt != "-" && attempt != "x") heard.point = detectors::Point{now, std::stod(attempt)};
    said = hear(*made, heard, said, now);
    out += !said.paused.empty() ? 'p' : "?.F"[static_cast<std::size_t>(said.answer)];
  }
  return out;
}

TEST(SignalDetector, SaysWhatItsReadingsComeTo) {
  const SignalSettings limit = watched("threshold", {{"above", "20"}, {"clear", "10"}});
  EXPECT_EQ(course(limit, {"5", "25", "15", "9"}), ".FF.");
  EXPECT_EQ(course(limit, {"25", "-", "15"}), "F?F") << "without a value nobody knows";
  EXPECT_EQ(course(limit, {"25", "x", "15"}), "FFF") << "no answer takes nothing back";
  EXPECT_EQ(course(limit, {"x", "-"}), "??");
  const SignalSettings pending = watched("threshold", {{"above", "20"}, {"for", "2m"}});
  EXPECT_EQ(course(pending, {"25", "25", "25", "5"}), "..F.");
}

TEST(SignalDetector, QuantitiesAreNumbers) {
  EXPECT_EQ(course(watched("threshold", {{"above", "20ms"}}), {"0.019", "0.021"}), ".F");
  EXPECT_EQ(course(watched("threshold", {{"above", "1KiB"}}), {"1024", "1025"}), ".F");
  EXPECT_EQ(course(watched("threshold", {{"below", "90%"}}), {"0.9", "0.89"}), ".F");
}

// Absence is about answers that have no value, not about a target that does not answer; and it is
// not paused by the silence that it waits for.
TEST(SignalDetector, SilenceIsAnAnswerWithoutValue) {
  const SignalSettings silence = watched("absence", {{"within", "2m"}});
  EXPECT_EQ(course(silence, {"1", "-", "-", "-", "1"}), "...FF");
  EXPECT_EQ(course(silence, {"1", "x", "x"}), "...");
  std::vector<std::string> hour = {"1"};
  hour.insert(hour.end(), 40, "-");
  EXPECT_EQ(course(silence, hour).substr(3), std::string(38, 'F'));
}

TEST(SignalDetector, WhatCannotBeFedIsPausedAndSaysWhy) {
  SignalSettings signal = watched("threshold", {{"above", "20"}});
  EXPECT_EQ(course(signal, {"5", "x", "x", "x", "x", "x", "5"}), ".....pp");
  std::vector<std::string> without = {"5"};
  without.insert(without.end(), 16, "-");
  EXPECT_THAT(course(signal, without), StartsWith(".????")) << "stale is the last of them";
  EXPECT_EQ(course(signal, without).back(), 'p');
  signal.detector.most_fires = 1;
  EXPECT_EQ(course(signal, {"25", "5", "25", "5"}), "F.pp");
}

TEST(SignalDetector, APauseEndsAfterItsQuietTime) {
  SignalSettings signal = watched("threshold", {{"above", "20"}});
  signal.detector.quiet = std::chrono::minutes(3);
  EXPECT_EQ(course(signal, {"5", "x", "x", "x", "x", "x", "5", "5", "5", "5"}), ".....ppp..");
}

TEST(SignalDetector, SinceIsWhenTheAnswerBegan) {
  auto detector = make_detector(watched("threshold", {{"above", "20"}}));
  ASSERT_TRUE(detector.ok());
  Detection said;
  for (const int minute : {1, 2, 3}) {
    const double value = minute == 1 ? 5 : 25;
    said = hear(*detector, {detectors::Point{at_minute(minute), value}}, said, at_minute(minute));
  }
  EXPECT_EQ(said.since, at_minute(2));
  EXPECT_EQ(said.at, at_minute(3));
  EXPECT_THAT(said.why, HasSubstr("value=25"));
}

TEST(SignalDetector, SettingsThatItCannotHaveAreRefused) {
  EXPECT_FALSE(make_detector(watched("threshold", {})).ok());
  EXPECT_FALSE(make_detector(watched("threshold", {{"above", "1"}, {"clear", "2"}})).ok());
  EXPECT_FALSE(make_detector(watched("absence", {})).ok());
  EXPECT_FALSE(make_detector(watched("anomaly", {{"learn", "1"}})).ok());
  EXPECT_FALSE(make_detector(watched("rate", {{"above", "1"}, {"window", "0s"}})).ok());
  EXPECT_TRUE(make_detector(watched("anomaly", {})).ok());
}

}  // namespace
}  // namespace sideband
