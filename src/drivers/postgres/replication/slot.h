// A temporary slot of logical decoding and the stream from it.
// https://www.postgresql.org/docs/15/protocol-replication.html
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "drivers/postgres/client/connection.h"

namespace sideband {

struct PgPiece {
  std::string message;      // of the plugin; empty where the server only tells its place
  std::uint64_t place = 0;  // where the log has been read to, and everything sent; else 0
};

// Used by one thread at a time; has a connection of its own, and the slot ends with it.
class PgSlot {
 public:
  // Connects and asks for the slot. kPermission with what to run where the role may not replicate.
  static Result<std::unique_ptr<PgSlot>> open(const PgEndpoint& endpoint, std::string name,
                                              std::string publication, const Deadline& deadline);

  // Whether the stream has begun. The server makes the slot only when every transaction has ended
  // that ran before: false when the deadline passes first; ask again.
  Result<bool> begun(const Deadline& deadline);
  // The next piece; nothing when the deadline passes. An error when the stream has ended.
  Result<std::optional<PgPiece>> next(const Deadline& deadline);
  // What is before `place` may be forgotten. Told to the server at most once a second, unless it
  // asks, and at least every three.
  Result<void> confirm(std::uint64_t place, const Deadline& deadline);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int backend() const { return connection_->backend(); }

 private:
  PgSlot(std::unique_ptr<PgConnection> connection, std::string name, std::string publication)
      : connection_(std::move(connection)),
        name_(std::move(name)),
        publication_(std::move(publication)) {}
  [[nodiscard]] std::string start_command() const;

  const std::unique_ptr<PgConnection> connection_;
  const std::string name_;
  const std::string publication_;
  bool begun_ = false;
  bool asked_ = false;  // the server wants to hear from us
  std::uint64_t told_ = 0;
  MonoTime told_at_{};
};

}  // namespace sideband
