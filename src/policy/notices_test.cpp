#include "policy/notices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/jcs.h"
#include "model/document.h"

namespace sideband {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const WallTime kNoticed = from_us(1'700'000'000'000'000);
const NoticeKey kOncall{"oncall", "prices"};

// A channel and what it has heard, driven by looks at a reconciler.
class Told {
 public:
  explicit Told(ChannelSettings channel = {}) : channel_(std::move(channel)) {}

  // A look `after` the last one; what is owed and due is told, unless the receiver is away.
  std::string look(Duration after, const std::string& status, bool away = false) {
    now_ += after;
    std::optional<Matter> matter;
    if (!status.empty()) matter = Matter{status, "why " + status};
    notice_ = notice_after_look(std::move(notice_), matter, channel_, now_);
    if (!notice_ || !notice_is_due(*notice_, now_)) return "";
    notice_ = notice_begun(*notice_, now_);
    const std::string event(notice_event_name(notice_->owed));
    ids_.push_back(event_id(kOncall, *notice_));
    notice_ =
        away ? notice_failed(*notice_, "away", Duration(0), now_) : notice_told(*notice_, now_);
    return away ? "failed " + event : event;
  }

  [[nodiscard]] const std::optional<Notice>& notice() const { return notice_; }
  [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }

 private:
  ChannelSettings channel_;
  WallTime now_ = kNoticed;
  std::optional<Notice> notice_;
  std::vector<std::string> ids_;
};

TEST(Notices, WhatLastsIsToldAndItsEndToo) {
  Told told;
  EXPECT_EQ(told.look(0s, "held"), "");
  EXPECT_EQ(told.look(59s, "held"), "");
  EXPECT_EQ(told.look(1s, "held"), "opened");
  EXPECT_EQ(told.look(5h, "held"), "") << "told once";
  EXPECT_EQ(told.look(1s, ""), "");
  EXPECT_EQ(told.look(59s, ""), "") << "gone for less than a minute";
  EXPECT_EQ(told.look(1s, ""), "resolved");
  EXPECT_FALSE(told.notice());
}

TEST(Notices, WhatIsShortIsNeverTold) {
  Told told;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(told.look(20s, "held"), "");
    EXPECT_EQ(told.look(20s, ""), "");
    EXPECT_FALSE(told.notice());
  }
}

TEST(Notices, AShortEndIsNone) {
  Told told;
  told.look(0s, "needs_human");
  EXPECT_EQ(told.look(1min, "needs_human"), "opened");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(told.look(30s, ""), "");
    EXPECT_EQ(told.look(20s, "needs_human"), "");
  }
}

TEST(Notices, AnotherReasonIsAChangeOfTheSameMatter) {
  Told told;
  told.look(0s, "held");
  EXPECT_EQ(told.look(1min, "held"), "opened");
  EXPECT_EQ(told.look(1s, "needs_human"), "changed");
  EXPECT_EQ(told.look(1s, "needs_human"), "");
  ASSERT_EQ(told.ids().size(), 2U);
  const auto matter_of = [](const std::string& id) { return id.substr(0, id.find('-')); };
  EXPECT_EQ(matter_of(told.ids()[0]), matter_of(told.ids()[1]));
  EXPECT_NE(told.ids()[0], told.ids()[1]);
}

TEST(Notices, RepeatedWhereTheChannelSaysSo) {
  ChannelSettings channel;
  channel.repeat = 4h;
  Told told(channel);
  told.look(0s, "held");
  EXPECT_EQ(told.look(1min, "held"), "opened");
  EXPECT_EQ(told.look(3h, "held"), "");
  EXPECT_EQ(told.look(1h, "held"), "repeated");
  EXPECT_EQ(told.look(4h, "held"), "repeated");
}

TEST(Notices, EachAttemptHasTheSameIdAndComesLater) {
  Told told;
  told.look(0s, "held", true);
  EXPECT_EQ(told.look(1min, "held", true), "failed opened");
  EXPECT_EQ(told.look(4s, "held", true), "") << "not at once";
  EXPECT_EQ(told.look(1s, "held", true), "failed opened");
  EXPECT_EQ(told.look(9s, "held", true), "");
  EXPECT_EQ(told.look(1s, "held", true), "failed opened");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(told.look(10min, "held", true), "failed opened");
  EXPECT_EQ(told.look(10min, "held"), "opened");
  for (const std::string& id : told.ids()) EXPECT_EQ(id, told.ids().front());
}

