// A run that is killed at each named point, on the way forward and on the way back, and goes on.
//
// The process that dies is a child; what it asked of the operations is in a file.
#include <algorithm>
#include <filesystem>
#include <fstream>

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
    if (!dies_at(GetParam(), n, [this] { run_to_rest(); })) break;
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
