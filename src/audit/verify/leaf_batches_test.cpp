// Lines of every length, cut where they end, whoever reads them.
#include "audit/verify/leaf_batches.h"

#include <algorithm>
#include <fstream>

#include "base/random.h"
#include "merkle/compact_range.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxLine = 1000;

struct Leaves {
  std::vector<std::string> records;
  bool damaged = false;
  bool operator==(const Leaves&) const = default;
};

class LeafBatchesTest : public testing::TestWithParam<ReadAhead> {
 protected:
  Leaves read(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    LeafBatches batches(path_, kMaxLine, GetParam());
    EXPECT_TRUE(batches.open());
    Leaves found;
    while (const LeafBatch* batch = batches.next()) {
      EXPECT_EQ(batch->records.size(), batch->hashes.size());
      for (std::size_t i = 0; i < batch->records.size(); ++i) {
        found.records.emplace_back(batch->records[i]);
        EXPECT_EQ(batch->hashes[i], leaf_hash(batch->records[i]));
      }
    }
    EXPECT_EQ(batches.next(), nullptr);
    found.damaged = batches.damaged();
    return found;
  }

  TempDir dir_;
  const std::string path_ = dir_.path("leaves.jsonl");
};

TEST_P(LeafBatchesTest, EndsAndDamage) {
  const std::string longest(kMaxLine, 'x'), too_long(kMaxLine + 1, 'x');
  struct Case {
    std::string content;
    Leaves leaves;
  };
  for (const auto& [content, leaves] : {
           Case{"", {}},
           Case{"\n", {{""}, false}},
           Case{"\n\na\n", {{"", "", "a"}, false}},
           Case{"a\nb\n", {{"a", "b"}, false}},
           Case{"a\nb", {{"a"}, true}},
           Case{"b", {{}, true}},
           Case{longest + "\n", {{longest}, false}},
           Case{longest, {{}, true}},
           Case{too_long + "\n", {{}, true}},
           Case{too_long, {{}, true}},
           Case{"a\n" + too_long + "\nb\n", {{"a"}, true}},
           Case{std::string("a\0b\n", 4), {{std::string("a\0b", 3)}, false}},
       }) {
    EXPECT_EQ(read(content), leaves) << content.substr(0, 20);
  }
}

// Batches end somewhere within a line; some ten of them here.
TEST_P(LeafBatchesTest, NoLineIsLostOrTornBetweenBatches) {
  SeededRandom random(7);
  for (const std::size_t most : {1, 17, 400, 1000}) {
    Leaves written;
    std::string content;
    while (content.size() < 2'700'000 && written.records.size() < 300'000) {
      const std::size_t length = random.next() % (most + 1);
      written.records.emplace_back(length, static_cast<char>('a' + random.next() % 26));
      content += written.records.back() + "\n";
    }
    EXPECT_TRUE(read(content) == written) << most;
    // A line that is too long, somewhere behind the first batch.
    const std::size_t at = content.find('\n', content.size() / 2) + 1;
    const Leaves torn = read(content.substr(0, at) + std::string(kMaxLine + 1, '!') + "\n");
    EXPECT_TRUE(torn.damaged);
    EXPECT_EQ(torn.records.size(),
              static_cast<std::size_t>(std::count(content.begin(), content.begin() + at, '\n')));
  }
}

// Whoever found a fault goes on no further.
TEST_P(LeafBatchesTest, MayBeLeftInTheMiddle) {
  std::string content;
  while (content.size() < 3'000'000) content += std::string(99, 'x') + "\n";
  std::ofstream(path_, std::ios::binary) << content;
  for (int taken = 0; taken < 4; ++taken) {
    LeafBatches batches(path_, kMaxLine, GetParam());
    for (int i = 0; i < taken; ++i) EXPECT_NE(batches.next(), nullptr);
  }
}

TEST_P(LeafBatchesTest, NoFileHasNoBatches) {
  LeafBatches batches(dir_.path("gone"), kMaxLine, GetParam());
  EXPECT_FALSE(batches.open());
}

INSTANTIATE_TEST_SUITE_P(Threads, LeafBatchesTest,
                         testing::Values(ReadAhead::kNever, ReadAhead::kAlways));

}  // namespace
}  // namespace sideband
