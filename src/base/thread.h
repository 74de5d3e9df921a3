// A named thread that is joined when its owner goes. The only way to start one outside base/.
//
// Work that can wait runs on background threads: scheduled in batches and with a nice value, so
// that other programs of this machine go first. Linux gives both to each thread by itself
// (sched(7)), hands them on to what a thread starts, and takes neither back without a privilege.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace sideband {

enum class ThreadPriority : std::uint8_t {
  kNormal,      // also when a background thread starts it
  kBackground,  // goes on as kNormal where the system refuses
  kOfStarter,   // as the thread that starts it
};

class Thread {
 public:
  Thread() = default;
  // Runs `body` on a new thread named `name` (15 characters are kept). An exception that leaves
  // `body` ends the process with its message: a dead loop must not look alive.
  Thread(std::string name, std::function<void()> body,
         ThreadPriority priority = ThreadPriority::kNormal);
  Thread(Thread&&) = default;
  Thread& operator=(Thread&&) = default;
  ~Thread() { join(); }
  // Waits until the body returned. A second call does nothing.
  void join();

 private:
  std::thread thread_;
};

// Makes a call and returns when it has ended: here, or where this is a background thread on another
// one, for what would hand its priority on, as fork(2) does. `call` must be short and throw
// nothing.
void at_normal_priority(const std::function<void()>& call);

}  // namespace sideband
