// Changes of rows by LISTEN and NOTIFY.
// https://www.postgresql.org/docs/15/sql-notify.html
#pragma once

#include <memory>
#include <string>

#include "drivers/postgres/client/connection.h"
#include "drivers/wake_keys.h"
#include "ports/feed.h"

namespace sideband {

// Used by one thread at a time; has a connection of its own. The payload of a notification is the
// join key; an empty one means a scan. The server forgets notifications that nobody listens to,
// which is why a feed's error means one scan.
class PostgresFeed final : public Feed {
 public:
  static Result<std::unique_ptr<PostgresFeed>> open(const PgEndpoint& endpoint,
                                                    const std::string& channel, const Clock& clock);
  // An error when the connection is lost.
  Result<Wake> wait(Duration timeout) override;

 private:
  PostgresFeed(std::unique_ptr<PgConnection> connection, const Clock& clock)
      : connection_(std::move(connection)), clock_(clock) {}
  void gather();

  std::unique_ptr<PgConnection> connection_;
  const Clock& clock_;
  WakeKeys found_;
};

}  // namespace sideband
