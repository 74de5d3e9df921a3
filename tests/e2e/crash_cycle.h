// One cycle of the crash campaign: a world whose daemon is killed, comes back and is checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sideband::e2e {

// What is under way when the daemon dies.
enum class Scene {
  kShop,      // repairs with canary, a proposed one that people apply and approve, a fleet of files
  kPlain,     // a repair of two transactions, without canary
  kUndo,      // a canary that somebody breaks again, so that it is taken back
  kPlaybook,  // a playbook with a step by hand, whose last step fails
};
const char* scene_name(Scene scene);

// The names of the points at which a daemon can be killed; those of the command line are not here.
const std::vector<std::string>& crash_points();
// Killed at any time instead of at a point.
inline constexpr const char* kRandomTime = "random";

struct CrashSpec {
  std::uint64_t number = 1;  // also the seed of what is broken, and of times
  std::string store;         // "sqlite" or "postgres"
  Scene scene = Scene::kShop;
  std::string point;
  int pass = 1;
  [[nodiscard]] std::string text() const;
};

// Cycle `number`, from 1: the stores take turns, and each round of points takes the next scene and
// pass of each. Three rounds (kQuickCycles) kill at each point three times on each store.
CrashSpec crash_spec(std::uint64_t number);
std::uint64_t cycles_of_rounds(int rounds);

struct CrashResult {
  bool skipped = false;        // its store cannot run here
  bool fired = false;          // the daemon died there
  double seconds = 0;          // all of the cycle
  double reclaim_seconds = 0;  // from the restart until all work was done
  std::string violation;       // every failed check, empty = none
};

// Runs a cycle; failed checks are in the result and not test failures. What is left of a world that
// failed is moved to `keep`/cycle-NUMBER. Blocks for seconds.
CrashResult run_crash(const CrashSpec& spec, const std::string& keep);

}  // namespace sideband::e2e
