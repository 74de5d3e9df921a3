// Power cuts and failing disks under the real store: what was acknowledged is there, all of it is
// consistent, and no error is passed over.
//
// SIDEBAND_CRASH_IMAGES: how many images to open (default 2,000); each workload gives twenty.
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/metrics.h"
#include "merkle/compact_range.h"
#include "store/sqlite/store.h"
#include "support/recording_vfs.h"
#include "support/scratch_rows.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

constexpr int kImagesPerWorkload = 20;

int image_count() {
  const char* text = std::getenv("SIDEBAND_CRASH_IMAGES");
  return text == nullptr ? 2000 : std::atoi(text);
}

// Runs functions against a store and remembers which were acknowledged.
class Workload {
 public:
  Workload(std::uint64_t seed, std::string folder, const char* vfs)
      : random_(seed), folder_(std::move(folder)), vfs_(vfs) {}

  // Small checkpoints, so that cuts fall into them too.
  Result<void> open() {
    SqliteOptions sqlite;
    sqlite.folder = folder_;
    sqlite.vfs = vfs_;
    sqlite.checkpoint_pages = 60;
    sqlite.on_fatal = [this](const Error&) { ++fatal_; };
    auto opened = open_sqlite_store(sqlite, {.clock = clock_, .metrics = metrics_, .readers = 1});
    if (!opened.ok()) return opened.error();
    store_ = std::move(*opened);
    return {};
  }
  void close() { store_.reset(); }

  // `count` functions, in bursts that share commits; each writes a value, a chunk and a leaf.
  void run(int count) {
    while (count > 0) {
      const int burst = std::min<int>(count, 1 + static_cast<int>(random_.next() % 5));
      for (int i = 0; i < burst; ++i) submit(next_++);
      (void)store_->run(Lane::kBulk, [](StoreTx&) -> Result<void> { return {}; });
      count -= burst;
    }
    // One more turn: the checkpoint after the last group is then over.
    (void)store_->run(Lane::kBulk, [](StoreTx&) -> Result<void> { return {}; });
  }

