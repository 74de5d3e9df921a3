#include "process/command_runner.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <list>
#include <memory>
#include <system_error>

#include "base/log.h"
#include "base/thread.h"
#include "process/child_supervisor.h"
#include "process/command_request.h"
#include "process/pointers.h"
#include "process/supervisor_table.h"

namespace sideband {
namespace {

Error cannot_listen(const std::string& path) {
  return Error::unavailable("listening at " + path + ": " +
                            std::error_code(errno, std::generic_category()).message());
}

void refuse(int link, int number) {
  const ChildMessage message{ChildWord::kNotStarted, number};
  (void)::send(link, &message, sizeof message, MSG_NOSIGNAL);
}

// One command, until nothing of it is left.
void run_one(Fd link) {
  auto wanted = receive_command(link.get());
  if (!wanted.ok()) {
    if (wanted.error().code == ErrorCode::kCancelled) return;
    log(LogLevel::kWarn, "a command was not understood", {{"why", wanted.error().message}});
    return refuse(link.get(), EPROTO);
  }
  const ChildCommand& command = wanted->command;
  const auto argv = pointers_to(command.argv);
  const auto environment = pointers_to(command.environment);
  const ChildPlan plan{
      argv.data(), environment.data(),       command.directory.c_str(), &command.limits,
      nullptr,     wanted->streams[0].get(), wanted->streams[1].get(),  wanted->streams[2].get(),
      link.get()};
  const pid_t supervisor = SupervisorTable::instance().start(plan);
  if (supervisor < 0) return refuse(link.get(), errno);
  wanted->streams = {};
  link = Fd();
  SupervisorTable::instance().wait_for(supervisor);
}

// A thread for each command that runs.
class Places {
 public:
  void start(Fd link) {
    join_ended();
    if (places_.size() >= kMaxRunnerCommands) return refuse(link.get(), EAGAIN);
    Place& place = places_.emplace_back();
    const auto shared = std::make_shared<Fd>(std::move(link));
    place.thread = Thread("command", [&place, shared] {
      run_one(std::move(*shared));
      place.ended = true;
    });
  }

 private:
  struct Place {
    std::atomic<bool> ended{false};
    Thread thread;
  };
  void join_ended() {
    places_.remove_if([](const Place& place) { return place.ended.load(); });
  }
  std::list<Place> places_;
};

// One that its owner left behind when it was killed.
bool is_stale(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  return !connect_to_runner(path).ok();
}

}  // namespace

Result<CommandRunner> CommandRunner::listen(const std::string& path, uid_t peer) {
  SB_ASSIGN(const sockaddr_un address, address_of_runner(path));
  if (is_stale(path)) ::unlink(path.c_str());
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return cannot_listen(path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EADDRINUSE) return Error::conflict("something else is at " + path);
    return cannot_listen(path);
  }
  if (::chmod(path.c_str(), 0666) != 0) return cannot_listen(path);
  if (::listen(socket.get(), kMaxRunnerCommands) != 0) return cannot_listen(path);
  return CommandRunner(std::move(socket), peer);
}

void CommandRunner::serve(int stop) {
  Places places;
  for (;;) {
    pollfd wanted[2] = {{socket_.get(), POLLIN, 0}, {stop, POLLIN, 0}};
    if (::poll(wanted, 2, -1) < 0) continue;
    if (wanted[1].revents != 0) return;
    Fd link(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!link.valid()) {
      // Without descriptors the caller stays in the queue until there are some.
      ::poll(&wanted[1], 1, 100);
      continue;
    }
    const auto who = user_at(link.get());
    if (who.ok() && (who->uid == peer_ || who->uid == 0)) {
      places.start(std::move(link));
      continue;
    }
    log(LogLevel::kWarn, "a command of another user was refused",
        {{"uid", who.ok() ? std::to_string(who->uid) : who.error().message}});
    refuse(link.get(), EPERM);
  }
}

}  // namespace sideband
