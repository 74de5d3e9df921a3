// What only a runner has: who is served, what comes over its socket, and its end.
#include "process/command_runner.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/thread.h"
#include "process/child_supervisor.h"
#include "process/command_request.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;
constexpr Duration kRunnerTime = std::chrono::seconds(30);

ChildCommand echo(const std::string& text) {
  ChildCommand command;
  command.argv = {"/bin/echo", text};
  return command;
}

TEST(CommandRequest, K9_5_ComesAsItWent) {
  ChildCommand command = echo("a b\n'\"\xff");
  command.environment = {"A=", "B=x=y"};
  command.directory = "/tmp";
  command.limits = {1, 2, 3, 4, std::int64_t(5) << 40};
  const auto got = decode_command(encode_command(command));
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got->argv, command.argv);
  EXPECT_EQ(got->environment, command.environment);
  EXPECT_EQ(got->directory, "/tmp");
  EXPECT_EQ(got->limits.file_bytes, command.limits.file_bytes);
  EXPECT_EQ(got->limits.cpu_seconds, 1);
}

TEST(CommandRequest, K9_5_WhatIsCutOrOfAnotherVersionIsRefused) {
  const std::string whole = encode_command(echo("x"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_command(whole.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode_command(whole + "x").ok());
  EXPECT_FALSE(decode_command("2" + whole.substr(1)).ok());
  ChildCommand relative = echo("x");
  relative.argv[0] = "echo";
  EXPECT_FALSE(decode_command(encode_command(relative)).ok());
  EXPECT_FALSE(decode_command(encode_command(ChildCommand())).ok());
  EXPECT_FALSE(decode_command(encode_command(echo(std::string("a\0b", 3)))).ok());
}

class CommandRunnerTest : public testing::Test {
 protected:
  void serve(uid_t peer) {
    runner_.emplace(CommandRunner::listen(socket_, peer).value());
    thread_ = Thread("runner", [this] { runner_->serve(stop_.fd()); });
  }
  ~CommandRunnerTest() override { stop_.press(); }
  Result<ChildEnd> run(ChildCommand command) {
    command.runner = socket_;
    return run_child(command, Deadline(clock_, kRunnerTime), StopSwitch());
  }
  // What the runner says to somebody who sends this byte alone.
  ChildMessage answer_to(const std::string& sent) {
    const Fd link = connect_to_runner(socket_).value();
    EXPECT_EQ(::send(link.get(), sent.data(), sent.size(), 0), std::ssize(sent));
    ChildMessage message;
    EXPECT_EQ(::recv(link.get(), &message, sizeof message, 0), ssize_t(sizeof message));
    return message;
  }

  SystemClock clock_;
  TempDir dir_;
  const std::string socket_ = dir_.path("runner.sock");
  StopSwitch stop_;
  std::optional<CommandRunner> runner_;
  Thread thread_;
};

TEST_F(CommandRunnerTest, K9_5_WhereNobodyListensNothingWasDone) {
  const auto end = run(echo("x"));
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(end.error().effect, Effect::kNone);
  EXPECT_THAT(end.error().message, HasSubstr("sideband run-commands"));
}

// Root is always served, so it asks as somebody else.
TEST_F(CommandRunnerTest, K9_5_OthersThanItsPeerAreRefused) {
  const bool root = ::geteuid() == 0;
  serve(root ? 0 : ::geteuid() + 1);
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
  const pid_t other = ::fork();
  if (other == 0) {
    if (root && ::setuid(65534) != 0) ::_exit(2);
    const auto end = run(echo("x"));
    const bool refused = !end.ok() && end.error().code == ErrorCode::kPermission &&
                         end.error().effect == Effect::kNone;
    ::_exit(refused ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(status, 0);
}

TEST_F(CommandRunnerTest, K9_5_OddMessagesEndNothing) {
  serve(::geteuid());
  for (const std::string sent : {"x", "1", "12"}) {
    EXPECT_EQ(answer_to(sent).word, ChildWord::kNotStarted) << sent;
  }
  { const Fd hung_up = connect_to_runner(socket_).value(); }
  const auto end = run(echo("still here"));
  ASSERT_TRUE(end.ok()) << end.error().message;
  EXPECT_EQ(end->out.text, "still here\n");
}

TEST_F(CommandRunnerTest, K9_5_SocketsOfOthersAreLeftAndStaleOnesReplaced) {
  serve(::geteuid());
  EXPECT_EQ(CommandRunner::listen(socket_, ::geteuid()).error().code, ErrorCode::kConflict);
  stop_.press();
  thread_.join();
  runner_.reset();  // as one that was killed, it leaves its socket
  EXPECT_TRUE(CommandRunner::listen(socket_, ::geteuid()).ok());
  spill(dir_.path("file"), "not a socket");
  EXPECT_FALSE(CommandRunner::listen(dir_.path("file"), ::geteuid()).ok());
  EXPECT_EQ(slurp(dir_.path("file")), "not a socket");
}

TEST_F(CommandRunnerTest, K9_5_MoreThanItHasRoomForIsToldSo) {
  serve(::geteuid());
  std::vector<Fd> waiting;
  for (int i = 0; i < kMaxRunnerCommands; ++i) {
    waiting.push_back(connect_to_runner(socket_).value());
  }
  const auto end = run(echo("x"));
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
  waiting.clear();
}

}  // namespace
}  // namespace sideband
