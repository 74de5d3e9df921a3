#include "checkup/tool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/fd.h"

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxErr = 4096;

[[noreturn]] void be_tool(const std::string& path, const std::vector<std::string>& argv, int out,
                          int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  std::vector<std::string> env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"};
  if (const char* const home = std::getenv("HOME")) env.push_back(std::string("HOME=") + home);
  std::vector<char*> words, variables;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& variable : env) variables.push_back(const_cast<char*>(variable.c_str()));
  words.push_back(nullptr);
  variables.push_back(nullptr);
  ::execve(path.c_str(), words.data(), variables.data());
  ::_exit(127);
}

struct Stream {
  Fd fd;
  std::string* text;
};

// False when the stream ended or has said too much.
bool take(Stream& stream, std::size_t most, bool& overflow) {
  char part[16 * 1024];
  const ssize_t got = ::read(stream.fd.get(), part, sizeof part);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  stream.text->append(part, static_cast<std::size_t>(got));
  overflow = overflow || stream.text->size() > most;
  return !overflow;
}

Result<void> read_both(std::array<Stream, 2>& streams, std::size_t most, const Deadline& deadline) {
  bool overflow = false;
  while (streams[0].fd.valid() || streams[1].fd.valid()) {
    std::array<pollfd, 2> waiting{pollfd{streams[0].fd.get(), POLLIN, 0},
                                  pollfd{streams[1].fd.get(), POLLIN, 0}};
    if (deadline.passed()) return Error::timeout("no answer in time", Effect::kNone);
    if (::poll(waiting.data(), waiting.size(), deadline.left_ms()) < 0 && errno != EINTR) break;
    for (std::size_t i = 0; i < 2; ++i) {
      if (waiting[i].revents == 0) continue;
      if (!take(streams[i], most, overflow)) streams[i].fd = Fd();
      if (i == 1 && streams[1].text->size() > kMaxErr) streams[1].text->resize(kMaxErr);
    }
    if (overflow) return Error::invalid("it said more than " + std::to_string(most) + " bytes");
  }
  return {};
}

}  // namespace

std::string find_tool(const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  }
  return "";
}

Result<ToolOutput> run_tool(const std::vector<std::string>& argv, const Deadline& deadline,
                            std::size_t most) {
  const std::string path = find_tool(argv.at(0));
  if (path.empty()) return Error::not_found(argv[0] + " is not installed");
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return Error::internal("pipe: no descriptor");
  Fd out_read(out[0]), out_write(out[1]);
  if (::pipe2(err, O_CLOEXEC) != 0) return Error::internal("pipe: no descriptor");
  Fd err_read(err[0]), err_write(err[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return Error::internal("cannot start another process");
  if (pid == 0) be_tool(path, argv, out[1], err[1]);
  out_write = Fd();
  err_write = Fd();
  ToolOutput output;
  std::array<Stream, 2> streams{Stream{std::move(out_read), &output.out},
                                Stream{std::move(err_read), &output.err}};
  const auto read = read_both(streams, most, deadline);
  if (!read.ok()) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!read.ok()) return read.error().in(argv[0]);
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

}  // namespace sideband::scan
