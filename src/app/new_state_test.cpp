#include "app/new_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/metrics.h"
#include "store/sqlite/store.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

TEST(NewState, AFolderThatHasServedNeedsItsStore) {
  const struct {
    std::vector<std::string> files;
    bool good;
  } rows[] = {
      {{}, true},
      {{"tokens"}, true},
      {{"sideband.db"}, true},
      {{"audit.key", "anchor", "sideband.db"}, true},
      {{"audit.key"}, false},
      {{"anchor"}, false},
      {{"audit.key", "anchor"}, false},
  };
  for (const auto& row : rows) {
    const TempDir dir;
    for (const std::string& file : row.files) spill(dir.path(file), "x");
    const auto checked = check_store_is_there(dir.path(""));
    EXPECT_EQ(checked.ok(), row.good) << testing::PrintToString(row.files);
    if (checked.ok()) continue;
    EXPECT_THAT(checked.error().message, HasSubstr("--new-state REASON"));
  }
}

class OpenNewState : public testing::Test {
 protected:
  std::unique_ptr<Store> store(const std::string& name) {
    SqliteOptions sqlite;
    sqlite.folder = dir_.path(name);
    auto opened = open_sqlite_store(sqlite, {.clock = clock_, .metrics = metrics_});
    EXPECT_TRUE(opened.ok());
    return std::move(*opened);
  }
  SigningKey key() { return *SigningKey::load_or_make(dir_.path("audit.key"), "sideband/a"); }
  CheckpointerOptions options() {
    CheckpointerOptions out;
    out.anchor = dir_.path("anchor");
    return out;
  }
  static Result<void> record(Store& store, const std::string& text) {
    return store.run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
      tx.stage_audit(text);
      return {};
    });
  }
  // A store whose log was signed here.
  void serve_once(const std::string& name) {
    const auto served = store(name);
    ASSERT_TRUE(record(*served, "{}").ok());
    auto signer = Checkpointer::open(*served, key(), clock_, options());
    ASSERT_TRUE(signer.ok()) << signer.error().message;
    ASSERT_TRUE((*signer)->sign_now().ok());
  }
  Result<std::unique_ptr<Checkpointer>> accept(Store& other) {
    return open_new_state(other, key(), clock_, options(), {dir_.path(""), "disk died", "uid 0"});
  }

  TempDir dir_;
  const SystemClock clock_{};
  Metrics metrics_;
};

TEST_F(OpenNewState, IsRefusedForTheStoreThatWasHereLast) {
  serve_once("one");
  const auto same = store("one");
  const auto opened = accept(*same);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(std::filesystem::exists(dir_.path("anchor"))) << "nothing was changed";
}

TEST_F(OpenNewState, TakesAnotherStoreAndSaysSoFirst) {
  serve_once("one");
  const auto other = store("two");
  ASSERT_FALSE(Checkpointer::open(*other, key(), clock_, options()).ok()) << "without being told";
  const auto opened = accept(*other);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  int kept = 0;
  for (const auto& file : std::filesystem::directory_iterator(dir_.path(""))) {
    kept += file.path().filename().string().starts_with("anchor.before-") ? 1 : 0;
  }
  EXPECT_EQ(kept, 1);
  ASSERT_TRUE(other
                  ->read([](StoreReader& reader) -> Result<void> {
                    SB_ASSIGN(const auto leaves, reader.audit_leaves(0, 10));
                    EXPECT_EQ(leaves.size(), 1U);
                    EXPECT_THAT(leaves.at(0).record, HasSubstr("disk died"));
                    return {};
                  })
                  .ok());
  EXPECT_TRUE((*opened)->sign_now().ok());
}

}  // namespace
}  // namespace sideband
