#include "checkup/runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <exception>

#include "base/units.h"

namespace sideband::scan {
namespace {

// What one probe may say; its notes are bounded far below.
constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
constexpr Duration kTick = std::chrono::seconds(1);

struct Running {
  ProbeReport report;
  Fd pipe;
  pid_t pid = -1;
  std::string text;  // received and not yet a whole line
  std::size_t received = 0;

  [[nodiscard]] bool open() const { return pipe.valid(); }
};

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) ::_exit(1);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

// A little earlier than the kill, so that a probe can still say what it leaves out.
Duration polite(Duration limit) {
  return limit - limit / 10;
}

[[noreturn]] void be_probe(const Probe& probe, const Tree& tree, const ScanOptions& options,
                           const Clock& clock, int out) {
  // A session of its own: its tools are killed with it, and without a terminal nothing can ask for
  // a password. It does not outlive a Ctrl-C.
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::signal(SIGPIPE, SIG_IGN);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  Notes notes(probe.kind, [out](const std::string& line) { write_all(out, line + "\n"); });
  const Deadline deadline(clock, polite(options.timeout));
  Look look{tree, deadline, options.within, notes};
  try {
    probe.look(look);
  } catch (const std::exception& error) {
    notes.gap("the rest", error.what());
  }
  notes.finish();
  ::_exit(0);
}

Result<void> start(Running& running, const Probe& probe, const Tree& tree,
                   const ScanOptions& options, const Clock& clock) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return Error::internal("pipe: no descriptor");
  running.pipe = Fd(ends[0]);
  const Fd out(ends[1]);
  ::fcntl(out.get(), F_SETFL, 0);  // the probe's end blocks
  running.pid = ::fork();
  if (running.pid == 0) be_probe(probe, tree, options, clock, out.get());
  if (running.pid < 0) running.pipe = Fd();
  return running.pid < 0 ? Error::internal("cannot start another process") : Result<void>();
}

void take_lines(Running& running) {
  for (std::size_t end = running.text.find('\n'); end != std::string::npos;
       end = running.text.find('\n')) {
    const auto read = read_note(running.text.substr(0, end), running.report);
    if (!read.ok()) running.report.gaps.push_back({"a note of the probe", read.error().message});
    running.text.erase(0, end + 1);
  }
}

void end(Running& running, const std::string& why) {
  ::kill(-running.pid, SIGKILL);
  ::kill(running.pid, SIGKILL);  // it may not have its session yet
  running.pipe = Fd();
  if (!why.empty()) running.report.gaps.push_back({"the rest", why});
}

// How the process ended, where it has ended: one that hangs in the kernel is left to init.
std::string ending(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) != pid) return "";
  if (WIFSIGNALED(status))
    return "the probe crashed (signal " + std::to_string(WTERMSIG(status)) +
           "); what it said until then is shown";
  return WEXITSTATUS(status) == 0 ? "" : "the probe failed";
}

// Everything that is there to read.
void receive(Running& running) {
  char part[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(running.pipe.get(), part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return;
    if (got == 0) break;
    running.received += static_cast<std::size_t>(got);
    running.text.append(part, static_cast<std::size_t>(got));
    take_lines(running);
    if (running.received > kMaxBytes) return end(running, "it had too much to say");
  }
  // The pipe closes a little before the process has ended; a blocking wait would trust it to.
  siginfo_t ended{};
  pollfd none{-1, 0, 0};
  const auto id = static_cast<id_t>(running.pid);
  for (int tries = 0; tries < 200 && ended.si_pid != running.pid; ++tries) {
    if (::waitid(P_PID, id, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) break;
    if (ended.si_pid != running.pid) ::poll(&none, 0, 5);
  }
  end(running, "");
  const std::string why = ending(running.pid);
  if (!why.empty()) running.report.gaps.push_back({"the rest", why});
}

std::vector<std::string> kinds_of(const std::vector<Running>& all) {
  std::vector<std::string> kinds;
  for (const Running& running : all) {
    if (running.open()) kinds.push_back(running.report.kind);
  }
  return kinds;
}

void wait_for_some(std::vector<Running>& all, const Deadline& deadline, const Deadline& tick) {
  std::vector<pollfd> waiting;
  for (const Running& running : all) waiting.push_back({running.pipe.get(), POLLIN, 0});
  const int limit_ms = std::max(1, std::min(deadline.left_ms(), tick.left_ms()));
  if (::poll(waiting.data(), waiting.size(), limit_ms) <= 0) return;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (waiting[i].revents != 0 && all[i].open()) receive(all[i]);
  }
}

void run_to_end(std::vector<Running>& all, const ScanOptions& options, const Clock& clock,
                const Progress& progress) {
  const Deadline deadline(clock, options.timeout);
  const MonoTime began = clock.mono();
  Deadline tick(clock, kTick);
  bool told = false;
  while (!kinds_of(all).empty() && !deadline.passed()) {
    wait_for_some(all, deadline, tick);
    for (Running& running : all) {
      if (!running.open() && running.report.took.count() == 0) {
        running.report.took = clock.mono() - began;
      }
    }
    if (!tick.passed()) continue;
    tick = Deadline(clock, kTick);
    if (progress && !kinds_of(all).empty()) progress(kinds_of(all)), told = true;
  }
  for (Running& running : all) {
    if (!running.open()) continue;
    running.report.took = clock.mono() - began;
    end(running,
        "no answer within " + format_duration(options.timeout) + "; --timeout gives it longer");
    ending(running.pid);
  }
  if (told) progress({});
}

}  // namespace

Result<std::vector<ProbeReport>> run_probes(const std::vector<Probe>& probes,
                                            const ScanOptions& options, const Clock& clock,
                                            const Progress& progress) {
  SB_ASSIGN(const Tree tree, Tree::open(options.root));
  std::vector<Running> all(probes.size());
  for (std::size_t i = 0; i < probes.size(); ++i) {
    all[i].report.kind = probes[i].kind;
    if (probes[i].live && !tree.is_this_machine()) {
      all[i].report.gaps.push_back({"everything", "--root looks at files only"});
      continue;
    }
    const auto started = start(all[i], probes[i], tree, options, clock);
    if (!started.ok()) all[i].report.gaps.push_back({"everything", started.error().message});
  }
  run_to_end(all, options, clock, progress);
  std::vector<ProbeReport> reports;
  for (Running& running : all) reports.push_back(std::move(running.report));
  return reports;
}

}  // namespace sideband::scan
