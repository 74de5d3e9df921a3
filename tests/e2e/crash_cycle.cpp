#include "e2e/crash_cycle.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>

#include "base/random.h"
#include "e2e/crash_scenes.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Variant {
  Scene scene;
  int passes;  // how often a run surely comes by
};
struct Point {
  std::string name;
  std::vector<Variant> variants;
};

constexpr Scene kShop = Scene::kShop, kPlain = Scene::kPlain, kUndo = Scene::kUndo,
                kPlaybook = Scene::kPlaybook;

const std::vector<Point>& points() {
  static const std::vector<Point> all = {
      {"decided", {{kShop, 2}, {kPlain, 1}, {kShop, 2}}},
      {"accepted", {{kShop, 1}, {kPlaybook, 1}}},
      {"approved", {{kShop, 1}}},
      {"confirmed", {{kPlaybook, 1}}},
      {"claimed", {{kShop, 2}, {kPlaybook, 2}, {kPlain, 1}}},
      {"intent", {{kShop, 3}, {kPlain, 1}, {kPlaybook, 4}, {kUndo, 1}}},
      {"step_judged", {{kShop, 3}, {kPlain, 1}, {kUndo, 2}}},
      {"effect_begun", {{kShop, 4}, {kPlaybook, 7}, {kUndo, 2}, {kPlain, 1}}},
      {"effect_done", {{kPlaybook, 7}, {kShop, 4}, {kPlain, 1}, {kUndo, 2}}},
      {"outcome", {{kShop, 4}, {kPlaybook, 7}, {kPlain, 1}, {kUndo, 2}}},
      {"cohort_checked", {{kShop, 3}}},
      {"validated", {{kShop, 2}, {kPlain, 1}}},
      {"compensating", {{kPlaybook, 1}, {kUndo, 1}}},
      {"checkpoint_signed", {{kShop, 2}, {kPlaybook, 1}, {kPlain, 1}}},
      {"checkpoint_published", {{kPlain, 1}, {kShop, 2}, {kPlaybook, 1}}},
      {kRandomTime, {{kShop, 1}, {kPlaybook, 1}, {kShop, 1}, {kPlain, 1}}}};
  return all;
}

double since(MonoTime start) {
  return std::chrono::duration<double>(SystemClock().mono() - start).count();
}

// Runs until the named point kills the daemon; meanwhile pushes the work on. That may have ended
// before the first checkpoint, and only new records make another one.
bool dies_at_point(CrashScene& scene, const CrashSpec& spec) {
  Daemon& daemon = scene.daemon();
  const bool wants_records = spec.pass > 1 && spec.point.starts_with("checkpoint_");
  daemon.spawn({{"SIDEBAND_CRASH_AT", spec.point + ":" + std::to_string(spec.pass)}});
  const bool died = until([&] {
    if (daemon.process().running()) scene.push();
    if (wants_records) daemon.call("POST", "/api/v1/resume", R"({"reason":"one record more"})");
    return !daemon.process().running();
  });
  EXPECT_TRUE(died) << spec.point << " was not reached:\n" << daemon.log();
  if (!died) return daemon.kill_now(), false;
  EXPECT_EQ(daemon.process().wait(seconds(0))->signal, SIGKILL) << daemon.log();
  return true;
}

// Three kills, each while new work comes up.
bool dies_at_random(CrashScene& scene, Random& random) {
  Daemon& daemon = scene.daemon();
  for (int round = 0; round < 3; ++round) {
    if (round > 0) scene.disturb(random);
    daemon.spawn();
    const auto wanted = milliseconds(30 + static_cast<int>(random.fraction() * 570));
    const MonoTime start = SystemClock().mono();
    (void)until([&] {
      scene.push();
      return SystemClock().mono() - start >= wanted;
    });
    EXPECT_TRUE(daemon.process().running()) << daemon.log();
    daemon.kill_now();
  }
  return true;
}

void go_on(CrashScene& scene, CrashResult& result) {
  const MonoTime start = SystemClock().mono();
  ASSERT_NO_FATAL_FAILURE(scene.daemon().start());
  const bool rests = until([&] {
    scene.push();
    return scene.settled();
  });
  EXPECT_TRUE(rests) << "P-18: work is left over\n"
                     << scene.daemon().repairs("", true).dump(1) << scene.daemon().log();
  result.reclaim_seconds = since(start);
  scene.check_proof();
  EXPECT_EQ(scene.daemon().stop().code, 0) << scene.daemon().log();
}

void play(CrashScene& scene, const CrashSpec& spec, CrashResult& result) {
  SeededRandom random(spec.number);
  scene.disturb(random);
  result.fired =
      spec.point == kRandomTime ? dies_at_random(scene, random) : dies_at_point(scene, spec);
  if (!result.fired) return;
  go_on(scene, result);
}

std::string text_of(const testing::TestPartResultArray& failures) {
  std::string text;
  for (int i = 0; i < failures.size(); ++i) {
    const testing::TestPartResult& part = failures.GetTestPartResult(i);
    if (part.failed()) text += std::string(part.message()) + "\n";
  }
  return text;
}

}  // namespace

const char* scene_name(Scene scene) {
  constexpr const char* kNames[] = {"shop", "plain", "undo", "playbook"};
  return kNames[static_cast<std::size_t>(scene)];
}

const std::vector<std::string>& crash_points() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Point& point : points()) out.push_back(point.name);
    return out;
  }();
  return names;
}

std::string CrashSpec::text() const {
  return "cycle " + std::to_string(number) + " (" + store + ", " + scene_name(scene) + ", killed " +
         (point == kRandomTime ? "at random times"
                               : "at pass " + std::to_string(pass) + " of " + point) +
         ")";
}

CrashSpec crash_spec(std::uint64_t number) {
  const std::uint64_t turn = (number - 1) / 2;
  const Point& point = points()[turn % points().size()];
  const std::uint64_t round = turn / points().size();
  const Variant& variant = point.variants[round % point.variants.size()];
  const std::uint64_t pass = round / point.variants.size() % static_cast<unsigned>(variant.passes);
  // The first pass of an undo's points is on the way forward, which other scenes are for.
  const int first = variant.scene == kUndo && variant.passes > 1 ? 2 : 1;
  return {number, number % 2 == 1 ? "sqlite" : "postgres", variant.scene, point.name,
          first == 2 ? 2 : 1 + static_cast<int>(pass)};
}

std::uint64_t cycles_of_rounds(int rounds) {
  return static_cast<std::uint64_t>(rounds) * 2 * points().size();
}

CrashResult run_crash(const CrashSpec& spec, const std::string& keep) {
  CrashResult result;
  PostgresServer* const server = spec.store == "postgres" ? PostgresServer::shared() : nullptr;
  result.skipped = spec.store == "postgres" && server == nullptr;
  if (result.skipped) return result;
  const MonoTime start = SystemClock().mono();
  testing::TestPartResultArray failures;
  const auto scene = make_scene(spec, server == nullptr ? "" : server->new_database());
  {
    const testing::ScopedFakeTestPartResultReporter catching(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &failures);
    play(*scene, spec, result);
  }
  result.seconds = since(start);
  result.violation = text_of(failures);
  if (result.violation.empty()) return result;
  const std::string folder = keep + "/cycle-" + std::to_string(spec.number);
  std::filesystem::create_directories(keep);
  Command copy;
  copy.argv = {"cp", "-a", scene->daemon().path(""), folder};
  EXPECT_EQ(run_to_end(copy).code, 0);
  return result;
}

}  // namespace sideband::e2e
