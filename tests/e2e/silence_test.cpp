// Silences by the built binary with real targets: what is silenced is shown and not repaired,
// nobody is told of it, through a kill, and all of that ends with the silence.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;

class Silences : public testing::Test {
 protected:
  Silences() {
    daemon_.token("kim");
    for (int i = 0; i < 4; ++i) put("desired", i, "on\n");
    for (int i = 0; i < 4; ++i) put("nodes", i, "on\n");
    fs::create_directories(daemon_.path("mails"));
    daemon_.configure(
        target("source", "files", "root: " + daemon_.path("desired")) +
        target("nodes", "files", "root: " + daemon_.path("nodes")) +
        target("mail", "exec", "commands: [/usr/bin/touch]") +
        "---\napiVersion: resolved.sideband/v1\nkind: Channel\nmetadata: {name: oncall}\n"
        "spec:\n  target: mail\n  after: 0s\n  tell: {argv: [/usr/bin/touch, \"" +
        daemon_.path("mails/{event}") + "\"]}\n" +
        reconciler("fleet",
                   "  mode: auto\n  interval: 300ms\n  notify: oncall\n"
                   "  gates: {cooldown: 10ms}\n"
                   "  desired: {target: source, files: \"*.conf\"}\n"
                   "  actual: {target: nodes, files: \"*.conf\"}\n"));
  }
  void put(const std::string& side, int i, const std::string& text) {
    spill(daemon_.path(side + "/" + std::to_string(i) + ".conf"), text);
  }
  std::string file(int i) { return slurp(daemon_.path("nodes/" + std::to_string(i) + ".conf")); }
  Json shown() { return daemon_.get("/api/v1/reconcilers/fleet"); }
  std::string told() { return shown().dump(1) + daemon_.log(); }
  bool held() { return shown().value("status", "") == "held"; }
  // So many looks later, of which each makes a plan, and the notifier looked, too.
  void some_looks_later() {
    for (int i = 0; i < 12; ++i) {
      const std::string before = shown().value("lookedAt", "");
      ASSERT_TRUE(until([&] { return shown().value("lookedAt", "") != before; })) << told();
    }
  }
  std::string id_of_first() { return daemon_.get("/api/v1/silences").at("items").at(0).at("id"); }

  Daemon daemon_;
};

TEST_F(Silences, ASilenceSurvivesAKillAndTellsNobody) {
  daemon_.start();
  const Finished preview = daemon_.cli(
      {"silence", "add", "--reconciler", "fl*", "--for", "2h", "--reason", "move", "--dry-run"});
  EXPECT_EQ(preview.code, 0) << preview.err;
  EXPECT_THAT(preview.out, HasSubstr("DRY-RUN: would silence reconciler fl*"));
  EXPECT_THAT(preview.out, HasSubstr("it matches 1 reconciler(s) now:\n    fleet\n"));
  EXPECT_TRUE(daemon_.get("/api/v1/silences").at("items").empty()) << "a dry run keeps nothing";
  const Finished made = daemon_.cli(
      {"silence", "add", "--reconciler", "fl*", "--for", "2h", "--reason", "move"}, "kim");
  EXPECT_EQ(made.code, 0) << made.err;
  put("nodes", 1, "off\n");
  ASSERT_TRUE(until([&] { return held(); })) << told();
  EXPECT_THAT(shown().dump(), HasSubstr(" by kim: move"));
  EXPECT_THAT(daemon_.cli({"explain", "fleet"}).out, HasSubstr("silenced until "));
  EXPECT_EQ(shown().at("drift"), 1);
  EXPECT_THAT(daemon_.cli({"describe", "fleet"}).out,
              ContainsRegex("silenced +until .* by kim: move"));
  daemon_.kill_now();
  daemon_.start();
  ASSERT_TRUE(until([&] { return held(); })) << told();
  some_looks_later();
  EXPECT_EQ(file(1), "off\n");
  EXPECT_TRUE(fs::is_empty(daemon_.path("mails"))) << "held, and nobody is told";
  const std::string listed = daemon_.cli({"silence", "list"}).out;
  EXPECT_THAT(listed, ContainsRegex("reconciler fl\\* +1 +holds"));
  EXPECT_EQ(daemon_.cli({"get", "silences"}).out, listed);

  EXPECT_EQ(daemon_.cli({"silence", "expire", id_of_first()}).code, 0);
  EXPECT_TRUE(until([&] { return file(1) == "on\n"; })) << told();
  EXPECT_NE(daemon_.cli({"silence", "expire", id_of_first()}).code, 0) << "it has ended";
  EXPECT_THAT(daemon_.cli({"silence", "list"}).out, HasSubstr("ended"));
  const std::string folder = daemon_.path("audit");
  ASSERT_EQ(daemon_.cli({"audit", "export", folder}).code, 0);
  EXPECT_EQ(daemon_.cli({"audit", "verify", folder, "--key", daemon_.public_key()}).code, 0);
}

