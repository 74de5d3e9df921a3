#include "drivers/postgres/replication/slot.h"

#include "drivers/sql_source.h"

namespace sideband {
namespace {

constexpr Duration kOften = std::chrono::seconds(1);
constexpr Duration kSeldom = std::chrono::seconds(3);
constexpr Duration kStreamPatience = std::chrono::seconds(5);
constexpr std::int64_t kSecondsTo2000 = 946'684'800;
constexpr int kStreamsLargeOnes = 140'000;  // protocol version 2

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(at, 8)) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

Error explain(Error error, const std::string& user) {
  const bool role = error.code == ErrorCode::kPermission &&
                    (error.message.find("walsender") != std::string::npos ||
                     error.message.find("WAL sender") != std::string::npos);
  if (role) error.message += "; run: ALTER ROLE " + quote_name(user) + " REPLICATION";
  return error.in("publication");
}

}  // namespace

Result<std::unique_ptr<PgSlot>> PgSlot::open(const PgEndpoint& endpoint, std::string name,
                                             std::string publication, const Deadline& deadline) {
  auto connection = PgConnection::open(endpoint, deadline, PgUse::kReplication);
  if (!connection) return explain(connection.error(), endpoint.user);
  SB_TRY((*connection)
             ->send("CREATE_REPLICATION_SLOT " + quote_name(name) +
                    " TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT"));
  return std::unique_ptr<PgSlot>(
      new PgSlot(std::move(*connection), std::move(name), std::move(publication)));
}

// Large transactions in pieces, so that the server does not write them to its disk for us.
std::string PgSlot::start_command() const {
  const bool pieces = connection_->server_version() >= kStreamsLargeOnes;
  return "START_REPLICATION SLOT " + quote_name(name_) + " LOGICAL 0/0 (proto_version " +
         (pieces ? "'2', streaming 'on'" : "'1'") + ", publication_names " +
         connection_->literal(quote_name(publication_)) + ")";
}

Result<bool> PgSlot::begun(const Deadline& deadline) {
  if (begun_) return true;
  const auto made = connection_->answered(deadline);
  if (!made) return made.error().in("making a replication slot");
  if (!*made) return false;
  SB_TRY(connection_->begin_stream(start_command(), Deadline(deadline.clock(), kStreamPatience)));
  begun_ = true;
  told_at_ = deadline.clock().mono();
  return true;
}

Result<std::optional<PgPiece>> PgSlot::next(const Deadline& deadline) {
  constexpr std::size_t kDataHead = 1 + 8 + 8 + 8;
  constexpr std::size_t kKeepaliveSize = 1 + 8 + 8 + 1;
  SB_ASSIGN(auto bytes, connection_->receive(deadline));
  if (!bytes) return std::optional<PgPiece>();
  if (bytes->front() == 'w' && bytes->size() > kDataHead) {
    return std::optional(PgPiece{bytes->substr(kDataHead)});
  }
  if (bytes->front() != 'k' || bytes->size() != kKeepaliveSize) {
    return Error::corrupt("PostgreSQL's stream of changes is damaged");
  }
  asked_ = asked_ || bytes->back() != '\0';
  return std::optional(PgPiece{{}, number_at(*bytes, 1)});
}

Result<void> PgSlot::confirm(std::uint64_t place, const Deadline& deadline) {
  const MonoTime now = deadline.clock().mono();
  const bool due = now - told_at_ >= (place > told_ ? kOften : kSeldom);
  if (!begun_ || (!asked_ && !due)) return {};
  told_ = std::max(told_, place);
  told_at_ = now;
  asked_ = false;
  std::string status = "r";
  // Written, flushed and applied: for us they are the same.
  for (int i = 0; i < 3; ++i) put_big_endian(status, told_, 8);
  const std::int64_t since_1970 = to_us(deadline.clock().wall());
  put_big_endian(status, static_cast<std::uint64_t>(since_1970 - kSecondsTo2000 * 1'000'000), 8);
  status += '\0';
  return connection_->transmit(status, Deadline(deadline.clock(), kStreamPatience));
}

}  // namespace sideband
