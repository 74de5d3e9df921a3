// The process between us and a command. Everything here runs after fork(2) in a program with
// threads: only calls of signal-safety(7), no memory is allocated.
#pragma once

#include "process/child_process.h"

namespace sideband {

// Messages on the socket (SOCK_SEQPACKET) between us and the supervisor.
enum class ChildWord : std::uint8_t {
  kEnded,       // from it: value is the wait status of the command
  kNotStarted,  // from the command's process: value is errno
  kTerminate,   // to it: SIGTERM for the command's group
  kKill,        // to it: SIGKILL for everything, then it ends
};
struct ChildMessage {
  ChildWord word = ChildWord::kEnded;
  int value = 0;
};

// What a supervisor needs, as pointers into what its maker keeps until the fork is done.
struct ChildPlan {
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  const char* directory = nullptr;
  const ChildLimits* limits = nullptr;
  const ChildUser* user = nullptr;  // null: ours
  int input = -1;                   // the command's ends of three pipes
  int output = -1;
  int errors = -1;
  int link = -1;  // the supervisor's end of the socket
};

// Never returns: starts the command and ends with the last process that it left.
[[noreturn]] void supervise(const ChildPlan& plan);

}  // namespace sideband
