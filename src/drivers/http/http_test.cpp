// What is particular to http: what is sent, what statuses mean, TLS with a real server.
#include <gmock/gmock.h>

#include "drivers/http/driver.h"
#include "support/certificates.h"
#include "support/free_port.h"
#include "support/http_service.h"
#include "support/process.h"
#include "support/temp_dir.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class HttpTest : public testing::Test {
 protected:
  HttpTest()
      : service_([this](const SeenRequest& seen, const HttpClientSide& client) {
          seen_ = seen;
          client.answer(status_, "because", headers_);
        }) {
    target_.name = "shop";
    target_.connect = {{"url", service_.url()}, {"allow", "127.0.0.1"}};
    request_.repair = std::move(Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057")).value();
    request_.key = "key-1";
    request_.token = 42;
    request_.options = {{"path", "/restart"}};
  }
  Result<OperationReply> run() {
    auto operation = driver_.operation(target_);
    if (!operation) return operation.error();
    return (*operation)->run(request_);
  }
  ChangeOutcome outcome(int status) {
    status_ = status;
    const auto reply = run();
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? reply->outcome : ChangeOutcome();
  }

  SystemClock clock_;
  SystemRandom random_;
  HttpDriver driver_{{clock_, random_}};
  TargetSettings target_;
  OperationRequest request_;
  int status_ = 200;
  std::string headers_;
  SeenRequest seen_;
  HttpService service_;
};

TEST_F(HttpTest, SendsKeyTokenTraceAndWhatTheStepSays) {
  target_.connect["bearer"] = "hunter2";
  target_.connect["headers.X-Team"] = "shop";
  request_.options.insert({{"method", "PUT"},
                           {"query.q", "a b&c"},
                           {"headers.X-Why", "drift"},
                           {"json.name", "x\",\"admin\":\"true"}});
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(seen_.method, "PUT");
  EXPECT_EQ(seen_.target, "/restart?q=a%20b%26c");
  EXPECT_EQ(seen_.headers["authorization"], "Bearer hunter2");
  EXPECT_EQ(seen_.headers["idempotency-key"], "key-1");
  EXPECT_EQ(seen_.headers["sideband-token"], "42");
  EXPECT_EQ(seen_.headers["x-team"], "shop");
  EXPECT_EQ(seen_.headers["x-why"], "drift");
  EXPECT_EQ(seen_.headers["content-type"], "application/json");
  EXPECT_EQ(seen_.body, R"({"name":"x\",\"admin\":\"true"})") << "a value stays a value";
  const std::string trace = seen_.headers["traceparent"];
  EXPECT_TRUE(trace.starts_with("00-01890a5dac96774bbcceb302099a8057-")) << trace;
  EXPECT_EQ(trace.size(), 55U);
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(seen_.headers["traceparent"], trace) << "the same step is the same span";
}

TEST_F(HttpTest, StatusesSayWhatHappened) {
  EXPECT_EQ(outcome(200).outcome, Outcome::kChanged);
  EXPECT_EQ(outcome(204).outcome, Outcome::kChanged);
  EXPECT_EQ(outcome(409).outcome, Outcome::kRefused);
  EXPECT_EQ(outcome(412).outcome, Outcome::kRefused);
  EXPECT_EQ(outcome(429).outcome, Outcome::kFailed);
  EXPECT_EQ(outcome(429).retry, Retry::kAfter);
  EXPECT_EQ(outcome(503).retry, Retry::kAfter);
  EXPECT_EQ(outcome(403).outcome, Outcome::kFailed);
  EXPECT_EQ(outcome(403).retry, Retry::kPerson);
  EXPECT_EQ(outcome(500).outcome, Outcome::kUnknown);
  EXPECT_EQ(outcome(502).outcome, Outcome::kUnknown);
  EXPECT_THAT(whole_detail(outcome(500)), HasSubstr("answered 500: because"));
  EXPECT_EQ(outcome(500).detail, "answered 500") << "K10.2: the words of a server are not kept";
  request_.options["expect"] = "404";
  EXPECT_EQ(outcome(404).outcome, Outcome::kChanged);
  EXPECT_NE(outcome(200).outcome, Outcome::kChanged) << "only what is expected is";
}

