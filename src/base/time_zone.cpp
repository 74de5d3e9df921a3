#include "base/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/mutex.h"
#include "base/read_file.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxZoneFile = 256 * 1024;
constexpr std::size_t kMaxZones = 1000;  // that are kept; the database has about 600

// Big-endian numbers from the front.
class ZoneBytes {
 public:
  explicit ZoneBytes(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      count = rest_.size();
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct ZoneCounts {
  std::uint64_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;
};

std::optional<ZoneCounts> take_header(ZoneBytes& in) {
  if (in.take(4) != "TZif" || in.number(1) < '2') return std::nullopt;
  in.take(15);
  ZoneCounts counts;
  counts.utc = in.number(4);
  counts.standard = in.number(4);
  counts.leaps = in.number(4);
  counts.times = in.number(4);
  counts.types = in.number(4);
  counts.letters = in.number(4);
  const bool sane = counts.times < 10000 && counts.types <= 256 && counts.types > 0;
  if (in.failed() || !sane) return std::nullopt;
  return counts;
}

// Of a block whose times have so many bytes.
std::size_t block_size(const ZoneCounts& counts, std::size_t time_bytes) {
  return counts.times * (time_bytes + 1) + counts.types * 6 + counts.letters +
         counts.leaps * (time_bytes + 4) + counts.standard + counts.utc;
}

Error no_zone(std::string_view name) {
  return Error::not_found(fmt::format("there is no time zone \"{}\"", name));
}

// A path inside of the database: no dots, no slash in front.
bool is_zone_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  if (name.empty() || name.size() > kLongest || name.front() == '/') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  });
}

// "+02:00" and "02:00" as seconds.
std::optional<std::int64_t> fixed_offset(std::string_view text) {
  const bool behind = text.starts_with('-');
  if (behind || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto pair = [text](std::size_t at) {
    const int tens = text[at] - '0', ones = text[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? 100 : tens * 10 + ones;
  };
  if (pair(0) > 23 || pair(3) > 59) return std::nullopt;
  const std::int64_t seconds = pair(0) * 3600 + pair(3) * 60;
  return behind ? -seconds : seconds;
}

// Zones that were asked for, those that are not there too.
class ZoneCache {
 public:
  Result<std::shared_ptr<const TimeZone>> find(std::string_view name) SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    const auto known = zones_.find(name);
    if (known != zones_.end()) return known->second;
    auto zone = load(name);
    if (!zone.ok()) return zone.error();
    if (zones_.size() < kMaxZones) zones_.emplace(name, *zone);
    return zone;
  }

 private:
  static Result<std::shared_ptr<const TimeZone>> load(std::string_view name) {
    const auto bytes = read_regular_file(fmt::format("/usr/share/zoneinfo/{}", name), kMaxZoneFile);
    if (!bytes.ok()) return no_zone(name);
    SB_ASSIGN(TimeZone zone, TimeZone::parse(*bytes));
    return {std::make_shared<const TimeZone>(std::move(zone))};
  }

  Mutex mutex_;
  std::map<std::string, std::shared_ptr<const TimeZone>, std::less<>> zones_ SB_GUARDED_BY(mutex_);
};

}  // namespace

Result<TimeZone> TimeZone::parse(std::string_view bytes) {
  const Error damaged = Error::corrupt("this is no time zone file (RFC 8536)");
  ZoneBytes in(bytes);
  const auto old_counts = take_header(in);
  if (!old_counts) return damaged;
  in.take(block_size(*old_counts, 4));
  const auto counts = take_header(in);
  if (!counts) return damaged;
  TimeZone zone;
  zone.changes_.resize(counts->times);
  for (Change& change : zone.changes_) change.at = static_cast<std::int64_t>(in.number(8));
  const std::string_view types = in.take(counts->times);
  std::vector<std::int64_t> offsets;
  for (std::uint64_t i = 0; i < counts->types; ++i) {
    offsets.push_back(static_cast<std::int32_t>(in.number(4)));
    in.take(2);
  }
  in.take(counts->letters + counts->leaps * 12 + counts->standard + counts->utc);
  if (in.failed() || types.size() != counts->times) return damaged;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto type = static_cast<unsigned char>(types[i]);
    if (type >= offsets.size()) return damaged;
    zone.changes_[i].offset = offsets[type];
    if (i > 0 && zone.changes_[i].at <= zone.changes_[i - 1].at) return damaged;
  }
  zone.first_offset_ = offsets.front();
  std::string_view rule = in.rest();
  if (rule.starts_with('\n')) rule.remove_prefix(1);
  zone.rule_ = parse_zone_rule(rule.substr(0, rule.find('\n')));
  return zone;
}

std::int64_t TimeZone::offset_at(std::int64_t utc_seconds) const {
  const auto after =
      std::upper_bound(changes_.begin(), changes_.end(), utc_seconds,
                       [](std::int64_t time, const Change& change) { return time < change.at; });
  if (after == changes_.end() && rule_) return rule_->offset_at(utc_seconds);
  return after == changes_.begin() ? first_offset_ : std::prev(after)->offset;
}

Result<std::shared_ptr<const TimeZone>> find_time_zone(std::string_view name) {
  if (!is_zone_name(name)) return no_zone(name.substr(0, 64));
  static ZoneCache cache;
  return cache.find(name);
}

Result<std::int64_t> zone_offset_at(std::string_view zone, std::int64_t utc_seconds) {
  if (zone == "UTC" || zone == "Z") return 0;
  if (const auto fixed = fixed_offset(zone)) return *fixed;
  SB_ASSIGN(const auto found, find_time_zone(zone));
  return found->offset_at(utc_seconds);
}

}  // namespace sideband
