// The HTTP client against services that are not what they seem: where it may go, what it takes.
#include "net/http_client.h"

#include <gmock/gmock.h>

#include "support/http_service.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;
constexpr Duration kCallLimit = std::chrono::seconds(20);

std::string refusal_of(const std::string& host, const std::vector<std::string>& allow = {}) {
  const auto rules = AddressRules::parse(allow);
  EXPECT_TRUE(rules.ok());
  const auto addresses = resolve_host(host);
  if (!addresses) return "no address";
  return rules->refusal(host, addresses->at(0));
}

TEST(AddressRules, RefuseEveryFormOfAnAddressThatIsNotPublic) {
  for (const char* host : {"127.0.0.1",
                           "::1",
                           "0",
                           "0177.1",
                           "2130706433",
                           "0x7f.1",
                           "127.1",
                           "::ffff:127.0.0.1",
                           "::ffff:7f00:1",
                           "localhost",
                           "localhost.",
                           "169.254.169.254",
                           "::ffff:169.254.169.254",
                           "fe80::1",
                           "10.1.2.3",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.0.1",
                           "100.64.0.1",
                           "fd00:ec2::254",
                           "fc00::1",
                           "0.0.0.0",
                           "::",
                           "255.255.255.255",
                           "224.0.0.1",
                           "ff02::1",
                           "64:ff9b::7f00:1",
                           "64:ff9b::a9fe:a9fe",
                           "2002:7f00:1::1",
                           "2002:a9fe:a9fe::",
                           "::127.0.0.1",
                           "198.18.0.1",
                           "192.0.0.192",
                           "240.0.0.1",
                           "2001:db8::1",
                           "fec0::1"}) {
    EXPECT_NE(refusal_of(host), "") << host;
  }
  for (const char* host : {"93.184.216.34", "172.32.0.1", "172.15.255.255", "100.128.0.1",
                           "2606:2800:220:1::1", "11.0.0.1", "64:ff9b::5db8:d822"}) {
    EXPECT_EQ(refusal_of(host), "") << host;
  }
}

TEST(AddressRules, AllowWhatIsNamedAndNothingBeside) {
  EXPECT_EQ(refusal_of("10.1.2.3", {"10.1.0.0/16"}), "");
  EXPECT_NE(refusal_of("10.2.2.3", {"10.1.0.0/16"}), "");
  EXPECT_EQ(refusal_of("::ffff:127.0.0.1", {"127.0.0.0/8"}), "");
  EXPECT_EQ(refusal_of("fd00::5", {"fd00::/8"}), "");
  EXPECT_EQ(refusal_of("localhost", {"LocalHost."}), "");
  const auto rules = AddressRules::parse({"shop.internal"});
  const auto metadata = resolve_host("169.254.169.254");
  EXPECT_THAT(rules->refusal("shop.internal", metadata->at(0)), HasSubstr("link-local"))
      << "a name does not open the way to credentials";
  for (const char* wrong : {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "http://x", "", "a b",
                            "1234", "::/129", "*.internal"}) {
    EXPECT_FALSE(AddressRules::parse({wrong}).ok()) << wrong;
  }
}

TEST(HttpBase, IsAPlainUrl) {
  const auto base = parse_http_base("https://Shop.internal:8443/api/");
  ASSERT_TRUE(base.ok()) << base.error().message;
  EXPECT_EQ(base->port, "8443");
  EXPECT_EQ(base->path, "/api");
  EXPECT_EQ(parse_http_base("http://[::1]:80")->host, "::1");
  for (const char* wrong : {"file:///etc/passwd",
                            "gopher://x/_a",
                            "unix:/run/x",
                            "ftp://x",
                            "//x",
                            "x",
                            "",
                            "http://a@b",
                            "http://a:b@c",
                            "http://@b",
                            "http://x/?a=b",
                            "http://x/#a",
                            "http://x/a b",
                            "http://x\r\nHost: y",
                            "http://x/%0d%0aX",
                            "http://x/../y",
                            "http://",
                            "http:///a",
                            "http://[fe80::1%25eth0]/",
                            "http://x:99999"}) {
    EXPECT_FALSE(parse_http_base(wrong).ok()) << wrong;
  }
}

