// Replies as texts: those that MGET and SCAN give, and those that they must not give.
#include "drivers/redis/texts.h"

#include <gtest/gtest.h>

#include <memory>

namespace sideband {
namespace {

// What stands in a reply; "-" for a nil.
std::vector<std::string> read(const std::string& reply, RedisTexts& texts) {
  const std::unique_ptr<redisReader, void (*)(redisReader*)> reader(redisReaderCreate(),
                                                                    redisReaderFree);
  reader->fn = RedisTexts::functions();
  reader->privdata = &texts;
  texts.clear();
  void* object = nullptr;
  EXPECT_EQ(redisReaderFeed(reader.get(), reply.data(), reply.size()), REDIS_OK);
  EXPECT_EQ(redisReaderGetReply(reader.get(), &object), REDIS_OK);
  EXPECT_NE(object, nullptr);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < texts.size(); ++i) out.emplace_back(texts.at(i).value_or("-"));
  return out;
}

using Words = std::vector<std::string>;

TEST(RedisTextsTest, KeepsTextsAndNilsInOrder) {
  RedisTexts texts;
  EXPECT_EQ(read("*4\r\n$3\r\none\r\n$-1\r\n$0\r\n\r\n$2\r\n\r\n\r\n", texts),
            (Words{"one", "-", "", "\r\n"}));
  EXPECT_EQ(read("*1\r\n$1\r\nx\r\n", texts), Words{"x"}) << "what was before is gone";
}

TEST(RedisTextsTest, KeepsTextsOfAnArrayWithinAtTheirPlaces) {
  RedisTexts texts;
  EXPECT_EQ(read("*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", texts), (Words{"17", "a", "b"}));
  EXPECT_EQ(read("*2\r\n$1\r\n0\r\n*0\r\n", texts), Words{"0"});
}

TEST(RedisTextsTest, AnErrorIsTheServersOwn) {
  RedisTexts texts;
  EXPECT_TRUE(read("-NOPERM this user has no permissions\r\n", texts).empty());
  EXPECT_EQ(texts.odd("MGET").code, ErrorCode::kPermission);
  EXPECT_TRUE(read("*2\r\n$1\r\na\r\n-LOADING the dataset\r\n", texts).empty());
  EXPECT_EQ(texts.odd("MGET").code, ErrorCode::kUnavailable);
}

TEST(RedisTextsTest, AnythingElseIsNoArrayOfTexts) {
  RedisTexts texts;
  for (const char* reply : {":7\r\n", "$3\r\none\r\n", "$-1\r\n", "*2\r\n$1\r\na\r\n:7\r\n"}) {
    EXPECT_TRUE(read(reply, texts).empty()) << reply;
    EXPECT_EQ(texts.odd("MGET").code, ErrorCode::kCorrupt) << reply;
  }
}

}  // namespace
}  // namespace sideband
