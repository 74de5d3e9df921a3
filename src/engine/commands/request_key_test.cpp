#include "engine/commands/request_key.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

TEST(RequestKey, IsTheSameWithAndWithoutQuotes) {
  const auto plain = make_request_key("deploy-42", "ana", "POST /runs\n{}");
  const auto quoted = make_request_key("\"deploy-42\"", "ana", "POST /runs\n{}");
  ASSERT_TRUE(plain.ok() && quoted.ok());
  EXPECT_EQ(plain->id, quoted->id);
  EXPECT_EQ(plain->hash, quoted->hash);
}

TEST(RequestKey, IsOfOneIdentityAndOneRequest) {
  const auto of = [](const char* key, const char* by, const char* asked) {
    return make_request_key(key, by, asked).value();
  };
  EXPECT_NE(of("k", "ana", "x").id, of("k", "bo", "x").id);
  EXPECT_NE(of("k", "ana", "x").id, of("l", "ana", "x").id);
  EXPECT_EQ(of("k", "ana", "x").id, of("k", "ana", "y").id);
  EXPECT_NE(of("k", "ana", "x").hash, of("k", "ana", "y").hash);
}

TEST(RequestKey, IsNoneWithoutAHeader) {
  EXPECT_TRUE(make_request_key("", "ana", "x").value().id.empty());
}

TEST(RequestKey, RefusesWhatNobodyCouldReadAgain) {
  for (const std::string& bad : {std::string("\"\""), std::string("two words"), std::string("\x01"),
                                 std::string("\xc3\xa9"), std::string(256, 'k')}) {
    EXPECT_EQ(make_request_key(bad, "ana", "x").error().code, ErrorCode::kInvalid) << bad;
  }
  EXPECT_TRUE(make_request_key(std::string(255, 'k'), "ana", "x").ok());
}

}  // namespace
}  // namespace sideband
