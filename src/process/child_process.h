// Commands in processes of their own, with everything that they start.
//
// Each one runs below a small supervisor, which is the subreaper (prctl(2)) of whatever the command
// starts: what leaves the process group, or is left behind, is found among the supervisor's
// children and ended. The supervisor tells how the command ended, so that nobody's SIGCHLD handler
// matters, and ends everything by itself when this process dies. Where the command kills it, see
// process/supervisor_table.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"

namespace sideband {

// setrlimit(2); 0 = as this process has it. Files of core dumps are never written.
struct ChildLimits {
  std::int64_t cpu_seconds = 0;
  std::int64_t memory_bytes = 0;  // address space of each process
  std::int64_t files = 0;         // descriptors of each process
  std::int64_t processes = 0;     // of the user, all of them; does not hold for root
  std::int64_t file_bytes = 0;    // of each file that is written
};

struct ChildUser {
  uid_t uid = 0;
  gid_t gid = 0;
};
// kNotFound (for a person) where the system does not know the name.
Result<ChildUser> find_user(const std::string& name);

struct ChildCommand {
  std::vector<std::string> argv;  // argv[0] is an absolute path; nothing goes through a shell
  std::vector<std::string> environment;  // "NAME=value"; there is nothing else in it
  std::string directory = "/";
  std::string input;  // its standard input; then it ends
  ChildLimits limits;
  std::optional<ChildUser> user;  // changing it needs root
  // Socket of a CommandRunner, whose user runs it; not beside `user`. Empty: this process does.
  std::string runner = {};
  std::size_t max_output = 64 * 1024;        // kept of each stream; the rest is read and dropped
  Duration grace = std::chrono::seconds(5);  // between SIGTERM and SIGKILL
};

struct ChildStream {
  std::string text;
  std::size_t dropped = 0;  // bytes beyond those
};

struct ChildEnd {
  // kLost: its supervisor was killed, so nobody knows.
  enum class How : std::uint8_t { kExited, kSignalled, kTimedOut, kStopped, kLost };
  How how = How::kLost;
  int code = -1;  // of kExited the exit code, of kSignalled the signal
  ChildStream out;
  ChildStream err;
};

// Ends a command from another thread. May be pressed before it starts.
class StopSwitch {
 public:
  StopSwitch();
  // Thread-safe; never blocks.
  void press() const;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  Fd fd_;
};

// Runs a command to its end. At the deadline, or when `stop` is pressed, it gets SIGTERM, and after
// the grace everything that it started gets SIGKILL; whatever it leaves behind when it ends gets
// SIGKILL at once. Returns at most grace and a few seconds after the deadline. Thread-safe; blocks.
//
// An error means that the command did not start: nothing was done (Effect::kNone). It cannot gain
// privileges (PR_SET_NO_NEW_PRIVS) and inherits no descriptor and no blocked signal.
Result<ChildEnd> run_child(const ChildCommand& command, const Deadline& deadline,
                           const StopSwitch& stop);

}  // namespace sideband