  // Every acknowledged function is there, values and leaves agree, the head is their tree.
  void check(const std::vector<std::int64_t>& acknowledged) {
    const auto read = [&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto values, scratch_rows(reader, "n"));
      SB_ASSIGN(const auto leaves, reader.audit_leaves(0, 1'000'000));
      SB_ASSIGN(const AuditHead head, reader.audit_head());
      std::set<std::string> stored, recorded;
      for (const auto& [name, value] : values) stored.insert(name);
      CompactRange tree;
      for (const AuditLeaf& leaf : leaves) {
        tree.append(leaf_hash(leaf.record));
        recorded.insert(leaf.record);
      }
      EXPECT_EQ(stored, recorded);
      EXPECT_EQ(head.size, static_cast<std::int64_t>(tree.size()));
      EXPECT_EQ(head.range, tree.hashes());
      for (const std::int64_t number : acknowledged) {
        EXPECT_TRUE(stored.contains("n" + std::to_string(number))) << number << " was lost";
      }
      return {};
    };
    const Result<void> done = store_->read(read);
    EXPECT_TRUE(done.ok()) << done.error().message;
  }

  Store& store() { return *store_; }
  [[nodiscard]] int fatal() const { return fatal_; }
  [[nodiscard]] const std::vector<std::int64_t>& acknowledged() const { return acknowledged_; }

 private:
  void submit(int number) {
    const std::string name = "n" + std::to_string(number);
    const std::string bytes = random_.bytes(random_.next() % 20'000);
    const Uuid plan = Uuid::make(clock_.wall(), random_);
    const auto fn = [=](StoreTx& tx) -> Result<void> {
      tx.stage_audit(name);
      SB_TRY(put_scratch(tx, name, bytes.substr(0, 100)));
      return tx.insert_chunk(plan, 0, bytes);
    };
    store_->submit(Lane::kControl, fn, [this, number](Result<void> result) {
      if (!result.ok()) return;
      acknowledged_.push_back(number);
      RecordingVfs::instance().mark(number);
    });
  }

  SeededRandom random_;
  const std::string folder_;
  const std::string vfs_;
  ManualClock clock_{from_us(1'700'000'000'000'000)};
  Metrics metrics_;
  std::atomic<int> fatal_{0};
  int next_ = 0;
  std::vector<std::int64_t> acknowledged_;  // by the store's thread, read when it is idle
  std::unique_ptr<Store> store_;
};

// The files of an image, and a lock file that tells of an unclean stop: open then checks tables.
void lay_out(const RecordingVfs::Image& image, const std::string& folder) {
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/lock") << "1";
  for (const auto& [name, content] : image.files) {
    std::ofstream(folder + "/" + name, std::ios::binary) << content;
  }
}

TEST(Crash, EveryImageOpensWithAllThatWasAcknowledged) {
  RecordingVfs& vfs = RecordingVfs::instance();
  const int count = image_count();
  std::size_t acknowledged = 0;
  for (int made = 0; made < count; made += kImagesPerWorkload) {
    const auto seed = static_cast<std::uint64_t>(made) + 1;
    TempDir dir;
    vfs.restart();
    {
      Workload workload(seed, dir.path() + "/live", RecordingVfs::kName);
      ASSERT_TRUE(workload.open().ok());
      workload.run(60);
    }
    SeededRandom random(seed);
    for (int i = 0; i < kImagesPerWorkload && made + i < count; ++i) {
      // Every fourth cut falls into the making of the database.
      const std::size_t last = i % 4 == 0 ? std::min<std::size_t>(vfs.events(), 60) : vfs.events();
      const std::size_t at = random.next() % (last + 1);
      SCOPED_TRACE("seed " + std::to_string(seed) + ", cut after event " + std::to_string(at));
      const RecordingVfs::Image image = vfs.image(at, random);
      const std::string folder = dir.path() + "/image" + std::to_string(i);
      lay_out(image, folder);
      Workload after(seed, folder, "");
      const Result<void> opened = after.open();
      ASSERT_TRUE(opened.ok()) << opened.error().message;
      after.check(image.marks);
      acknowledged += image.marks.size();
      ASSERT_EQ(after.fatal(), 0);
    }
  }
  EXPECT_GE(acknowledged, static_cast<std::size_t>(count) * 5);  // the images were not empty
  std::printf("%d crash images opened, %zu acknowledged functions found in them\n", count,
              acknowledged);
}

// Fails call n for n = 1, 3, 7, ... until a run meets no fault any more.
template <class Check>
void for_each_fault(VfsFault fault, Check check) {
  RecordingVfs& vfs = RecordingVfs::instance();
  for (fault.at = 1;; fault.at = fault.at * 5 / 4 + 2) {
    TempDir dir;
    SCOPED_TRACE("call " + std::to_string(fault.at) + " fails with " + std::to_string(fault.code));
    vfs.restart(fault);
    Workload workload(7, dir.path() + "/live", RecordingVfs::kName);
    if (workload.open().ok()) {
      workload.run(20);
      const bool fired = vfs.fault_fired();
      check(workload, fired);
      workload.close();
      if (!fired) return;
    }
    vfs.restart();
    Workload after(7, dir.path() + "/live", "");
    const Result<void> opened = after.open();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    after.check(workload.acknowledged());
  }
}

TEST(Crash, AFullDiskFailsFunctionsAndPasses) {
  const VfsFault full{VfsFault::Call::kWrite, 0, SQLITE_FULL, false};
  for_each_fault(full, [](Workload& workload, bool) {
    EXPECT_EQ(workload.fatal(), 0);
    workload.run(1);  // the last write may have been the one that failed
    EXPECT_TRUE(workload.store().health().ok()) << "there was room again";
  });
}

TEST(Crash, ADiskThatStaysFullIsSaidInHealth) {
  const VfsFault full{VfsFault::Call::kWrite, 0, SQLITE_FULL, true};
  for_each_fault(full, [](Workload& workload, bool fired) {
    EXPECT_EQ(workload.fatal(), 0);
    if (!fired) return;
    const auto write = [](StoreTx& tx) { return put_scratch(tx, "room", "?"); };
    const Result<void> done = workload.store().run(Lane::kControl, write);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, ErrorCode::kStorage) << done.error().message;
    EXPECT_FALSE(workload.store().health().ok());
  });
}

TEST(Crash, AFailedWriteOrSyncIsFatalAndNeverRetried) {
  for (const VfsFault& fault : {VfsFault{VfsFault::Call::kWrite, 0, SQLITE_IOERR_WRITE, false},
                                VfsFault{VfsFault::Call::kSync, 0, SQLITE_IOERR_FSYNC, false}}) {
    for_each_fault(fault, [](Workload& workload, bool fired) {
      EXPECT_EQ(workload.fatal(), fired ? 1 : 0);
      const auto nothing = [](StoreTx&) -> Result<void> { return {}; };
      EXPECT_EQ(workload.store().run(Lane::kControl, nothing).ok(), !fired);
    });
  }
}

}  // namespace
}  // namespace sideband
