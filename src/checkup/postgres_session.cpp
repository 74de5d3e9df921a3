#include "checkup/postgres_session.h"

#include <poll.h>

#include "checkup/words.h"

namespace sideband::scan {
namespace {

using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

Result<void> await(int fd, short events, const Deadline& deadline) {
  pollfd wanted{fd, events, 0};
  const int ready = ::poll(&wanted, 1, deadline.left_ms());
  if (ready <= 0) return Error::timeout("no answer in time", Effect::kNone);
  return {};
}

// The first line of what libpq says; the rest are hints for people at a prompt.
std::string first_line(const std::string& said) {
  const auto lines = lines_of(said);
  return lines.empty() ? "no reason given" : std::string(trimmed(lines[0]));
}

}  // namespace

Error PostgresSession::failed(const std::string& said) const {
  return Error::unavailable(first_line(said));
}

Result<std::unique_ptr<PostgresSession>> PostgresSession::open(const PostgresPlace& place,
                                                               const Deadline& deadline) {
  std::vector<const char*> names, values;
  for (const auto& [name, value] : place) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  // Without GSS: it could ask a ticket server elsewhere.
  for (const auto& [name, value] :
       {std::pair{"application_name", "sideband scan"}, std::pair{"gssencmode", "disable"}}) {
    names.push_back(name);
    values.push_back(value);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* const link = PQconnectStartParams(names.data(), values.data(), 0);
  if (link == nullptr) return Error::internal("libpq has no memory");
  std::unique_ptr<PostgresSession> session(new PostgresSession(link));
  // Not all of what is left: a server that hangs must not cost the others their turn.
  SB_TRY(session->connect(Deadline(deadline.clock(), deadline.left() / 2)));
  for (const char* sql :
       {"BEGIN READ ONLY", "SET LOCAL statement_timeout = 1000", "SET LOCAL lock_timeout = 100",
        // Functions of hostile databases are not called instead of the system's.
        "SET LOCAL search_path = pg_catalog"}) {
    SB_TRY(session->ask(sql, deadline));
  }
  return session;
}

Result<void> PostgresSession::connect(const Deadline& deadline) {
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED || PQstatus(link_.get()) == CONNECTION_BAD) {
      return failed(PQerrorMessage(link_.get()));
    }
    SB_TRY(
        await(PQsocket(link_.get()), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
    state = PQconnectPoll(link_.get());
  }
  return {};
}

Result<PostgresSession::Rows> PostgresSession::ask(const char* sql, const Deadline& deadline) {
  PGconn* const link = link_.get();
  if (PQsendQueryParams(link, sql, 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) {
    return failed(PQerrorMessage(link));
  }
  Rows rows;
  std::string problem;
  for (;;) {
    while (PQisBusy(link) == 1) {
      SB_TRY(await(PQsocket(link), POLLIN, deadline));
      if (PQconsumeInput(link) != 1) return failed(PQerrorMessage(link));
    }
    const Answer answer(PQgetResult(link), &PQclear);
    if (!answer) break;
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      problem = PQresultErrorMessage(answer.get());
    }
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
      std::vector<std::string> columns;
      for (int column = 0; column < PQnfields(answer.get()); ++column) {
        columns.emplace_back(PQgetvalue(answer.get(), row, column));
      }
      rows.push_back(std::move(columns));
    }
  }
  if (!problem.empty()) return failed(problem);
  return rows;
}

}  // namespace sideband::scan
