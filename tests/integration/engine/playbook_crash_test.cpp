// A run that is killed at each named point, on the way forward and on the way back, and goes on.
//
// The process that dies is a child; what it asked of the operations is in a file.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/crash_point.h"
#include "playbook_fixture.h"

namespace sideband {
namespace {

class PlaybookCrash : public PlaybookTest {
 protected:
  PlaybookCrash() {
    operations_.log_to(dir_.path("calls"));
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      operations_.declare(name, {.idempotent = true});
    }
    operations_.on_run("d", [](const auto&) { return replied(Outcome::kFailed); });
    std::vector<PlaybookStep> steps = {run_step("a"), run_step("b", {"a"}), run_step("c", {"a"}),
                                       run_step("d", {"b", "c"}), run_step("e", {"d"})};
    steps[3].on_failure = OnFailure::kCompensate;
    define(steps);
  }

  // Runs the playbook in a child that dies when `point` is reached the n-th time; false when it
  // came to its end before.
  bool dies_at(const std::string& point, int n) {
    const pid_t child = fork();
    if (child == 0) {
      int left = n;
      set_crash_hook([&left, point](std::string_view name) {
        if (name == point && --left == 0) kill(getpid(), SIGKILL);
      });
      start();
      run_to_rest();
      _exit(0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

  // The run that the child left; nothing when it had not begun.
  std::optional<Repair> left_behind() {
    std::optional<Repair> found;
    const auto read = store_->read([&](StoreReader& store) -> Result<void> {
      SB_ASSIGN(const auto repairs, store.repairs({}));
      if (!repairs.empty()) found = repairs.front();
      return {};
    });
    EXPECT_TRUE(read.ok());
    return found;
  }

  // The calls of both processes, each once: those of an idempotent step may be made twice.
  std::vector<std::string> all_calls() {
    std::vector<std::string> calls;
    std::ifstream in(dir_.path("calls"));
    for (std::string line; std::getline(in, line);) {
      if (calls.empty() || calls.back() != line) calls.push_back(line);
    }
    return calls;
  }
};

class AtEachPoint : public PlaybookCrash, public testing::WithParamInterface<const char*> {};

TEST_P(AtEachPoint, TheRunComesToTheSameEnd) {
  int n = 1;
  for (; n < 20; ++n) {
    std::ofstream(dir_.path("calls"), std::ios::trunc).close();
    std::filesystem::remove_all(dir_.path("state"));
    if (!dies_at(GetParam(), n)) break;
    SCOPED_TRACE(std::string(GetParam()) + ":" + std::to_string(n));
    start();
    const auto repair = left_behind();
    if (repair) {
      const Repair ended = resting(repair->id);
      EXPECT_EQ(ended.state, RepairState::kCompensated) << ended.note;
      EXPECT_THAT(all_calls(), ::testing::ElementsAre("run a", "run b", "run c", "run d", "undo c",
                                                      "undo b", "undo a"));
      EXPECT_THAT(record(ended).size(), 7U);
    }
    engine_.reset();
    store_.reset();
  }
  EXPECT_GT(n, 1) << "the point was never reached";
}

INSTANTIATE_TEST_SUITE_P(Points, AtEachPoint,
                         testing::Values("accepted", "claimed", "intent", "effect_begun",
                                         "effect_done", "outcome", "compensating"));

}  // namespace
}  // namespace sideband
