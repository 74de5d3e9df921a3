// Commands as processes: what they get, what they leave, and that nothing of them runs on.
#include "process/child_process.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/thread.h"
#include "process/command_request.h"
#include "process/command_runner.h"
#include "support/temp_dir.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using How = ChildEnd::How;
constexpr Duration kLong = std::chrono::seconds(30);
constexpr Duration kMoment = std::chrono::milliseconds(300);

// A command runner on a thread, as our own user.
class RunnerThread {
 public:
  explicit RunnerThread(const std::string& socket)
      : runner_(CommandRunner::listen(socket, ::geteuid()).value()),
        thread_("runner", [this] { runner_.serve(stop_.fd()); }) {}
  ~RunnerThread() { stop_.press(); }

 private:
  StopSwitch stop_;
  CommandRunner runner_;
  Thread thread_;
};

// Each by this process itself, and by a runner.
class ChildProcessTest : public testing::TestWithParam<bool> {
 protected:
  ChildProcessTest() {
    command_.environment = {"PATH=/usr/bin:/bin"};
    command_.grace = kMoment;
    if (!GetParam()) return;
    command_.runner = dir_.path("runner.sock");
    runner_.emplace(command_.runner);
  }
  // A script that waits, stopped as soon as it wrote the numbers of its processes.
  ChildEnd stop_when_ready(const std::string& script) {
    StopSwitch stop;
    Result<ChildEnd> end = Error::internal("not run");
    Thread thread("child", [&] { end = run(script, kLong, stop); });
    EXPECT_TRUE(until([&] { return slurp(ready()).ends_with("\n"); }));
    stop.press();
    thread.join();
    EXPECT_TRUE(end.ok()) << end.error().message;
    return std::move(end).value();
  }
  Result<ChildEnd> run(const std::string& script, Duration timeout, const StopSwitch& stop) {
    command_.argv = {"/bin/sh", "-c", script};
    return run_child(command_, Deadline(clock_, timeout), stop);
  }
  ChildEnd run(const std::string& script, Duration timeout = kLong) {
    auto end = run(script, timeout, StopSwitch());
    EXPECT_TRUE(end.ok()) << end.error().message;
    return std::move(end).value();
  }
  std::string ready() const { return dir_.path("ready"); }
  // Whether a process of this number is there and is no zombie.
  static bool lives(int pid) {
    std::string stat;
    try {
      stat = slurp("/proc/" + std::to_string(pid) + "/stat");
    } catch (const std::ios_base::failure&) {
      return false;  // it ended while we read
    }
    const std::size_t at = stat.rfind(')');
    return at != std::string::npos && stat.at(at + 2) != 'Z';
  }

  SystemClock clock_;
  TempDir dir_;
  ChildCommand command_;
  std::optional<RunnerThread> runner_;
};

INSTANTIATE_TEST_SUITE_P(Started, ChildProcessTest, testing::Bool(),
                         [](const auto& by) { return by.param ? "ByARunner" : "Here"; });

TEST_P(ChildProcessTest, OutputAndExitCodeComeBack) {
  const ChildEnd end = run("echo out; echo err >&2; exit 7");
  EXPECT_EQ(end.how, How::kExited);
  EXPECT_EQ(end.code, 7);
  EXPECT_EQ(end.out.text, "out\n");
  EXPECT_EQ(end.err.text, "err\n");
  const ChildEnd killed = run("kill -USR1 $$");
  EXPECT_EQ(killed.how, How::kSignalled);
  EXPECT_EQ(killed.code, SIGUSR1);
}

// What it starts may live for long: it is no background work.
TEST_P(ChildProcessTest, ACommandOfABackgroundThreadHasNormalPriority) {
  const std::string ours = run("nice; chrt -p $$").out.text;
  std::string of_a_thread;
  Thread(
      "lower", [&] { of_a_thread = run("nice; chrt -p $$").out.text; }, ThreadPriority::kBackground)
      .join();
  const auto first = [](const std::string& text) { return text.substr(0, text.find("pid")); };
  EXPECT_EQ(first(of_a_thread), first(ours));
  EXPECT_EQ(of_a_thread.find("SCHED_BATCH"), std::string::npos) << of_a_thread;
}

TEST_P(ChildProcessTest, ArgumentsAndInputStayData) {
  const std::vector<std::string> hostile = {"a b", "$(touch x)", "; rm -rf *", "'\"`", "", "\xff"};
  command_.argv = {"/usr/bin/printf", "%s\\n"};
  command_.argv.insert(command_.argv.end(), hostile.begin(), hostile.end());
  const auto end = run_child(command_, Deadline(clock_, kLong), StopSwitch());
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->out.text, "a b\n$(touch x)\n; rm -rf *\n'\"`\n\n\xff\n");
  command_.input = std::string(1 << 20, 'x');
  EXPECT_EQ(run("wc -c").out.text, "1048576\n");
  EXPECT_EQ(run("exec true").code, 0) << "a command need not read its input";
}

