// Files of the time zone database, those of this machine and damaged ones.
#include "base/time_zone.h"

#include <gtest/gtest.h>

#include <ctime>

#include "base/read_file.h"

namespace sideband {
namespace {

constexpr const char* kBerlin = "/usr/share/zoneinfo/Europe/Berlin";

std::string bytes_of(const std::string& path) {
  auto bytes = read_regular_file(path, 1 << 20);
  EXPECT_TRUE(bytes.ok()) << path << ": the package tzdata is missing";
  return bytes.ok() ? *bytes : "";
}

// Against the C library, which reads the same files for the zone of a process.
TEST(TimeZoneTest, SaysWhatTheCLibrarySays) {
  const char* const before = ::getenv("TZ");
  const std::string restore = before == nullptr ? "" : before;
  for (const char* zone :
       {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo",
        "Africa/Casablanca", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu", "Europe/Dublin",
        "America/St_Johns", "Etc/GMT+5", "Antarctica/Troll", "Asia/Tehran", "Pacific/Chatham"}) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    // Every 53 days from 1890 to 2090.
    for (std::int64_t at = -2524521600; at < 3786912000; at += std::int64_t{53} * 86400 + 4321) {
      const std::time_t time = at;
      std::tm local{};
      ::localtime_r(&time, &local);
      const auto offset = zone_offset_at(zone, at);
      ASSERT_TRUE(offset.ok()) << zone;
      ASSERT_EQ(*offset, local.tm_gmtoff) << zone << " at " << at;
    }
  }
  before == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", restore.c_str(), 1);
  ::tzset();
}

TEST(TimeZoneTest, DamagedFilesAreRefusedOrRead) {
  const std::string good = bytes_of(kBerlin);
  ASSERT_TRUE(TimeZone::parse(good).ok());
  for (std::size_t size = 0; size < good.size(); size += 7) {
    const auto zone = TimeZone::parse(std::string_view(good).substr(0, size));
    if (zone.ok()) (void)zone->offset_at(1'700'000'000);
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    const auto zone = TimeZone::parse(bad);
    if (zone.ok()) (void)zone->offset_at(4'000'000'000);
  }
  EXPECT_FALSE(TimeZone::parse("").ok());
  EXPECT_FALSE(TimeZone::parse("TZif").ok());
  EXPECT_FALSE(TimeZone::parse(std::string(100, '\xff')).ok());
}

TEST(ZoneRuleTest, FormsOfPosix) {
  const auto offset = [](const char* rule, std::int64_t at) {
    const auto parsed = parse_zone_rule(rule);
    return parsed ? std::optional(parsed->offset_at(at)) : std::nullopt;
  };
  constexpr std::int64_t kJanuary = 1768478400, kJuly = 1784116800;  // the 15th of 2026, noon
  EXPECT_EQ(offset("UTC0", kJuly), 0);
  EXPECT_EQ(offset("EST5", kJuly), -5 * 3600);
  EXPECT_EQ(offset("<+0330>-3:30", kJuly), 12600);
  EXPECT_EQ(offset("CET-1CEST,M3.5.0,M10.5.0/3", kJuly), 7200);
  EXPECT_EQ(offset("CET-1CEST,M3.5.0,M10.5.0/3", kJanuary), 3600);
  EXPECT_EQ(offset("AEST-10AEDT,M10.1.0,M4.1.0/3", kJanuary), 11 * 3600);
  EXPECT_EQ(offset("AEST-10AEDT,M10.1.0,M4.1.0/3", kJuly), 10 * 3600);
  EXPECT_EQ(offset("XXX3YYY2:30,J60/1,J300", kJuly), -9000);
  EXPECT_EQ(offset("XXX3YYY,59,299/-2", kJuly), -2 * 3600);
  EXPECT_EQ(offset("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", kJuly), -2 * 3600);
  for (const char* wrong :
       {"", "A", "UTC", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x",
        "CET-200", "CET-1:99", "<+03-3", "CET-1CEST,J999,J1", "CET-1CEST,M0.1.0,M10.5.0"}) {
    EXPECT_FALSE(parse_zone_rule(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace sideband
