#include "process/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "process/child_supervisor.h"
#include "process/command_request.h"
#include "process/pointers.h"
#include "process/supervisor_table.h"

namespace sideband {
namespace {

// How long what was killed may take to be gone: a process that waits for a broken disk is not.
constexpr Duration kToBeGone = std::chrono::seconds(3);

std::string words_of(int number) {
  return std::error_code(number, std::generic_category()).message();
}

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) == 0) return Pipe{Fd(ends[0]), Fd(ends[1])};
  return Error::unavailable("making a pipe: " + words_of(errno));
}

void unblock(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

Error not_started(const std::string& path, int number) {
  const std::string message = "starting " + path + ": " + words_of(number);
  switch (number) {
    case EAGAIN:
    case ENOMEM:
    case ENFILE:
    case EMFILE:
    case ETXTBSY:
      return Error::unavailable(message);
    case EACCES:
    case EPERM:
      return Error::permission(message);
    default: {
      Error error = Error::invalid(message);
      error.retry = Retry::kPerson;
      return error;
    }
  }
}

// As write(2), but a reader that is gone is an error and never a signal.
ssize_t write_quietly(int fd, std::string_view bytes) {
  sigset_t broken;
  sigset_t before;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken, &before);
  const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
  const int failure = errno;
  const timespec now{};
  if (wrote < 0 && failure == EPIPE) ::sigtimedwait(&broken, nullptr, &now);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = failure;
  return wrote;
}

// One command from its start to its end, on the caller's thread.
class Child {
 public:
  explicit Child(const ChildCommand& command) : command_(command) {}
  ~Child() {
    if (pid_ <= 0) return;
    link_ = Fd();
    // It ends with its link at the latest; what hangs in the kernel below it is left.
    ::kill(pid_, SIGKILL);
    SupervisorTable::instance().wait_for(pid_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  Result<void> start();
  // With the command's ends of its streams.
  Result<void> start_here(int in, int out, int err);
  Result<void> start_at_runner(int in, int out, int err);
  Result<ChildEnd> run(const Deadline& deadline, const StopSwitch& stop);

 private:
  enum class Phase : std::uint8_t { kRunning, kTerminated, kKilled };

  void until(const Deadline& deadline, const StopSwitch* stop);
  void feed();
  void take(Fd& from, ChildStream& into) const;
  void listen();
  void tell(ChildWord word) const;

  const ChildCommand& command_;
  pid_t pid_ = 0;  // of a supervisor of our own
  Fd link_;
  Fd in_, out_, err_;
  std::size_t fed_ = 0;
  bool gone_ = false;     // the supervisor, and so everything
  bool stopped_ = false;  // `stop` was pressed
  std::optional<int> status_;
  std::optional<int> failure_;
  ChildEnd end_;
};

Result<void> Child::start() {
  SB_ASSIGN(Pipe in, make_pipe());
  SB_ASSIGN(Pipe out, make_pipe());
  SB_ASSIGN(Pipe err, make_pipe());
  SB_TRY(command_.runner.empty()
             ? start_here(in.read.get(), out.write.get(), err.write.get())
             : start_at_runner(in.read.get(), out.write.get(), err.write.get()));
  in_ = std::move(in.write);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  for (const int fd : {in_.get(), out_.get(), err_.get()}) unblock(fd);
  return {};
}

Result<void> Child::start_at_runner(int in, int out, int err) {
  SB_ASSIGN(link_, connect_to_runner(command_.runner));
  const auto sent = send_command(link_.get(), command_, {in, out, err});
  if (sent.ok()) return {};
  listen();  // one that refuses us says so before it hangs up
  return failure_ ? not_started(command_.argv[0], *failure_) : sent;
}

Result<void> Child::start_here(int in, int out, int err) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error::unavailable("making a socket: " + words_of(errno));
  }
  link_ = Fd(ends[0]);
  const Fd theirs(ends[1]);
  const auto argv = pointers_to(command_.argv);
  const auto environment = pointers_to(command_.environment);
  const ChildPlan plan{argv.data(),
                       environment.data(),
                       command_.directory.c_str(),
                       &command_.limits,
                       command_.user ? &*command_.user : nullptr,
                       in,
                       out,
                       err,
                       theirs.get()};
  pid_ = SupervisorTable::instance().start(plan);
  if (pid_ < 0) return not_started(command_.argv[0], errno);
  return {};
}

