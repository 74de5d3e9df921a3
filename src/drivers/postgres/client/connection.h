// One connection to a PostgreSQL server: statements with deadlines, on libpq's non-blocking calls.
#pragma once

#include <libpq-fe.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "drivers/postgres/client/endpoint.h"
#include "drivers/postgres/client/errors.h"
#include "drivers/postgres/client/params.h"

namespace sideband {

// A value as the server sent it. Points into its answer.
struct PgValue {
  std::string_view bytes;
  bool null = false;
};

// The rows of one statement, values in binary unless asked for otherwise.
class PgAnswer {
 public:
  PgAnswer() = default;
  explicit PgAnswer(PGresult* result) : result_(result) {}
  [[nodiscard]] int rows() const { return PQntuples(result_.get()); }
  [[nodiscard]] int columns() const { return PQnfields(result_.get()); }
  [[nodiscard]] PgValue value(int row, int column) const;
  // A column of text that is never NULL.
  [[nodiscard]] std::string text(int row, int column) const;
  [[nodiscard]] bool truth(int row, int column) const;
  // A column of int8.
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  [[nodiscard]] std::string name(int column) const { return PQfname(result_.get(), column); }
  [[nodiscard]] Oid type(int column) const { return PQftype(result_.get(), column); }
  // The table that a column is of, and its number there; 0 where it is computed.
  [[nodiscard]] Oid table(int column) const { return PQftable(result_.get(), column); }
  [[nodiscard]] int table_column(int column) const { return PQftablecol(result_.get(), column); }
  // How many rows the statement changed or answered, as the server says at its end.
  [[nodiscard]] std::int64_t touched() const;
  // Whether as many rows came as that; true where it says nothing of them.
  [[nodiscard]] bool whole() const;
  [[nodiscard]] PGresult* get() const { return result_.get(); }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

// What a connection is for: statements, or commands of replication, which know no parameters.
enum class PgUse : std::uint8_t { kStatements, kReplication };

// How the server sends values: its text is for people.
enum class PgFormat : std::uint8_t { kText, kBinary };

// Used by one thread at a time. Sessions are read only unless a transaction says otherwise, write
// every value the same way whatever the server's settings, and refuse to read past row security.
class PgConnection {
 public:
  // kPermission (for a person) for a wrong credential or certificate, kUnavailable where the server
  // does not answer. Looking up a name is not under the deadline.
  static Result<std::unique_ptr<PgConnection>> open(const PgEndpoint& endpoint,
                                                    const Deadline& deadline,
                                                    PgUse use = PgUse::kStatements);
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // From now on the server ends statements soon after this deadline by itself.
  Result<void> bound(const Deadline& deadline);

  // One statement. `privileges` is what it needs, for the message when it may not run.
  Result<PgAnswer> run(const std::string& sql, const PgParams& params, const Deadline& deadline,
                       std::string_view privileges = "SELECT", PgFormat format = PgFormat::kBinary);
  // The same of a statement that answers rows, perhaps none: kCorrupt for any other answer, and for
  // fewer or more rows than the server counted. Nobody may conclude from it what is not there.
  Result<PgAnswer> query(const std::string& sql, const PgParams& params, const Deadline& deadline,
                         std::string_view privileges = "SELECT",
                         PgFormat format = PgFormat::kBinary);
  // Statements without parameters or rows, separated by semicolons.
  Result<void> script(const std::string& sql, const Deadline& deadline);
  // The columns of a statement, without running it. kInvalid for more than one statement.
  Result<PgAnswer> describe(const std::string& sql, const Deadline& deadline);
  // Runs COPY ... TO STDOUT and hands each piece to `take`, which answers whether it wants more.
  // How many rows there were as the server says at the end; nothing where `take` wanted no more,
  // after which the connection is broken.
  using CopiedRows = std::optional<std::int64_t>;
  Result<CopiedRows> copy_out(const std::string& sql, const Deadline& deadline,
                              const std::function<bool(std::string_view)>& take);
  // Effect::kMaybe where the connection or the time ends before the answer; kNone where the server
  // said that it rolled back.
  Result<void> commit(const Deadline& deadline);
  // Ends a transaction if one is open and the connection still works.
  void rollback(const Deadline& deadline);

  // Whether a transaction is open that can still be committed.
  [[nodiscard]] bool in_transaction() const {
    return PQtransactionStatus(link_.get()) == PQTRANS_INTRANS;
  }
  // Asks the server to end the statement that runs; to be called on any thread, also after this
  // connection is gone. It connects to the server anew, and blocks for that.
  [[nodiscard]] std::function<void()> canceller() const;

  // Whether the last statement failed for what may be over when it is tried again: a deadlock, a
  // lock, a shutdown, want of memory. No row is to blame for that.
  [[nodiscard]] bool failed_in_passing() const;

  // Whether it is idle and sound, so that somebody else may use it.
  [[nodiscard]] bool fit() const;
  // Whether the server has hung up meanwhile; never blocks.
  bool alive();

  // Waits until the server sends something, for LISTEN. False when the deadline passes.
  Result<bool> await_input(const Deadline& deadline);
  // The payload of the next notification that has come; never blocks.
  std::optional<std::string> notification();

  // One command whose answer may take long: sends it, then waits for the answer. False when the
  // deadline passes first; ask again.
  Result<void> send(const std::string& command);
  Result<bool> answered(const Deadline& deadline);
  // Begins a stream in both directions. The next piece of it, nothing when the deadline passes; an
  // error when the server ended the stream. What we send, too.
  Result<void> begin_stream(const std::string& command, const Deadline& deadline);
  Result<std::optional<std::string>> receive(const Deadline& deadline);
  Result<void> transmit(const std::string& bytes, const Deadline& deadline);

  // The process at the server that serves us.
  [[nodiscard]] int backend() const { return PQbackendPID(link_.get()); }
  [[nodiscard]] int server_version() const { return PQserverVersion(link_.get()); }

  // The text as a literal of SQL.
  [[nodiscard]] std::string literal(const std::string& text) const;
  [[nodiscard]] std::string server_encoding() const;

 private:
  struct Finish {
    void operator()(PGconn* link) const { PQfinish(link); }
  };
  PgConnection(const PgEndpoint& endpoint, PgUse use)
      : user_(endpoint.user), most_(endpoint.statement_timeout), use_(use) {}
  Result<void> connect(const PgEndpoint& endpoint, const Deadline& deadline);
  Result<void> set_up(const Deadline& deadline);
  Result<bool> wait(short events, const Deadline& deadline);
  Result<void> flush(const Deadline& deadline);
  // One block of what the server sends. One that never stops ends with the deadline too.
  Result<void> take_block(const Deadline& deadline);
  Result<PGresult*> next_result(const Deadline& deadline);
  Result<PgAnswer> finish(const Deadline& deadline, std::string_view privileges);
  Result<CopiedRows> copy_rows(const Deadline& deadline,
                               const std::function<bool(std::string_view)>& take);
  // The rows of a COPY that somebody's statement began, which has no client here.
  Error refuse_copy(ExecStatusType status);
  Error lost();
  Error out_of_time();
  [[nodiscard]] Error error_of(const PGresult* result, std::string_view privileges) const;

  const std::string user_;
  const Duration most_;  // longest time of a statement
  const PgUse use_;
  std::unique_ptr<PGconn, Finish> link_;
  Duration bounded_{0};  // what the session's statement_timeout is; 0 = not set yet
  bool broken_ = false;
  // SQLSTATE of the last statement's error; empty after a good one, and where a row was refused.
  std::string state_;
};

}  // namespace sideband