TEST(HttpText, NothingSmugglesALineOrAnotherPath) {
  for (const char* good : {"/", "/a/b", "/a%20b", "/..a/b..", "/a;b=1,2:3@x", "/%C3%A9"}) {
    EXPECT_TRUE(is_plain_path(good)) << good;
  }
  for (const char* bad : {"",     "a",    "//x",    "/a/..",     "/../a",  "/./a",  "/a?b",
                          "/a#b", "/a b", "/a\r\n", "/%2e%2e/a", "/a%2Fb", "/a%5c", "/a%0d%0a",
                          "/%",   "/%4",  "/%zz",   "/\xc3",     "/%252e", "/a\\b", "/a\tb"}) {
    EXPECT_FALSE(is_plain_path(bad)) << bad;
  }
  EXPECT_FALSE(is_header_value("a\r\nb"));
  EXPECT_FALSE(is_header_value(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_header_name("a b"));
  EXPECT_FALSE(is_header_name(""));
  EXPECT_EQ(url_encoded("a b&c=d/é"), "a%20b%26c%3dd%2f%c3%a9");
}

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() { policy_.addresses = AddressRules::parse({"127.0.0.1"}).value(); }

  Result<HttpReply> call(const std::string& url, Duration timeout = kCallLimit) {
    auto base = parse_http_base(url);
    EXPECT_TRUE(base.ok()) << url;
    return http_call(*base, policy_, call_, Deadline(clock_, timeout), stop_);
  }
  Result<HttpReply> call(const HttpService::Handler& handler, Duration timeout = kCallLimit) {
    const HttpService service(handler);
    return call(service.url(), timeout);
  }

  SystemClock clock_;
  HttpPolicy policy_;
  HttpCall call_{"POST", "/act?x=1", {"X-A: b"}, "{\"a\":1}", true};
  std::atomic<bool> stop_{false};
};

TEST_F(HttpClientTest, SendsWhatItIsGivenAndTakesTheAnswer) {
  SeenRequest seen;
  const auto reply = call([&](const SeenRequest& request, const HttpClientSide& client) {
    seen = request;
    client.answer(201, "made", "Retry-After: 7\r\n");
  });
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->body, "made");
  EXPECT_EQ(reply->retry_after, std::chrono::seconds(7));
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/act?x=1");
  EXPECT_EQ(seen.headers["x-a"], "b");
  EXPECT_EQ(seen.body, "{\"a\":1}");
  EXPECT_FALSE(seen.headers.contains("expect"));
}

TEST_F(HttpClientTest, AnAddressThatIsNotAllowedIsNeverSpokenTo) {
  std::atomic<int> connections{0};
  const HttpService service([&](const SeenRequest&, const HttpClientSide& client) {
    ++connections;
    client.answer(200);
  });
  policy_.addresses = AddressRules::parse({}).value();
  const std::string port = ":" + std::to_string(service.port());
  for (const char* host : {"127.0.0.1", "localhost", "0177.1", "2130706433", "[::ffff:127.0.0.1]",
                           "0", "localhost.", "127.1"}) {
    const auto refused = call("http://" + (host + port));
    ASSERT_FALSE(refused.ok()) << host;
    // Not every machine knows each of these names.
    const bool unknown = refused.error().message.starts_with("looking up");
    EXPECT_TRUE(unknown || refused.error().code == ErrorCode::kPermission)
        << refused.error().message;
    EXPECT_EQ(refused.error().effect, Effect::kNone);
  }
  EXPECT_EQ(connections, 0);
}

TEST_F(HttpClientTest, WithoutTlsOnlyThisMachineIsSpokenTo) {
  policy_.only_loopback = true;
  policy_.addresses = AddressRules::parse({"0.0.0.0/0"}).value();
  EXPECT_THAT(call("http://192.0.2.1").error().message, HasSubstr("without TLS"));
}

TEST_F(HttpClientTest, RedirectsAreNotFollowed) {
  std::atomic<int> inside{0};
  const HttpService internal([&](const SeenRequest&, const HttpClientSide& client) {
    ++inside;
    client.answer(200, "secret");
  });
  for (const int status : {301, 302, 303, 307, 308}) {
    const auto reply = call([&](const SeenRequest&, const HttpClientSide& client) {
      client.answer(status, "", "Location: " + internal.url() + "/\r\n");
    });
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->location, internal.url() + "/");
  }
  EXPECT_EQ(inside, 0);
}

TEST_F(HttpClientTest, ProxiesOfTheEnvironmentAreNotUsed) {
  std::atomic<int> proxied{0};
  const HttpService proxy([&](const SeenRequest&, const HttpClientSide& client) {
    ++proxied;
    client.answer(200);
  });
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
    ::setenv(name, proxy.url().c_str(), 1);
  }
  const auto reply =
      call([](const SeenRequest&, const HttpClientSide& client) { client.answer(204); });
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->status, 204);
  EXPECT_EQ(proxied, 0);
}