void Child::tell(ChildWord word) const {
  const ChildMessage message{word, 0};
  while (::send(link_.get(), &message, sizeof message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void Child::feed() {
  const std::string_view rest = std::string_view(command_.input).substr(fed_);
  const ssize_t took = rest.empty() ? 0 : write_quietly(in_.get(), rest);
  if (took > 0) fed_ += static_cast<std::size_t>(took);
  const bool refused = took < 0 && errno != EAGAIN && errno != EINTR;
  if (refused || fed_ == command_.input.size()) in_ = Fd();
}

void Child::take(Fd& from, ChildStream& into) const {
  std::array<char, 16 * 1024> part;
  const ssize_t got = ::read(from.get(), part.data(), part.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    from = Fd();
    return;
  }
  const auto size = static_cast<std::size_t>(got);
  const std::size_t room = command_.max_output - std::min(into.text.size(), command_.max_output);
  into.text.append(part.data(), std::min(size, room));
  into.dropped += size - std::min(size, room);
}

void Child::listen() {
  ChildMessage message;
  ssize_t got = ::recv(link_.get(), &message, sizeof message, MSG_DONTWAIT);
  // A runner that refuses does not read what we sent, which is told before what it said.
  if (got < 0 && errno == ECONNRESET) {
    got = ::recv(link_.get(), &message, sizeof message, MSG_DONTWAIT);
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got != sizeof message) {
    gone_ = true;
    // Where it was killed, what it left would hold the pipes open.
    if (pid_ > 0) SupervisorTable::instance().wait_for(std::exchange(pid_, 0));
  } else if (message.word == ChildWord::kEnded) {
    status_ = message.value;
  } else if (message.word == ChildWord::kNotStarted) {
    failure_ = message.value;
  }
}

// Until everything is gone and all output is read, the deadline passes, or `stop` is pressed.
void Child::until(const Deadline& deadline, const StopSwitch* stop) {
  while (!gone_ || out_.valid() || err_.valid()) {
    std::array<pollfd, 5> wanted = {{{in_.get(), POLLOUT, 0},
                                     {out_.get(), POLLIN, 0},
                                     {err_.get(), POLLIN, 0},
                                     {gone_ ? -1 : link_.get(), POLLIN, 0},
                                     {stop == nullptr ? -1 : stop->fd(), POLLIN, 0}}};
    const int ready = ::poll(wanted.data(), wanted.size(), deadline.left_ms());
    if (ready == 0 && deadline.passed()) return;
    if (ready <= 0) continue;
    if (wanted[0].revents != 0) feed();
    if (wanted[1].revents != 0) take(out_, end_.out);
    if (wanted[2].revents != 0) take(err_, end_.err);
    if (wanted[3].revents != 0) listen();
    if (wanted[4].revents != 0) {
      stopped_ = true;
      return;
    }
  }
}

Result<ChildEnd> Child::run(const Deadline& deadline, const StopSwitch& stop) {
  const Clock& clock = deadline.clock();
  until(deadline, &stop);
  const bool ended = gone_ || status_ || failure_;
  if (!ended) {
    tell(ChildWord::kTerminate);
    until(Deadline(clock, command_.grace), nullptr);
  }
  if (!gone_) {
    tell(ChildWord::kKill);
    until(Deadline(clock, kToBeGone), nullptr);
  }
  if (failure_) return not_started(command_.argv[0], *failure_);
  if (!ended) {
    end_.how = stopped_ ? ChildEnd::How::kStopped : ChildEnd::How::kTimedOut;
  } else if (status_) {
    const bool exited = WIFEXITED(*status_);
    end_.how = exited ? ChildEnd::How::kExited : ChildEnd::How::kSignalled;
    end_.code = exited ? WEXITSTATUS(*status_) : WTERMSIG(*status_);
  }
  return std::move(end_);
}

}  // namespace

StopSwitch::StopSwitch() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  SB_CHECK(fd_.valid());
}

void StopSwitch::press() const {
  const std::uint64_t one = 1;
  SB_CHECK(::write(fd_.get(), &one, sizeof one) == sizeof one);
}

Result<ChildUser> find_user(const std::string& name) {
  std::array<char, 16 * 1024> buffer;
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return ChildUser{entry.pw_uid, entry.pw_gid};
  Error error = Error::not_found("there is no user '" + name + "' on this machine");
  error.retry = Retry::kPerson;
  return error;
}

Result<ChildEnd> run_child(const ChildCommand& command, const Deadline& deadline,
                           const StopSwitch& stop) {
  SB_CHECK(!command.argv.empty());
  if (deadline.passed()) return Error::timeout("no time left to start", Effect::kNone);
  pollfd pressed{stop.fd(), POLLIN, 0};
  if (::poll(&pressed, 1, 0) > 0) {
    return Error{ErrorCode::kCancelled, "stopped before it was started", Retry::kNever};
  }
  Child child(command);
  SB_TRY(child.start());
  return child.run(deadline, stop);
}

}  // namespace sideband
