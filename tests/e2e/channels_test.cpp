// Who is told that a reconciler needs somebody, by the built binary: webhooks of a real HTTP
// service, a command, receivers that are away, a daemon that dies between telling and its record.
#include <gmock/gmock.h>

#include <filesystem>

#include "base/mutex.h"
#include "e2e/daemon.h"
#include "support/http_service.h"

namespace sideband::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Keeps what it is sent, and answers as it is told.
class Receiver {
 public:
  Receiver() : service_([this](const auto& seen, const auto& client) { take(seen, client); }) {}

  [[nodiscard]] std::string url() const { return service_.url(); }
  void answers(int status) {
    const MutexLock lock(mutex_);
    status_ = status;
  }
  [[nodiscard]] std::vector<Json> bodies() const {
    const MutexLock lock(mutex_);
    return bodies_;
  }
  // The events by their words, once there are so many.
  std::vector<std::string> events(std::size_t count) const {
    EXPECT_TRUE(until([&] { return bodies().size() >= count; }));
    std::vector<std::string> words;
    for (const Json& body : bodies()) words.push_back(body.at("data").at("event"));
    return words;
  }

 private:
  void take(const SeenRequest& seen, const HttpClientSide& client) {
    int status = 0;
    {
      const MutexLock lock(mutex_);
      bodies_.push_back(Json::parse(seen.body));
      status = status_;
    }
    client.answer(status, "{}", "Content-Type: application/json\r\n");
  }

  mutable Mutex mutex_;
  std::vector<Json> bodies_ SB_GUARDED_BY(mutex_);
  int status_ SB_GUARDED_BY(mutex_) = 202;
  HttpService service_;  // last: its threads use the others
};

// Ten files that are to be equal in two folders, a reconciler that may change two of them, and
// channels that are told at once.
class Channels : public testing::Test {
 protected:
  Channels() {
    for (int i = 0; i < 10; ++i) put("desired", i, "on\n");
    for (int i = 0; i < 10; ++i) put("nodes", i, "on\n");
    std::filesystem::create_directories(daemon_.path("mails"));
    daemon_.token("operator");
  }
  void configure(const std::string& channels, const std::string& notify) {
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) + channels +
                      reconciler("fleet", "  mode: auto\n  interval: 300ms\n" + notify +
                                              "  gates: {maxChanges: {percent: 20%, window: 1h}}\n"
                                              "  desired: {target: source, files: \"*.conf\"}\n"
                                              "  actual: {target: nodes, files: \"*.conf\"}\n"));
  }
  static std::string channel(const std::string& name, const std::string& spec) {
    return "---\napiVersion: resolved.sideband/v1\nkind: Channel\nmetadata: {name: " + name +
           "}\nspec:\n" + spec;
  }
  [[nodiscard]] std::string webhook(const std::string& more = "  after: 0s\n") const {
    return target("pager", "http", "url: \"" + receiver_.url() + "\", allow: [127.0.0.1]") +
           channel("oncall", "  target: pager\n  tell: {path: /hook, body: \"{json}\"}\n" + more);
  }
  void put(const std::string& side, int i, const std::string& text) {
    spill(daemon_.path(side + "/" + std::to_string(i) + ".conf"), text);
  }
  void break_files(int count) {
    for (int i = 0; i < count; ++i) put("nodes", i, "off\n");
  }
  void mend_files() { break_files_to("on\n"); }
  void break_files_to(const std::string& text) {
    for (int i = 0; i < 10; ++i) put("nodes", i, text);
  }
  Json notices() {
    const Finished got = daemon_.cli({"get", "notices", "-o", "json"});
    EXPECT_EQ(got.code, 0) << got.err;
    return got.code == 0 ? Json::parse(got.out).at("items") : Json::array();
  }
  bool notice_has(const std::string& member, const std::string& value) {
    return until([&] {
      const Json all = notices();
      return all.size() == 1 && all.at(0).value(member, "") == value;
    });
  }
  std::string audit() {
    EXPECT_EQ(daemon_.cli({"audit", "export", daemon_.path("audit")}).code, 0);
    std::string all;
    for (const auto& file : std::filesystem::recursive_directory_iterator(daemon_.path("audit"))) {
      if (file.is_regular_file()) all += slurp(file.path());
    }
    return all;
  }

  Receiver receiver_;
  Daemon daemon_;
};