TEST_F(HttpTest, K7_3_ABusyServiceSaysHowLongToWait) {
  EXPECT_FALSE(outcome(403).pause);
  for (const int busy : {408, 425, 429, 503}) {
    EXPECT_EQ(outcome(busy).pause, Duration(0)) << busy;
  }
  headers_ = "Retry-After: 4\r\n";
  EXPECT_EQ(outcome(429).pause, std::chrono::seconds(4));
  EXPECT_THAT(outcome(429).detail, HasSubstr("try again after 4s"));
  headers_ = "Retry-After: Fri, 31 Dec 2199 23:59:59 GMT\r\n";
  EXPECT_GT(*outcome(503).pause, std::chrono::hours(1));
  for (const char* odd : {"soon", "-5", "", "99999999999999999999999"}) {
    headers_ = std::string("Retry-After: ") + odd + "\r\n";
    EXPECT_EQ(outcome(429).outcome, Outcome::kFailed) << odd;
    EXPECT_GE(*outcome(429).pause, Duration(0)) << odd;
  }
}

TEST_F(HttpTest, ARedirectSaysWhereItPointed) {
  headers_ = "Location: http://169.254.169.254/latest\r\n";
  const ChangeOutcome moved = outcome(307);
  EXPECT_EQ(moved.outcome, Outcome::kFailed);
  EXPECT_EQ(moved.retry, Retry::kPerson);
  EXPECT_THAT(moved.detail, HasSubstr("points to http://169.254.169.254/latest"));
  EXPECT_EQ(outcome(302).outcome, Outcome::kUnknown) << "it may point to what was made";
}

TEST_F(HttpTest, WhatIsIdempotentIsDeclared) {
  const auto traits = [&] { return driver_.operation(target_).value()->traits(request_); };
  EXPECT_FALSE(traits().idempotent);
  request_.options["idempotent"] = "true";
  EXPECT_TRUE(traits().idempotent);
  request_.options.erase("idempotent");
  target_.connect["idempotencyHeader"] = "X-Once";
  EXPECT_TRUE(traits().idempotent);
  EXPECT_FALSE(traits().fenced);
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(seen_.headers["x-once"], "key-1");
}

TEST_F(HttpTest, ALookAsksOnly) {
  const auto operation = std::move(driver_.operation(target_)).value();
  request_.look = {{"path", "/state"}};
  ASSERT_TRUE(operation->probe_effect(request_).ok());
  EXPECT_EQ(seen_.method, "GET");
  for (const char* method : {"POST", "DELETE"}) {
    request_.look["method"] = method;
    EXPECT_FALSE(operation->check(request_).ok()) << method;
    EXPECT_FALSE(operation->probe_effect(request_).ok()) << method;
  }
}

TEST_F(HttpTest, TargetsThatCannotBeAreRefused) {
  const auto refuses = [&](const std::string& key, const std::string& value) {
    TargetSettings wrong = target_;
    wrong.connect[key] = value;
    const auto opened = driver_.operation(wrong);
    return !opened.ok() && opened.error().retry == Retry::kPerson;
  };
  EXPECT_TRUE(refuses("url", "http://shop.internal")) << "without TLS to another machine";
  EXPECT_TRUE(refuses("url", "http://127.evil.example"));
  EXPECT_TRUE(refuses("url", "file:///etc/passwd"));
  EXPECT_TRUE(refuses("url", "https://a:b@shop.internal"));
  EXPECT_TRUE(refuses("allow", "everything*"));
  EXPECT_TRUE(refuses("bearer", "a\r\nX: y"));
  EXPECT_TRUE(refuses("headers.X", "a\nb"));
  EXPECT_TRUE(refuses("headers.Authorization", "x"));
  EXPECT_TRUE(refuses("idempotencyHeader", "a b"));
  TargetSettings loud = target_;
  loud.connect["url"] = "http://shop.internal";
  loud.connect["tls"] = "none";
  EXPECT_TRUE(driver_.operation(loud).ok()) << "as somebody asked for";
  EXPECT_EQ(driver_.open(target_, {}, Role::kDesired).error().code, ErrorCode::kUnsupported);
}

