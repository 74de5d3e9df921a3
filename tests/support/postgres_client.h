// A PostgreSQL connection of a test's own: a foreign writer that shares no code with the driver.
#pragma once

#include <libpq-fe.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"

namespace sideband {

// A failing statement ends the test program. Used by one thread at a time.
class PostgresClient {
 public:
  explicit PostgresClient(const std::string& where) : link_(PQconnectdb(where.c_str()), &PQfinish) {
    SB_CHECK(PQstatus(link_.get()) == CONNECTION_OK);
    run("set client_min_messages = warning");
  }

  void run(const std::string& sql, const std::vector<std::string>& values = {}) {
    list(sql, values);
  }
  // The first column of each row, as text, or as bytes where it is bytea. The first value is text,
  // the others are bytea.
  std::vector<std::string> list(const std::string& sql,
                                const std::vector<std::string>& values = {}) {
    const Answer answer = ask(sql, values);
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      std::fprintf(stderr, "%s: %s", sql.c_str(), PQresultErrorMessage(answer.get()));
    }
    SB_CHECK(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    std::vector<std::string> out;
    for (int i = 0; i < PQntuples(answer.get()); ++i) {
      out.emplace_back(PQgetvalue(answer.get(), i, 0),
                       static_cast<std::size_t>(PQgetlength(answer.get(), i, 0)));
    }
    return out;
  }
  // Whether the server refuses this statement.
  bool fails(const std::string& sql) {
    return PQresultStatus(ask(sql, {}).get()) == PGRES_FATAL_ERROR;
  }
  std::string one(const std::string& sql) {
    const auto rows = list(sql);
    return rows.empty() ? "(none)" : rows.front();
  }

 private:
  using Answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

  Answer ask(const std::string& sql, const std::vector<std::string>& values) {
    // Several statements at once go without parameters only.
    if (values.empty()) return {PQexec(link_.get(), sql.c_str()), &PQclear};
    std::vector<Oid> types(values.size(), 17);
    types[0] = 0;
    std::vector<int> formats(values.size(), 1);
    formats[0] = 0;
    std::vector<const char*> bytes;
    std::vector<int> lengths;
    for (const std::string& value : values) {
      bytes.push_back(value.c_str());
      lengths.push_back(static_cast<int>(value.size()));
    }
    return {PQexecParams(link_.get(), sql.c_str(), static_cast<int>(values.size()), types.data(),
                         bytes.data(), lengths.data(), formats.data(), 1),
            &PQclear};
  }

  std::unique_ptr<PGconn, void (*)(PGconn*)> link_;
};

}  // namespace sideband
