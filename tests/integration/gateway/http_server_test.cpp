// The server by itself: callers that hang up while their request is worked on.
#include "gateway/http_server.h"

#include <gtest/gtest.h>

#include <future>

#include "support/http_peer.h"
#include "support/temp_dir.h"
#include "support/until.h"

namespace sideband {
namespace {

// Takes each request and lets the test answer it.
class Holding final : public HttpHandler {
 public:
  struct Taken {
    HttpRequest request;
    HttpRespond respond;
  };
  HttpAdmission admit(const HttpRequest&) override {
    return HttpAdmission::admit([this](HttpRequest request, const HttpRespond& respond) {
      next_.set_value({std::move(request), respond});
    });
  }
  void turned_away(Listener /*listener*/) override {}
  void handshake_ended(bool /*well*/) override {}
  Taken take() {
    Taken taken = next_.get_future().get();
    next_ = {};
    return taken;
  }

 private:
  std::promise<Taken> next_;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    HttpOptions options;
    options.unix_path = dir_.path("s.sock");
    server_ = std::move(HttpServer::bind(options)).value();
    server_->serve(handler_);
  }
  ~HttpServerTest() override { server_->stop(); }
  std::unique_ptr<HttpPeer> ask(const std::string& path) {
    auto peer = std::make_unique<HttpPeer>(dir_.path("s.sock"));
    peer->send(http_request("GET", path));
    return peer;
  }

  TempDir dir_;
  Holding handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, K9_4_ACallerThatHangsUpIsNoticed) {
  auto peer = ask("/one");
  const Holding::Taken taken = handler_.take();
  EXPECT_FALSE(*taken.request.gone);
  peer.reset();
  EXPECT_TRUE(until([&] { return taken.request.gone->load(); }));
  taken.respond({});
  // The server goes on.
  const auto other = ask("/two");
  handler_.take().respond({});
  EXPECT_EQ(other->receive().status, 200);
}

TEST_F(HttpServerTest, K9_4_OneThatAsksMoreMeanwhileIsNotGone) {
  const auto peer = ask("/one");
  const Holding::Taken taken = handler_.take();
  peer->send(http_request("GET", "/two"));
  const auto other = ask("/three");  // behind it, whoever is noticed has been
  const Holding::Taken last = handler_.take();
  EXPECT_FALSE(*taken.request.gone);
  taken.respond({});
  EXPECT_EQ(peer->receive().status, 200);
  const Holding::Taken next = handler_.take();
  EXPECT_EQ(next.request.path, "/two");
  next.respond({});
  last.respond({});
  EXPECT_EQ(peer->receive().status, 200);
  EXPECT_EQ(other->receive().status, 200);
}

}  // namespace
}  // namespace sideband
