#include "drivers/postgres/replication/decoding.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace sideband {
namespace {

// How long opening waits for the slot, which mostly is there at once.
constexpr Duration kBeginAtOnce = std::chrono::milliseconds(500);
constexpr Duration kLookAtLag = std::chrono::seconds(2);
// How long one wake gathers what comes without a pause.
constexpr Duration kGather = std::chrono::milliseconds(20);
// Between two looks at a transaction that the log has and nobody sees yet.
constexpr Duration kSoon = std::chrono::milliseconds(2);

}  // namespace

// Names are unique on the server, and the slot of a connection that was just lost may still be
// there: so each has random digits.
Result<std::unique_ptr<PgDecodingFeed>> PgDecodingFeed::open(const PgEndpoint& endpoint,
                                                             const PgDecoding& decoding,
                                                             const DriverContext& context) {
  SB_ASSIGN(auto published,
            PgPublished::open(endpoint, decoding.source, decoding.publication, context.clock));
  const std::string name = decoding.slot + "_" + to_hex(context.random.bytes(4));
  SB_ASSIGN(auto slot, PgSlot::open(endpoint, name, decoding.publication,
                                    Deadline(context.clock, endpoint.connect_timeout)));
  std::unique_ptr<PgDecodingFeed> feed(
      new PgDecodingFeed(std::move(published), std::move(slot), decoding, context.clock));
  SB_ASSIGN(feed->begun_, feed->slot_->begun(Deadline(context.clock, kBeginAtOnce)));
  return feed;
}

PgDecodingFeed::PgDecodingFeed(std::unique_ptr<PgPublished> published, std::unique_ptr<PgSlot> slot,
                               const PgDecoding& decoding, const Clock& clock)
    : published_(std::move(published)),
      slot_(std::move(slot)),
      max_lag_bytes_(decoding.max_lag_bytes),
      clock_(clock),
      output_(published_->key(),
              [this](std::uint32_t relation) { return published_->interest(relation); }) {}

// A server that waits for other transactions would not notice for a while that we are gone.
PgDecodingFeed::~PgDecodingFeed() {
  if (!begun_) (void)published_->end(slot_->backend());
}

// The slot holds the log back to where the oldest transaction began that it has not seen the end
// of, however fast we are.
Result<void> PgDecodingFeed::watch_lag() {
  const MonoTime now = clock_.mono();
  if (looked_at_ && now - *looked_at_ < kLookAtLag) return {};
  SB_ASSIGN(lag_, published_->held_back(slot_->name()));
  looked_at_ = now;
  // Both connections are to one server where one sees the slot of the other.
  if (lag_ && log_.empty()) {
    SB_ASSIGN(log_, published_->log());
  }
  if (lag_.value_or(0) <= max_lag_bytes_) return {};
  SB_TRY(published_->end(slot_->backend()));
  return Error::refused(fmt::format(
      "the target kept {} bytes of its log for us, more than maxLag ({}); the slot was dropped, "
      "and a new one begins",
      *lag_, max_lag_bytes_));
}

// What happened before the stream begins, and after the feed was opened, is not in it.
Result<bool> PgDecodingFeed::begin(const Deadline& deadline) {
  SB_ASSIGN(begun_, slot_->begun(deadline));
  if (begun_) output_.found().add_scan();
  return begun_;
}

// Waits for something, and takes what follows it without a pause.
Result<void> PgDecodingFeed::gather(const Deadline& deadline) {
  if (!begun_) {
    SB_ASSIGN(const bool begun, begin(deadline));
    if (!begun) return {};
  }
  SB_TRY(slot_->confirm(handed_over_, deadline));
  SB_ASSIGN(bool more, receive(deadline));
  const Deadline gathered(clock_, kGather);
  while (more && !gathered.passed()) {
    SB_ASSIGN(more, receive(Deadline(clock_, Duration(0))));
  }
  return {};
}

// False when nothing came in time.
Result<bool> PgDecodingFeed::receive(const Deadline& deadline) {
  SB_ASSIGN(const auto piece, slot_->next(deadline));
  if (!piece) return false;
  if (piece->message.empty()) {
    output_.reach(piece->place);
  } else {
    SB_TRY(output_.take(piece->message));
  }
  if (!output_.found().any()) handed_over_ = output_.reached();
  SB_TRY(slot_->confirm(handed_over_, deadline));
  return true;
}

// Whether what was found can be seen by whoever looks now.
Result<bool> PgDecodingFeed::settled() {
  if (!output_.found().any()) return false;
  SB_TRY(published_->drop_visible(output_.transactions()));
  return output_.transactions().empty();
}

Result<Wake> PgDecodingFeed::wait(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  if (!output_.found().any()) handed_over_ = output_.reached();
  for (;;) {
    SB_TRY(watch_lag());
    const Duration most = output_.found().any() ? kSoon : kLookAtLag;
    SB_TRY(gather(Deadline(clock_, std::min(most, deadline.left()))));
    SB_ASSIGN(const bool done, settled());
    if (done) return output_.found().take();
    const bool moved = said_ != handed_over_;
    said_ = handed_over_;
    if (moved || deadline.passed()) return Wake{};
  }
}

std::optional<LogPlace> PgDecodingFeed::told() const {
  if (!begun_ || log_.empty()) return std::nullopt;
  return LogPlace{log_, handed_over_};
}

}  // namespace sideband
