// What answers of Prometheus mean, and what its options may be. Pure.
#include "drivers/http/prometheus.h"

#include <gmock/gmock.h>

namespace sideband {
namespace {

using ::testing::HasSubstr;

Result<PrometheusQuery> parsed(const DriverOptions& options) {
  return parse_prometheus_signal({}, options);
}

std::string matrix(const std::string& values) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[)" +
         values + "]}]}}";
}

TEST(Prometheus, ARangeBecomesOneValueAsOldAsItsLast) {
  const std::pair<const char*, double> kReduced[] = {
      {"last", 3}, {"max", 9}, {"min", 1}, {"mean", 4}};
  for (const auto& [word, value] : kReduced) {
    const auto query = parsed({{"rangeQuery", "up"}, {"over", "5m"}, {"reduce", word}});
    ASSERT_TRUE(query.ok()) << word;
    const auto reading =
        prometheus_reading(matrix(R"([100,"1"],[115,"9"],[130.5,"3"],[130.5,"3"])"), *query);
    ASSERT_TRUE(reading.ok()) << reading.error().whole();
    EXPECT_DOUBLE_EQ(reading->value, value) << word;
    EXPECT_EQ(reading->measured_at, from_us(130'500'000)) << word;
  }
}

TEST(Prometheus, AScalarIsAReadingToo) {
  const auto reading = prometheus_reading(
      R"({"status":"success","data":{"resultType":"scalar","result":[12.25,"-0.5"]}})",
      *parsed({{"query", "scalar(up)"}}));
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading->value, -0.5);
  EXPECT_EQ(reading->measured_at, from_us(12'250'000));
}

TEST(Prometheus, WhatIsOddIsNoReading) {
  const auto query = *parsed({{"query", "up"}});
  for (const char* json :
       {"", "[]", "{}", "1", R"({"status":"success"})", R"({"status":"success","data":[]})",
        R"({"status":"success","data":{"resultType":"vector"}})",
        R"({"status":"success","data":{"resultType":"vector","result":{}}})",
        R"({"status":"success","data":{"resultType":"vector","result":[1]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":["1","1"]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[-1,"1"]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1",2]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"histogram":[1,{}]}]}})",
        R"({"status":"error","data":{"resultType":"scalar","result":[1,"1"]}})"}) {
    const auto reading = prometheus_reading(json, query);
    ASSERT_FALSE(reading.ok()) << json;
    EXPECT_EQ(reading.error().code, ErrorCode::kCorrupt) << json;
  }
}

TEST(Prometheus, OptionsThatMakeNoQuery) {
  EXPECT_FALSE(parsed({}).ok());
  EXPECT_FALSE(parsed({{"query", "a"}, {"rangeQuery", "b"}}).ok());
  EXPECT_FALSE(parsed({{"query", "a"}, {"step", "1s"}}).ok());
  EXPECT_FALSE(parsed({{"rangeQuery", "a"}}).ok());
  EXPECT_FALSE(parsed({{"rangeQuery", "a"}, {"over", "0s"}}).ok());
  EXPECT_FALSE(parsed({{"rangeQuery", "a"}, {"over", "1h"}, {"step", "0s"}}).ok());
  EXPECT_FALSE(parsed({{"rangeQuery", "a"}, {"over", "1d"}, {"step", "1s"}}).ok());
  EXPECT_TRUE(parsed({{"rangeQuery", "a"}, {"over", "1d"}, {"step", "1m"}}).ok());
}

}  // namespace
}  // namespace sideband
