#include "process/command_request.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstring>
#include <system_error>

#include "base/bytes.h"

namespace sideband {
namespace {

// Changes with what encode_command writes.
constexpr char kVersion = '1';
// The kernel takes 2 MiB of arguments and variables together.
constexpr std::size_t kMaxCommand = 4 << 20;
// Who connects sends at once.
constexpr int kPatienceMs = 5000;
constexpr std::size_t kDescriptors = 4;  // the bytes of the command, and its streams

Error system_error(const std::string& what) {
  return Error::unavailable(what + ": " +
                            std::error_code(errno, std::generic_category()).message());
}

void put_strings(std::string& out, const std::vector<std::string>& texts) {
  put_varint(out, texts.size());
  for (const std::string& text : texts) put_string(out, text);
}

Result<std::vector<std::string>> get_strings(ByteReader& in) {
  SB_ASSIGN(const std::uint64_t count, in.get_varint());
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < count; ++i) {
    SB_ASSIGN(const std::string_view text, in.get_string());
    if (text.find('\0') != std::string_view::npos) return Error::invalid("a NUL in a text");
    texts.emplace_back(text);
  }
  return texts;
}

Result<std::int64_t> get_limit(ByteReader& in) {
  SB_ASSIGN(const std::uint64_t value, in.get_varint());
  return static_cast<std::int64_t>(value);
}

Result<ChildLimits> get_limits(ByteReader& in) {
  ChildLimits limits;
  for (std::int64_t ChildLimits::*member :
       {&ChildLimits::cpu_seconds, &ChildLimits::memory_bytes, &ChildLimits::files,
        &ChildLimits::processes, &ChildLimits::file_bytes}) {
    SB_ASSIGN(limits.*member, get_limit(in));
  }
  return limits;
}

// The bytes in memory that has a descriptor and cannot change any more.
Result<Fd> as_memory(const std::string& bytes) {
  Fd memory(::memfd_create("command", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.valid()) return system_error("making memory for a command");
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t wrote = ::write(memory.get(), bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno != EINTR) return system_error("writing a command");
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (::fcntl(memory.get(), F_ADD_SEALS, seals) != 0) return system_error("sealing a command");
  return memory;
}

Result<std::string> from_memory(int memory) {
  struct stat size {};
  if (::fstat(memory, &size) != 0) return system_error("reading a command");
  if (!S_ISREG(size.st_mode) || static_cast<std::size_t>(size.st_size) > kMaxCommand) {
    return Error::invalid("no command, or one that is too large");
  }
  std::string bytes(static_cast<std::size_t>(size.st_size), '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got =
        ::pread(memory, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got == 0 || (got < 0 && errno != EINTR)) return system_error("reading a command");
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return bytes;
}

// A message of one byte with room for our descriptors.
struct Envelope {
  Envelope() {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  char version = kVersion;
  iovec part{&version, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kDescriptors)] = {};
  msghdr message{};
};

}  // namespace

std::string encode_command(const ChildCommand& command) {
  std::string out(1, kVersion);
  put_strings(out, command.argv);
  put_strings(out, command.environment);
  put_string(out, command.directory);
  const ChildLimits& limits = command.limits;
  for (const std::int64_t limit : {limits.cpu_seconds, limits.memory_bytes, limits.files,
                                   limits.processes, limits.file_bytes}) {
    put_varint(out, static_cast<std::uint64_t>(limit));
  }
  return out;
}

Result<ChildCommand> decode_command(std::string_view bytes) {
  if (!bytes.starts_with(kVersion)) return Error::invalid("a command of another version");
  ByteReader in(bytes.substr(1));
  ChildCommand command;
  SB_ASSIGN(command.argv, get_strings(in));
  SB_ASSIGN(command.environment, get_strings(in));
  SB_ASSIGN(const std::string_view directory, in.get_string());
  command.directory = directory;
  SB_ASSIGN(command.limits, get_limits(in));
  if (command.argv.empty() || !command.argv[0].starts_with('/') || !in.done()) {
    return Error::invalid("no command");
  }
  return command;
}

Result<sockaddr_un> address_of_runner(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error::invalid("the path is too long: " + path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

Result<Fd> connect_to_runner(const std::string& path) {
  SB_ASSIGN(const sockaddr_un address, address_of_runner(path));
  Fd link(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!link.valid()) return system_error("making a socket");
  if (::connect(link.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return link;
  }
  return system_error("no command runner answers at " + path +
                      " (`sideband run-commands`, in the package the service sideband-commands)");
}

Result<ChildUser> user_at(int link) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(link, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return system_error("asking who is at the other end");
  }
  return ChildUser{peer.uid, peer.gid};
}

Result<void> send_command(int link, const ChildCommand& command,
                          const std::array<int, 3>& streams) {
  SB_ASSIGN(const Fd memory, as_memory(encode_command(command)));
  const int descriptors[kDescriptors] = {memory.get(), streams[0], streams[1], streams[2]};
  Envelope envelope;
  cmsghdr* const rights = CMSG_FIRSTHDR(&envelope.message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof descriptors);
  std::memcpy(CMSG_DATA(rights), descriptors, sizeof descriptors);
  while (::sendmsg(link, &envelope.message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return system_error("asking the command runner");
  }
  return {};
}

Result<ReceivedCommand> receive_command(int link) {
  pollfd wanted{link, POLLIN, 0};
  if (::poll(&wanted, 1, kPatienceMs) <= 0) return Error::timeout("no command came", Effect::kNone);
  Envelope envelope;
  ssize_t got = 0;
  while ((got = ::recvmsg(link, &envelope.message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (got == 0) return Error{ErrorCode::kCancelled, "nobody asks any more", Retry::kNever};
  int descriptors[kDescriptors] = {-1, -1, -1, -1};
  const cmsghdr* const rights = CMSG_FIRSTHDR(&envelope.message);
  const bool any = got >= 0 && rights != nullptr && rights->cmsg_type == SCM_RIGHTS;
  const std::size_t bytes = any ? rights->cmsg_len - CMSG_LEN(0) : 0;
  if (any) std::memcpy(descriptors, CMSG_DATA(rights), bytes);
  const Fd memory(descriptors[0]);
  ReceivedCommand received{{}, {Fd(descriptors[1]), Fd(descriptors[2]), Fd(descriptors[3])}};
  const bool whole = got == 1 && bytes == sizeof descriptors && envelope.version == kVersion &&
                     (envelope.message.msg_flags & MSG_CTRUNC) == 0;
  if (!whole) return Error::invalid("no command of this version came");
  SB_ASSIGN(const std::string text, from_memory(memory.get()));
  SB_ASSIGN(received.command, decode_command(text));
  return received;
}

}  // namespace sideband