// nginx with a certificate of localhost.
class HttpTlsTest : public HttpTest {
 protected:
  void SetUp() override {
    if (::access("/usr/sbin/nginx", X_OK) != 0) GTEST_SKIP() << "SKIPPED: no nginx here";
    const auto made = make_certificate("localhost", clock_.wall() + std::chrono::hours(24));
    spill(dir_.path("site.pem"), made.pem);
    spill(dir_.path("site.key"), made.key);
    const std::string port = std::to_string(free_port());
    spill(dir_.path("nginx.conf"),
          "daemon off; master_process off; pid " + dir_.path("pid") + "; error_log " +
              dir_.path("log") + "; events {} http { access_log off; client_body_temp_path " +
              dir_.path("body") + "; proxy_temp_path " + dir_.path("p") + "; fastcgi_temp_path " +
              dir_.path("f") + "; uwsgi_temp_path " + dir_.path("u") + "; scgi_temp_path " +
              dir_.path("s") + "; server { listen 127.0.0.1:" + port + " ssl; ssl_certificate " +
              dir_.path("site.pem") + "; ssl_certificate_key " + dir_.path("site.key") +
              "; return 200 'hello'; } }");
    nginx_ = std::make_unique<Process>(
        Command{{"/usr/sbin/nginx", "-c", dir_.path("nginx.conf")}, {}, "", dir_.path("err"), ""});
    target_.connect = {{"url", "https://localhost:" + port},
                       {"allow", "localhost"},
                       {"ca", dir_.path("site.pem")}};
    // The first connection that is taken.
    ASSERT_TRUE(until([&] {
      const auto reply = run();
      return reply.ok() || reply.error().code != ErrorCode::kUnavailable;
    })) << slurp(dir_.path("err"));
  }
  TempDir dir_;
  std::unique_ptr<Process> nginx_;
};

TEST_F(HttpTlsTest, AVerifiedServerIsSpokenTo) {
  const auto reply = run();
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->output, R"({"body":"hello","status":200})");
}

TEST_F(HttpTlsTest, HowLongACertificateIsValidIsASignal) {
  const DriverOptions options = {{"tlsExpiry", "true"}};
  const auto reading = (*driver_.signal(target_, "http", options))->read(std::chrono::seconds(10));
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  EXPECT_GT(reading->value, 23 * 3600);
  EXPECT_LE(reading->value, 24 * 3600 + 1);
  target_.connect.erase("ca");
  const auto strange = (*driver_.signal(target_, "http", options))->read(std::chrono::seconds(10));
  ASSERT_FALSE(strange.ok()) << "nobody vouches for it";
  EXPECT_EQ(strange.error().code, ErrorCode::kPermission);
}

TEST_F(HttpTlsTest, AServerThatNobodyVouchesForIsNot) {
  target_.connect.erase("ca");
  const auto strange = run();
  ASSERT_FALSE(strange.ok());
  EXPECT_EQ(strange.error().code, ErrorCode::kPermission) << strange.error().message;
  EXPECT_EQ(strange.error().effect, Effect::kNone);
}

TEST_F(HttpTlsTest, ACertificateOfAnotherNameIsNot) {
  std::string& url = target_.connect["url"];
  url = "https://127.0.0.1" + url.substr(url.rfind(':'));
  target_.connect["allow"] = "127.0.0.1";
  const auto other = run();
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::kPermission) << other.error().message;
}

}  // namespace
}  // namespace sideband
