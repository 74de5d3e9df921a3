// What routes take for a body and for a query, and what they say of the rest.
#include "gateway/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/audit_record.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const RouteDoc kNoMembers = {"POST", "/none", "none", "", "Any"};
const RouteDoc kTwoMembers = {"POST", "/two", "two", "", "Any", {}, false, {{"q"}}, {{"a"}, {"b"}}};

Call with_body(const std::string& body, const RouteDoc& doc = kTwoMembers) {
  HttpRequest request;
  request.body = body;
  return {Principal::loop(), std::move(request), {}, {}, &doc, {}};
}

HttpRequest with_query(const std::string& key, const std::string& value) {
  HttpRequest request;
  request.query[key] = value;
  return request;
}

Document body_of(const std::string& text) {
  return read_body(with_body(text)).value();
}

TEST(RequestQuery, HasKnownParametersOnly) {
  EXPECT_TRUE(check_query(with_query("q", "x"), kTwoMembers).ok());
  EXPECT_TRUE(check_query({}, kNoMembers).ok());
  const auto unknown = check_query(with_query("limt", "5"), kTwoMembers);
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, HasSubstr("\"limt\" in the query; there are q"));
}

TEST(RequestBody, IsAnObjectOfKnownMembersOrNothing) {
  EXPECT_TRUE(read_body(with_body("", kNoMembers)).ok());
  EXPECT_TRUE(read_body(with_body("{}", kNoMembers)).ok());
  EXPECT_FALSE(read_body(with_body(R"({"a":1})", kNoMembers)).ok());
  EXPECT_TRUE(read_body(with_body(R"({"a":1})")).ok());
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {R"({"c":1})", "\"c\" in the body; there are a, b"},
           {R"({"a":1,"a":2})", "duplicate key a"},
           {"[]", "must be a JSON object"},
           {"\"a\"", "must be a JSON object"},
           {"{", "line 1"},
           {"{} {}", "line 1"}}) {
    const auto read = read_body(with_body(text));
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalid) << text;
    EXPECT_THAT(read.error().message, HasSubstr(said)) << text;
  }
}

TEST(RequestBody, MembersHaveTheirKind) {
  const Document body = body_of(R"({"a":"x","b":7})");
  EXPECT_EQ(*text_member(body, "a", ""), "x");
  EXPECT_EQ(*text_member(body, "none", "fallback"), "fallback");
  EXPECT_FALSE(text_member(body, "b", "").ok());
  EXPECT_FALSE(bool_member(body, "a").ok());
  EXPECT_FALSE(*bool_member(body, "none"));
  EXPECT_TRUE(*bool_member(body_of(R"({"a":true})"), "a"));
  EXPECT_FALSE(list_member(body, "a").ok());
  EXPECT_TRUE(list_member(body, "none")->empty());
  EXPECT_FALSE(list_member(body_of(R"({"a":["x",1]})"), "a").ok());
  EXPECT_THAT(*list_member(body_of(R"({"a":["x","y"]})"), "a"), ElementsAre("x", "y"));
}

TEST(RequestBody, TextsFitIntoARecord) {
  const auto body = [](const std::string& text) {
    return Document::map({{"a", Document::string(text)}});
  };
  EXPECT_TRUE(text_member(body(std::string(kMaxRecordText, 'x')), "a", "").ok());
  EXPECT_FALSE(text_member(body(std::string(kMaxRecordText + 1, 'x')), "a", "").ok());
  EXPECT_FALSE(text_member(body(std::string("x\0y", 3)), "a", "").ok());
}

TEST(RequestQuery, NumbersAreWholeAndWithinTheirBounds) {
  EXPECT_EQ(*number_query(HttpRequest(), "limit", 20, 100), 20);
  EXPECT_EQ(*number_query(with_query("limit", "0"), "limit", 20, 100), 0);
  EXPECT_EQ(*number_query(with_query("limit", "100"), "limit", 20, 100), 100);
  for (const char* wrong :
       {"", "101", "-1", "1.5", "1e1", " 1", "1 ", "0x10", "one", "99999999999999999999"}) {
    EXPECT_FALSE(number_query(with_query("limit", wrong), "limit", 20, 100).ok()) << wrong;
  }
}

TEST(RequestQuery, WaitHasAUnitAndAnEnd) {
  EXPECT_EQ(*wait_query(HttpRequest()), Duration(0));
  EXPECT_EQ(*wait_query(with_query("wait", "30s")), std::chrono::seconds(30));
  EXPECT_EQ(*wait_query(with_query("wait", "9h")), std::chrono::minutes(5));
  EXPECT_FALSE(wait_query(with_query("wait", "30")).ok());
  EXPECT_FALSE(wait_query(with_query("wait", "-1s")).ok());
}

}  // namespace
}  // namespace sideband
