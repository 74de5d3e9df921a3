// Durable repairs over the API: submits repairs of single keys one by one, with a number of them in
// flight, and waits for each to converge. Prints one JSON line.
//
//   api_bench SOCKET TOKEN_FILE RECONCILER FIRST_KEY COUNT IN_FLIGHT [PER_SECOND | submit]
//
// With PER_SECOND the loop is open: a repair's clock starts when it was due. With "submit" a
// submission is answered when the repair is accepted, and the run ends when all have converged, as
// queues are usually measured.
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "support.h"

namespace sideband {
namespace {

struct Arguments {
  std::string socket;
  std::string token;
  std::string reconciler;
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::size_t in_flight = 1;
  std::int64_t per_second = 0;
  bool submit_only = false;
};

struct Connection {
  int fd = -1;
  bool busy = false;
  MonoTime started;
  std::string answer;
};

class Load {
 public:
  explicit Load(Arguments arguments) : arguments_(std::move(arguments)) {
    connections_.resize(arguments_.in_flight);
    for (Connection& connection : connections_) connection.fd = connect_to(arguments_.socket);
    latencies_.reserve(static_cast<std::size_t>(arguments_.count));
  }

  void run() {
    prctl(PR_SET_TIMERSLACK, 1000);  // nanoseconds; for the open loop
    const std::int64_t before = arguments_.submit_only ? converged() : 0;
    begin_ = clock_.mono();
    while (done_ < arguments_.count) {
      for (Connection& connection : connections_) {
        if (!connection.busy) submit(connection);
      }
      wait();
    }
    while (arguments_.submit_only && converged() < before + arguments_.count) {
      if (clock_.mono() > begin_ + kLongest) break;
      const timespec pause{0, 5'000'000};
      ppoll(nullptr, 0, &pause, nullptr);
    }
    end_ = clock_.mono();
    if (arguments_.submit_only) failed_ = before + arguments_.count - converged();
  }

  void print() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [&](double share) {
      const auto last = static_cast<double>(latencies_.size() - 1);
      return static_cast<double>(latencies_[static_cast<std::size_t>(share * last)]) / 1000.0;
    };
    const double seconds = static_cast<double>((end_ - begin_).count()) / 1e6;
    std::cout << fmt::format(
        "{{\"repairs\":{},\"in_flight\":{},\"per_second\":{:.0f},\"p50_ms\":{:.3f},"
        "\"p95_ms\":{:.3f},\"p99_ms\":{:.3f},\"client_cpu_us\":{:.1f},\"not_converged\":{}}}\n",
        done_, arguments_.in_flight, static_cast<double>(done_) / seconds, at(0.5), at(0.95),
        at(0.99), cpu_us() / static_cast<double>(done_), failed_);
  }

  [[nodiscard]] bool good() const { return failed_ == 0; }

 private:
  static constexpr Duration kLongest = std::chrono::minutes(5);

  // Repairs that converged so far, by the daemon's own counter.
  std::int64_t converged() {
    std::string text = ask(connections_.front().fd, "GET /metrics HTTP/1.1\r\nHost: s\r\n\r\n");
    std::int64_t sum = 0;
    const std::string series = "sideband_repairs_total{";
    for (std::size_t at = text.find(series); at != std::string::npos; at = text.find(series, at)) {
      const std::string line = text.substr(at, text.find('\n', at) - at);
      at += series.size();
      if (line.find("outcome=\"converged\"") == std::string::npos) continue;
      sum += std::llround(std::strtod(line.c_str() + line.rfind(' '), nullptr));
    }
    return sum;
  }

  // When the next repair is due, in the open loop.
  [[nodiscard]] MonoTime due() const {
    if (arguments_.per_second == 0) return begin_;
    return begin_ + Duration(submitted_ * 1'000'000 / arguments_.per_second);
  }

