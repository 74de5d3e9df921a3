// What a reconciler runs before and after a cohort: in which order, what a failure does, and that
// it is run again after a crash or a retry.
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HooksTest : public EngineTest {
 protected:
  HooksTest() {
    spec_.gates.cooldown = Duration(0);
    spec_.retry.initial = spec_.retry.max = std::chrono::milliseconds(1);
  }
  // Both are run on a target of their own.
  void with(bool before, bool after) {
    TargetSettings& web = settings_.targets["web"];
    web.name = "web";
    web.driver = "memory";
    if (before) spec_.repair.before = hook("test {reconciler}");
    if (after) spec_.repair.after = hook("reload");
  }
  static HookSettings hook(const std::string& command) {
    HookSettings hook;
    hook.target = "web";
    hook.run = {{"command", command}};
    return hook;
  }
  void drift(int count) {
    for (int i = 0; i < count; ++i) actual_.set(key(i), "drifted");
  }
  static std::string key(int i) {
    return std::string("k") + (i < 10 ? "0" : "") + std::to_string(i);
  }
  static Result<OperationReply> no(const OperationRequest&) { return replied(Outcome::kFailed); }
  std::vector<std::string> calls() { return driver_.operations().calls(); }
};

TEST_F(HooksTest, RunAroundTheChangesWithRecordsOfTheirOwn) {
  fill(4);
  with(true, true);
  start();
  drift(2);
  driver_.operations().on_run("before", [this](const OperationRequest& request) {
    EXPECT_EQ(actual_.writes(), 0);
    EXPECT_EQ(request.options.at("command"), "test fleet");
    return replied(Outcome::kChanged);
  });
  driver_.operations().on_run("after", [this](const OperationRequest&) {
    EXPECT_EQ(actual_.writes(), 2);
    return replied(Outcome::kChanged);
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.changed, 2);
  EXPECT_THAT(calls(), ElementsAre("run before", "run after"));
  EXPECT_THAT(audit_kinds(), ElementsAre("decide", "intent", "outcome", "intent", "outcome",
                                         "intent", "outcome", "state", "state"));
  const bool counted =
      metrics_.text().find("hook=\"after\",outcome=\"changed\"") != std::string::npos;
  EXPECT_TRUE(counted);
}

TEST_F(HooksTest, NothingIsChangedWhereBeforeFails) {
  fill(4);
  with(true, true);
  start();
  drift(2);
  driver_.operations().on_run("before", no);
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_EQ(repair.note, "before did not succeed: it said no");
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_THAT(calls(), ElementsAre("run before"));
}

TEST_F(HooksTest, WhereAfterFailsTheChangesAreTakenBackAndItRunsAgain) {
  fill(4);
  with(true, true);
  start();
  drift(2);
  std::atomic<int> runs = 0;
  driver_.operations().on_run("after", [&](const OperationRequest&) {
    return replied(++runs == 1 ? Outcome::kFailed : Outcome::kChanged);
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kCompensated);
  EXPECT_EQ(repair.note, "after did not succeed: it said no");
  EXPECT_EQ(actual_.content().at("k00"), "drifted");
  EXPECT_THAT(calls(), ElementsAre("run before", "run after", "run after"));
}

TEST_F(HooksTest, WhereItFailsAgainAPersonIsTold) {
  fill(4);
  with(false, true);
  start();
  drift(1);
  driver_.operations().on_run("after", no);
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_EQ(repair.note, "taken back, but after did not succeed: it said no");
  EXPECT_EQ(actual_.content().at("k00"), "drifted");
}

TEST_F(HooksTest, EachCohortHasItsOwn) {
  fill(9);
  with(true, true);
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  start();
  drift(5);
  std::vector<std::int64_t> written;
  driver_.operations().on_run("after", [&](const OperationRequest&) {
    written.push_back(actual_.writes());
    return replied(Outcome::kChanged);
  });
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_THAT(calls(), ElementsAre("run before", "run after", "run before", "run after"));
  EXPECT_THAT(written, ElementsAre(1, 5));
}

TEST_F(HooksTest, ACanaryThatFailsIsTakenBackAndTakesEffectAgain) {
  fill(9);
  with(false, true);
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  start();
  drift(3);
  std::atomic<int> runs = 0;
  driver_.operations().on_run("after", [&](const OperationRequest&) {
    // From now on the look at the canary cannot tell, as often as it is tried.
    ++runs;
    if (runs == 1) {
      actual_.on_read([&]() -> Result<void> {
        actual_.on_read(nullptr);
        return Error::unavailable("it is away");
      });
    }
    return replied(Outcome::kChanged);
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kCompensated) << repair.note;
  EXPECT_EQ(actual_.content().at("k00"), "drifted");
  EXPECT_EQ(runs, 2);
}

TEST_F(HooksTest, TheSecondCohortIsTakenBackWithTheFirst) {
  fill(9);
  with(true, true);
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  start();
  drift(3);
  std::atomic<int> runs = 0;
  driver_.operations().on_run("before", [&](const OperationRequest&) {
    return replied(++runs == 2 ? Outcome::kFailed : Outcome::kChanged);
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kCompensated) << repair.note;
  EXPECT_EQ(actual_.content().at("k00"), "drifted");
  EXPECT_THAT(calls(), ElementsAre("run before", "run after", "run before", "run after"));
}

TEST_F(HooksTest, WithAKeyItIsRunForEachThing) {
  fill(9);
  with(false, true);
  spec_.repair.before = hook("test {key}");
  start();
  drift(3);
  std::vector<std::string> commands;
  driver_.operations().on_run("before", [&](const OperationRequest& request) {
    commands.push_back(request.options.at("command"));
    return replied(Outcome::kChanged);
  });
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_THAT(commands, ElementsAre("test k00", "test k01", "test k02"));
}

TEST_F(HooksTest, TheThingForWhichItFailedIsNamed) {
  fill(9);
  with(false, false);
  spec_.repair.before = hook("test {key}");
  start();
  drift(3);
  driver_.operations().on_run("before", [](const OperationRequest& request) {
    return replied(request.options.at("command") == "test k01" ? Outcome::kFailed
                                                               : Outcome::kChanged);
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.note, "before did not succeed for k01: it said no");
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_F(HooksTest, APlanOfManyChunksHasEachThingLookedAtOnce) {
  const int count = 2500;
  for (int i = 0; i < count; ++i) desired_.set("n" + std::to_string(i), "v");
  with(false, true);
  spec_.repair.before = hook("{key}");
  spec_.mode = Mode::kAuto;
  start();
  std::multiset<std::string> seen;
  driver_.operations().on_run("before", [&](const OperationRequest& request) {
    seen.insert(request.options.at("command"));
    EXPECT_FALSE(actual_.content().contains(request.options.at("command")));
    return replied(Outcome::kChanged);
  });
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
  EXPECT_EQ(actual_.content().size(), static_cast<std::size_t>(count));
}

TEST_F(HooksTest, WhatIsUnavailableIsTriedAgain) {
  fill(4);
  with(true, true);
  start();
  drift(1);
  std::atomic<int> runs = 0;
  const auto second = [&](const OperationRequest&) -> Result<OperationReply> {
    if (++runs % 2 == 1) return Error::unavailable("it is away");
    return replied(Outcome::kChanged);
  };
  driver_.operations().on_run("before", second);
  driver_.operations().on_run("after", second);
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(runs, 4);
  EXPECT_EQ(actual_.writes(), 1);
}

TEST_F(HooksTest, OneThatWasUnderWayAtARestartIsRunAgain) {
  for (const std::string name : {"before", "after"}) {
    fill(4);
    with(true, true);
    spec_.retry.initial = spec_.retry.max = std::chrono::milliseconds(200);
    start();
    drift(1);
    driver_.operations().on_run(name, [](const OperationRequest&) -> Result<OperationReply> {
      return Error::unavailable("it is away");
    });
    const Uuid id = observe().sealed.repair.id;
    ASSERT_TRUE(until([&] { return state_of(id) == RepairState::kScheduled; }));
    driver_.operations().on_run(name, nullptr);
    restart();
    const Repair repair = resting(id);
    EXPECT_EQ(repair.state, RepairState::kConverged) << name << ": " << repair.note;
    EXPECT_EQ(actual_.content(), desired_.content());
    engine_.reset();
    store_.reset();
  }
}

TEST_F(HooksTest, WhatWasChangedTakesEffectAlsoWhereTheRestMovedOn) {
  fill(9);
  with(false, true);
  start();
  drift(3);
  actual_.before_apply([this]() -> Result<void> {
    actual_.set("k02", "another hand");
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kSuperseded) << repair.note;
  EXPECT_EQ(repair.changed, 2);
  EXPECT_THAT(calls(), ElementsAre("run after"));
}

// Held back, the files would be new and the program as before.
TEST_F(HooksTest, APauseHoldsTheNextCohortAndNotWhatCompletesThisOne) {
  fill(9);
  with(true, true);
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  start();
  drift(3);
  actual_.before_apply([this]() -> Result<void> {
    EXPECT_TRUE(engine_->commands()
                    .switches.pause(PauseScope::of_key("fleet"), person("kim"), "incident")
                    .ok());
    return {};
  });
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair);
  const Uuid repair = reply.sealed.repair.id;
  EXPECT_TRUE(until([&] { return state_of(repair) == RepairState::kQueued; }));
  EXPECT_THAT(calls(), ElementsAre("run before", "run after"));
  EXPECT_EQ(actual_.content().at("k02"), "drifted");
  actual_.before_apply(nullptr);
  ASSERT_TRUE(
      engine_->commands().switches.resume(PauseScope::of_key("fleet"), person("kim"), {}).ok());
  EXPECT_EQ(resting(repair).state, RepairState::kConverged);
  EXPECT_THAT(calls(), ElementsAre("run before", "run after", "run before", "run after"));
}

TEST_F(HooksTest, AfterAFailedSecondCohortItIsSaidThatTheFirstTookEffect) {
  fill(9);
  with(false, true);
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  start();
  drift(3);
  std::atomic<int> applied = 0;
  actual_.before_apply([&]() -> Result<void> {
    if (++applied == 1) return {};
    Error error = Error::unavailable("no grant");
    error.retry = Retry::kPerson;
    return error;
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(repair.note, HasSubstr("after was not run since an earlier cohort"));
  EXPECT_THAT(calls(), ElementsAre("run after"));
}

TEST_F(HooksTest, AfterAFailedChangeItIsSaidThatNothingTookEffect) {
  fill(9);
  with(false, true);
  start();
  drift(1);
  actual_.before_apply([]() -> Result<void> {
    Error error = Error::unavailable("no grant");
    error.retry = Retry::kPerson;
    return error;
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_TRUE(calls().empty());
}

TEST_F(HooksTest, AnUndoIsLookedAtAndTakesEffectToo) {
  fill(4);
  with(true, true);
  start();
  drift(1);
  const Repair repair = observe_and_rest();
  std::promise<Result<SealReply>> promise;
  engine_->undo({repair.id, person("mel"), {}}, "fleet",
                [&](Result<SealReply> reply) { promise.set_value(std::move(reply)); });
  const auto reply = promise.get_future().get();
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  const Uuid undo = reply->repair.id;
  EXPECT_EQ(resting(undo).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content().at("k00"), "drifted");
  EXPECT_THAT(calls(), ElementsAre("run before", "run after", "run before", "run after"));
}

TEST_F(HooksTest, WhereThereIsNothingLeftToChangeNothingIsReloaded) {
  fill(4);
  with(true, true);
  start();
  drift(1);
  driver_.operations().on_run("before", [this](const OperationRequest&) {
    actual_.set("k00", desired_.content().at("k00"));
    return replied(Outcome::kChanged);
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.changed, 0);
  EXPECT_THAT(calls(), ElementsAre("run before"));
}

// The process that dies is a child; what it asked and what it wrote is in files.
class HooksCrash : public HooksTest, public testing::WithParamInterface<const char*> {
 protected:
  HooksCrash() {
    driver_.operations().log_to(dir_.path("calls"));
    with(true, true);
    spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
    actual_.after_apply([this]() -> Result<void> {
      std::ofstream out(dir_.path("content"), std::ios::trunc);
      for (const auto& [name, value] : actual_.content()) out << name << " " << value << "\n";
      return {};
    });
  }
  void load_content() {
    std::ifstream in(dir_.path("content"));
    for (std::string name, value; in >> name >> value;) actual_.set(name, value);
  }
  // Of both processes, each once: a hook may be run twice.
  std::vector<std::string> all_calls() {
    std::vector<std::string> calls;
    std::ifstream in(dir_.path("calls"));
    for (std::string line; std::getline(in, line);) {
      if (calls.empty() || calls.back() != line) calls.push_back(line);
    }
    return calls;
  }
  // Dies at the point, once, twice, ..., and ends each time as `check` wants.
  void die_everywhere(const std::function<void(const Repair&)>& check) {
    int n = 1;
    for (; n < 30; ++n) {
      for (const char* name : {"calls", "content"}) std::filesystem::remove(dir_.path(name));
      std::filesystem::remove_all(dir_.path("state"));
      fill(4);
      drift(3);
      SCOPED_TRACE(std::string(GetParam()) + ":" + std::to_string(n));
      actual_.forget_token();
      if (!dies_at(GetParam(), n, [this] { observe_and_rest(); })) break;
      load_content();
      start();
      const auto repair = left_behind();
      if (repair) check(resting(repair->id));
      engine_.reset();
      store_.reset();
    }
    EXPECT_GT(n, 1) << "the point was never reached";
  }
};

TEST_P(HooksCrash, TheRepairComesToTheSameEnd) {
  die_everywhere([this](const Repair& repair) {
    EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
    EXPECT_EQ(actual_.content(), desired_.content());
    EXPECT_THAT(all_calls(), ElementsAre("run before", "run after", "run before", "run after"));
  });
}

TEST_P(HooksCrash, WhatIsTakenBackComesToTheSameEnd) {
  driver_.operations().on_run("after", [this](const OperationRequest&) {
    const bool whole = actual_.content().at("k02") != "drifted";
    return replied(whole ? Outcome::kFailed : Outcome::kChanged);
  });
  die_everywhere([this](const Repair& repair) {
    EXPECT_EQ(repair.state, RepairState::kCompensated) << repair.note;
    for (const char* key : {"k00", "k01", "k02"}) EXPECT_EQ(actual_.content().at(key), "drifted");
    EXPECT_THAT(all_calls(), ElementsAre("run before", "run after", "run before", "run after"));
  });
}

INSTANTIATE_TEST_SUITE_P(Points, HooksCrash,
                         testing::Values("claimed", "intent", "effect_begun", "effect_done",
                                         "outcome", "cohort_checked"));

}  // namespace
}  // namespace sideband
