// The management API as a server of the test speaks it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/thread.h"
#include "checkup/for_tests.h"
#include "checkup/rabbit_look.h"

namespace sideband::scan {
namespace {

// Answers one request on loopback with given bytes, and keeps what was asked.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    SB_CHECK(::bind(listener_.get(), any, size) == 0 && ::listen(listener_.get(), 1) == 0);
    SB_CHECK(::getsockname(listener_.get(), any, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = Thread("answer", [this] { serve(); });
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  std::string asked() {
    thread_.join();
    return asked_;
  }

 private:
  void serve() {
    const Fd client(::accept(listener_.get(), nullptr, nullptr));
    char part[4096];
    while (asked_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(client.get(), part, sizeof part, 0);
      if (got <= 0) return;
      asked_.append(part, static_cast<std::size_t>(got));
    }
    for (std::size_t sent = 0; sent < answer_.size();) {
      const ssize_t put =
          ::send(client.get(), answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) return;
      sent += static_cast<std::size_t>(put);
    }
  }

  Fd listener_;
  std::string answer_;
  std::string asked_;
  std::uint16_t port_ = 0;
  Thread thread_;
};

Result<std::vector<RabbitQueue>> ask(OneAnswer& server) {
  const SystemClock clock;
  return rabbit_queues_by_api(server.port(), "me", Secret("pass"),
                              Deadline(clock, std::chrono::seconds(20)));
}

TEST(RabbitApi, QueuesComeWithTheirCredentialsAndColumns) {
  OneAnswer server(
      "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
      R"([{"vhost": "/", "name": "orders.dlq", "messages": 7}])");
  const auto queues = ask(server);
  ASSERT_TRUE(queues.ok());
  ASSERT_EQ(queues->size(), 1U);
  EXPECT_EQ(queues->at(0).messages, 7);
  const std::string asked = server.asked();
  EXPECT_THAT(asked, testing::StartsWith("GET /api/queues?columns=vhost,name,messages,"));
  EXPECT_THAT(asked, testing::HasSubstr("Authorization: Basic bWU6cGFzcw==\r\n"));
}

TEST(RabbitApi, OtherAnswersSayWhatTheyAre) {
  OneAnswer refuses("HTTP/1.1 401 Unauthorized\r\n\r\n");
  EXPECT_EQ(ask(refuses).error().code, ErrorCode::kPermission);
  OneAnswer fails("HTTP/1.1 500 Oops\r\n\r\n");
  EXPECT_THAT(ask(fails).error().message, testing::HasSubstr("HTTP 500"));
  for (const char* bytes : {"", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\n\r\n", "\xff\r\n\r\n"}) {
    OneAnswer odd(bytes);
    EXPECT_FALSE(ask(odd).ok()) << bytes;
  }
}

TEST(RabbitApi, TheProbeReportsWhatItGot) {
  OneAnswer server(
      "HTTP/1.0 200 OK\r\n\r\n"
      R"([{"vhost": "v", "name": "a.dlq", "messages": 1}])");
  ::setenv("SIDEBAND_RABBITMQ_USER", "me", 1);
  ::setenv("SIDEBAND_RABBITMQ_PORT", std::to_string(server.port()).c_str(), 1);
  const ProbeReport report = look_now(&look_at_queues, "/");
  ::unsetenv("SIDEBAND_RABBITMQ_USER");
  ::unsetenv("SIDEBAND_RABBITMQ_PORT");
  EXPECT_THAT(places(report), testing::Contains("rabbitmq v a.dlq"));
}

}  // namespace
}  // namespace sideband::scan
