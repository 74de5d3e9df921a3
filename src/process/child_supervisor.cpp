#include "process/child_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>

namespace sideband {
namespace {

constexpr int kLookAgainMs = 20;

void say(int link, ChildWord word, int value) {
  const ChildMessage message{word, value};
  while (::send(link, &message, sizeof message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

// Everything from 3 on but this one.
void close_others(int keep) {
  if (keep > 3) ::close_range(3, static_cast<unsigned>(keep) - 1, 0);
  ::close_range(keep < 3 ? 3 : static_cast<unsigned>(keep) + 1, UINT_MAX, 0);
}

bool limit(__rlimit_resource what, std::int64_t most) {
  if (most <= 0) return true;
  rlimit now{};
  if (::getrlimit(what, &now) != 0) return false;
  // Never above what we may have ourselves.
  const rlim_t wanted = static_cast<rlim_t>(most);
  now.rlim_cur = now.rlim_max = wanted < now.rlim_max ? wanted : now.rlim_max;
  return ::setrlimit(what, &now) == 0;
}

bool set_limits(const ChildLimits& limits) {
  const rlimit none{};
  return ::setrlimit(RLIMIT_CORE, &none) == 0 && limit(RLIMIT_CPU, limits.cpu_seconds) &&
         limit(RLIMIT_AS, limits.memory_bytes) && limit(RLIMIT_NOFILE, limits.files) &&
         limit(RLIMIT_NPROC, limits.processes) && limit(RLIMIT_FSIZE, limits.file_bytes);
}

// By the kernel's calls: those of the C library first tell all threads that it knows of, and
// between fork and exec that can wait for ever.
bool become(const ChildUser* user) {
  if (user == nullptr) return true;
  return ::syscall(SYS_setgroups, 1, &user->gid) == 0 &&
         ::syscall(SYS_setresgid, user->gid, user->gid, user->gid) == 0 &&
         ::syscall(SYS_setresuid, user->uid, user->uid, user->uid) == 0;
}

// By the kernel's call: the C library refuses its own two (32 and 33), which may be ignored by
// whoever started us. All zeros is SIG_DFL without flags and mask, in the kernel's layout.
void forget_signals() {
  const unsigned long plain[4] = {};
  for (int number = 1; number < NSIG; ++number) {
    ::syscall(SYS_rt_sigaction, number, plain, nullptr, sizeof(unsigned long));
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool set_streams(const ChildPlan& plan) {
  return ::dup2(plan.input, STDIN_FILENO) >= 0 && ::dup2(plan.output, STDOUT_FILENO) >= 0 &&
         ::dup2(plan.errors, STDERR_FILENO) >= 0;
}

// When the supervisor is killed, the command dies with it. After the change of user, which would
// forget it.
bool die_with(pid_t supervisor) {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && ::getppid() == supervisor;
}

// The command's process until it is the command.
[[noreturn]] void be_command(const ChildPlan& plan, pid_t supervisor) {
  forget_signals();
  const bool ready = ::setsid() >= 0 && set_streams(plan) &&
                     ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && set_limits(*plan.limits) &&
                     become(plan.user) && die_with(supervisor) && ::chdir(plan.directory) == 0;
  if (ready) {
    close_others(plan.link);
    ::execve(plan.argv[0], plan.argv, plan.environment);
  }
  say(plan.link, ChildWord::kNotStarted, errno);
  ::_exit(127);
}

// SIGKILL for all our children, by the list that the kernel keeps: "12 34 ". What they leave behind
// becomes our child in turn.
void kill_children() {
  const int list = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (list < 0) return;
  char text[4096];
  pid_t pid = 0;
  for (ssize_t got = 0; (got = ::read(list, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < got; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 1) {
        ::kill(pid, SIGKILL);
        pid = 0;
      }
    }
  }
  ::close(list);
}

class Supervisor {
 public:
  Supervisor(int link, int signals, pid_t command)
      : link_(link), signals_(signals), command_(command) {}

  [[noreturn]] void run() {
    while (!killing_) {
      pollfd wanted[2] = {{link_, POLLIN, 0}, {signals_, POLLIN, 0}};
      ::poll(wanted, 2, -1);
      if (wanted[0].revents != 0) obey();
      if (wanted[1].revents != 0) reap();
    }
    for (;;) {
      if (!ended_) ::kill(-command_, SIGKILL);
      kill_children();
      if (!reap()) ::_exit(0);
      pollfd wanted{signals_, POLLIN, 0};
      ::poll(&wanted, 1, kLookAgainMs);
    }
  }

 private:
  void obey() {
    ChildMessage message;
    const ssize_t got = ::recv(link_, &message, sizeof message, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    // Nobody is there any more: the process that wanted this is gone.
    if (got != sizeof message || message.word == ChildWord::kKill) {
      killing_ = true;
    } else if (message.word == ChildWord::kTerminate && !ended_) {
      ::kill(-command_, SIGTERM);
    }
  }

  // False when no child is left.
  bool reap() {
    signalfd_siginfo drained;
    while (::read(signals_, &drained, sizeof drained) > 0) {
    }
    note_end();
    for (;;) {
      const pid_t got = ::waitpid(-1, nullptr, WNOHANG);
      if (got > 0) continue;
      return got == 0 || errno == EINTR;
    }
  }

  // While it is not reaped, the number of its group is nobody else's.
  void note_end() {
    if (ended_) return;
    siginfo_t info{};
    const auto id = static_cast<id_t>(command_);
    if (::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    ::kill(-command_, SIGKILL);
    int status = 0;
    ::waitpid(command_, &status, 0);
    ended_ = killing_ = true;
    say(link_, ChildWord::kEnded, status);
  }

  const int link_;
  const int signals_;
  const pid_t command_;
  bool ended_ = false;
  bool killing_ = false;
};

}  // namespace

void supervise(const ChildPlan& plan) {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::setsid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const pid_t supervisor = ::getpid();
  const pid_t command = ::_Fork();
  if (command == 0) be_command(plan, supervisor);
  if (command < 0) {
    say(plan.link, ChildWord::kNotStarted, errno);
    ::_exit(0);
  }
  // The pipes are the command's: while we had them open, nobody would see their end.
  for (int fd = 0; fd < 3; ++fd) ::close(fd);
  close_others(plan.link);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  Supervisor(plan.link, ::signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC), command).run();
}

}  // namespace sideband