  void submit(Connection& connection) {
    if (submitted_ == arguments_.count || clock_.mono() < due()) return;
    const std::string body = fmt::format(R"({{"reconciler":"{}","keys":["{}"]}})",
                                         arguments_.reconciler, arguments_.first + submitted_);
    const std::string request = fmt::format(
        "POST /api/v1/repairs{} HTTP/1.1\r\nHost: s\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        arguments_.submit_only ? "" : "?wait=60s", arguments_.token, body.size(), body);
    connection.started = arguments_.per_second == 0 ? clock_.mono() : due();
    connection.busy = true;
    connection.answer.clear();
    ++submitted_;
    if (write(connection.fd, request.data(), request.size()) !=
        static_cast<ssize_t>(request.size())) {
      die("short write");
    }
  }

  void wait() {
    std::vector<pollfd> polled;
    for (const Connection& connection : connections_) {
      polled.push_back({connection.busy ? connection.fd : -1, POLLIN, 0});
    }
    // Without a free connection, or in a closed loop, only an answer matters.
    const bool free = std::any_of(connections_.begin(), connections_.end(),
                                  [](const Connection& connection) { return !connection.busy; });
    const MonoTime now = clock_.mono();
    const bool timed = free && arguments_.per_second > 0 && submitted_ < arguments_.count;
    const timespec left = time_until(timed ? due() : now + std::chrono::milliseconds(100), now);
    ppoll(polled.data(), polled.size(), &left, nullptr);
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0) receive(connections_[i]);
    }
  }

  // Reads what is there; true once the answer is whole.
  static bool read_more(int fd, std::string& answer) {
    char buffer[8192];
    const ssize_t length = read(fd, buffer, sizeof buffer);
    if (length <= 0) die("the daemon closed a connection");
    answer.append(buffer, static_cast<std::size_t>(length));
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t size = answer.find("Content-Length: ");
    if (head == std::string::npos || size == std::string::npos) return false;
    const auto body = static_cast<std::size_t>(std::atoll(answer.c_str() + size + 16));
    return answer.size() >= head + 4 + body;
  }

  static std::string ask(int fd, const std::string& request) {
    if (write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size())) {
      die("short write");
    }
    std::string answer;
    while (!read_more(fd, answer)) {
    }
    return answer;
  }

  void receive(Connection& connection) {
    if (!read_more(connection.fd, connection.answer)) return;
    const char* const good = arguments_.submit_only ? "HTTP/1.1 202" : R"("state":"converged")";
    if (connection.answer.find(good) == std::string::npos) {
      if (failed_++ == 0) std::cerr << connection.answer << "\n";
    }
    latencies_.push_back((clock_.mono() - connection.started).count());
    connection.busy = false;
    ++done_;
  }

  const Arguments arguments_;
  const SystemClock clock_;
  std::vector<Connection> connections_;
  std::vector<std::int64_t> latencies_;
  MonoTime begin_;
  MonoTime end_;
  std::int64_t submitted_ = 0;
  std::int64_t done_ = 0;
  std::int64_t failed_ = 0;
};

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  if (argc < 7) {
    std::cerr << "usage: api_bench SOCKET TOKEN_FILE RECONCILER FIRST_KEY COUNT IN_FLIGHT "
                 "[PER_SECOND | submit]\n";
    return 2;
  }
  sideband::Arguments arguments;
  arguments.socket = argv[1];
  std::ifstream(argv[2]) >> arguments.token;
  arguments.reconciler = argv[3];
  arguments.first = std::atoll(argv[4]);
  arguments.count = std::atoll(argv[5]);
  arguments.in_flight = static_cast<std::size_t>(std::atoll(argv[6]));
  arguments.submit_only = argc > 7 && std::string(argv[7]) == "submit";
  arguments.per_second = argc > 7 && !arguments.submit_only ? std::atoll(argv[7]) : 0;
  sideband::Load load(arguments);
  load.run();
  load.print();
  return load.good() ? 0 : 1;
}
