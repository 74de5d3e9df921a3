// The text form against https://prometheus.io/docs/instrumenting/exposition_formats/.
#include "base/metrics.h"

#include <atomic>
#include <cmath>
#include <limits>

#include "base/thread.h"

namespace sideband {
namespace {

TEST(Metrics, SeriesStartAtZeroAndKeepTheirLabels) {
  Metrics metrics;
  metrics.counter("sideband_test_total", "A test.", {{"kind", "b"}, {"a", "1"}});
  metrics.counter("sideband_test_total", "Another help.", {{"kind", "a"}}).add(2);
  EXPECT_EQ(metrics.text(),
            "# HELP sideband_test_total A test.\n"
            "# TYPE sideband_test_total counter\n"
            "sideband_test_total{a=\"1\",kind=\"b\"} 0\n"
            "sideband_test_total{kind=\"a\"} 2\n");
}

TEST(Metrics, TheSameLabelsAreTheSameSeries) {
  Metrics metrics;
  Counter& first = metrics.counter("sideband_test_total", "A test.", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(&first, &metrics.counter("sideband_test_total", "", {{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(&first, &metrics.counter("sideband_test_total", "", {{"a", "1"}}));
  EXPECT_NE(&first, &metrics.counter("sideband_other_total", "", {{"a", "1"}, {"b", "2"}}));
}

TEST(Metrics, LabelsAndHelpAreEscapedAndStayApart) {
  Metrics metrics;
  metrics.gauge("sideband_test", "A \\ and\na \"quote\".", {{"a", "1\",b=\"2"}}).set(1);
  metrics.gauge("sideband_test", "", {{"a", "1"}, {"b", "2"}}).set(2);
  metrics.gauge("sideband_test", "", {{"a", "back\\slash\nand line"}}).set(3);
  EXPECT_EQ(metrics.text(),
            "# HELP sideband_test A \\\\ and\\na \"quote\".\n"
            "# TYPE sideband_test gauge\n"
            "sideband_test{a=\"1\",b=\"2\"} 2\n"
            "sideband_test{a=\"1\\\",b=\\\"2\"} 1\n"
            "sideband_test{a=\"back\\\\slash\\nand line\"} 3\n");
}

TEST(Metrics, NumbersReadBackAsWhatTheyWere) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  struct Case {
    double value;
    const char* text;
  };
  for (const Case& one :
       {Case{0, "0"}, Case{1, "1"}, Case{-2.5, "-2.5"}, Case{0.1, "0.1"},
        Case{1e15, "1000000000000000"}, Case{1'700'000'000.123456, "1700000000.123456"},
        Case{1e300, "1e+300"}, Case{std::nan(""), "NaN"}, Case{kInfinite, "+Inf"},
        Case{-kInfinite, "-Inf"}}) {
    Metrics metrics;
    metrics.gauge("sideband_test", "A test.", {}).set(one.value);
    const std::string text = metrics.text();
    EXPECT_NE(text.find(std::string("sideband_test ") + one.text + "\n"), std::string::npos)
        << text;
  }
}

TEST(Metrics, BucketsOfAHistogramHoldWhatIsAtMostTheirBound) {
  Metrics metrics;
  Histogram& seconds = metrics.histogram("sideband_seconds", "A test.", {{"a", "1"}}, {0.5, 2.0});
  for (const double value : {0.25, 0.5, 0.75, 2.0, 4.0}) seconds.observe(value);
  EXPECT_EQ(metrics.text(),
            "# HELP sideband_seconds A test.\n"
            "# TYPE sideband_seconds histogram\n"
            "sideband_seconds_bucket{a=\"1\",le=\"0.5\"} 2\n"
            "sideband_seconds_bucket{a=\"1\",le=\"2\"} 4\n"
            "sideband_seconds_bucket{a=\"1\",le=\"+Inf\"} 5\n"
            "sideband_seconds_sum{a=\"1\"} 7.5\n"
            "sideband_seconds_count{a=\"1\"} 5\n");
}

TEST(Metrics, NothingIsLostWhereManyCountAtOnce) {
  Metrics metrics;
  Histogram& seconds = metrics.histogram("sideband_seconds", "A test.", {}, {1.0});
  std::atomic<std::size_t> asked = 0;
  std::vector<Thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back("counts", [&, i] {
      for (int n = 0; n < 1'000; ++n) {
        metrics.counter("sideband_test_total", "A test.", {{"n", std::to_string(n % 7)}}).add(1);
        seconds.observe(i % 2 * 2.0);
        asked += n % 100 == 0 ? metrics.text().size() : 0;
      }
    });
  }
  threads.clear();
  EXPECT_GT(asked, 0U);
  const std::string text = metrics.text();
  EXPECT_NE(text.find("sideband_test_total{n=\"0\"} 572\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sideband_seconds_bucket{le=\"1\"} 2000\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sideband_seconds_count 4000\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sideband_seconds_sum 4000\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace sideband
