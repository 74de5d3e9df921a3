// One thread of a child process, stopped by ptrace(2) as if it hung; the others run on.
#pragma once

#include <sys/types.h>

#include <string>

namespace sideband {

// Used by the thread that made it, which must be allowed to trace its children.
class FrozenThread {
 public:
  // Stops the thread of this name (as in /proc/PID/task/TID/comm) and waits until it stands.
  FrozenThread(pid_t process, const std::string& name);
  // Lets it run on.
  ~FrozenThread();
  FrozenThread(const FrozenThread&) = delete;
  FrozenThread& operator=(const FrozenThread&) = delete;

  // False where the kernel does not let us: nothing stands then.
  [[nodiscard]] bool stands() const { return thread_ != 0; }

 private:
  pid_t thread_ = 0;
};

}  // namespace sideband
