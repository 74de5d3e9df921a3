// Signing and opening checkpoints: many signatures, wrong names, colliding names.
#include "audit/signing_key.h"

#include "audit/verify/note.h"
#include "base/bytes.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

class SigningKeyTest : public testing::Test {
 protected:
  SigningKey key(const std::string& file, const std::string& name) {
    return SigningKey::load_or_make(dir_.path() + "/" + file, name).value();
  }
  static VerifierKey verifier(const SigningKey& key) {
    return *parse_verifier_key(key.verifier_key());
  }

  TempDir dir_;
  const Checkpoint checkpoint_{"log.example", 7, sha256("root")};
};

TEST_F(SigningKeyTest, SignsWhatTheVerifierOpens) {
  const SigningKey ours = key("a", "log.example");
  const std::string note = ours.sign_note(checkpoint_text(checkpoint_)).value();
  EXPECT_EQ(*open_checkpoint(note, verifier(ours)), checkpoint_);
}

TEST_F(SigningKeyTest, PassesOverSignaturesOfOthers) {
  const SigningKey ours = key("a", "log.example");
  std::string note = ours.sign_note(checkpoint_text(checkpoint_)).value();
  const std::size_t lines = note.find("\n\n") + 2;
  for (int i = 0; i < 20; ++i) {
    note.insert(lines, "\xe2\x80\x94 witness" + std::to_string(i) + " " +
                           to_base64(std::string(68, static_cast<char>(i))) + "\n");
  }
  EXPECT_TRUE(open_checkpoint(note, verifier(ours)).ok());
}

TEST_F(SigningKeyTest, RefusesOtherOriginsAndKeysOfTheSameName) {
  const SigningKey ours = key("a", "log.example"), same_name = key("b", "log.example");
  const SigningKey other = key("c", "other.example");
  const std::string text = checkpoint_text(checkpoint_);
  EXPECT_FALSE(open_checkpoint(same_name.sign_note(text).value(), verifier(ours)).ok());
  EXPECT_FALSE(open_checkpoint(other.sign_note(text).value(), verifier(ours)).ok());
  EXPECT_FALSE(open_checkpoint(other.sign_note(text).value(), verifier(other)).ok());
  // Two heads of one size: both open, and their roots show the equivocation.
  const Checkpoint forked{"log.example", 7, sha256("another root")};
  const auto second =
      open_checkpoint(ours.sign_note(checkpoint_text(forked)).value(), verifier(ours));
  EXPECT_TRUE(second.ok() && second->size == checkpoint_.size && second->root != checkpoint_.root);
}

TEST_F(SigningKeyTest, RefusesUnfitNamesAndFiles) {
  for (const char* name : {"", "a+b", "a b", "a\nb"}) {
    EXPECT_EQ(SigningKey::load_or_make(dir_.path() + "/k", name).error().code, ErrorCode::kInvalid);
  }
  EXPECT_FALSE(SigningKey::load_or_make(dir_.path() + "/none/key", "log.example").ok());
}

}  // namespace
}  // namespace sideband
