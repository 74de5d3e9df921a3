// Which threads of the daemon go below other programs of the machine: those that work on targets,
// and no others.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <filesystem>
#include <map>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

struct Scheduling {
  int nice = 0;
  int policy = 0;
};

// Of all threads of a process, by name. Fields 19 and 41 of proc(5), behind the name in brackets.
std::multimap<std::string, Scheduling> threads_of(pid_t pid) {
  std::multimap<std::string, Scheduling> threads;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    const std::string stat = slurp(task.path().string() + "/stat");
    const std::size_t open = stat.find('(');
    const std::size_t close = stat.rfind(')');
    std::istringstream rest(stat.substr(close + 2));
    std::vector<std::string> fields;
    for (std::string field; rest >> field;) fields.push_back(field);
    threads.emplace(stat.substr(open + 1, close - open - 1),
                    Scheduling{std::stoi(fields.at(19 - 3)), std::stoi(fields.at(41 - 3))});
  }
  return threads;
}

class Background : public testing::Test {
 protected:
  void SetUp() override {
    if (getpriority(PRIO_PROCESS, 0) >= 10)
      GTEST_SKIP() << "SKIPPED: runs at a low priority itself";
    for (const char* folder : {"want", "live"}) {
      std::filesystem::create_directories(daemon_.path(folder));
      spill(daemon_.path(folder) + std::string("/app.conf"), folder);
    }
    daemon_.token("operator");
    daemon_.configure(
        target("wanted", "files", "root: " + daemon_.path("want")) +
        target("here", "files", "root: " + daemon_.path("live")) +
        target("host", "exec", "commands: [/bin/sh]") +
        reconciler("site",
                   "  mode: auto\n  interval: 200ms\n"
                   "  desired: {target: wanted, files: \"*.conf\"}\n"
                   "  actual: {target: here, files: \"*.conf\"}\n"
                   "  repair:\n    after: {target: host, run: {argv: [/bin/sh, -c, \"nice > " +
                       daemon_.path("nice") + "\"]}}\n"));
  }
  void repair_once() {
    daemon_.start();
    EXPECT_TRUE(until([&] {
      const Json repairs = daemon_.repairs("site");
      return repairs.is_array() && !repairs.empty() && repairs.at(0).at("state") == "converged";
    })) << daemon_.log();
  }
  // How many threads work on targets.
  int expect_threads(int nice_of_targets, int policy_of_targets) {
    int targets = 0;
    for (const auto& [name, is] : threads_of(daemon_.process().pid())) {
      const bool of_target = name.starts_with("t:") && name != "t:@store";
      targets += of_target ? 1 : 0;
      EXPECT_EQ(is.nice, of_target ? nice_of_targets : ours_) << name;
      EXPECT_EQ(is.policy, of_target ? policy_of_targets : SCHED_OTHER) << name;
    }
    return targets;
  }

  const int ours_ = getpriority(PRIO_PROCESS, 0);
  Daemon daemon_;
};

TEST_F(Background, ThreadsOfTargetsGoBelowOtherPrograms) {
  repair_once();
  EXPECT_GT(expect_threads(10, SCHED_BATCH), 0);
  EXPECT_EQ(slurp(daemon_.path("nice")), std::to_string(ours_) + "\n")
      << "what a hook starts is none of them";
}

TEST_F(Background, UnlessTheyAreToldNotTo) {
  daemon_.serve_options.push_back("--normal-priority");
  repair_once();
  EXPECT_GT(expect_threads(ours_, SCHED_OTHER), 0);
}

}  // namespace
}  // namespace sideband::e2e
