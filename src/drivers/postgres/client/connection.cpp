#include "drivers/postgres/client/connection.h"

#include <errno.h>
#include <poll.h>

#include <array>
#include <charconv>

#include "drivers/options.h"

namespace sideband {
namespace {

// Pinned, so that the same value is the same text whatever the server or the role is set to.
constexpr const char* kSession =
    "SET client_min_messages = warning; SET default_transaction_read_only = on;"
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';"
    "SET extra_float_digits = 1; SET lc_monetary = 'C'; SET standard_conforming_strings = on;"
    "SET bytea_output = 'hex'; SET quote_all_identifiers = off; SET xmloption = 'content';"
    "SET xmlbinary = 'base64'; SET array_nulls = on;"
    // One process of the server for each connection that we were given, and no time spent on
    // compiling statements that run for less than that.
    "SET max_parallel_workers_per_gather = 0; SET jit = off;"
    // A policy that hides rows would make them look absent: an error is better.
    "SET row_security = off;"
    // Should we hang between two statements, our locks do not.
    "SET idle_in_transaction_session_timeout = '60s'";

// A stream that nobody reads holds back the target's log, and its end when it is shut down: with
// this setting, whatever the server's own is, for no longer than that.
constexpr const char* kReplicationSession = ";SET wal_sender_timeout = '10s'";

// Waiting for other transactions, a server notices only so that we are gone. From version 14 on.
constexpr const char* kNoticeTheEnd = ";SET client_connection_check_interval = '5s'";

void ignore_notice(void*, const PGresult*) {}

std::string_view error_field(const PGresult* result, int code) {
  const char* text = result == nullptr ? nullptr : PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string trimmed(const char* text) {
  std::string out = text == nullptr ? "" : text;
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

PGconn* start(const PgEndpoint& endpoint, PgUse use) {
  const std::string port = std::to_string(endpoint.port);
  const std::array<std::pair<const char*, const char*>, 17> options = {{
      {"host", endpoint.host.c_str()},
      {"port", port.c_str()},
      {"dbname", endpoint.dbname.c_str()},
      {"user", endpoint.user.c_str()},
      {"password", endpoint.password.reveal().c_str()},
      {"sslmode", endpoint.sslmode.c_str()},
      {"sslrootcert", endpoint.sslrootcert.c_str()},
      {"sslcert", endpoint.sslcert.c_str()},
      {"sslkey", endpoint.sslkey.c_str()},
      {"application_name", "sideband"},
      {"client_encoding", "UTF8"},
      {"gssencmode", "disable"},
      // A peer that went away without a word is noticed within a minute, also while we only listen.
      {"keepalives_idle", "30"},
      {"keepalives_interval", "10"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "30000"},
      // Of one database: the decoding kind, for which pg_hba.conf asks as for any connection.
      {"replication", use == PgUse::kReplication ? "database" : nullptr},
  }};
  std::array<const char*, 18> keys{};
  std::array<const char*, 18> values{};
  for (std::size_t i = 0; i < options.size(); ++i) {
    keys.at(i) = options.at(i).first;
    values.at(i) = options.at(i).second;
  }
  return PQconnectStartParams(keys.data(), values.data(), 0);
}

}  // namespace

PgValue PgAnswer::value(int row, int column) const {
  if (PQgetisnull(result_.get(), row, column) != 0) return {{}, true};
  const auto size = static_cast<std::size_t>(PQgetlength(result_.get(), row, column));
  return {{PQgetvalue(result_.get(), row, column), size}, false};
}

std::string PgAnswer::text(int row, int column) const {
  return std::string(value(row, column).bytes);
}

bool PgAnswer::truth(int row, int column) const {
  return value(row, column).bytes == std::string_view("\1", 1);
}

std::int64_t PgAnswer::integer(int row, int column) const {
  std::uint64_t number = 0;
  for (const char c : value(row, column).bytes)
    number = number << 8U | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(number);
}

std::int64_t PgAnswer::touched() const {
  const std::string_view tuples = PQcmdTuples(result_.get());
  std::int64_t count = 0;
  std::from_chars(tuples.data(), tuples.data() + tuples.size(), count);
  return count;
}

bool PgAnswer::whole() const {
  return *PQcmdTuples(result_.get()) == '\0' || touched() == rows();
}

Result<std::unique_ptr<PgConnection>> PgConnection::open(const PgEndpoint& endpoint,
                                                         const Deadline& deadline, PgUse use) {
  if (deadline.passed()) return Error::timeout("no time left to connect", Effect::kNone);
  const Deadline soon(deadline.clock(), std::min(endpoint.connect_timeout, deadline.left()));
  std::unique_ptr<PgConnection> made(new PgConnection(endpoint, use));
  SB_TRY(made->connect(endpoint, soon));
  SB_TRY(made->set_up(soon));
  return made;
}

Result<void> PgConnection::connect(const PgEndpoint& endpoint, const Deadline& deadline) {
  link_.reset(start(endpoint, use_));
  if (link_ == nullptr) return Error::unavailable("no memory for a connection");
  // Only the verbose form has the SQLSTATE of a refusal in it.
  PQsetErrorVerbosity(link_.get(), PQERRORS_VERBOSE);
  PQsetNoticeReceiver(link_.get(), ignore_notice, nullptr);
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  if (PQstatus(link_.get()) == CONNECTION_BAD) status = PGRES_POLLING_FAILED;
  while (status != PGRES_POLLING_OK) {
    if (status == PGRES_POLLING_FAILED) {
      return pg_connect_error(trimmed(PQerrorMessage(link_.get())), {"SELECT", user_});
    }
    SB_ASSIGN(const bool ready, wait(status == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
    if (!ready || deadline.passed()) {
      return Error::timeout("connecting to " + endpoint.host, Effect::kNone);
    }
    status = PQconnectPoll(link_.get());
  }
  PQsetErrorVerbosity(link_.get(), PQERRORS_DEFAULT);
  PQsetnonblocking(link_.get(), 1);
  return {};
}

Result<void> PgConnection::set_up(const Deadline& deadline) {
  std::string session = kSession;
  if (use_ == PgUse::kReplication) session += kReplicationSession;
  if (use_ == PgUse::kReplication && server_version() >= 140'000) session += kNoticeTheEnd;
  return script(session, deadline);
}

Result<void> PgConnection::bound(const Deadline& deadline) {
  if (deadline.passed()) return Error::timeout("no time left for PostgreSQL", Effect::kNone);
  const Duration wanted = std::min(most_, deadline.left());
  // Setting it costs a round trip: what is about right stays.
  if (bounded_.count() != 0 && bounded_ <= wanted + wanted / 4 && bounded_ >= wanted / 2) return {};
  const std::int64_t ms = std::max<std::int64_t>(wanted.count() / 1000, 1);
  SB_TRY(script("SET statement_timeout = " + std::to_string(ms), deadline));
  bounded_ = std::chrono::milliseconds(ms);
  return {};
}

// False when the deadline passed.
Result<bool> PgConnection::wait(short events, const Deadline& deadline) {
  for (;;) {
    pollfd one{PQsocket(link_.get()), events, 0};
    if (one.fd < 0) return lost();
    const int ready = ::poll(&one, 1, deadline.left_ms());
    if (ready > 0) return true;
    if (ready == 0 && deadline.passed()) return false;
    if (ready < 0 && errno != EINTR) return lost();
  }
}

Result<void> PgConnection::flush(const Deadline& deadline) {
  for (;;) {
    const int left = PQflush(link_.get());
    if (left == 0) return {};
    if (left < 0) return lost();
    // The server may have to get rid of its own words before it listens to ours.
    SB_ASSIGN(const bool ready, wait(POLLIN | POLLOUT, deadline));
    if (!ready || deadline.passed()) return out_of_time();
    if (PQconsumeInput(link_.get()) == 0) return lost();
  }
}

Result<void> PgConnection::take_block(const Deadline& deadline) {
  SB_ASSIGN(const bool ready, wait(POLLIN, deadline));
  if (!ready || deadline.passed()) return out_of_time();
  if (PQconsumeInput(link_.get()) == 0) return lost();
  return {};
}

// Null at the end of the statement's results.
Result<PGresult*> PgConnection::next_result(const Deadline& deadline) {
  SB_TRY(flush(deadline));
  while (PQisBusy(link_.get()) != 0) SB_TRY(take_block(deadline));
  return PQgetResult(link_.get());
}

// Takes all results; the first error counts, else the last result.
Result<PgAnswer> PgConnection::finish(const Deadline& deadline, std::string_view privileges) {
  PgAnswer last;
  std::optional<Error> bad;
  state_.clear();
  for (;;) {
    SB_ASSIGN(PGresult* const raw, next_result(deadline));
    if (raw == nullptr) break;
    last = PgAnswer(raw);
    const ExecStatusType status = PQresultStatus(raw);
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (good) continue;
    // Such a result comes again and again until somebody copies.
    const bool copies =
        status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
    if (!bad) bad = copies ? refuse_copy(status) : error_of(raw, privileges);
    if (bad->code != ErrorCode::kConflict) state_ = error_field(raw, PG_DIAG_SQLSTATE);
    if (broken_) return *bad;
  }
  if (PQstatus(link_.get()) != CONNECTION_OK) broken_ = true;
  if (bad) return *bad;
  if (last.get() == nullptr) return lost();
  return last;
}

// A copy towards us goes on until all is sent: only the end of the connection stops it.
Error PgConnection::refuse_copy(ExecStatusType status) {
  if (status == PGRES_COPY_IN && PQputCopyEnd(link_.get(), "there are no rows here") >= 0) {
    return for_person(
        Error::invalid("COPY FROM STDIN has no client here that sends rows; write them as values"));
  }
  broken_ = true;
  return for_person(
      Error::unsupported("COPY TO STDOUT has no client here that takes rows; use a query"));
}

bool PgConnection::failed_in_passing() const {
  for (const char* start : {"08", "25006", "40", "53", "57", "58", "55P03", "55006"}) {
    if (state_.starts_with(start)) return true;
  }
  return false;
}

Result<PgAnswer> PgConnection::query(const std::string& sql, const PgParams& params,
                                     const Deadline& deadline, std::string_view privileges,
                                     PgFormat format) {
  SB_ASSIGN(PgAnswer answer, run(sql, params, deadline, privileges, format));
  if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) {
    return Error::corrupt("PostgreSQL answered a query with something else than rows");
  }
  if (answer.whole()) return answer;
  return Error::corrupt("PostgreSQL sent " + std::to_string(answer.rows()) + " rows and counted " +
                        std::to_string(answer.touched()));
}

Result<PgAnswer> PgConnection::run(const std::string& sql, const PgParams& params,
                                   const Deadline& deadline, std::string_view privileges,
                                   PgFormat format) {
  if (deadline.passed()) return Error::timeout("no time left for PostgreSQL", Effect::kNone);
  const int sent =
      PQsendQueryParams(link_.get(), sql.c_str(), params.count(), params.types(), params.values(),
                        params.lengths(), params.formats(), static_cast<int>(format));
  if (sent == 0) return lost();
  return finish(deadline, privileges);
}

Result<void> PgConnection::script(const std::string& sql, const Deadline& deadline) {
  if (PQsendQuery(link_.get(), sql.c_str()) == 0) return lost();
  const auto done = finish(deadline, "SELECT");
  if (!done) return done.error();
  return {};
}

Result<PgAnswer> PgConnection::describe(const std::string& sql, const Deadline& deadline) {
  if (PQsendPrepare(link_.get(), "", sql.c_str(), 0, nullptr) == 0) return lost();
  SB_TRY(finish(deadline, "SELECT"));
  if (PQsendDescribePrepared(link_.get(), "") == 0) return lost();
  return finish(deadline, "SELECT");
}

Result<PgConnection::CopiedRows> PgConnection::copy_out(
    const std::string& sql, const Deadline& deadline,
    const std::function<bool(std::string_view)>& take) {
  // The extended protocol takes one statement only, whatever the text holds.
  if (PQsendQueryParams(link_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0) {
    return lost();
  }
  SB_ASSIGN(PGresult* const raw, next_result(deadline));
  const PgAnswer begun(raw);
  if (PQresultStatus(raw) == PGRES_COPY_OUT) return copy_rows(deadline, take);
  Error error = raw == nullptr ? lost() : error_of(raw, "SELECT");
  const auto rest = finish(deadline, "SELECT");
  return error;
}

Result<PgConnection::CopiedRows> PgConnection::copy_rows(
    const Deadline& deadline, const std::function<bool(std::string_view)>& take) {
  for (;;) {
    char* piece = nullptr;
    const int size = PQgetCopyData(link_.get(), &piece, 1);
    const std::unique_ptr<char, void (*)(void*)> owned(piece, &PQfreemem);
    if (size == -1) break;
    if (size == -2) return lost();
    if (size == 0) {
      SB_TRY(take_block(deadline));
      continue;
    }
    if (deadline.passed()) return out_of_time();
    if (take({piece, static_cast<std::size_t>(size)})) continue;
    broken_ = true;  // the server is still sending
    return CopiedRows();
  }
  SB_ASSIGN(const PgAnswer end, finish(deadline, "SELECT"));
  return CopiedRows(end.touched());
}

Result<void> PgConnection::commit(const Deadline& deadline) {
  const auto maybe = [](Error error) {
    error.effect = Effect::kMaybe;
    return error.in("COMMIT");
  };
  if (PQsendQuery(link_.get(), "COMMIT") == 0) return maybe(lost());
  const auto done = finish(deadline, "SELECT");
  if (!done) {
    // An answer over a connection that goes on is the server's word that it rolled back.
    return fit() ? Result<void>(done.error().in("COMMIT")) : Result<void>(maybe(done.error()));
  }
  const std::string_view tag = PQcmdStatus(done->get());
  if (tag == "COMMIT") return {};
  if (tag == "ROLLBACK") {
    return Error::unavailable("PostgreSQL rolled back instead of committing");
  }
  return maybe(Error::corrupt("PostgreSQL answered with something else than what it did"));
}

void PgConnection::rollback(const Deadline& deadline) {
  if (broken_ || PQtransactionStatus(link_.get()) == PQTRANS_IDLE) return;
  if (!script("ROLLBACK", deadline)) broken_ = true;
}

std::function<void()> PgConnection::canceller() const {
  const std::shared_ptr<PGcancel> cancel(PQgetCancel(link_.get()), &PQfreeCancel);
  return [cancel] {
    char why[256];
    if (cancel != nullptr) PQcancel(cancel.get(), why, sizeof why);
  };
}

bool PgConnection::fit() const {
  return !broken_ && PQstatus(link_.get()) == CONNECTION_OK &&
         PQtransactionStatus(link_.get()) == PQTRANS_IDLE;
}

bool PgConnection::alive() {
  // A server that hangs up says why first: its words and the end come one after the other.
  for (int reads = 0; reads < 8; ++reads) {
    pollfd one{PQsocket(link_.get()), POLLIN, 0};
    if (one.fd < 0) return false;
    if (::poll(&one, 1, 0) <= 0) break;
    if (PQconsumeInput(link_.get()) == 0) return false;
    const PgAnswer unasked(PQisBusy(link_.get()) == 0 ? PQgetResult(link_.get()) : nullptr);
  }
  return fit();
}

Result<bool> PgConnection::await_input(const Deadline& deadline) {
  SB_ASSIGN(const bool ready, wait(POLLIN, deadline));
  if (ready && PQconsumeInput(link_.get()) == 0) return lost();
  return ready;
}

std::optional<std::string> PgConnection::notification() {
  const std::unique_ptr<PGnotify, void (*)(void*)> one(PQnotifies(link_.get()), &PQfreemem);
  if (one == nullptr) return std::nullopt;
  return std::string(one->extra == nullptr ? "" : one->extra);
}

std::string PgConnection::literal(const std::string& text) const {
  const std::unique_ptr<char, void (*)(void*)> quoted(
      PQescapeLiteral(link_.get(), text.data(), text.size()), &PQfreemem);
  return quoted == nullptr ? "NULL" : quoted.get();
}

std::string PgConnection::server_encoding() const {
  const char* name = PQparameterStatus(link_.get(), "server_encoding");
  return name == nullptr ? "" : name;
}

Error PgConnection::lost() {
  broken_ = true;
  return Error::unavailable("the connection to PostgreSQL was lost: " +
                            trimmed(PQerrorMessage(link_.get())));
}

Error PgConnection::out_of_time() {
  broken_ = true;
  return Error::timeout("PostgreSQL did not answer in time", Effect::kNone);
}

// Without DETAIL: it may hold the values of a row.
Error PgConnection::error_of(const PGresult* result, std::string_view privileges) const {
  // What a function of the target's own raises refuses what it was called for, whatever code it
  // chose.
  const bool raised = error_field(result, PG_DIAG_SOURCE_FUNCTION) == "exec_stmt_raise";
  const std::string_view state = error_field(result, PG_DIAG_SQLSTATE);
  const std::string_view primary = error_field(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string said =
      primary.empty() ? trimmed(PQresultErrorMessage(result)) : std::string(primary);
  const TargetWords words = raised ? pg_foreign_words(state, said) : pg_words(state, said);
  const std::string message = "PostgreSQL: " + words.kept;
  const Error error =
      raised ? Error::conflict(message) : pg_error(state, message, {privileges, user_});
  return error.saying(words.hidden);
}

// Long commands and streams in both directions.
// https://www.postgresql.org/docs/15/libpq-copy.html
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
