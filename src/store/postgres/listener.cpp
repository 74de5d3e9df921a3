#include "store/postgres/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

#include "store/postgres/link.h"

namespace sideband {
namespace {

constexpr int kForever = -1;
constexpr int kAgain = 1000;  // milliseconds before the next attempt

// Takes all words that came; whether there were any.
bool take_words(PGconn* link) {
  bool any = false;
  while (PGnotify* const word = PQnotifies(link)) {
    PQfreemem(word);
    any = true;
  }
  return any;
}

}  // namespace

PostgresListener::PostgresListener(std::string where, std::function<void()> heard)
    : where_(std::move(where)),
      heard_(std::move(heard)),
      end_(::eventfd(0, EFD_CLOEXEC)),
      thread_("store-listener", [this] { loop(); }) {}

PostgresListener::~PostgresListener() {
  const std::uint64_t one = 1;
  const auto written = ::write(end_.get(), &one, sizeof one);
  SB_CHECK(written == sizeof one);
  thread_.join();
}

void PostgresListener::loop() {
  while (wait(-1, 0)) {
    listen();
    if (!wait(-1, kAgain)) return;
  }
}

void PostgresListener::listen() {
  const PgLink link = open_link(where_);
  const PgAnswer answer(PQexec(link.get(), "LISTEN sideband_work"), &PQclear);
  if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return;
  heard_();
  while (wait(PQsocket(link.get()), kForever) && PQconsumeInput(link.get()) == 1) {
    if (take_words(link.get())) heard_();
  }
}

bool PostgresListener::wait(int connection, int milliseconds) const {
  std::array<pollfd, 2> both{pollfd{end_.get(), POLLIN, 0}, pollfd{connection, POLLIN, 0}};
  ::poll(both.data(), both.size(), milliseconds);
  return both[0].revents == 0;
}

}  // namespace sideband
