#include "base/metric_series.h"

#include <fmt/format.h>

#include <cmath>

namespace sideband {
namespace {

// A backslash and a newline would end the line or its meaning; in a label a quote too.
std::string escaped(std::string_view text, bool quote) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quote && c == '"')) out += '\\';
    out += c;
  }
  return out;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void put_line(std::string& out, const std::string& name, const std::string& labels,
              const std::string& value) {
  out += name;
  if (!labels.empty()) out += '{' + labels + '}';
  out += ' ' + value + '\n';
}

void put_one(std::string& out, const std::string& name, const std::string& labels,
             const CounterSeries& counter) {
  put_line(out, name, labels, number_text(counter.value()));
}

void put_one(std::string& out, const std::string& name, const std::string& labels,
             const GaugeSeries& gauge) {
  put_line(out, name, labels, number_text(gauge.value()));
}

// The count is that of the buckets, so that the two agree while others observe.
void put_one(std::string& out, const std::string& name, const std::string& labels,
             const HistogramSeries& histogram) {
  const std::string before = labels.empty() ? "" : labels + ',';
  std::uint64_t below = 0;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    below += histogram.count(i);
    const bool last = i == histogram.bounds().size();
    const std::string bound = last ? "+Inf" : number_text(histogram.bounds()[i]);
    put_line(out, name + "_bucket", before + "le=\"" + bound + '"', std::to_string(below));
  }
  put_line(out, name + "_sum", labels, number_text(histogram.sum()));
  put_line(out, name + "_count", labels, std::to_string(below));
}

template <class One>
void put_all(std::string& out, const MetricFamilies<One>& families, const char* type) {
  for (const auto& [name, family] : families) {
    out += "# HELP " + name + ' ' + escaped(family.help, false) + "\n# TYPE " + name + ' ' + type +
           '\n';
    for (const auto& [labels, one] : family.series) put_one(out, name, labels, *one);
  }
}

}  // namespace

std::string metric_label_text(const MetricLabels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name + "=\"" + escaped(value, true) + '"';
  }
  return out;
}

void put_metrics(std::string& out, const MetricFamilies<CounterSeries>& counters) {
  put_all(out, counters, "counter");
}

void put_metrics(std::string& out, const MetricFamilies<GaugeSeries>& gauges) {
  put_all(out, gauges, "gauge");
}

void put_metrics(std::string& out, const MetricFamilies<HistogramSeries>& histograms) {
  put_all(out, histograms, "histogram");
}

}  // namespace sideband
