// Signed notes against a published one, and what must be refused.
#include "audit/verify/note.h"

#include "base/bytes.h"

namespace sideband {
namespace {

// The example of the Go package golang.org/x/mod/sumdb/note.
constexpr std::string_view kKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kSignature =
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

TEST(Note, PublishedKeyAndSignature) {
  const auto key = parse_verifier_key(kKey);
  ASSERT_TRUE(key.ok()) << key.error().message;
  const std::string signature = *from_base64(kSignature);
  EXPECT_EQ(signature.substr(0, 4), key->id);
  EXPECT_TRUE(verify_ed25519(key->pub, kText, signature.substr(4)));
  EXPECT_FALSE(verify_ed25519(key->pub, "other", signature.substr(4)));
}

TEST(Note, RefusesMalformedKeys) {
  for (const std::string_view text :
       {"", "a+b", "a+c74f20a3+", "Other+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"}) {
    EXPECT_FALSE(parse_verifier_key(text).ok()) << text;
  }
}

TEST(Note, RefusesMalformedCheckpoints) {
  const VerifierKey key = *parse_verifier_key(kKey);
  for (const std::string_view note :
       {"", "\n\n", "PeterNeumann\n1\n\n", "PeterNeumann\n01\nAA==\n\n", "a\nb\nc\n\n\xe2\x80\x94",
        "PeterNeumann\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"}) {
    EXPECT_FALSE(open_checkpoint(note, key).ok()) << note;
  }
}

}  // namespace
}  // namespace sideband
