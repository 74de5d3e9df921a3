#include "gateway/listen_address.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

TEST(ListenAddress, K4_6_WhatIsWrittenIsWhereItListens) {
  struct Case {
    std::string text, address;
    int port;
  };
  for (const Case& one : {Case{"127.0.0.1:9470", "127.0.0.1", 9470},
                          {"0.0.0.0:0", "0.0.0.0", 0},
                          {"localhost:9470", "127.0.0.1", 9470},
                          {"[::1]:9470", "::1", 9470},
                          {"[::]:65535", "::", 65535},
                          {"", "", 0}}) {
    const auto parsed = parse_listen_address(one.text);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_EQ(parsed->address, one.address) << one.text;
    EXPECT_EQ(parsed->port, one.port) << one.text;
  }
}

TEST(ListenAddress, K4_6_AnythingElseIsAnErrorThatSaysWhatToWrite) {
  for (const std::string text : {"9470",
                                 ":9470",
                                 "foo",
                                 "foo:9470",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:port",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:-1",
                                 "127.0.0.1:+1",
                                 "127.0.0.1: 1",
                                 "127.0.0.1:1 ",
                                 "256.0.0.1:1",
                                 "::1:9470",
                                 "[::1]",
                                 "[::1:9470",
                                 "[127.0.0.1]:1",
                                 "[]:1",
                                 " ",
                                 ":",
                                 "::",
                                 "http://127.0.0.1:9470",
                                 "127.0.0.1:9470/metrics",
                                 "127.1:9470"}) {
    const auto parsed = parse_listen_address(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalid);
    EXPECT_NE(parsed.error().message.find("127.0.0.1:9470"), std::string::npos);
    EXPECT_NE(parsed.error().message.find('"' + text + '"'), std::string::npos);
  }
}

}  // namespace
}  // namespace sideband
