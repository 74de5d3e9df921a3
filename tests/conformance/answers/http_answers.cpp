#include <unistd.h>

#include <atomic>
#include <set>

#include "conformance/answers/operation_answers.h"
#include "drivers/http/driver.h"
#include "support/certificates.h"
#include "support/free_port.h"
#include "support/http_service.h"
#include "support/loopback_sockets.h"
#include "support/process.h"
#include "support/temp_dir.h"
#include "support/until.h"

namespace sideband {
namespace {

// A service that remembers keys. Its answers have bodies of both kinds, and more headers than one.
class CountingService {
 public:
  [[nodiscard]] int port() const { return service_.port(); }
  [[nodiscard]] std::int64_t count() const { return count_; }
  bool await_idle(Duration limit) { return service_.await_idle(limit); }

 private:
  void answer(const SeenRequest& seen, const HttpClientSide& client) {
    const MutexLock lock(mutex_);
    const std::string& key = seen.headers.at("idempotency-key");
    if (seen.target == "/api/seen") {
      client.answer(keys_.contains(key) ? 200 : 404, "{\"there\":true}");
    } else if (seen.target == "/api/refused") {
      client.answer(412, "moved on", "Retry-After: 7\r\n");
    } else if (!keys_.insert(key).second) {
      client.answer(208);
    } else {
      ++count_;
      client.send(
          "HTTP/1.1 201 Created\r\nLocation: /api/1\r\nTransfer-Encoding: chunked\r\n"
          "Connection: close\r\n\r\n4\r\n{\"n\"\r\n3\r\n:1}\r\n0\r\n\r\n");
    }
  }

  std::atomic<std::int64_t> count_{0};
  Mutex mutex_;
  std::set<std::string> keys_ SB_GUARDED_BY(mutex_);
  HttpService service_{[this](const SeenRequest& seen, const HttpClientSide& client) {
    answer(seen, client);
  }};  // last: its threads use the others
};

class HttpAnswers : public OperationAnswers {
 public:
  bool await_idle(Duration limit) override {
    return proxy().await_idle(limit) && service_.await_idle(limit);
  }
  // Each header, and the first line, as something else.
  std::vector<AnswerFault> forgeries(const std::vector<HeardAnswer>& heard) override {
    std::string said;
    for (const HeardAnswer& piece : heard) said += piece.bytes;
    std::vector<AnswerFault> faults;
    for (std::size_t at = 0; at < said.size();) {
      const std::size_t end = std::min(said.find("\r\n", at), said.size());
      for (const char* other : kLines) {
        faults.push_back({AnswerFault::Kind::kReplace, at, end - at, other});
      }
      at = end + 2;
    }
    return faults;
  }
  std::vector<std::string> floods() override {
    return {"x",
            "X-Header: " + std::string(4000, 'y') + "\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "1\r\nx\r\n",
            std::string("\0", 1),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "0000000000000000",
            "\r\n"};
  }

 protected:
  std::unique_ptr<Driver> driver() override {
    return std::make_unique<HttpDriver>(answers_context());
  }
  TargetSettings target_at(const std::string& url, Duration timeout) {
    TargetSettings target;
    target.name = "shop";
    target.connect = {{"url", url + "/api"},
                      {"allow", "127.0.0.1\nlocalhost"},
                      {"idempotencyHeader", "Idempotency-Key"},
                      {"timeout", std::to_string(timeout.count() / 1000) + "ms"}};
    return target;
  }
  std::int64_t count() override { return service_.count(); }
  DriverOptions adds() override { return {{"path", "/add"}, {"alreadyThere", "208"}}; }
  DriverOptions refuses() override { return {{"path", "/refused"}}; }
  DriverOptions looks() override { return {{"path", "/seen"}}; }

  CountingService service_;

