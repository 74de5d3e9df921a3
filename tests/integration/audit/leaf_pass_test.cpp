// Old leaves that somebody changed in the store: found at the next start by a sample, and by the
// slow pass over all of them.
#include <filesystem>

#include "integration/audit/audit_world.h"
#include "support/sqlite_client.h"

namespace sideband {
namespace {

constexpr LeafPassPace kPace{.leaves = 200, .rest = std::chrono::minutes(10)};

class LeafPassTest : public AuditWorld {
 protected:
  // Without a sample, so that what the pass finds is not found before.
  std::unique_ptr<Checkpointer> without_samples() {
    SigningKey key = SigningKey::load_or_make(path("key"), "sideband.example/log").value();
    CheckpointerOptions options{.anchor = path("anchor")};
    options.samples = 0;
    options.pass = kPace;
    return Checkpointer::open(*store_, std::move(key), clock_, options).value();
  }
  void sign(int count) {
    append(std::vector<std::string>(static_cast<std::size_t>(count), "{}"));
    ASSERT_TRUE((*checkpointer())->sign_now().ok());
  }
  void edit(const std::string& sql) { SqliteClient(path("state/sideband.db")).run(sql); }
  // Goes on until `leaves` were looked at, or something is wrong.
  static std::string looks_back(Checkpointer& signer, std::int64_t leaves) {
    for (int i = 0; i < 1000; ++i) {
      const auto looked = signer.look_back();
      if (!looked.ok()) return looked.error().message;
      if (*looked >= leaves) return "";
    }
    return "it does not get on";
  }
};

TEST_F(LeafPassTest, K8_2_APassReadsEveryLeafOnceAndRests) {
  sign(1001);
  const auto signer = without_samples();
  EXPECT_EQ(looks_back(*signer, 1001), "");
  EXPECT_EQ(*signer->look_back(), 1001);
  clock_.advance(kPace.rest);
  EXPECT_EQ(*signer->look_back(), 1201);
}

TEST_F(LeafPassTest, K8_2_EachWayToChangeAnOldLeafIsFound) {
  const std::vector<std::string> edits = {
      "update leaves set record = '[]' where idx = 0",
      "update leaves set record = '[]' where idx = 555",
      "update leaves set record = record || ' ' where idx = 1000",
      "delete from leaves where idx = 3",
      "delete from leaves where idx = 999",
      "delete from leaves where idx > 400 and idx < 700",
      "update leaves set idx = idx + 100000 where idx = 600",
  };
  for (std::size_t i = 0; i < edits.size(); ++i) {
    SCOPED_TRACE(edits[i]);
    std::filesystem::remove(path("anchor"));
    open_store("state" + std::to_string(i));
    sign(1001);
    const auto signer = without_samples();
    SqliteClient(path("state" + std::to_string(i) + "/sideband.db")).run(edits[i]);
    EXPECT_NE(looks_back(*signer, 1001).find("LOG_FORKED: "), std::string::npos);
    EXPECT_FALSE(signer->tick().ok()) << "what has forked is signed no more";
  }
}

TEST_F(LeafPassTest, K8_2_WhatIsSignedMeanwhileIsOfTheNextPass) {
  sign(500);
  const auto signer = without_samples();
  EXPECT_EQ(*signer->look_back(), 200);
  append(std::vector<std::string>(300, "[]"));
  ASSERT_TRUE(signer->sign_now().ok());
  EXPECT_EQ(looks_back(*signer, 500), "");
  EXPECT_EQ(*signer->look_back(), 500);
  clock_.advance(kPace.rest);
  EXPECT_EQ(looks_back(*signer, 1300), "");
}

TEST_F(LeafPassTest, K8_2_ALogWithoutLeavesHasNothingToLookAt) {
  EXPECT_EQ(*without_samples()->look_back(), 0);
}

TEST_F(LeafPassTest, K8_2_ASampleOfOldLeavesIsLookedAtWhenItIsOpened) {
  sign(400);
  EXPECT_TRUE(checkpointer().ok());
  edit("update leaves set record = '[]' where idx = 77");
  const auto opened = checkpointer();
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("is not the one signed"), std::string::npos);
}

TEST_F(LeafPassTest, K8_2_AStoredRootThatWasChangedIsFoundByTheSample) {
  sign(2000);
  edit("update leaves set record = '[]' where idx = 100");
  edit("update audit_nodes set hash = zeroblob(32) where height = 9 and idx = 0");
  EXPECT_FALSE(checkpointer().ok());
}

// As an earlier build left it.
TEST_F(LeafPassTest, K8_2_WithoutStoredRootsThePassAloneLooks) {
  sign(2000);
  edit("delete from audit_nodes");
  edit("update leaves set record = '[]' where idx = 100");
  const auto opened = checkpointer();
  ASSERT_TRUE(opened.ok());
  EXPECT_NE(looks_back(**opened, 2000), "");
}

TEST_F(LeafPassTest, K8_2_WhatWaitsForItsSignatureIsKnownByItsAge) {
  const auto signer = without_samples();
  EXPECT_FALSE(signer->unsigned_since());
  append({"{}"});
  const MonoTime then = clock_.mono();
  EXPECT_FALSE(*signer->tick());
  clock_.advance(std::chrono::milliseconds(500));
  EXPECT_FALSE(*signer->tick());
  EXPECT_EQ(signer->unsigned_since(), then);
  clock_.advance(std::chrono::milliseconds(500));
  EXPECT_TRUE(*signer->tick());
  EXPECT_FALSE(signer->unsigned_since());
}

}  // namespace
}  // namespace sideband
