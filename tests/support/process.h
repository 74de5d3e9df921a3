// Child processes of a test: started with their output in files, waited for with a deadline, ended
// by their process id. None outlives the test program.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sideband {

struct Command {
  std::vector<std::string> argv;           // argv[0] is looked up in PATH
  std::map<std::string, std::string> env;  // besides the environment of the test
  std::string out;                         // file for standard output, appended; empty = /dev/null
  std::string err;                         // the same for standard error
  std::string folder;                      // to run in; empty = the test's own
};

// How a process ended: with an exit code, or by a signal.
struct Ended {
  int code = -1;
  int signal = 0;
};

// Used by one thread at a time; the thread that starts it must outlive it.
class Process {
 public:
  explicit Process(const Command& command);
  // Kills it when it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Blocks until it ended; nothing when it still runs after `limit`.
  std::optional<Ended> wait(Duration limit);
  bool running() { return !wait(Duration(0)); }

 private:
  pid_t pid_;
  std::optional<Ended> ended_;
};

// A process that ran to its end.
struct Finished {
  int code = -1;  // the exit code; -1 = did not end in time or ended by a signal
  int signal = 0;
  std::string out;
  std::string err;
};

// Runs a command to its end and captures its output. It is killed after `limit`. `command.out` and
// `command.err` are not used.
Finished run_to_end(Command command, Duration limit = std::chrono::seconds(60));

}  // namespace sideband
