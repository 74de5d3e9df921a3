// A named thread that is joined when its owner goes. The only way to start one outside base/.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace sideband {

class Thread {
 public:
  Thread() = default;
  // Runs `body` on a new thread named `name` (15 characters are kept). An exception that leaves
  // `body` ends the process with its message: a dead loop must not look alive.
  Thread(std::string name, std::function<void()> body);
  Thread(Thread&&) = default;
  Thread& operator=(Thread&&) = default;
  ~Thread() { join(); }
  // Waits until the body returned. A second call does nothing.
  void join();

 private:
  std::thread thread_;
};

}  // namespace sideband
