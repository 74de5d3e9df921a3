// Counters, gauges and histograms in the Prometheus model, and their text form
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
// Names follow prometheus.io/docs/practices/naming; every name starts with "sideband_". A handle
// stays valid as long as its registry. Thread-safe; updating a handle takes no lock.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sideband {

using MetricLabels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double by) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The series of this name and these labels, made at zero when new. The first `help` counts.
  Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels);
  Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels);
  // `bounds` are upper limits of the buckets in the metric's unit, ascending.
  Histogram& histogram(const std::string& name, const std::string& help, const MetricLabels& labels,
                       const std::vector<double>& bounds);

  // Text exposition format 0.0.4, by name within counters, gauges and histograms. Series are made
  // and found under the lock that this holds.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sideband
