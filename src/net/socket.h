// A client's stream socket whose every operation has a deadline.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"

namespace sideband {

// Movable; used by one thread at a time. Errors are kTimeout (the deadline passed) or kUnavailable
// (refused, reset, closed by the other side), all with Effect::kNone: what a lost connection means
// for bytes already sent is for the caller to say. After an error the socket is of no more use.
class Socket {
 public:
  // Tries each address of the name in turn. Looking up a name is not under the deadline: it follows
  // resolv.conf, so configurations that cannot wait for it use addresses.
  static Result<Socket> connect_tcp(const std::string& host, std::uint16_t port,
                                    const Deadline& deadline);
  static Result<Socket> connect_unix(const std::string& path, const Deadline& deadline);

  // Sends everything.
  Result<void> send(std::string_view bytes, const Deadline& deadline);
  // Receives at least one byte and says how many.
  Result<std::size_t> receive(char* buffer, std::size_t size, const Deadline& deadline);
  // What is here already; never blocks, and takes nothing.
  enum class Waiting : std::uint8_t { kNothing, kBytes, kEnd };
  [[nodiscard]] Waiting waiting() const;

 private:
  Socket(Fd fd, std::string peer) : fd_(std::move(fd)), peer_(std::move(peer)) {}
  Result<void> connect(const void* address, unsigned length, const Deadline& deadline);
  Result<void> await(short events, const Deadline& deadline) const;
  [[nodiscard]] Error lost(int number, std::string_view what) const;

  Fd fd_;
  std::string peer_;  // for messages
};

}  // namespace sideband
