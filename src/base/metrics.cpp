#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/mutex.h"

namespace sideband {

struct Metrics::Impl {
  struct CounterHandle final : Counter {
    explicit CounterHandle(prometheus::Counter& counter) : inner(counter) {}
    void add(double by) override { inner.Increment(by); }
    prometheus::Counter& inner;
  };

  struct GaugeHandle final : Gauge {
    explicit GaugeHandle(prometheus::Gauge& gauge) : inner(gauge) {}
    void set(double value) override { inner.Set(value); }
    prometheus::Gauge& inner;
  };

  struct HistogramHandle final : Histogram {
    explicit HistogramHandle(prometheus::Histogram& histogram) : inner(histogram) {}
    void observe(double value) override { inner.Observe(value); }
    prometheus::Histogram& inner;
  };
  using SeriesKey = std::pair<std::string, MetricLabels>;

  prometheus::Registry registry;
  Mutex mutex;
  std::map<SeriesKey, std::unique_ptr<CounterHandle>> counters SB_GUARDED_BY(mutex);
  std::map<SeriesKey, std::unique_ptr<GaugeHandle>> gauges SB_GUARDED_BY(mutex);
  std::map<SeriesKey, std::unique_ptr<HistogramHandle>> histograms SB_GUARDED_BY(mutex);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help,
                          const MetricLabels& labels) {
  const MutexLock lock(impl_->mutex);
  auto& slot = impl_->counters[{name, labels}];
  if (!slot) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    slot = std::make_unique<Impl::CounterHandle>(family.Add(labels));
  }
  return *slot;
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help,
                      const MetricLabels& labels) {
  const MutexLock lock(impl_->mutex);
  auto& slot = impl_->gauges[{name, labels}];
  if (!slot) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    slot = std::make_unique<Impl::GaugeHandle>(family.Add(labels));
  }
  return *slot;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const MetricLabels& labels, const std::vector<double>& bounds) {
  const MutexLock lock(impl_->mutex);
  auto& slot = impl_->histograms[{name, labels}];
  if (!slot) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    slot = std::make_unique<Impl::HistogramHandle>(family.Add(labels, bounds));
  }
  return *slot;
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace sideband
