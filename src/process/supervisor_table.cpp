#include "process/supervisor_table.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "base/thread.h"

namespace sideband {
namespace {

constexpr int kOrphanLookMs = 10;
constexpr int kOrphanLooks = 300;

// Since boot, in clock ticks: field 22 of proc(5), behind the name in brackets. 0: it is gone.
std::uint64_t start_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(stat.substr(name_end + 1));
  std::string word;
  for (int field = 3; field <= 22; ++field) rest >> word;
  return rest ? std::stoull(word) : 0;
}

// Each thread has the children that it made; those that were taken over have one of them, too.
std::vector<pid_t> our_children() {
  std::vector<pid_t> children;
  std::error_code failed;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", failed)) {
    std::ifstream list(thread.path() / "children");
    for (pid_t pid = 0; list >> pid;) children.push_back(pid);
  }
  return children;
}

}  // namespace

SupervisorTable::SupervisorTable() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

SupervisorTable& SupervisorTable::instance() {
  static SupervisorTable table;
  return table;
}

pid_t SupervisorTable::start(const ChildPlan& plan) {
  const MutexLock lock(mutex_);
  pid_t pid = -1;
  int why = 0;
  // A command has the priority of whoever forks it, and could not get another one.
  at_normal_priority([&] {
    pid = ::fork();
    if (pid == 0) supervise(plan);
    why = errno;
  });
  errno = why;
  if (pid > 0) running_[pid] = start_of(pid);
  return pid;
}

bool SupervisorTable::kill_orphans(std::uint64_t since) {
  // Held all the while, so that no supervisor begins that is not in the table yet.
  const MutexLock lock(mutex_);
  bool found = false;
  for (const pid_t pid : our_children()) {
    if (running_.contains(pid) || start_of(pid) < since) continue;
    found = true;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, WNOHANG);
  }
  return found;
}

void SupervisorTable::wait_for(pid_t supervisor) {
  int status = 0;
  while (::waitpid(supervisor, &status, 0) < 0 && errno == EINTR) {
  }
  std::uint64_t since = 0;
  {
    const MutexLock lock(mutex_);
    since = running_.at(supervisor);
    running_.erase(supervisor);
  }
  if (!WIFSIGNALED(status)) return;
  // Until a look finds none: what an orphan leaves when it dies comes to us as well.
  for (int look = 0; look < kOrphanLooks && kill_orphans(since); ++look)
    ::poll(nullptr, 0, kOrphanLookMs);
}

}  // namespace sideband
