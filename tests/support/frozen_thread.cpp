#include "support/frozen_thread.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <filesystem>

#include "base/check.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

pid_t thread_named(pid_t process, const std::string& name) {
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    if (slurp(task.path() / "comm") == name + "\n") return std::stoi(task.path().filename());
  }
  return 0;
}

}  // namespace

FrozenThread::FrozenThread(pid_t process, const std::string& name) {
  const pid_t thread = thread_named(process, name);
  SB_CHECK(thread != 0);
  if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) return;
  SB_CHECK(ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0);
  SB_CHECK(waitpid(thread, nullptr, __WALL) == thread);
  thread_ = thread;
}

FrozenThread::~FrozenThread() {
  if (thread_ != 0) ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
}

}  // namespace sideband
