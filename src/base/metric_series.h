// The series behind a Metrics: what they hold, how they are found, and their lines of text.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"

namespace sideband {

// All of them are thread-safe, and a family is not.
class CounterSeries final : public Counter {
 public:
  void add(double by) override { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

class GaugeSeries final : public Gauge {
 public:
  void set(double value) override { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

class HistogramSeries final : public Histogram {
 public:
  explicit HistogramSeries(const std::vector<double>& bounds)
      : bounds_(bounds), counts_(bounds.size() + 1) {}
  void observe(double value) override {
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    counts_.at(static_cast<std::size_t>(bucket)).fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }
  // Of the bucket below bounds()[bucket] alone; the last one is above all of them.
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const {
    return counts_.at(bucket).load(std::memory_order_relaxed);
  }
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double>& bounds_;  // of the family
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_ = 0;
};

// a="1",b="2": as it stands in the text, so that a series keeps its labels in one piece.
std::string metric_label_text(const MetricLabels& labels);

// All series of one name. A series is found by the text of its labels.
template <class One>
struct MetricFamily {
  std::string help;
  std::vector<double> bounds;  // of histograms
  std::map<std::string, std::unique_ptr<One>> series;

  // The series of these labels, made of `made_of` when it is new.
  template <class... Args>
  One& find(const std::string& its_help, const MetricLabels& labels, const Args&... made_of) {
    if (series.empty()) help = its_help;
    auto& one = series[metric_label_text(labels)];
    if (!one) one = std::make_unique<One>(made_of...);
    return *one;
  }
};

template <class One>
using MetricFamilies = std::map<std::string, MetricFamily<One>>;

// Appends the lines of all series to `out`, by name and then by the text of the labels.
void put_metrics(std::string& out, const MetricFamilies<CounterSeries>& counters);
void put_metrics(std::string& out, const MetricFamilies<GaugeSeries>& gauges);
void put_metrics(std::string& out, const MetricFamilies<HistogramSeries>& histograms);

}  // namespace sideband