TEST_F(HttpClientTest, LongBodiesAndHeadersAreBounded) {
  policy_.max_body = 1000;
  const auto long_body = call([](const SeenRequest&, const HttpClientSide& client) {
    client.answer(200, std::string(50'000, 'x'));
  });
  ASSERT_TRUE(long_body.ok());
  EXPECT_EQ(long_body->body.size(), 1000U);
  EXPECT_EQ(long_body->dropped, 49'000U);
  const auto endless = call([](const SeenRequest&, const HttpClientSide& client) {
    client.send("HTTP/1.1 200 OK\r\n\r\n");
    while (client.send(std::string(65536, 'x'))) {
    }
  });
  ASSERT_TRUE(endless.ok()) << endless.error().message;
  EXPECT_EQ(endless->body.size(), 1000U);
  const auto headers = call([](const SeenRequest&, const HttpClientSide& client) {
    client.send("HTTP/1.1 200 OK\r\n");
    while (client.send("X-Long: " + std::string(1000, 'y') + "\r\n")) {
    }
  });
  ASSERT_FALSE(headers.ok());
  EXPECT_EQ(headers.error().effect, Effect::kMaybe);
}

TEST_F(HttpClientTest, ASlowBodyEndsAtTheDeadline) {
  const MonoTime before = clock_.mono();
  const auto slow = call(
      [](const SeenRequest&, const HttpClientSide& client) {
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while (!client.await_end(std::chrono::milliseconds(50)) && client.send("x")) {
        }
      },
      std::chrono::milliseconds(500));
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(slow.error().effect, Effect::kMaybe);
  EXPECT_LT(clock_.mono() - before, std::chrono::seconds(5));
}

TEST_F(HttpClientTest, WhatWasNotSentChangedNothing) {
  int port = 0;
  {
    const HttpService gone([](const SeenRequest&, const HttpClientSide&) {});
    port = gone.port();
  }
  const auto refused = call("http://127.0.0.1:" + std::to_string(port));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().effect, Effect::kNone) << refused.error().message;
  EXPECT_EQ(refused.error().retry, Retry::kAfter);
  const auto name = call("http://no-such-host.invalid");
  EXPECT_EQ(name.error().effect, Effect::kNone);
  EXPECT_EQ(name.error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, WhatWasSentAndNotAnsweredMayHaveHappened) {
  const auto hung_up = call([](const SeenRequest&, const HttpClientSide&) {});
  ASSERT_FALSE(hung_up.ok());
  EXPECT_EQ(hung_up.error().effect, Effect::kMaybe) << hung_up.error().message;
  const auto cut = call([](const SeenRequest&, const HttpClientSide& client) {
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
  });
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().effect, Effect::kMaybe);
  const auto nonsense =
      call([](const SeenRequest&, const HttpClientSide& client) { client.send("what?\r\n\r\n"); });
  ASSERT_FALSE(nonsense.ok());
  EXPECT_EQ(nonsense.error().effect, Effect::kMaybe);
}

// Some libraries take it for a 200.
TEST_F(HttpClientTest, WhatIsNoStatusLineIsNoAnswer) {
  for (const char* line :
       {"HtTP/1.1 412 X", "http/1.1 412 X", "HTTP/1.1 41", "HTTP/1.1  412 X", "HTTP/1.1 4120 X",
        "HTTP/1.1 4x2 X", "HTTP/1.1 999 X", "HTTP/1.1 000 X", "HTTP/1.1", "HTTP/9.9 200 X",
        "HTTP/2 200", "HTTP 200 X", "ICY 200 OK", "HTTP/1.1-200 X", " HTTP/1.1 200 X"}) {
    const auto reply = call([&](const SeenRequest&, const HttpClientSide& client) {
      client.send(std::string(line) + "\r\nContent-Length: 0\r\n\r\n");
    });
    ASSERT_FALSE(reply.ok()) << line << " " << reply->status;
    EXPECT_EQ(reply.error().effect, Effect::kMaybe) << line;
  }
  for (const char* line : {"HTTP/1.0 204 X", "HTTP/1.1 204", "HTTP/1.1 204 "}) {
    const auto reply = call([&](const SeenRequest&, const HttpClientSide& client) {
      client.send(std::string(line) + "\r\n\r\n");
    });
    ASSERT_TRUE(reply.ok()) << line << " " << reply.error().message;
    EXPECT_EQ(reply->status, 204);
  }
}

TEST_F(HttpClientTest, AHeadThatIsCutIsNoAnswer) {
  for (const char* head :
       {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n\r",
        "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"}) {
    const auto reply =
        call([&](const SeenRequest&, const HttpClientSide& client) { client.send(head); });
    ASSERT_FALSE(reply.ok()) << head;
    EXPECT_EQ(reply.error().effect, Effect::kMaybe) << reply.error().message;
  }
}

TEST_F(HttpClientTest, APauseOfAnyLengthIsBounded) {
  for (const char* pause :
       {"9223372036854775807", "99999999999999999999", "-1", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
    const auto reply = call([&](const SeenRequest&, const HttpClientSide& client) {
      client.answer(503, "", std::string("Retry-After: ") + pause + "\r\n");
    });
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    const Duration asked = reply->retry_after.value_or(Duration(0));
    EXPECT_GE(asked, Duration(0)) << pause;
    EXPECT_LE(asked, std::chrono::hours(24 * 366)) << pause;
  }
}

TEST_F(HttpClientTest, AServerWithoutAGoodCertificateIsNotSpokenTo) {
  const HttpService plain([](const SeenRequest&, const HttpClientSide&) {});
  const auto none = call("https://127.0.0.1:" + std::to_string(plain.port()), kCallLimit / 10);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().effect, Effect::kNone) << none.error().message;
}

}  // namespace
}  // namespace sideband
