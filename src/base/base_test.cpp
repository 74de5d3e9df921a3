// Unit and property tests of the small pieces in base/.
#include <rapidcheck/gtest.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/jcs.h"
#include "base/sha256.h"
#include "base/units.h"
#include "base/uuid.h"

namespace sideband {
namespace {

RC_GTEST_PROP(Bytes, HexAndBase64RoundTrip, (const std::string& bytes)) {
  RC_ASSERT(*from_hex(to_hex(bytes)) == bytes);
  RC_ASSERT(*from_base64(to_base64(bytes)) == bytes);
}

RC_GTEST_PROP(Bytes, VarintAndStringRoundTrip, (std::uint64_t number, const std::string& text)) {
  std::string out;
  put_varint(out, number);
  put_string(out, text);
  ByteReader reader(out);
  RC_ASSERT(*reader.get_varint() == number);
  RC_ASSERT(*reader.get_string() == text);
  RC_ASSERT(reader.done());
}

TEST(Bytes, DamageIsAnErrorNotACrash) {
  EXPECT_FALSE(ByteReader("\xff\xff").get_varint().ok());
  EXPECT_FALSE(ByteReader(std::string("\x05") + "ab").get_string().ok());
  EXPECT_FALSE(from_base64("====").ok());
  EXPECT_FALSE(from_base64("QUI=QUI=").ok());
  EXPECT_FALSE(from_base64("QR==").ok());  // stray bits in the last character
}

TEST(Units, DurationsNeedAUnitAndDescend) {
  EXPECT_EQ(*parse_duration("1h30m"), std::chrono::minutes(90));
  EXPECT_EQ(*parse_duration("250ms"), std::chrono::milliseconds(250));
  for (const char* bad : {"", "30", "1m1h", "5x", "-3s", "1.5s", "99999999999999d", "s", "3 s"}) {
    EXPECT_FALSE(parse_duration(bad).ok()) << bad;
  }
}

RC_GTEST_PROP(Units, DurationsRoundTrip, (std::uint32_t ms)) {
  const Duration duration = std::chrono::milliseconds(ms);
  RC_ASSERT(*parse_duration(format_duration(duration)) == duration);
}

TEST(Units, PercentSizeCount) {
  EXPECT_EQ(*parse_percent("10%"), 100'000);
  EXPECT_EQ(*parse_percent("0.5%"), 5'000);
  EXPECT_EQ(format_percent(250'000), "25 %");
  EXPECT_EQ(*parse_size("1MiB"), 1 << 20);
  EXPECT_EQ(*parse_count("200k"), 200'000);
  for (const char* bad : {"101%", "10", "-1%", "nan%", "1e1%", "%"}) {
    EXPECT_FALSE(parse_percent(bad).ok()) << bad;
  }
}

TEST(Clock, FormatsAndParsesRfc3339) {
  const WallTime time = from_us(1'772'366'400'000'001);
  EXPECT_EQ(format_time(time), "2026-03-01T12:00:00.000001Z");
  EXPECT_EQ(*parse_time(format_time(time)), time);
  for (const char* good : {"0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z",
                           "2024-02-29T23:59:59.000000Z", "1969-12-31T23:59:59.999999Z"}) {
    ASSERT_TRUE(parse_time(good).ok()) << good;
    EXPECT_EQ(format_time(*parse_time(good)), good);
  }
}

TEST(Clock, ReadsNoOtherFormOfATime) {
  for (const char* bad : {"",
                          "Z",
                          "2026-02-30T12:00:00.000001Z",
                          "2025-02-29T12:00:00.000001Z",
                          "2026-00-01T12:00:00.000001Z",
                          "2026-13-01T12:00:00.000001Z",
                          "2026-01-00T12:00:00.000001Z",
                          "2026-03-01T12:00:00Z",
                          "2026-03-01T12:00:00.00001Z",
                          "2026-03-01T12:00:00.0000011Z",
                          "2026-03-01T24:00:00.000001Z",
                          "2026-03-01T12:60:00.000001Z",
                          "2026-03-01T12:00:60.000001Z",
                          "2026-03-01 12:00:00.000001Z",
                          "2026-03-01t12:00:00.000001Z",
                          "2026-03-01T12:00:00.000001z",
                          "2026-03-01T12:00:00.000001+",
                          "2026-03-01T12:00:00,000001Z",
                          "2026-3-01T12:00:00.0000011Z",
                          "+026-03-01T12:00:00.000001Z",
                          "-026-03-01T12:00:00.000001Z",
                          "2026-03-01T-1:00:00.000001Z",
                          "2026-03-01T 1:00:00.000001Z",
                          "2026-03-01T12:00:00.-00001Z",
                          " 2026-03-01T12:00:00.000001",
                          "2026-03-01T12:00:00.000001Z\n",
                          "12026-03-01T12:00:00.00001Z"}) {
    EXPECT_FALSE(parse_time(bad).ok()) << bad;
  }
}

TEST(Uuid, SortsByTimeAndRoundTrips) {
  SeededRandom random(7);
  const Uuid early = Uuid::make(from_us(1'000'000), random);
  const Uuid late = Uuid::make(from_us(2'000'000), random);
  EXPECT_LT(early, late);
  EXPECT_EQ(*Uuid::parse(early.text()), early);
  EXPECT_EQ(early.made_at(), from_us(1'000'000));
  EXPECT_LT(Uuid::first_of(from_us(1'000'999)), early);
  EXPECT_GT(Uuid::first_of(from_us(1'001'000)), early);
  EXPECT_EQ(early.text()[14], '7');
  EXPECT_FALSE(Uuid::parse("not-a-uuid").ok());
}

TEST(Sha256, KnownVector) {
  // FIPS 180-4 example "abc".
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256({"a", "bc"}), sha256("abc"));
}

TEST(Jcs, SortsKeysAndEscapes) {
  JsonObject object;
  object.add("b", 1).add("a", "x\"\n\x01").add("c", true);
  EXPECT_EQ(object.text(), R"({"a":"x\"\n\u0001","b":1,"c":true})");
  EXPECT_EQ(json_string("\xff\xc3\xa9"), "\"\xef\xbf\xbd\xc3\xa9\"");
}

}  // namespace
}  // namespace sideband
