#include "engine/commands/request_key.h"

#include <gtest/gtest.h>

#include "support/person.h"

namespace sideband {
namespace {

TEST(RequestKey, IsTheSameWithAndWithoutQuotes) {
  const auto plain = make_request_key("deploy-42", person("ana"), "POST /runs\n{}");
  const auto quoted = make_request_key("\"deploy-42\"", person("ana"), "POST /runs\n{}");
  ASSERT_TRUE(plain.ok() && quoted.ok());
  EXPECT_EQ(plain->id, quoted->id);
  EXPECT_EQ(plain->hash, quoted->hash);
}

TEST(RequestKey, IsOfOneIdentityAndOneRequest) {
  const auto of = [](const char* key, const Principal& by, const char* asked) {
    return make_request_key(key, by, asked).value();
  };
  EXPECT_NE(of("k", person("ana"), "x").id, of("k", person("bo"), "x").id);
  EXPECT_NE(of("k", person("ana"), "x").id, of("l", person("ana"), "x").id);
  EXPECT_EQ(of("k", person("ana"), "x").id, of("k", person("ana"), "y").id);
  EXPECT_NE(of("k", person("ana"), "x").hash, of("k", person("ana"), "y").hash);
}

TEST(RequestKey, IsNoneWithoutAHeader) {
  EXPECT_TRUE(make_request_key("", person("ana"), "x").value().id.empty());
}

TEST(RequestKey, RefusesWhatNobodyCouldReadAgain) {
  for (const std::string& bad : {std::string("\"\""), std::string("two words"), std::string("\x01"),
                                 std::string("\xc3\xa9"), std::string(256, 'k')}) {
    EXPECT_EQ(make_request_key(bad, person("ana"), "x").error().code, ErrorCode::kInvalid) << bad;
  }
  EXPECT_TRUE(make_request_key(std::string(255, 'k'), person("ana"), "x").ok());
}

}  // namespace
}  // namespace sideband
