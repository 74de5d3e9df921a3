#include "base/metrics.h"

#include "base/metric_series.h"
#include "base/mutex.h"

namespace sideband {

struct Metrics::Impl {
  Mutex mutex;
  MetricFamilies<CounterSeries> counters SB_GUARDED_BY(mutex);
  MetricFamilies<GaugeSeries> gauges SB_GUARDED_BY(mutex);
  MetricFamilies<HistogramSeries> histograms SB_GUARDED_BY(mutex);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help,
                          const MetricLabels& labels) {
  const MutexLock lock(impl_->mutex);
  return impl_->counters[name].find(help, labels);
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help,
                      const MetricLabels& labels) {
  const MutexLock lock(impl_->mutex);
  return impl_->gauges[name].find(help, labels);
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const MetricLabels& labels, const std::vector<double>& bounds) {
  const MutexLock lock(impl_->mutex);
  auto& family = impl_->histograms[name];
  if (family.series.empty()) family.bounds = bounds;
  return family.find(help, labels, family.bounds);
}

std::string Metrics::text() const {
  const MutexLock lock(impl_->mutex);
  std::string out;
  put_metrics(out, impl_->counters);
  put_metrics(out, impl_->gauges);
  put_metrics(out, impl_->histograms);
  return out;
}

}  // namespace sideband
