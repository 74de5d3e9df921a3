#include <atomic>
#include <optional>

#include "conformance/signal/subject.h"
#include "drivers/http/driver.h"
#include "support/http_service.h"

namespace sideband {
namespace {

// A service that says how it is, and a strict peer that speaks the API of Prometheus.
class HttpSignals final : public SignalSubject {
 public:
  explicit HttpSignals(bool prometheus) : prometheus_(prometheus), driver_(signal_context()) {
    service_.emplace(
        [this](const SeenRequest& seen, const HttpClientSide& client) { answer(seen, client); });
    target_.name = "shop";
    target_.connect = {{"url", service_->url()}, {"allow", "127.0.0.1"}, {"bearer", "token-1"}};
    target_.limits.connections = 4;
  }

  std::unique_ptr<Signal> open(const std::string& kind, const DriverOptions& options) override {
    return std::move(driver_.signal(target_, kind, options)).value();
  }
  std::string kind() override { return prometheus_ ? "prometheus" : "http"; }
  DriverOptions good() override {
    if (prometheus_) return {{"query", "level"}};
    return {{"path", "/health"}, {"pointer", "/queue/0/a~1b"}};
  }
  void set(std::int64_t value) override { level_ = value; }
  std::vector<Odd> odd() override { return prometheus_ ? odd_queries() : odd_answers(); }
  DriverOptions slow() override {
    if (prometheus_) return {{"query", "slow"}};
    return {{"path", "/slow"}, {"status", "true"}};
  }
  void take_away() override { service_.reset(); }

 private:
  static std::vector<Odd> odd_answers() {
    const auto at = [](const char* path, const char* pointer, const char* why) {
      return Odd{std::string(path) + pointer, "http", {{"path", path}, {"pointer", pointer}}, why};
    };
    return {at("/health", "/none", "nothing at"),
            at("/health", "/queue/1", "nothing at"),
            at("/health", "/queue/x", "nothing at"),
            at("/health", "/queue", "neither a number"),
            at("/health", "/text", "neither a number"),
            at("/health", "/null", "neither a number"),
            at("/nan", "/n", "no JSON"),
            at("/huge-number", "/n", "no JSON"),
            at("/twice", "/n", "no JSON"),
            at("/page", "/n", "no JSON"),
            at("/empty", "/n", "no JSON"),
            at("/large", "/n", "larger than"),
            at("/redirect", "/n", "redirects are not followed"),
            at("/broken", "/n", "500"),
            {"latency of an error", "http", {{"path", "/broken"}, {"latency", "true"}}, "500"}};
  }
  static std::vector<Odd> odd_queries() {
    const auto of = [](const char* query, const char* why) {
      return Odd{query, "prometheus", {{"query", query}}, why};
    };
    return {of("empty", "no series"),
            of("two", "2 series"),
            of("nan", "NaN"),
            of("inf", "infinite"),
            of("text", "no number"),
            of("number", "no pair"),
            of("matrix", "another type"),
            of("string", "another type"),
            of("refused", "refused the query"),
            of("page", "no JSON"),
            of("later", "a time that is none"),
            {"a range of nothing",
             "prometheus",
             {{"rangeQuery", "empty"}, {"over", "1m"}},
             "no series"},
            {"NaN within a range", "prometheus", {{"rangeQuery", "gap"}, {"over", "1m"}}, "NaN"}};
  }

  void answer(const SeenRequest& seen, const HttpClientSide& client) {
    if (seen.headers.at("authorization") != "Bearer token-1") return void(client.answer(401));
    if (seen.target == "/slow" || seen.target.find("query=slow") != std::string::npos) {
      client.await_end(std::chrono::seconds(30));
      return;
    }
    if (seen.target.starts_with("/api/v1/query")) return answer_query(seen.target, client);
    const std::string level = std::to_string(level_);
    if (seen.target == "/health") {
      client.answer(200, R"({"queue":[{"a/b":)" + level + R"(}],"text":"7","null":null})");
    } else if (seen.target == "/nan") {
      client.answer(200, R"({"n":NaN})");
    } else if (seen.target == "/huge-number") {
      client.answer(200, R"({"n":1e999})");
    } else if (seen.target == "/twice") {
      client.answer(200, R"({"n":1,"n":2})");
    } else if (seen.target == "/page") {
      client.answer(200, "<html>1</html>");
    } else if (seen.target == "/empty") {
      client.answer(200);
    } else if (seen.target == "/large") {
      client.answer(200, R"({"n":1,"x":")" + std::string(300'000, 'x') + "\"}");
    } else if (seen.target == "/redirect") {
      client.answer(302, "", "Location: /health\r\n");
    } else {
      client.answer(500, "broken");
    }
  }

  static std::string now_seconds() {
    const std::int64_t us = to_us(SystemClock().wall());
    return std::to_string(us / 1'000'000) + "." + std::to_string(1000 + us / 1000 % 1000).substr(1);
  }
  static std::string vector_of(const std::string& series) {
    return R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}";
  }
  static std::string sample(const std::string& value) {
    return R"({"metric":{"a":"b"},"value":[)" + now_seconds() + ",\"" + value + "\"]}";
  }
  void answer_query(const std::string& target, const HttpClientSide& client) const {
    const auto asks = [&](const char* query) {
      return target.find(std::string("query=") + query) != std::string::npos;
    };
    const bool range = target.starts_with("/api/v1/query_range?");
    const std::string matrix = R"({"status":"success","data":{"resultType":"matrix","result":[)";
    if (asks("level")) return void(client.answer(200, vector_of(sample(std::to_string(level_)))));
    if (asks("empty")) {
      return void(client.answer(200, range ? matrix + "]}}" : vector_of("")));
    }
    if (asks("gap") || asks("matrix")) {
      return void(
          client.answer(200, matrix + R"({"metric":{},"values":[[1,"1"],[2,"NaN"],[3,"3"]]}]}})"));
    }
    if (asks("two")) return void(client.answer(200, vector_of(sample("1") + "," + sample("2"))));
    if (asks("nan")) return void(client.answer(200, vector_of(sample("NaN"))));
    if (asks("inf")) return void(client.answer(200, vector_of(sample("+Inf"))));
    if (asks("text")) return void(client.answer(200, vector_of(sample("x"))));
    if (asks("number")) return void(client.answer(200, vector_of(R"({"value":[1,2]})")));
    if (asks("later")) return void(client.answer(200, vector_of(R"({"value":[1e300,"2"]})")));
    if (asks("string")) {
      return void(client.answer(
          200, R"({"status":"success","data":{"resultType":"string","result":[1,"x"]}})"));
    }
    if (asks("refused")) {
      return void(
          client.answer(400, R"({"status":"error","errorType":"bad_data","error":"parse error"})"));
    }
    client.answer(200, "<html></html>");
  }

  const bool prometheus_;
  std::atomic<std::int64_t> level_{0};
  HttpDriver driver_;
  TargetSettings target_;
  std::optional<HttpService> service_;  // last: its threads use the rest
};

}  // namespace

std::unique_ptr<SignalSubject> make_http_signals() {
  return std::make_unique<HttpSignals>(false);
}

std::unique_ptr<SignalSubject> make_prometheus_signals() {
  return std::make_unique<HttpSignals>(true);
}

}  // namespace sideband
