// Hears of work that other nodes queued, by LISTEN on a connection of its own. It only wakes: who
// misses a word finds the work with the next look.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/thread.h"

namespace sideband {

class PostgresListener {
 public:
  // What nodes notify; RepairRows says it in the transaction that queues.
  static constexpr const char* kChannel = "sideband_work";

  // Calls `heard` on a thread of its own: after each word, and after each connection, since what
  // was said before was missed. `heard` must not block.
  PostgresListener(std::string where, std::function<void()> heard);
  ~PostgresListener();
  PostgresListener(const PostgresListener&) = delete;
  PostgresListener& operator=(const PostgresListener&) = delete;

 private:
  void loop();
  void listen();
  // Until the connection (-1 = none) has input, the listener ends, or the time is over; false when
  // it ends.
  bool wait(int connection, int milliseconds) const;

  const std::string where_;
  const std::function<void()> heard_;
  const Fd end_;  // an eventfd that is written once
  Thread thread_;
};

}  // namespace sideband
