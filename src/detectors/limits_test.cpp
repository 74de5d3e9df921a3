// Threshold, rate of change and absence, by tables.
#include <gmock/gmock.h>

#include "detectors/for_tests.h"

namespace sideband::detectors {
namespace {

struct AnswerRow {
  Given settings;
  std::string points;
  std::string expected;
};

void expect_answers(const std::string& kind, const std::vector<AnswerRow>& rows) {
  for (const AnswerRow& row : rows) {
    Detector detector = made(kind, row.settings);
    EXPECT_EQ(answers(detector, points_of(row.points)), row.expected)
        << testing::PrintToString(row.settings) << " " << row.points;
  }
}

TEST(Threshold, AnswersByTable) {
  expect_answers("threshold",
                 {
                     {{{"above", "10"}}, "0:9 1:10 2:11 3:10 4:9", "..F.."},
                     {{{"below", "10"}}, "0:11 1:10 2:9 3:10", "..F."},
                     {{{"above", "10"}, {"below", "0"}}, "0:5 1:11 2:5 3:-1 4:0", ".F.F."},
                     {{{"above", "10"}, {"clear", "8"}}, "0:11 1:9 2:8.5 3:8 4:9 5:11", "FFF..F"},
                     {{{"below", "10"}, {"clear", "12"}}, "0:9 1:11 2:12 3:11", "FF.."},
                     {{{"above", "10"}, {"for", "2s"}}, "0:11 1:11 2:11 3:9", "..F."},
                     {{{"above", "10"}, {"for", "2s"}}, "0:11 1:9 2:11 3:11 4:11", "....F"},
                     {{{"above", "10"}, {"for", "2s"}}, "0:11 5:11", ".F"},
                     // What is not known ends what was pending, and keeps what fires.
                     {{{"above", "10"}, {"for", "2s"}}, "0:11 1:- 2:11 3:11 4:11", ".?..F"},
                     {{{"above", "10"}}, "0:11 1:- 2:11 3:-", "F?F?"},
                     {{{"above", "10"}}, "0:nan 1:inf 2:-inf 3:11", "???F"},
                     {{{"above", "10"}}, "0:- 1:-", "??"},
                     // Older and equal times change nothing.
                     {{{"above", "10"}, {"for", "2s"}}, "5:11 4:9 5:9 6:11 7:11", "....F"},
                     {{{"above", "10"}}, "5:11 5:9 4:9 6:9", "FFF."},
                     {{{"above", "10"}}, "5:9 5:11 4:11", "..."},
                     {{{"above", "1e308"}}, "0:1e308 1:1.7e308", ".F"},
                     {{{"above", "0"}}, "0:-0.0 1:4e-320", ".F"},
                     {{{"above", "-5"}, {"for", "0s"}}, "0:-6 1:-4", ".F"},
                     {{{"above", "+5"}}, "-100:6 -50:5", "F."},
                     {{{"above", "10"}, {"for", "1h"}}, "0:11 3599:11 3600:11 3601:10", "..F."},
                 });
}

TEST(RateOfChange, AnswersByTable) {
  const Given rise = {{"above", "1"}, {"window", "10s"}};
  const Given count = {{"above", "1"}, {"window", "10s"}, {"counter", "true"}};
  const Given stopped = {{"below", "0.5"}, {"window", "10s"}, {"counter", "true"}};
  expect_answers(
      "rate",
      {
          {rise, "0:0 5:5 10:10 15:20", "?..F"},
          {rise, "0:0 4:40 5:50 10:50", "??FF"},
          {rise, "0:0 10:20 20:20 30:20", "?F.."},
          {rise, "0:0 100:1000 105:1000", "??."},  // nothing is left in the window
          {rise, "0:100 10:0 20:0", "?.."},
          {{{"below", "-1"}, {"window", "10s"}}, "0:100 10:80 20:80", "?F."},
          {count, "0:100 10:105 15:2 20:4", "?..."},
          {count, "0:100 10:105 15:60 20:65", "?.FF"},
          {stopped, "0:100 10:110 20:110 30:120", "?.F."},
          {stopped, "0:100 10:110 15:3 20:8", "?..."},
          {rise, "0:0 5:- 10:20", "??F"},
          {rise, "0:0 5:nan 10:20", "??F"},
          {rise, "0:1e308 10:-1e308", "?."},
          {{{"below", "-1"}, {"window", "10s"}}, "0:1e308 10:-1e308", "?F"},
          {rise, "10:0 0:500 10:500 15:1 20:2", "???.."},
          {{{"above", "1"}, {"window", "10s"}, {"for", "5s"}}, "0:0 5:10 10:20 15:30", "?.FF"},
          {rise, "0:0", "?"},
          {rise, "0:0 1:100 2:200", "???"},
          {rise, "0:0 9:10 18:40 27:41", "?FF."},
          {count, "0:5 200:1 205:2 210:3", "??.."},
      });
}

TEST(RateOfChange, KeepsFewPointsOfAWindowHoweverManyCome) {
  Detector detector = made("rate", {{"above", "5"}, {"window", "1h"}});
  std::size_t longest = 0;
  for (int i = 0; i < 200'000; ++i) {
    detector.observe({at_second(i * 0.05), i * 0.05});
    if (i % 1000 == 0) longest = std::max(longest, detector.state().size());
  }
  EXPECT_LT(longest, 4096u);
  const Finding found = detector.observe({at_second(10'001), 10'001 + 3600.0 * 10});
  EXPECT_EQ(found.state, State::kFiring) << why_text(found.why);
}

TEST(Absence, AnswersByTable) {
  const Given within = {{"within", "10s"}};
  expect_answers("absence", {
                                {within, "0:1 10:1 20:1", "..."},
                                {within, "0:1 11:1 12:1", ".F."},
                                {within, "0:1 5:- 10:- 11:- 12:1 13:1", "...FF."},
                                {within, "0:- 5:- 10:- 11:- 12:-", "???FF"},
                                {within, "0:- 5:1 16:-", "?.F"},
                                {within, "0:nan 11:nan", "?F"},
                                {within, "0:1 5:nan 11:inf", "..F"},
                                {within, "0:1", "."},
                                {within, "20:1 5:1 20:1 29:1", "...."},
                                {within, "0:1 1000000:1 1000001:1", ".F."},
                            });
}

TEST(Settings, WhatIsWrongIsSaidWithWhatIsThere) {
  struct Wrong {
    std::string kind;
    Given settings;
    std::string said;
  };
  const std::vector<Wrong> cases = {
      {"treshold", {}, "no detector \"treshold\"; did you mean \"threshold\"?; there are anomaly,"},
      {"", {}, "there is no detector \"\""},
      {"threshold", {}, "there is no limit: set above=N or below=N"},
      {"threshold", {{"abvoe", "1"}}, "no setting \"abvoe\"; did you mean \"above\"?"},
      {"threshold", {{"above", ""}}, "above= is no number"},
      {"threshold", {{"above", "ten"}}, "above=ten is no number"},
      {"threshold", {{"above", "nan"}}, "above=nan is no number"},
      {"threshold", {{"above", "inf"}}, "above=inf is no number"},
      {"threshold", {{"above", "1e999"}}, "above=1e999 is no number"},
      {"threshold", {{"above", "1 "}}, "is no number"},
      {"threshold", {{"above", "+-1"}}, "above=+-1 is no number"},
      {"threshold", {{"above", "++1"}}, "above=++1 is no number"},
      {"threshold", {{"above", "1,5"}}, "above=1,5 is no number"},
      {"threshold", {{"above", "1"}, {"for", "5"}}, "for=5 is no duration, such as 5m"},
      {"threshold", {{"above", "1"}, {"below", "1"}}, "every number would be outside"},
      {"threshold", {{"above", "1"}, {"clear", "2"}}, "clear is beyond above"},
      {"threshold", {{"below", "1"}, {"clear", "0"}}, "clear is beyond below"},
      {"threshold", {{"above", "9"}, {"below", "1"}, {"clear", "5"}}, "not with both"},
      {"rate", {{"above", "1"}, {"window", "0s"}}, "window=0s has no rate"},
      {"rate", {{"above", "1"}, {"counter", "yes"}}, "counter=yes is no true or false"},
      {"absence", {}, "set within=TIME"},
      {"absence", {{"within", "0s"}}, "set within=TIME"},
      {"anomaly", {{"learn", "10"}}, "learn is between 50"},
      {"anomaly", {{"improbability", "0"}}, "improbability is between 1 and 100"},
      {"anomaly", {{"season", "-1h"}}, "season=-1h is no duration"},
  };
  for (const Wrong& each : cases) {
    const auto detector = Detector::make(each.kind, each.settings);
    ASSERT_FALSE(detector.ok()) << each.kind << testing::PrintToString(each.settings);
    EXPECT_THAT(detector.error().message, testing::HasSubstr(each.said));
  }
}

TEST(Why, IsDataWithTheLimitsThatItWasJudgedBy) {
  Detector detector = made("threshold", {{"above", "10"}, {"clear", "8"}});
  EXPECT_EQ(why_text(detector.observe({at_second(0), 11.0}).why),
            "above: value=11, above=10, clear=8");
  EXPECT_EQ(why_text(detector.observe({at_second(1), 9.0}).why),
            "holding: value=9, above=10, clear=8");
  EXPECT_EQ(why_text(detector.observe({at_second(2), 7.0}).why),
            "within: value=7, above=10, clear=8");
  EXPECT_EQ(why_text(detector.observe({at_second(2), 7.0}).why), "duplicate");
  EXPECT_EQ(why_text(detector.observe({at_second(1), 7.0}).why), "outOfOrder");
  EXPECT_EQ(why_text(detector.observe({at_second(3), std::nullopt}).why), "noValue");
  EXPECT_EQ(detector.counts().duplicate, 1);
  EXPECT_EQ(detector.counts().out_of_order, 1);
  EXPECT_EQ(detector.counts().without_value, 1);
  EXPECT_EQ(detector.counts().used, 3);
}

}  // namespace
}  // namespace sideband::detectors
