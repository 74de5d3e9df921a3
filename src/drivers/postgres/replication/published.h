// What a decoding feed asks the server beside its stream: about the publication, the tables in it,
// its slot and the transactions that it heard of.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "drivers/postgres/client/connection.h"
#include "drivers/postgres/replication/pgoutput.h"
#include "drivers/postgres/sql/source.h"

namespace sideband {

// Used by one thread at a time; has a connection of its own. Each call blocks for 5 s at most.
class PgPublished {
 public:
  // Errors are for a person and name what to run: wal_level, no such publication, a table that is
  // not in it; or wrong SQL.
  static Result<std::unique_ptr<PgPublished>> open(const PgEndpoint& endpoint,
                                                   const PgSource& source,
                                                   const std::string& publication,
                                                   const Clock& clock);

  // The columns of the table that are the key; empty where one is computed or another table's.
  [[nodiscard]] const std::vector<PgPublishedColumn>& key() const { return key_; }

  // What changes of this relation mean to the collection.
  Result<PgInterest> interest(std::uint32_t relation);
  // The name of the log that its slots read; empty on a standby.
  Result<std::string> log();
  // How much of its log the server keeps for this slot, in bytes; nothing where it cannot tell.
  Result<std::optional<std::int64_t>> held_back(const std::string& slot);
  // Drops those that others see the effects of. The log has the end of a transaction a moment
  // before, and with synchronous replication long before.
  Result<void> drop_visible(std::deque<std::uint32_t>& transactions);
  // Ends a process of our role's at the server.
  Result<void> end(int backend);

 private:
  PgPublished(std::unique_ptr<PgConnection> connection, const Clock& clock)
      : connection_(std::move(connection)), clock_(clock) {}
  Result<PgAnswer> ask(const std::string& sql, const PgParams& params = {});
  Result<void> find_key(const PgSource& source);
  Result<bool> find_key_column(const PgAnswer& described, const std::string& name);
  Result<void> check_server();
  Result<void> check_publication(const std::string& name);

  const std::unique_ptr<PgConnection> connection_;
  const Clock& clock_;
  std::string table_;  // "shop"."prices", which the key's columns are of; empty as the key is
  std::vector<PgPublishedColumn> key_;
  bool alone_ = false;  // nothing but rows of this table is in the collection
};

}  // namespace sideband