TEST_F(Silences, WhatIsStillSoAtItsEndIsTold) {
  daemon_.start();
  ASSERT_EQ(daemon_.cli({"silence", "add", "--all", "--for", "1h", "--reason", "move"}).code, 0);
  ASSERT_EQ(daemon_.cli({"pause", "fleet", "--reason", "look"}).code, 0);
  fs::rename(daemon_.path("desired"), daemon_.path("gone"));
  ASSERT_EQ(daemon_.cli({"resume", "fleet"}).code, 0);
  ASSERT_TRUE(until([&] { return shown().value("status", "") == "failing"; })) << told();
  EXPECT_TRUE(fs::is_empty(daemon_.path("mails")));
  ASSERT_EQ(daemon_.cli({"silence", "expire", id_of_first()}).code, 0);
  EXPECT_TRUE(until([&] { return fs::exists(daemon_.path("mails/opened")); })) << told();
}

TEST_F(Silences, WhatWouldMatchTooMuchIsRefused) {
  daemon_.start();
  const std::vector<Words> wrong = {
      {"--for", "2h", "--reason", "r"},
      {"--reconciler", "*", "--for", "2h", "--reason", "r"},
      {"--reconciler", "**", "--for", "2h", "--reason", "r"},
      {"--reconciler", "", "--for", "2h", "--reason", "r"},
      {"--owner", "", "--for", "2h", "--reason", "r"},
      {"--target", "", "--all", "--for", "2h", "--reason", "r"},
      {"--label", "", "--for", "2h", "--reason", "r"},
      {"--label", "tier", "--for", "2h", "--reason", "r"},
      {"--label", "tier=", "--for", "2h", "--reason", "r"},
      {"--label", "=gold", "--for", "2h", "--reason", "r"},
      {"--label", "a=b", "--label", "a=c", "--for", "2h", "--reason", "r"},
      {"--all", "--owner", "o", "--for", "2h", "--reason", "r"},
      {"--all", "--for", "31d", "--reason", "r"},
      {"--all", "--for", "0s", "--reason", "r"},
      {"--all", "--for", "2", "--reason", "r"},
      {"--all", "--for", "-1h", "--reason", "r"},
      {"--all", "--for", "", "--reason", "r"},
      {"--all", "--for", "2h", "--reason", ""},
      {"--all", "--reason", "r"},
      {"--all", "--for", "2h"},
  };
  for (Words words : wrong) {
    words.insert(words.begin(), {"silence", "add"});
    const Finished done = daemon_.cli(words);
    EXPECT_NE(done.code, 0) << fmt::format("{}", fmt::join(words, " "));
    EXPECT_FALSE(done.err.empty());
  }
  EXPECT_TRUE(daemon_.get("/api/v1/silences").at("items").empty());
  const std::string none =
      daemon_
          .cli({"silence", "add", "--owner", "nobody", "--for", "1h", "--reason", "r", "--dry-run"})
          .out;
  EXPECT_THAT(none, HasSubstr("it matches nothing that is configured now"));
}

}  // namespace
}  // namespace sideband::e2e
