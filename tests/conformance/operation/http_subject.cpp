#include <atomic>
#include <set>

#include "conformance/operation/subject.h"
#include "drivers/http/driver.h"
#include "support/http_service.h"

namespace sideband {
namespace {

// A service that remembers keys and tokens, as one should.
class HttpSubject final : public OperationSubject {
 public:
  HttpSubject()
      : service_([this](const SeenRequest& seen, const HttpClientSide& client) {
          answer(seen, client);
        }) {}

  std::unique_ptr<Operation> open() override {
    TargetSettings target;
    target.name = "shop";
    target.connect = {{"url", service_.url() + "/api"},
                      {"allow", "127.0.0.1"},
                      {"idempotencyHeader", "Idempotency-Key"},
                      {"fenced", "true"}};
    return std::move(HttpDriver(operation_context()).operation(target)).value();
  }
  std::int64_t count() override { return count_; }

  DriverOptions adds() override { return {{"path", "/add"}, {"alreadyThere", "208"}}; }
  DriverOptions takes_off() override { return {{"path", "/last"}, {"method", "DELETE"}}; }
  DriverOptions looks() override { return {{"path", "/any"}}; }
  DriverOptions looks_in_vain() override { return {{"path", "/broken"}}; }
  DriverOptions fails() override { return {{"path", "/forbidden"}}; }
  DriverOptions refuses() override { return {{"path", "/moved"}}; }
  DriverOptions talks() override { return {{"path", "/long"}}; }
  DriverOptions hangs() override { return {{"path", "/hang"}}; }
  bool hanging() override { return hanging_; }
  std::vector<DriverOptions> wrong() override {
    return {{{"path", "no-slash"}},
            {{"path", "/a/../b"}},
            {{"path", "/a%2e%2e/b"}},
            {{"path", "/a?b=c"}},
            {{"path", "/a\r\nX: y"}},
            {{"path", "/"}, {"headers.X", "a\r\nY: b"}},
            {{"path", "/"}, {"headers.Host", "other"}},
            {{"path", "/"}, {"expect", "99"}},
            {{"path", "/"}, {"json.a", "b"}, {"body", "c"}}};
  }

 private:
  void answer(const SeenRequest& seen, const HttpClientSide& client) {
    if (seen.target == "/api/add") return add(seen, client);
    if (seen.target == "/api/last") {
      --count_;
      client.answer(204);
    } else if (seen.target == "/api/any") {
      client.answer(count_ > 0 ? 200 : 404, "{\"there\":true}");
    } else if (seen.target == "/api/forbidden") {
      client.answer(403, "no");
    } else if (seen.target == "/api/moved") {
      client.answer(412, "moved on");
    } else if (seen.target == "/api/long") {
      client.answer(200, std::string(300'000, '\1') + "\xff");
    } else if (seen.target == "/api/hang") {
      hanging_ = true;
      client.await_end(std::chrono::seconds(30));
    } else {
      client.answer(500, "broken");
    }
  }
  void add(const SeenRequest& seen, const HttpClientSide& client) {
    const MutexLock lock(mutex_);
    const auto token = std::stoull(seen.headers.at("sideband-token"));
    const std::string trace = seen.headers.at("traceparent").substr(3, 32);
    if (token < tokens_[trace]) return void(client.answer(409, "an older token"));
    tokens_[trace] = token;
    if (!keys_.insert(seen.headers.at("idempotency-key")).second) return void(client.answer(208));
    ++count_;
    client.answer(201, "{\"n\":1}");
  }

  std::atomic<std::int64_t> count_{0};
  std::atomic<bool> hanging_{false};
  Mutex mutex_;
  std::set<std::string> keys_ SB_GUARDED_BY(mutex_);
  std::map<std::string, std::uint64_t> tokens_ SB_GUARDED_BY(mutex_);
  HttpService service_;  // last: its threads use the rest
};

}  // namespace

std::unique_ptr<OperationSubject> make_http_operations() {
  return std::make_unique<HttpSubject>();
}

}  // namespace sideband
