// Changes of rows by logical decoding: the target's own log says which, without triggers.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "drivers/context.h"
#include "drivers/postgres/replication/pgoutput.h"
#include "drivers/postgres/replication/published.h"
#include "drivers/postgres/replication/slot.h"
#include "ports/feed.h"

namespace sideband {

struct PgDecoding {
  PgSource source;
  std::string publication;
  std::string slot;  // what the slot's name begins with
  std::int64_t max_lag_bytes = 0;
};

// Used by one thread at a time; has two connections of its own. Its slot is a temporary one, which
// ends with its connection: it cannot hold the target's log back while nobody listens.
class PgDecodingFeed final : public Feed {
 public:
  // Checks what is needed and asks for the slot. Where other transactions hold it up, wait() goes
  // on with that, and its first wake is a scan.
  static Result<std::unique_ptr<PgDecodingFeed>> open(const PgEndpoint& endpoint,
                                                      const PgDecoding& decoding,
                                                      const DriverContext& context);
  ~PgDecodingFeed() override;
  // kRefused when the target kept more than the limit for us: the slot is gone then.
  Result<Wake> wait(Duration timeout) override;
  [[nodiscard]] std::optional<LogPlace> told() const override;
  [[nodiscard]] std::optional<std::int64_t> lag_bytes() const override { return lag_; }

 private:
  PgDecodingFeed(std::unique_ptr<PgPublished> published, std::unique_ptr<PgSlot> slot,
                 const PgDecoding& decoding, const Clock& clock);
  Result<void> watch_lag();
  Result<bool> begin(const Deadline& deadline);
  Result<void> gather(const Deadline& deadline);
  Result<bool> receive(const Deadline& deadline);
  Result<bool> settled();

  const std::unique_ptr<PgPublished> published_;
  const std::unique_ptr<PgSlot> slot_;
  const std::int64_t max_lag_bytes_;
  const Clock& clock_;
  PgOutput output_;
  bool begun_ = false;
  std::uint64_t handed_over_ = 0;  // place in the log; what is before it has been told
  std::uint64_t said_ = 0;         // handed_over_ when the last wait ended
  std::string log_;                // empty while it is not known, and on a standby
  std::optional<std::int64_t> lag_;
  std::optional<MonoTime> looked_at_;
};

}  // namespace sideband
