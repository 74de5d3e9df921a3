// Signing: when it happens, and when it is refused.
#include <filesystem>

#include "integration/audit/audit_world.h"

namespace sideband {
namespace {

namespace fs = std::filesystem;

class CheckpointerTest : public AuditWorld {
 protected:
  std::optional<CheckpointRow> published() {
    std::optional<CheckpointRow> row;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& reader) -> Result<void> {
                      SB_ASSIGN(row, reader.last_checkpoint());
                      return {};
                    })
                    .ok());
    return row;
  }
};

TEST_F(CheckpointerTest, SignsAfterASecondOrAtOnceWhenManyAreNew) {
  auto signer = checkpointer().value();
  EXPECT_FALSE(*signer->tick());
  append({"{}"});
  EXPECT_FALSE(*signer->tick());
  EXPECT_FALSE(published().has_value());
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(*signer->tick());
  EXPECT_EQ(published()->size, 1);
  append(std::vector<std::string>(256, "{}"));
  EXPECT_TRUE(*signer->tick());
  EXPECT_FALSE(*signer->tick());
  const auto checkpoint = open_checkpoint(published()->note, key_);
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->size, 257U);
  EXPECT_EQ(checkpoint->origin, "sideband.example/log");
}

TEST_F(CheckpointerTest, GoesOnAfterARestartAndPublishesWhatACrashLeft) {
  {
    auto signer = checkpointer().value();
    append({"{}"});
    EXPECT_TRUE(*signer->sign_now());
  }
  open_store("state");
  append({"[]"});
  auto signer = checkpointer().value();
  EXPECT_EQ(signer->signed_size(), 1U);
  EXPECT_TRUE(*signer->sign_now());
  EXPECT_EQ(published()->size, 2);
}

TEST_F(CheckpointerTest, RefusesAnOlderStore) {
  append({"{}"});
  ASSERT_TRUE((*checkpointer())->sign_now().ok());
  store_.reset();
  fs::copy(path("state"), path("backup"));
  open_store("state");
  append({"[]"});
  ASSERT_TRUE((*checkpointer())->sign_now().ok());
  open_store("backup");
  const auto refused = checkpointer();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(refused.error().message.starts_with("LOG_FORKED")) << refused.error().message;
  append({"1", "2", "3"});  // longer again, but another history
  EXPECT_EQ(checkpointer().error().code, ErrorCode::kCorrupt);
}

TEST_F(CheckpointerTest, RefusesAMissingAnchorUnlessToldToTrust) {
  append({"{}"});
  ASSERT_TRUE((*checkpointer())->sign_now().ok());
  fs::remove(path("anchor"));
  EXPECT_EQ(checkpointer().error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE((*checkpointer(true))->sign_now().ok());
  EXPECT_TRUE(checkpointer().ok());
}

TEST_F(CheckpointerTest, RefusesADamagedAnchorAndAnotherKey) {
  append({"{}", "[]", "1"});
  ASSERT_TRUE((*checkpointer())->sign_now().ok());
  const std::string good = read(path("anchor"));
  for (std::size_t i = 0; i < good.size(); i += 3) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    write(path("anchor"), bad);
    EXPECT_FALSE(checkpointer().ok()) << i;
  }
  write(path("anchor"), good);
  fs::remove(path("key"));
  EXPECT_EQ(checkpointer().error().code, ErrorCode::kCorrupt);
}

TEST_F(CheckpointerTest, TheKeyIsPrivateAndStays) {
  const std::string first = (*checkpointer())->key().verifier_key();
  EXPECT_EQ((*checkpointer())->key().verifier_key(), first);
  EXPECT_EQ(fs::status(path("key")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(path("key"), fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(checkpointer().error().code, ErrorCode::kPermission);
}

}  // namespace
}  // namespace sideband
