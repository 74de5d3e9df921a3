#include "app/run_commands.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iostream>

#include "base/fd.h"
#include "base/log.h"
#include "base/service_manager.h"
#include "cli/exit_codes.h"
#include "process/child_process.h"
#include "process/command_runner.h"

namespace sideband {
namespace {

// What can be read once somebody wants us to stop.
Fd stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Fd(::signalfd(-1, &set, SFD_CLOEXEC));
}

Result<uid_t> user_of(const std::string& name) {
  if (name.empty()) return ::geteuid();
  SB_ASSIGN(const ChildUser user, find_user(name));
  return user.uid;
}

Result<void> listen_and_serve(const cli::RunnerOptions& options) {
  SB_ASSIGN(const uid_t peer, user_of(options.peer));
  const Fd stop = stop_signals();
  SB_ASSIGN(CommandRunner runner, CommandRunner::listen(options.socket, peer));
  log(LogLevel::kInfo, "running commands",
      {{"socket", options.socket}, {"for_uid", std::to_string(peer)}});
  notify_ready("running commands for uid " + std::to_string(peer));
  runner.serve(stop.get());
  notify_stopping();
  ::unlink(options.socket.c_str());
  log(LogLevel::kInfo, "stopped");
  return {};
}

}  // namespace

int run_commands(const cli::RunnerOptions& options) {
  configure_log(LogLevel::kInfo, LogFormat::kLogfmt);
  ::signal(SIGPIPE, SIG_IGN);
  const auto served = listen_and_serve(options);
  if (served.ok()) return cli::kOk;
  std::cerr << "sideband: " << served.error().message << "\n";
  return cli::exit_code_of(served.error().code);
}

}  // namespace sideband
