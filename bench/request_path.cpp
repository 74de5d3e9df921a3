// Stands for the request path that sideband must not disturb: asks at a fixed rate and prints how
// long the answers took, as one JSON line. Open loop: a request's clock starts when it was due.
//
//   request_path redis SOCKET RATE SECONDS KEYS   GET item:1..KEYS, every fifth a SET of session:N
//   request_path files FOLDER RATE SECONDS        opens and reads a random file below FOLDER
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "support.h"

namespace sideband {
namespace {

constexpr std::size_t kConnections = 8;

// When requests are due, and how long they took.
class Pace {
 public:
  Pace(std::int64_t per_second, std::int64_t seconds)
      : per_second_(per_second), count_(per_second * seconds), begin_(clock_.mono()) {
    took_us_.reserve(static_cast<std::size_t>(count_));
  }

  [[nodiscard]] bool all_begun() const { return begun_ == count_; }
  [[nodiscard]] bool all_done() const { return std::ssize(took_us_) == count_; }
  [[nodiscard]] bool is_due() const { return !all_begun() && clock_.mono() >= due(); }
  // Begins the next request; returns when it was due.
  MonoTime begin() {
    const MonoTime at = due();
    ++begun_;
    return at;
  }
  void end(MonoTime due) { took_us_.push_back((clock_.mono() - due).count()); }

  // Until the next request is due, for ppoll; with `free` false only an answer matters.
  [[nodiscard]] timespec left(bool free) const {
    const MonoTime now = clock_.mono();
    const bool timed = free && !all_begun();
    return time_until(timed ? due() : now + std::chrono::milliseconds(100), now);
  }

  void print(const std::string& kind, std::int64_t reads) {
    std::sort(took_us_.begin(), took_us_.end());
    const auto at = [&](double share) {
      return took_us_[static_cast<std::size_t>(share * static_cast<double>(took_us_.size() - 1))];
    };
    std::cout << fmt::format(
        "{{\"kind\":\"{}\",\"requests\":{},\"reads\":{},\"p50_us\":{},\"p95_us\":{},"
        "\"p99_us\":{},\"p999_us\":{},\"max_us\":{}}}\n",
        kind, count_, reads, at(0.5), at(0.95), at(0.99), at(0.999), took_us_.back());
  }

 private:
  [[nodiscard]] MonoTime due() const { return begin_ + Duration(begun_ * 1'000'000 / per_second_); }

  const SystemClock clock_;
  const std::int64_t per_second_;
  const std::int64_t count_;
  const MonoTime begin_;
  std::int64_t begun_ = 0;
  std::vector<std::int64_t> took_us_;
};

// Connections to Redis with one request each under way.
class RedisRequests {
 public:
  RedisRequests(const std::string& socket, std::int64_t keys) : keys_(keys) {
    for (Connection& connection : connections_) {
      connection.fd = connect_to(socket);
      ask(connection, {"CLIENT", "SETNAME", "request-path"});
      while (!has_answer(connection)) receive(connection);
    }
  }

  void run(Pace& pace) {
    while (!pace.all_done()) {
      for (Connection& connection : connections_) {
        if (connection.busy || !pace.is_due()) continue;
        connection.due = pace.begin();
        connection.busy = true;
        ask_something(connection);
      }
      wait(pace);
    }
  }

  [[nodiscard]] std::int64_t reads() const { return reads_; }

 private:
  struct Connection {
    int fd = -1;
    bool busy = false;
    MonoTime due;
    std::string in;
  };

  static void ask(Connection& connection, const std::vector<std::string>& words) {
    std::string out = fmt::format("*{}\r\n", words.size());
    for (const std::string& word : words) out += fmt::format("${}\r\n{}\r\n", word.size(), word);
    connection.in.clear();
    if (write(connection.fd, out.data(), out.size()) != std::ssize(out)) die("short write");
  }

  void ask_something(Connection& connection) {
    const std::string number = std::to_string(pick_(random_) % keys_ + 1);
    if (++asked_ % 5 == 0) return ask(connection, {"SET", "session:" + number, "seen"});
    ++reads_;
    ask(connection, {"GET", "item:" + number});
  }

  static void receive(Connection& connection) {
    char buffer[4096];
    const ssize_t length = read(connection.fd, buffer, sizeof buffer);
    if (length <= 0) die("Redis closed a connection");
    connection.in.append(buffer, static_cast<std::size_t>(length));
  }

  // One whole reply: a line, or a line with a length and that many bytes.
  static bool has_answer(const Connection& connection) {
    const std::string& in = connection.in;
    const std::size_t line = in.find("\r\n");
    if (line == std::string::npos) return false;
    if (in[0] == '-') die("Redis said " + in);
    const std::int64_t bytes = in[0] == '$' ? std::atoll(in.c_str() + 1) : -1;
    return bytes < 0 || in.size() >= line + 4 + static_cast<std::size_t>(bytes);
  }

  void wait(Pace& pace) {
    std::vector<pollfd> polled;
    bool free = false;
    for (const Connection& connection : connections_) {
      polled.push_back({connection.busy ? connection.fd : -1, POLLIN, 0});
      free = free || !connection.busy;
    }
    const timespec left = pace.left(free);
    ppoll(polled.data(), polled.size(), &left, nullptr);
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents == 0) continue;
      receive(connections_[i]);
      if (!has_answer(connections_[i])) continue;
      connections_[i].busy = false;
      pace.end(connections_[i].due);
    }
  }

  const std::int64_t keys_;
  std::mt19937_64 random_{1};
  std::uniform_int_distribution<std::int64_t> pick_{0, 1'000'000'000};
  std::vector<Connection> connections_{kConnections};
  std::int64_t asked_ = 0;
  std::int64_t reads_ = 0;
};

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  if (files.empty()) die("no file below " + folder);
  return files;
}

void read_whole(const std::string& path) {
  char buffer[65536];
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("cannot open " + path);
  while (read(fd, buffer, sizeof buffer) > 0) {
  }
  close(fd);
}

void read_files(const std::string& folder, Pace& pace) {
  const std::vector<std::string> files = files_below(folder);
  std::mt19937_64 random{2};
  while (!pace.all_done()) {
    if (!pace.is_due()) {
      const timespec left = pace.left(true);
      ppoll(nullptr, 0, &left, nullptr);
      continue;
    }
    const MonoTime due = pace.begin();
    read_whole(files[random() % files.size()]);
    pace.end(due);
  }
}

int run(const std::vector<std::string>& words) {
  prctl(PR_SET_TIMERSLACK, 1000);  // nanoseconds; the default of 50 us would be in each figure
  const auto number = [&](std::size_t i) { return std::atoll(words.at(i).c_str()); };
  if (words.at(0) == "redis") {
    RedisRequests requests(words.at(1), number(4));
    Pace pace(number(2), number(3));
    requests.run(pace);
    pace.print("redis", requests.reads());
    return 0;
  }
  Pace pace(number(2), number(3));
  read_files(words.at(1), pace);
  pace.print("files", number(2) * number(3));
  return 0;
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool redis = words.size() == 5 && words[0] == "redis";
  const bool files = words.size() == 4 && words[0] == "files";
  if (redis || files) return sideband::run(words);
  std::cerr << "usage: request_path redis SOCKET RATE SECONDS KEYS | files FOLDER RATE SECONDS\n";
  return 2;
}
