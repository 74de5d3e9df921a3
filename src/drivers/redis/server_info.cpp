#include "drivers/redis/server_info.h"

#include <charconv>
#include <string>

namespace sideband {
namespace {

constexpr std::size_t kMaxId = 64;  // run and replication ids have 40 digits

std::int64_t number_in(std::string_view text) {
  std::int64_t number = -1;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && rest == text.data() + text.size() && number >= 0 ? number : -1;
}

// Of "keys=12,expires=0,avg_ttl=0". A database without keys has no line.
std::int64_t keys_of(std::string_view info, std::int64_t db) {
  std::string_view line = info_field(info, "db" + std::to_string(db));
  if (line.empty()) return 0;
  constexpr std::string_view kKeys = "keys=";
  if (!line.starts_with(kKeys)) return -1;
  line.remove_prefix(kKeys.size());
  return number_in(line.substr(0, line.find(',')));
}

bool is_id(std::string_view text) {
  return text.size() <= kMaxId && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace

std::string_view info_field(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const std::size_t end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info.remove_prefix(end == std::string_view::npos ? info.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (line.starts_with(name)) return line.substr(name.size() + 1);
  }
  return {};
}

Result<TargetIdentity> redis_identity(std::string_view info, std::int64_t db) {
  if (info_field(info, "loading") == "1") {
    return Error::not_ready("Redis is loading its data");
  }
  TargetIdentity identity;
  const std::string_view run = info_field(info, "run_id");
  const std::string_view history = info_field(info, "master_replid");
  const std::string_view before = info_field(info, "master_replid2");
  if (run.empty() || !is_id(run) || !is_id(history) || !is_id(before)) {
    return Error::corrupt("Redis answered INFO without its run_id");
  }
  identity.run = run;
  identity.history = history;
  // All zero: it goes on from none.
  if (before.find_first_not_of('0') != std::string_view::npos) identity.before = before;
  identity.role = info_field(info, "role") == "slave" ? "standby" : "primary";
  identity.position = number_in(info_field(info, "master_repl_offset"));
  identity.items = keys_of(info, db);
  return identity;
}

}  // namespace sideband