TEST_P(ChildProcessTest, NothingOfOursIsInherited) {
  ::setenv("SIDEBAND_TEST_LEAK", "secret", 1);
  int open_end[2];
  ASSERT_EQ(::pipe(open_end), 0);  // without CLOEXEC
  const ChildEnd end =
      run("env; ls /proc/self/fd; cut -d' ' -f1-8 /proc/self/stat; "
          "grep -E 'SigBlk|SigIgn|NoNewPrivs' /proc/self/status");
  ::close(open_end[0]);
  ::close(open_end[1]);
  EXPECT_EQ(end.out.text.find("LEAK"), std::string::npos) << end.out.text;
  EXPECT_THAT(end.out.text, HasSubstr("\n0\n1\n2\n3\n")) << "3 is the folder that ls reads";
  EXPECT_EQ(end.out.text.find("\n4\n"), std::string::npos) << end.out.text;
  EXPECT_THAT(end.out.text, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(end.out.text, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(end.out.text, HasSubstr("SigIgn:\t0000000000000000"));
}

TEST_P(ChildProcessTest, TheDeadlineEndsACommandAndWhatItStarted) {
  const ChildEnd polite =
      run("trap 'echo bye; exit 3' TERM; while :; do sleep 0.01; done", kMoment);
  EXPECT_EQ(polite.how, How::kTimedOut);
  EXPECT_EQ(polite.out.text, "bye\n");
  const MonoTime before = clock_.mono();
  const ChildEnd deaf = run("trap '' TERM; echo $$; sleep 1000 & sleep 1000", kMoment);
  EXPECT_EQ(deaf.how, How::kTimedOut);
  EXPECT_LT(clock_.mono() - before, std::chrono::seconds(5));
  EXPECT_FALSE(lives(std::stoi(deaf.out.text)));
}

TEST_P(ChildProcessTest, WhatLeftTheGroupIsKilledToo) {
  const ChildEnd end = stop_when_ready(
      "trap '' TERM; setsid sh -c 'trap \"\" TERM; setsid sleep 1000 & echo $! $$; sleep 1000' "
      ">" +
      ready() + "; sleep 1000");
  EXPECT_EQ(end.how, How::kStopped);
  int first = 0;
  int second = 0;
  ASSERT_EQ(std::sscanf(slurp(ready()).c_str(), "%d %d", &first, &second), 2);
  EXPECT_FALSE(lives(first)) << "a grandchild in a session of its own";
  EXPECT_FALSE(lives(second));
}

TEST_P(ChildProcessTest, WhatIsLeftBehindIsKilledWhenTheCommandEnds) {
  const ChildEnd end = run("setsid sleep 1000 & echo $!; exit 0");
  EXPECT_EQ(end.how, How::kExited);
  EXPECT_EQ(end.code, 0);
  EXPECT_FALSE(lives(std::stoi(end.out.text)));
}

// As the same user a command may kill whoever looks after it.
TEST_P(ChildProcessTest, K9_5_ACommandThatKillsItsSupervisorEndsWithIt) {
  const ChildEnd end =
      run("setsid sh -c 'sleep 1000 & echo $$ $! >" + ready() + "; sleep 1000' & until [ -s " +
          ready() + " ]; do sleep 0.01; done; echo $$; kill -9 $PPID; sleep 1000");
  EXPECT_EQ(end.how, How::kLost);
  EXPECT_FALSE(lives(std::stoi(end.out.text)));
  int child = 0;
  int grandchild = 0;
  ASSERT_EQ(std::sscanf(slurp(ready()).c_str(), "%d %d", &child, &grandchild), 2);
  EXPECT_FALSE(lives(child)) << "in a session of its own";
  EXPECT_FALSE(lives(grandchild));
}

TEST_P(ChildProcessTest, K9_5_WhatOthersRunMeanwhileGoesOn) {
  StopSwitch stop;
  Result<ChildEnd> end = Error::internal("not run");
  Thread other("child", [&] { end = run("echo $$ >" + ready() + "; sleep 1000", kLong, stop); });
  ASSERT_TRUE(until([&] { return slurp(ready()).ends_with("\n"); }));
  ChildCommand killer = command_;
  killer.argv = {"/bin/sh", "-c", "kill -9 $PPID; sleep 1000"};
  const auto lost = run_child(killer, Deadline(clock_, kLong), StopSwitch());
  ASSERT_TRUE(lost.ok());
  EXPECT_EQ(lost->how, How::kLost);
  EXPECT_TRUE(lives(std::stoi(slurp(ready()))));
  stop.press();
  other.join();
  EXPECT_EQ(end->how, How::kStopped);
}

TEST_P(ChildProcessTest, NothingOutlivesUs) {
  const pid_t us = ::fork();
  if (us == 0) {
    (void)run("trap '' TERM; echo $$ >" + ready() + "; sleep 1000 & sleep 1000", kLong);
    ::_exit(0);
  }
  std::string command;
  ASSERT_TRUE(until([&] {
    command = slurp(ready());
    return command.ends_with("\n");
  }));
  ::kill(us, SIGKILL);
  ::waitpid(us, nullptr, 0);
  EXPECT_TRUE(until([&] { return !lives(std::stoi(command)); }));
}

TEST_P(ChildProcessTest, OutputIsBounded) {
  command_.max_output = 1000;
  const ChildEnd end = run("head -c 5000000 /dev/zero; head -c 2000 /dev/zero >&2");
  EXPECT_EQ(end.how, How::kExited) << "the rest is read: the command is not held up";
  EXPECT_EQ(end.out.text, std::string(1000, '\0'));
  EXPECT_EQ(end.out.dropped, 4'999'000U);
  EXPECT_EQ(end.err.dropped, 1000U);
}

TEST_P(ChildProcessTest, LimitsHold) {
  command_.limits = {1, 64 << 20, 40, 0, 1000};
  EXPECT_EQ(run("ulimit -n").out.text, "40\n");
  EXPECT_EQ(run("ulimit -c").out.text, "0\n");
  const ChildEnd busy = run("while :; do :; done");
  EXPECT_EQ(busy.how, How::kSignalled);
  EXPECT_THAT((std::vector{SIGXCPU, SIGKILL}), testing::Contains(busy.code));
  EXPECT_NE(run("head -c 100000000 /dev/zero | tail -c 100000000 | wc -c").out.text, "100000000\n");
  run("head -c 5000 /dev/zero >" + dir_.path("big"));
  EXPECT_LE(slurp(dir_.path("big")).size(), 1000U);
}

TEST_P(ChildProcessTest, WhatCannotStartChangedNothing) {
  command_.argv = {"/no/such/command"};
  const auto missing = run_child(command_, Deadline(clock_, kLong), StopSwitch());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().retry, Retry::kPerson);
  EXPECT_EQ(missing.error().effect, Effect::kNone);
  EXPECT_THAT(missing.error().message, HasSubstr("/no/such/command: No such file"));
  command_.argv = {"/etc/passwd"};
  const auto denied = run_child(command_, Deadline(clock_, kLong), StopSwitch());
  EXPECT_EQ(denied.error().code, ErrorCode::kPermission);
  command_.argv = {"/bin/true"};
  command_.directory = "/no/such/folder";
  EXPECT_FALSE(run_child(command_, Deadline(clock_, kLong), StopSwitch()).ok());
  EXPECT_EQ(run_child(command_, Deadline(clock_, Duration(0)), StopSwitch()).error().code,
            ErrorCode::kTimeout);
  const StopSwitch pressed;
  pressed.press();
  EXPECT_EQ(run_child(command_, Deadline(clock_, kLong), pressed).error().code,
            ErrorCode::kCancelled);
}

TEST_P(ChildProcessTest, AnotherUserNeedsRoot) {
  const auto nobody = find_user("nobody");
  ASSERT_TRUE(nobody.ok());
  command_.runner.clear();  // it changes to nobody
  command_.user = *nobody;
  command_.argv = {"/usr/bin/id", "-un"};
  const auto end = run_child(command_, Deadline(clock_, kLong), StopSwitch());
  if (::geteuid() == 0) {
    ASSERT_TRUE(end.ok()) << end.error().message;
    EXPECT_EQ(end->out.text, "nobody\n");
  } else {
    EXPECT_EQ(end.error().code, ErrorCode::kPermission);
  }
  EXPECT_EQ(find_user("no-such-user-here").error().retry, Retry::kPerson);
}

TEST_P(ChildProcessTest, ManyRunSideBySide) {
  std::vector<Thread> threads;
  std::array<std::string, 16> said;
  for (std::size_t i = 0; i < said.size(); ++i) {
    threads.emplace_back("child", [&, i] {
      ChildCommand mine = command_;
      mine.argv = {"/bin/echo", std::to_string(i)};
      const auto end = run_child(mine, Deadline(clock_, kLong), StopSwitch());
      said.at(i) = end.ok() ? end->out.text : end.error().message;
    });
  }
  threads.clear();
  for (std::size_t i = 0; i < said.size(); ++i) EXPECT_EQ(said.at(i), std::to_string(i) + "\n");
}

}  // namespace
}  // namespace sideband
