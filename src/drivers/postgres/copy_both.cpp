// Long commands and streams in both directions of a PgConnection.
// https://www.postgresql.org/docs/15/libpq-copy.html
#include <poll.h>

#include "drivers/postgres/connection.h"

namespace sideband {

Result<void> PgConnection::send(const std::string& command) {
  if (PQsendQuery(link_.get(), command.c_str()) == 0) return lost();
  return {};
}

Result<bool> PgConnection::answered(const Deadline& deadline) {
  SB_TRY(flush(deadline));
  while (PQisBusy(link_.get()) != 0) {
    SB_ASSIGN(const bool ready, wait(POLLIN, deadline));
    if (!ready || deadline.passed()) return false;
    if (PQconsumeInput(link_.get()) == 0) return lost();
  }
  // The answer is there: this takes what is left of it.
  SB_TRY(finish(Deadline(deadline.clock(), most_), "EXECUTE"));
  return true;
}

Result<void> PgConnection::begin_stream(const std::string& command, const Deadline& deadline) {
  SB_TRY(send(command));
  SB_ASSIGN(PGresult* const raw, next_result(deadline));
  const PgAnswer begun(raw);
  if (PQresultStatus(raw) == PGRES_COPY_BOTH) return {};
  return raw == nullptr ? lost() : error_of(raw, "EXECUTE");
}

Result<std::optional<std::string>> PgConnection::receive(const Deadline& deadline) {
  for (bool first = true;; first = false) {
    char* piece = nullptr;
    const int size = PQgetCopyData(link_.get(), &piece, 1);
    const std::unique_ptr<char, void (*)(void*)> owned(piece, &PQfreemem);
    if (size > 0) return std::optional(std::string(piece, static_cast<std::size_t>(size)));
    if (size == -2) return lost();
    if (size == -1) {
      SB_ASSIGN(PGresult* const raw, next_result(Deadline(deadline.clock(), most_)));
      const PgAnswer end(raw);
      broken_ = true;
      if (PQresultStatus(raw) == PGRES_FATAL_ERROR) return error_of(raw, "EXECUTE");
      return Error::unavailable("PostgreSQL ended the stream");
    }
    if (!first && deadline.passed()) return std::optional<std::string>();
    SB_ASSIGN(const bool ready, wait(POLLIN, deadline));
    if (!ready) return std::optional<std::string>();
    if (PQconsumeInput(link_.get()) == 0) return lost();
  }
}

Result<void> PgConnection::transmit(const std::string& bytes, const Deadline& deadline) {
  const int sent = PQputCopyData(link_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (sent != 1) return lost();
  return flush(deadline);
}

}  // namespace sideband
