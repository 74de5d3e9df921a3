#include "drivers/postgres/replication/feed.h"

#include "drivers/sql_source.h"

namespace sideband {

Result<std::unique_ptr<PostgresFeed>> PostgresFeed::open(const PgEndpoint& endpoint,
                                                         const std::string& channel,
                                                         const Clock& clock) {
  const Deadline deadline(clock, endpoint.connect_timeout);
  SB_ASSIGN(auto connection, PgConnection::open(endpoint, deadline));
  SB_TRY(connection->script("LISTEN " + quote_name(channel), deadline));
  return std::unique_ptr<PostgresFeed>(new PostgresFeed(std::move(connection), clock));
}

void PostgresFeed::gather() {
  while (auto key = connection_->notification()) {
    if (key->empty()) {
      found_.add_scan();
    } else {
      found_.add(std::move(*key));
    }
  }
}

Result<Wake> PostgresFeed::wait(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  gather();
  while (!found_.any()) {
    SB_ASSIGN(const bool input, connection_->await_input(deadline));
    gather();
    if (!input) break;
  }
  return found_.take();
}

}  // namespace sideband
