// A command on its way to a command runner: what is to be started, as bytes, and its three streams.
#pragma once

#include <sys/un.h>

#include <array>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "process/child_process.h"

namespace sideband {

// The command's ends of its input, output and errors.
using ChildStreams = std::array<Fd, 3>;

// Argv, environment, directory and limits; nothing else of a command goes to a runner, because the
// rest is done where it is wanted.
std::string encode_command(const ChildCommand& command);
// kInvalid for what encode_command of this version does not write.
Result<ChildCommand> decode_command(std::string_view bytes);

// kInvalid for a path that is too long for a socket.
Result<sockaddr_un> address_of_runner(const std::string& path);
// Connects to the runner that listens at `path`. kUnavailable where nobody does. Blocks for as long
// as the runner has no room in its queue.
Result<Fd> connect_to_runner(const std::string& path);
// Who made, or listens at, the other end of a connected unix socket.
Result<ChildUser> user_at(int link);
// Hands the command and copies of the descriptors over: sealed memory and SCM_RIGHTS of unix(7).
Result<void> send_command(int link, const ChildCommand& command, const std::array<int, 3>& streams);

struct ReceivedCommand {
  ChildCommand command;
  ChildStreams streams;
};
// What send_command sent. Waits for it, 5 s at most; kCancelled where the other side hung up
// instead, another error for anything else.
Result<ReceivedCommand> receive_command(int link);

}  // namespace sideband
