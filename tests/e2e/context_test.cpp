// Daemons by name: what is kept, who is asked, and that no token is in the file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

class Context : public testing::Test {
 protected:
  Context() {
    spill(path("ca.crt"), "somebody\n");
    spill(path("ana.token"), "sb_secret\n");
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_.path(name); }
  [[nodiscard]] std::string kept() const { return path("home/.config/sideband/contexts.json"); }
  Finished run(const Words& words, std::map<std::string, std::string> env = {}) {
    Command command;
    command.argv = {binary()};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.env = {{"HOME", path("home")}, {"XDG_CONFIG_HOME", ""}, {"NO_COLOR", "1"}};
    for (const auto& [name, value] : env) command.env[name] = value;
    command.folder = dir_.path();
    return run_to_end(std::move(command));
  }
  // Nobody listens there; the message says who was asked.
  std::string asked(const Words& words, const std::map<std::string, std::string>& env = {}) {
    const Finished done = run(words, env);
    EXPECT_EQ(done.code, 7) << done.err;
    return done.err;
  }
  void add(const std::string& name, const std::string& server) {
    const Finished added = run({"context", "add", name, "--server", server, "--ca", "ca.crt",
                                "--token-file", "ana.token"});
    ASSERT_EQ(added.code, 0) << added.err;
  }
  TempDir dir_;
};

TEST_F(Context, TheOneInUseIsAsked) {
  EXPECT_THAT(run({"context", "ls"}).out, HasSubstr("no contexts"));
  add("shop", "https://localhost:1");
  add("edge", "https://localhost:2/");
  EXPECT_THAT(asked({"get", "repairs"}), HasSubstr("/var/lib/sideband/sideband.sock"));
  ASSERT_EQ(run({"context", "use", "shop"}).code, 0);
  EXPECT_EQ(run({"context", "ls"}).out,
            "  edge  https://localhost:2/\n* shop  https://localhost:1\n");
  EXPECT_THAT(asked({"get", "repairs"}), HasSubstr("https://localhost:1"));
  EXPECT_THAT(asked({"--context", "edge", "get", "repairs"}), HasSubstr("https://localhost:2"));
  EXPECT_THAT(asked({"get", "repairs"}, {{"SIDEBAND_CONTEXT", "edge"}}),
              HasSubstr("https://localhost:2"));
  ASSERT_EQ(run({"context", "use", "--none"}).code, 0);
  EXPECT_THAT(asked({"get", "repairs"}), HasSubstr("sideband.sock"));
}

// Whoever names a place, or a state folder, does not mean another machine.
TEST_F(Context, WhoNamesAPlaceMeansThat) {
  add("shop", "https://localhost:1");
  ASSERT_EQ(run({"context", "use", "shop"}).code, 0);
  EXPECT_THAT(asked({"--socket", "x.sock", "get", "repairs"}), HasSubstr("x.sock"));
  EXPECT_THAT(asked({"--state", "s", "get", "repairs"}), HasSubstr("s/sideband.sock"));
  EXPECT_THAT(asked({"get", "repairs"}, {{"SIDEBAND_STATE", "t"}}), HasSubstr("t/sideband.sock"));
  EXPECT_THAT(asked({"--server", "https://localhost:3", "get", "repairs"}),
              HasSubstr("https://localhost:3"));
}

TEST_F(Context, ItKeepsPathsAndNoToken) {
  add("shop", "https://localhost:1");
  const std::string text = slurp(kept());
  EXPECT_THAT(text, Not(HasSubstr("sb_secret")));
  EXPECT_THAT(text, HasSubstr("/ana.token"));
  struct stat found {};
  ASSERT_EQ(::stat(kept().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  const Finished list = run({"-o", "json", "context", "ls"});
  EXPECT_EQ(Json::parse(list.out).at(0).at("tokenFile"),
            std::filesystem::canonical(path("ana.token")).string());
  ASSERT_EQ(run({"context", "use", "shop"}).code, 0);
  EXPECT_THAT(run({"context", "rm", "shop"}).out, HasSubstr("the socket of this machine"));
  EXPECT_THAT(run({"context", "ls"}).out, HasSubstr("no contexts"));
}

TEST_F(Context, WhatIsWrongIsSaidAndChangesNothing) {
  add("shop", "https://localhost:1");
  const std::string before = slurp(kept());
  const Words wrong[] = {{"add", "edge"},
                         {"add", "edge", "--server", "http://localhost:1"},
                         {"add", "edge", "--server", "https://localhost:1", "--ca", "none.crt"},
                         {"add", "edge", "--server", "https://localhost:1", "--token-file", "none"},
                         {"add", "Edge!", "--server", "https://localhost:1"},
                         {"use", "shpo"},
                         {"use"},
                         {"use", "shop", "--none"},
                         {"rm", "edge"},
                         {}};
  for (Words words : wrong) {
    words.insert(words.begin(), "context");
    EXPECT_EQ(run(words).code, 2) << words.back();
  }
  EXPECT_THAT(run({"context", "use", "shpo"}).err, HasSubstr("did you mean \"shop\""));
  EXPECT_EQ(run({"--context", "shpo", "get", "repairs"}).code, 2);
  EXPECT_EQ(slurp(kept()), before);
  spill(kept(), "[not a map");
  EXPECT_EQ(run({"get", "repairs"}).code, 2);
  EXPECT_EQ(run({"context", "rm", "shop"}).code, 2) << "what it cannot read it does not replace";
  EXPECT_EQ(slurp(kept()), "[not a map");
}

}  // namespace
}  // namespace sideband::e2e
