// The worlds of the crash campaign behind one face.
#pragma once

#include <memory>

#include "base/random.h"
#include "e2e/crash_cycle.h"
#include "e2e/daemon.h"

namespace sideband::e2e {

// Used by one thread.
class CrashScene {
 public:
  virtual ~CrashScene() = default;
  virtual Daemon& daemon() = 0;
  // Breaks something, as the seed says.
  virtual void disturb(Random& random) = 0;
  // Does what people, or the world outside, do now; nothing where there is nothing to do.
  virtual void push() = 0;
  // All work is done, and rightly.
  virtual bool settled() = 0;
  // Test failures where a promise was broken.
  virtual void check_proof() = 0;
};

// `postgres`: connection string of an empty database; empty = SQLite.
std::unique_ptr<CrashScene> make_scene(const CrashSpec& spec, const std::string& postgres);

}  // namespace sideband::e2e
