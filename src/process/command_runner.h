// Starts commands that another process wants, as the user that this one runs as: so that commands
// of playbooks need not run as the user who owns the state folder, the tokens and the keys.
//
// A connection to its socket is one command. What comes over it is that of the link between a
// process and its own supervisor (process/child_supervisor.h), so both look the same to who waits.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>

#include "base/fd.h"
#include "base/mutex.h"
#include "base/result.h"

namespace sideband {

// Commands at once; further ones are told that there is no room.
inline constexpr int kMaxRunnerCommands = 64;

class CommandRunner {
 public:
  // Listens at `path`, in the place of a socket that nobody listens at. Everybody may connect; only
  // processes of `peer` and of root are served. kConflict where somebody listens there.
  static Result<CommandRunner> listen(const std::string& path, uid_t peer);

  // Serves until `stop`, a descriptor, can be read. What still runs then is ended by whoever wanted
  // it, or ends by itself; returns when nothing runs any more. Blocks.
  void serve(int stop);

 private:
  CommandRunner(Fd socket, uid_t peer) : socket_(std::move(socket)), peer_(peer) {}

  Fd socket_;
  uid_t peer_;
};

}  // namespace sideband