TEST(Notices, WhatMayHaveBeenHeardIsEndedToo) {
  Told told;
  told.look(0s, "held");
  EXPECT_EQ(told.look(1min, "held", true), "failed opened");
  EXPECT_EQ(told.look(1s, ""), "");
  EXPECT_EQ(told.look(1min, ""), "resolved");
}

TEST(Notices, AnEndThatNobodyHearsIsLetGoAfterADay) {
  Told told;
  told.look(0s, "held");
  told.look(1min, "held");
  told.look(1s, "", true);
  EXPECT_EQ(told.look(1min, "", true), "failed resolved");
  EXPECT_TRUE(told.notice());
  EXPECT_EQ(told.look(24h, "", true), "failed resolved");
  EXPECT_FALSE(told.notice());
}

TEST(Notices, WhatComesBackAfterAnEndThatMayHaveBeenHeardIsToldAgain) {
  Told told;
  told.look(0s, "held");
  EXPECT_EQ(told.look(1min, "held"), "opened");
  told.look(1s, "");
  EXPECT_EQ(told.look(1min, "", true), "failed resolved");
  EXPECT_EQ(told.look(1s, "held"), "changed");
  EXPECT_EQ(told.look(1h, "held"), "");
}

TEST(Notices, AReceiverMayAskForTime) {
  Notice notice{.since = kNoticed, .owed = NoticeEvent::kOpened, .number = 1};
  notice = notice_begun(notice, kNoticed);
  EXPECT_EQ(notice_failed(notice, "busy", 2min, kNoticed)->next_at, kNoticed + 2min);
  EXPECT_EQ(notice_failed(notice, "busy", 1s, kNoticed)->next_at, kNoticed + 5s);
  EXPECT_EQ(notice_failed(notice, "busy", 100h, kNoticed)->next_at, kNoticed + 1h);
}

Notice hostile() {
  Notice notice{.since = kNoticed, .owed = NoticeEvent::kOpened, .number = 3};
  notice.status = "failing";
  notice.why = "the server said \"no\\n\"\nand {more}\x01";
  return notice;
}

TEST(Notices, TextsStandBetweenQuotes) {
  const DriverOptions tell = {{"body", "{{\"text\": \"{text}\", \"why\": \"{why}\"}}"}};
  const auto filled = fill_notice(tell, kOncall, hostile(), Labels{});
  ASSERT_TRUE(filled.ok()) << filled.error().message;
  const auto parsed = parse_json(filled->at("body"));
  ASSERT_TRUE(parsed.ok()) << filled->at("body");
  EXPECT_THAT(filled->at("body"), HasSubstr("the server said 'no/n' and {more} "));
}

TEST(Notices, TheWholeIsACloudEvent) {
  Labels labels;
  labels.owner = "team-shop";
  const auto filled = fill_notice({{"body", "{json}"}}, kOncall, hostile(), labels);
  ASSERT_TRUE(filled.ok()) << filled.error().message;
  const std::string& body = filled->at("body");
  ASSERT_TRUE(parse_json(body).ok()) << body;
  for (const char* part :
       {R"("specversion":"1.0")", R"("type":"sideband.reconciler.opened")", R"("subject":"prices")",
        R"("source":"sideband/oncall")", R"("owner":"team-shop")", R"(-3")"}) {
    EXPECT_THAT(body, HasSubstr(part));
  }
}

TEST(Notices, EveryPlaceholderHasAValueAndNoOther) {
  for (const std::string& name : notice_placeholders()) {
    const auto filled = fill_notice({{"x", "{" + name + "}"}}, kOncall, hostile(), Labels{});
    EXPECT_TRUE(filled.ok()) << name;
  }
  EXPECT_FALSE(fill_notice({{"x", "{password}"}}, kOncall, hostile(), Labels{}).ok());
}

TEST(Notices, AreKeptAsTheyWere) {
  Notice notice = hostile();
  notice.gone_since = kNoticed + 1s;
  notice.told_at = kNoticed + 2s;
  notice.told = "held";
  notice.tried = true;
  notice.attempts = 7;
  notice.next_at = kNoticed + 3s;
  notice.error = "away";
  const std::string bytes = encode_notice(notice);
  const auto back = decode_notice(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, notice);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_notice(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode_notice(bytes + "x").ok());
}

}  // namespace
}  // namespace sideband
