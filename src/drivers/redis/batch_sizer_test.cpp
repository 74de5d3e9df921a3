// How many keys a command may take: by how long the last one took, and by how much it moved.
#include "drivers/redis/batch_sizer.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

TEST(NextBatch, GrowsWithinTheBudgetAndHalvesBeyondIt) {
  constexpr BatchPolicy kPolicy{std::chrono::microseconds(50), 10, 200, 2, 64 << 10};
  struct Row {
    std::size_t size, keys;
    std::int64_t us;
    std::size_t next;
  };
  for (const Row& row :
       {Row{10, 10, 0, 12},   // quiet: a few more
        Row{10, 10, 50, 12},  // at the budget is within it
        Row{10, 10, 51, 10},  // never below the least
        Row{10, 10, 1'000'000, 10}, Row{12, 12, 51, 10}, Row{80, 80, 51, 40},  // a rise: half
        Row{80, 80, 5000, 40},  // half at once, whatever it was
        Row{81, 81, 60, 40}, Row{200, 200, 51, 100},
        Row{200, 200, 10, 200},  // never above the most
        Row{199, 199, 10, 200}, Row{198, 198, 10, 200},
        Row{80, 79, 10, 80},                    // a shorter one says nothing of a longer one
        Row{80, 1, 0, 80}, Row{80, 1, 51, 40},  // but that the server is busy
        Row{80, 200, 10, 82}, Row{80, 80, 49, 82}, Row{20, 20, 51, 10}, Row{40, 40, 51, 20}}) {
    EXPECT_EQ(next_batch(kPolicy, row.size, row.keys, Duration(row.us)), row.next)
        << row.keys << " of " << row.size << " keys took " << row.us << " us";
  }
}

TEST(BatchSizers, SettleWhereACommandTakesItsBudget) {
  // Microseconds of a key; where the size ends up: between half of what fits and a step above it.
  for (const double cost : {0.1, 0.3, 0.5, 1.0, 1.5, 2.5, 4.0}) {
    BatchSizer sizer(kGentleBatches);
    for (int i = 0; i < 500; ++i) {
      const std::size_t keys = sizer.size();
      sizer.record(keys, keys * 20, Duration(static_cast<int>(cost * static_cast<double>(keys))));
    }
    const double fits = 50 / cost;
    EXPECT_LE(static_cast<double>(sizer.size()), fits + 4) << cost;
    EXPECT_GE(static_cast<double>(sizer.size()), std::min(fits, 200.0) / 2 - 2) << cost;
  }
}

TEST(BatchSizers, ABusyServerIsAskedForLessAndAQuietOneForMoreAgain) {
  BatchSizer sizer(kGentleBatches);
  const auto record = [&](int times, Duration took) {
    for (int i = 0; i < times; ++i) sizer.record(sizer.size(), 0, took);
  };
  record(100, Duration(5));
  EXPECT_EQ(sizer.size(), 200U);
  record(10, std::chrono::milliseconds(3));
  EXPECT_EQ(sizer.size(), kGentleBatches.min);
  record(3, Duration(5));
  EXPECT_EQ(sizer.size(), kGentleBatches.min + 3 * kGentleBatches.step) << "slowly";
}

TEST(BatchSizers, LargeValuesLeaveFewKeysWhateverTheTime) {
  BatchSizer sizer(kGentleBatches);
  EXPECT_EQ(sizer.size(), 10U);
  for (const auto& [bytes, size] : std::vector<std::pair<std::size_t, std::size_t>>{{0, 10},
                                                                                    {100, 10},
                                                                                    {6553, 10},
                                                                                    {6554, 9},
                                                                                    {16'384, 4},
                                                                                    {65'536, 1},
                                                                                    {65'537, 1},
                                                                                    {1 << 20, 1},
                                                                                    {1 << 30, 1},
                                                                                    {20, 10}}) {
    sizer.record(1, bytes, Duration(1000));
    EXPECT_EQ(sizer.size(), size) << "values of " << bytes << " bytes";
  }
  sizer.record(1, 16'384, Duration(1000));
  for (int i = 0; i < 100; ++i) sizer.record(sizer.size(), sizer.size() * 16'384, Duration(0));
  EXPECT_EQ(sizer.size(), 4U);
  sizer.record(4, 4 * 100, Duration(0));
  EXPECT_EQ(sizer.size(), 10U) << "nothing was learnt of longer commands meanwhile";
}

TEST(BatchSizers, WithoutALimitTheyAreLong) {
  BatchSizer sizer(kSwiftBatches);
  EXPECT_EQ(sizer.size(), 100U);
  for (int i = 0; i < 20; ++i) sizer.record(sizer.size(), sizer.size() * 20, Duration(400));
  EXPECT_EQ(sizer.size(), 1000U);
  sizer.record(1000, 20'000, Duration(1001));
  EXPECT_EQ(sizer.size(), 500U);
}

TEST(BatchSizers, ShowTheirSize) {
  Metrics metrics;
  Gauge& gauge = metrics.gauge("sideband_command_keys", "", {});
  BatchSizer sizer(kGentleBatches, &gauge);
  EXPECT_NE(metrics.text().find("sideband_command_keys 10\n"), std::string::npos);
  sizer.record(10, 0, Duration(0));
  EXPECT_NE(metrics.text().find("sideband_command_keys 12\n"), std::string::npos);
  sizer.record(0, 0, Duration(1000));
  EXPECT_EQ(sizer.size(), 12U) << "no key, nothing learnt";
}

}  // namespace
}  // namespace sideband
