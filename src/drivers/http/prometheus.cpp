#include "drivers/http/prometheus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "drivers/http/signal.h"
#include "drivers/signal_value.h"

namespace sideband {
namespace {

using Reduce = PrometheusQuery::Reduce;

constexpr std::array<std::string_view, 4> kReductions = {"last", "max", "min", "mean"};
// The API itself answers 11,000 points of a series at most.
constexpr std::int64_t kMaxPoints = 10'000;

struct Point {
  WallTime at;
  double value = 0;
};

const Document* member_of(const Document& map, const std::string& name) {
  const auto found = map.members.find(name);
  return found == map.members.end() ? nullptr : &found->second;
}

std::string text_member(const Document& map, const std::string& name) {
  const Document* const value = member_of(map, name);
  return value == nullptr ? "" : value->text;
}

// [1435781430.781, "1"]
Result<Point> read_point(const Document& pair) {
  const bool shaped = pair.kind == Document::Kind::kList && pair.items.size() == 2 &&
                      pair.items[0].kind == Document::Kind::kNumber &&
                      pair.items[1].kind == Document::Kind::kString;
  if (!shaped) return no_reading("Prometheus answered a value that is no pair of time and text");
  SB_ASSIGN(const double at, signal_number(pair.items[0].text));
  constexpr double kLastSecond = 253402300799;  // of year 9999
  if (at < 0 || at > kLastSecond) return no_reading("Prometheus answered a time that is none");
  Point point;
  point.at = from_us(std::llround(at * 1e6));
  SB_ASSIGN(point.value, signal_number(pair.items[1].text));
  return point;
}

Result<std::vector<Point>> read_series(const Document& series, bool range) {
  const Document* const values = member_of(series, range ? "values" : "value");
  if (values == nullptr) return no_reading("Prometheus answered a series without values");
  std::vector<Point> points;
  if (!range) {
    SB_ASSIGN(const Point only, read_point(*values));
    points.push_back(only);
    return points;
  }
  for (const Document& pair : values->items) {
    SB_ASSIGN(const Point point, read_point(pair));
    points.push_back(point);
  }
  if (points.empty()) return no_reading("Prometheus answered a series without values");
  return points;
}

Result<std::vector<Point>> read_result(const Document& data, bool range) {
  const std::string type = text_member(data, "resultType");
  const Document* const result = member_of(data, "result");
  if (result == nullptr) return no_reading("Prometheus answered no result");
  if (type == "scalar" && !range) {
    SB_ASSIGN(const Point only, read_point(*result));
    return std::vector<Point>{only};
  }
  if (type != (range ? "matrix" : "vector")) {
    return no_reading("Prometheus answered another type of result than a " +
                      std::string(range ? "matrix" : "vector"));
  }
  if (result->items.empty()) return no_reading("Prometheus answered no series");
  if (result->items.size() > 1) {
    return no_reading(fmt::format("Prometheus answered {} series, not one", result->items.size()));
  }
  return read_series(result->items.front(), range);
}

double reduced(const std::vector<Point>& points, Reduce reduce) {
  double out = points.back().value;
  if (reduce == Reduce::kLast) return out;
  double sum = 0;
  for (const Point& point : points) {
    if (reduce == Reduce::kMax) out = std::max(out, point.value);
    if (reduce == Reduce::kMin) out = std::min(out, point.value);
    sum += point.value / static_cast<double>(points.size());
  }
  return reduce == Reduce::kMean ? sum : out;
}

Result<Duration> positive(const OptionReader& reader, const std::string& key, Duration fallback) {
  SB_ASSIGN(const Duration value, reader.duration_or(key, fallback));
  if (value < std::chrono::milliseconds(1)) return reader.wrong(key, "must be at least 1ms");
  return value;
}

Result<PrometheusQuery> parse_range(const OptionReader& reader) {
  PrometheusQuery out;
  out.query = reader.text_or("rangeQuery", "");
  if (!reader.has("over")) return reader.wrong("rangeQuery", "needs over: how far back it looks");
  SB_ASSIGN(out.over, positive(reader, "over", Duration(0)));
  SB_ASSIGN(out.step, positive(reader, "step", out.step));
  if (out.over / out.step > kMaxPoints) {
    return reader.wrong("step", "makes more than 10000 points; write a longer one");
  }
  const std::string word = reader.text_or("reduce", "last");
  const auto* const at = std::find(kReductions.begin(), kReductions.end(), word);
  if (at == kReductions.end()) return reader.wrong("reduce", "is last, max, min or mean");
  out.reduce = static_cast<Reduce>(at - kReductions.begin());
  return out;
}

double seconds_of(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

Result<PrometheusQuery> parse_prometheus_signal(const TargetSettings& target,
                                                const DriverOptions& options,
                                                config::OptionFaults* faults) {
  const OptionReader reader(options, "signal on " + target.name, faults);
  SB_ASSIGN(const std::string what, only_one_of(reader, {"query", "rangeQuery"}));
  if (what == "rangeQuery") return parse_range(reader);
  for (const char* const key : {"over", "step", "reduce"}) {
    if (reader.has(key)) return reader.wrong(key, "stands beside rangeQuery alone");
  }
  PrometheusQuery out;
  out.query = reader.text_or("query", "");
  return out;
}

config::SignalKind prometheus_signal_kind() {
  using enum config::FieldType;
  return {.word = kPrometheusWord,
          .doc = "What a Prometheus answers: one series or a scalar.",
          .fields = {{.key = "query", .doc = "An instant query of PromQL."},
                     {.key = "rangeQuery", .doc = "A range query, whose values become one."},
                     {.key = "over", .type = kDuration, .doc = "How far back a range query looks."},
                     {.key = "step",
                      .type = kDuration,
                      .doc = "Between two values of a range query; without it 15s."},
                     {.key = "reduce",
                      .type = kEnum,
                      .doc = "What becomes of the values of a range query; without it last.",
                      .values = {"last", "max", "min", "mean"}}},
          .check = [](const TargetSettings& target, const DriverOptions& options,
                      config::OptionFaults& faults) {
            (void)parse_prometheus_signal(target, options, &faults);
          }};
}

Result<SignalReading> prometheus_reading(const std::string& json, const PrometheusQuery& query) {
  const auto whole = parse_json(json);
  if (!whole) return no_reading("the answer is no JSON: " + whole.error().message);
  if (text_member(*whole, "status") != "success") {
    return no_reading("Prometheus refused the query").saying(text_member(*whole, "error"));
  }
  const Document* const data = member_of(*whole, "data");
  if (data == nullptr) return no_reading("Prometheus answered no data");
  SB_ASSIGN(const auto points, read_result(*data, query.over > Duration(0)));
  SignalReading reading;
  reading.value = reduced(points, query.reduce);
  reading.measured_at = points.back().at;
  return reading;
}

std::string PrometheusSignal::path(WallTime now) const {
  const std::string query = "query=" + url_encoded(query_.query);
  if (query_.over == Duration(0)) return "/api/v1/query?" + query;
  const double end = static_cast<double>(to_us(now)) / 1e6;
  return fmt::format("/api/v1/query_range?{}&start={:.3f}&end={:.3f}&step={:.3f}", query,
                     end - seconds_of(query_.over), end, seconds_of(query_.step));
}

// An error of the query comes with a status of 4xx and says why in its JSON.
Result<SignalReading> PrometheusSignal::read(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  const auto measure = [&]() -> Result<SignalReading> {
    SB_ASSIGN(const HttpReply reply, http_get(target_, path(clock_.wall()), deadline));
    const bool told = reply.status == 400 || reply.status == 422;
    if (!told) SB_TRY(json_answer_of(reply));
    return prometheus_reading(reply.body, query_);
  };
  auto reading = measure();
  return reading ? reading : reading.error().in("target " + target_.name);
}

}  // namespace sideband