 private:
  static constexpr const char* kLines[] = {
      "HTTP/1.1 100 Continue",
      "HTTP/1.1 101 Switching Protocols",
      "HTTP/1.1 000 X",
      "HTTP/1.1 999 X",
      "HTTP/1.1 99999999999 X",
      "HTTP/1.1 -12 X",
      "HTTP/1.1",
      "HTTP/9.9 503 X",
      "HTTP/2 503 X",
      "ICY 503 X",
      "HTTP/1.1 503 X\r\nRetry-After: 9223372036854775807",
      "HTTP/1.1 429 X\r\nRetry-After: 99999999999999999999",
      "HTTP/1.1 503 X\r\nRetry-After: -1",
      "HTTP/1.1 503 X\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT",
      "Content-Length: 99999999999999999999",
      "Content-Length: 9223372036854775807",
      "Content-Length: -1",
      "Content-Length: 1",
      "Transfer-Encoding: gzip",
      "Transfer-Encoding: chunked, chunked",
      "Content-Encoding: gzip",
      "Location: gopher://x/_\x01\x02",
      "Upgrade: h2c",
      "Set-Cookie: a=b",
      "Alt-Svc: h2=\"127.0.0.1:1\"",
      "ffffffffffffffff",
      "7fffffffffffffff",
      "-1",
      ": no name",
      " folded"};
};

class PlainHttpAnswers final : public HttpAnswers {
 public:
  HostileProxy& proxy() override { return proxy_; }

 protected:
  TargetSettings target(Duration timeout) override {
    return target_at("http://127.0.0.1:" + std::to_string(proxy_.port()), timeout);
  }

 private:
  HostileProxy proxy_{service_.port()};
};

// The same service behind nginx, which has a certificate of localhost.
class HttpTlsAnswers final : public HttpAnswers {
 public:
  HttpTlsAnswers() {
    const MadeCertificate own =
        make_certificate("localhost", answers_context().clock.wall() + std::chrono::hours(24));
    spill(dir_.path("site.pem"), own.pem);
    spill(dir_.path("site.key"), own.key);
    spill(dir_.path("nginx.conf"), configuration());
    nginx_ = std::make_unique<Process>(
        Command{{"/usr/sbin/nginx", "-c", dir_.path("nginx.conf")}, {}, "", dir_.path("err"), ""});
    SB_CHECK(until([this] { return connect_loopback(port_).valid(); }));
  }
  HostileProxy& proxy() override { return proxy_; }
  [[nodiscard]] bool over_tls() const override { return true; }
  [[nodiscard]] std::size_t sample() const override { return 150; }
  [[nodiscard]] Duration call_time() const override { return std::chrono::milliseconds(60); }
  std::vector<AnswerFault> forgeries(const std::vector<HeardAnswer>&) override { return {}; }

 protected:
  TargetSettings target(Duration timeout) override {
    TargetSettings target =
        target_at("https://localhost:" + std::to_string(proxy_.port()), timeout);
    target.connect["ca"] = dir_.path("site.pem");
    return target;
  }

 private:
  [[nodiscard]] std::string configuration() const {
    std::string paths;
    for (const char* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      paths += std::string(name) + "_temp_path " + dir_.path(name) + "; ";
    }
    return "daemon off; master_process off; pid " + dir_.path("pid") + "; error_log " +
           dir_.path("log") + "; events {} http { access_log off; " + paths +
           "server { listen 127.0.0.1:" + std::to_string(port_) + " ssl; ssl_certificate " +
           dir_.path("site.pem") + "; ssl_certificate_key " + dir_.path("site.key") +
           "; location / { proxy_http_version 1.1; proxy_pass http://127.0.0.1:" +
           std::to_string(service_.port()) + "; } } }";
  }

  TempDir dir_;
  const int port_ = free_port();
  HostileProxy proxy_{port_};
  std::unique_ptr<Process> nginx_;
};

}  // namespace

std::unique_ptr<AnswersSubject> make_http_answers() {
  return std::make_unique<PlainHttpAnswers>();
}
std::unique_ptr<AnswersSubject> make_http_tls_answers() {
  if (::access("/usr/sbin/nginx", X_OK) != 0) return nullptr;
  return std::make_unique<HttpTlsAnswers>();
}

}  // namespace sideband
