// A control group of the kernel with a limit of memory, for a process of a test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

namespace sideband {

// Gone with this object; the processes in it must have ended by then.
class MemoryGroup {
 public:
  // Null where this machine or user may make none.
  static std::unique_ptr<MemoryGroup> make(std::int64_t bytes);
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  // The process and what it starts from now on; false where the kernel refuses.
  [[nodiscard]] bool take(pid_t process) const;
  // How often the kernel ended a process in it for want of memory.
  [[nodiscard]] std::int64_t kills() const;

 private:
  MemoryGroup(std::string folder, bool unified) : folder_(std::move(folder)), unified_(unified) {}

  const std::string folder_;
  const bool unified_;  // cgroup v2
};

}  // namespace sideband
