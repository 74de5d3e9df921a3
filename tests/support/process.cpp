#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fd.h"
#include "support/temp_dir.h"

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace sideband {
namespace {

std::vector<std::string> environment(const std::map<std::string, std::string>& changed) {
  std::vector<std::string> lines;
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string text = *line;
    if (!changed.contains(text.substr(0, text.find('=')))) lines.push_back(text);
  }
  for (const auto& [name, value] : changed) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

Fd output_file(const std::string& path) {
  const char* const name = path.empty() ? "/dev/null" : path.c_str();
  Fd file(open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  SB_CHECK(file.valid());
  return file;
}

pid_t start(const Command& command) {
  // Everything is prepared before the fork: after it, in a program with threads, nothing may
  // allocate.
  const auto lines = environment(command.env);
  const auto argv = pointers(command.argv);
  const auto env = pointers(lines);
  const Fd out = output_file(command.out);
  const Fd err = output_file(command.err);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  SB_CHECK(pid >= 0);
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!command.folder.empty() && chdir(command.folder.c_str()) != 0) _exit(127);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(out.get(), STDOUT_FILENO);
  dup2(err.get(), STDERR_FILENO);
  execvpe(argv[0], argv.data(), env.data());
  _exit(127);
}

// True when `pid` ended within `limit`: the kernel tells, nobody polls.
bool ends_within(pid_t pid, Duration limit) {
  const Fd handle(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  SB_CHECK(handle.valid());
  pollfd wanted{handle.get(), POLLIN, 0};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  return poll(&wanted, 1, static_cast<int>(ms)) == 1;
}

}  // namespace

Process::Process(const Command& command) : pid_(start(command)) {}

Process::~Process() {
  if (ended_) return;
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
  if (!ended_) kill(pid_, number);
}

std::optional<Ended> Process::wait(Duration limit) {
  if (ended_ || !ends_within(pid_, limit)) return ended_;
  int status = 0;
  SB_CHECK(waitpid(pid_, &status, 0) == pid_);
  ended_ = WIFEXITED(status) ? Ended{WEXITSTATUS(status), 0} : Ended{-1, WTERMSIG(status)};
  return ended_;
}

Finished run_to_end(Command command, Duration limit) {
  const TempDir dir;
  command.out = dir.path("out");
  command.err = dir.path("err");
  Process process(command);
  const auto ended = process.wait(limit);
  Finished result;
  if (ended) {
    result.code = ended->code;
    result.signal = ended->signal;
  }
  result.out = slurp(command.out);
  result.err = slurp(command.err) + (ended ? "" : "\n(killed: it took too long)\n");
  return result;
}

}  // namespace sideband