TEST_F(Channels, WhatIsHeldIsToldAndItsEndToo) {
  configure(webhook(), "  notify: oncall\n");
  daemon_.start();
  break_files(5);
  EXPECT_THAT(receiver_.events(1), ElementsAre("opened")) << daemon_.log();
  const Json body = receiver_.bodies().front();
  EXPECT_EQ(body.at("specversion"), "1.0");
  EXPECT_EQ(body.at("subject"), "fleet");
  EXPECT_EQ(body.at("data").at("status"), "held");
  EXPECT_THAT(body.at("data").at("text").get<std::string>(), HasSubstr("fleet is held: "));
  EXPECT_TRUE(notice_has("told", "held")) << notices().dump(1);
  const Finished table = daemon_.cli({"get", "notices"});
  EXPECT_THAT(table.out, HasSubstr("oncall"));
  mend_files();
  EXPECT_THAT(receiver_.events(2), ElementsAre("opened", "resolved"));
  EXPECT_EQ(body.at("data").at("matter"), receiver_.bodies().at(1).at("data").at("matter"));
  EXPECT_TRUE(until([&] { return notices().empty(); }));
  const std::string records = audit();
  EXPECT_THAT(records, HasSubstr(R"("event":"opened","id":")"));
  EXPECT_THAT(records, HasSubstr(R"("event":"resolved","id":")"));
  const HttpAnswer metrics = daemon_.call("GET", "/metrics");
  EXPECT_THAT(
      metrics.body,
      HasSubstr(R"(sideband_notices_total{channel="oncall",event="opened",result="told"} 1)"))
      << metrics.body;
}

TEST_F(Channels, AReceiverThatIsAwayHearsLaterAndOfEachAttemptTheSameId) {
  receiver_.answers(503);
  configure(webhook(), "  notify: [oncall]\n");
  daemon_.start();
  break_files(5);
  EXPECT_TRUE(until([&] { return receiver_.bodies().size() >= 2; })) << daemon_.log();
  EXPECT_TRUE(until([&] {
    const Json all = notices();
    return all.size() == 1 && all.at(0).value("error", "").find("503") != std::string::npos;
  })) << notices().dump(1);
  receiver_.answers(200);
  EXPECT_TRUE(notice_has("told", "held")) << notices().dump(1);
  const auto bodies = receiver_.bodies();
  for (const Json& body : bodies) EXPECT_EQ(body.at("id"), bodies.front().at("id"));
}

TEST_F(Channels, ADaemonThatDiesBeforeTellingTellsItOnce) {
  configure(webhook(), "  notify: [oncall]\n");
  daemon_.spawn({{"SIDEBAND_CRASH_AT", "notice_begun:1"}});
  break_files(5);
  daemon_.process().wait(std::chrono::seconds(20));
  EXPECT_TRUE(receiver_.bodies().empty());
  daemon_.start();
  EXPECT_TRUE(notice_has("told", "held")) << notices().dump(1);
  EXPECT_THAT(receiver_.events(1), ElementsAre("opened"));
}

TEST_F(Channels, ADaemonThatDiesBetweenTellingAndItsRecordTellsItAgain) {
  configure(webhook(), "  notify: [oncall]\n");
  daemon_.spawn({{"SIDEBAND_CRASH_AT", "notice_told:1"}});
  break_files(5);
  EXPECT_EQ(receiver_.events(1).size(), 1U) << daemon_.log();
  daemon_.process().wait(std::chrono::seconds(20));
  daemon_.start();
  receiver_.events(2);
  const auto bodies = receiver_.bodies();
  EXPECT_EQ(bodies.at(0).at("id"), bodies.at(1).at("id"));
  EXPECT_TRUE(notice_has("told", "held")) << notices().dump(1);
  mend_files();
  EXPECT_THAT(receiver_.events(3).back(), "resolved");
}

TEST_F(Channels, ACommandGetsTheSentenceAsOneArgument) {
  configure(target("mailer", "exec", "commands: [/usr/bin/touch]") +
                channel("mail",
                        "  target: mailer\n  after: 0s\n  when: [held]\n"
                        "  tell: {argv: [/usr/bin/touch, \"" +
                            daemon_.path("mails/{reconciler} {event} {owner}") + "\"]}\n"),
            "  notify: mail\n");
  daemon_.start();
  break_files(5);
  EXPECT_TRUE(until([&] { return !std::filesystem::is_empty(daemon_.path("mails")); }))
      << daemon_.log();
  for (const auto& mail : std::filesystem::directory_iterator(daemon_.path("mails"))) {
    EXPECT_THAT(mail.path().filename().string(), HasSubstr("fleet opened "));
  }
}

TEST_F(Channels, WhatIsNotWantedOrTooShortIsNotTold) {
  configure(webhook("  when: [needs_human]\n  after: 0s\n"), "  notify: oncall\n");
  daemon_.start();
  break_files(5);
  EXPECT_TRUE(until([&] {
    const Json now = daemon_.get("/api/v1/reconcilers/fleet");
    return now.is_object() && now.value("status", "") == "held";
  }));
  EXPECT_TRUE(notices().empty());
  configure(webhook("  after: 1h\n"), "  notify: oncall\n");
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(notice_has("status", "held"));
  EXPECT_TRUE(receiver_.bodies().empty());
}

TEST_F(Channels, AChannelThatIsTakenOutIsForgotten) {
  configure(webhook(), "  notify: oncall\n");
  daemon_.start();
  break_files(5);
  EXPECT_THAT(receiver_.events(1), ElementsAre("opened"));
  configure(webhook(), "");
  daemon_.process().signal(SIGHUP);
  EXPECT_THAT(receiver_.events(2), ElementsAre("opened", "resolved")) << daemon_.log();
  EXPECT_TRUE(until([&] { return notices().empty(); }));
}

}  // namespace
}  // namespace sideband::e2e
