// The targets of a rehearsal: what is in them, whether they answer, what signals and policies say.
// A test file sets all of it; nothing outside the process is asked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/reconciler_runtime.h"

namespace sideband::sim {

// How a target answers.
enum class TargetMood : std::uint8_t {
  kWorks,
  kReadOnly,  // it can be read, and refuses every write for now
  kDenies,    // it can be read, and says that we may not write
  kAway,      // it does not answer
};

// What a policy server says.
enum class PolicyMood : std::uint8_t { kAway, kAllow, kDeny, kUndefined };

// The items of one side; those of every reconciler that names the same things of the same target.
struct StagedItems {
  std::string target;
  std::map<std::string, std::string> items;
  std::int64_t changed = 0;  // changes that repairs made here
  std::int64_t values = 0;   // that the test made so far
};

// Used by one thread; must outlive what its connector opened.
class Stage {
 public:
  explicit Stage(const Clock& clock) : clock_(clock) {}

  // The items behind a side of a reconciler; always the same for the same things.
  StagedItems& side(const CollectionSettings& collection);
  [[nodiscard]] TargetConnector connector();

  void set_mood(const std::string& target, TargetMood mood) { moods_[target] = mood; }
  [[nodiscard]] TargetMood mood(const std::string& target) const;
  void set_policy(const std::string& target, PolicyMood mood) { policies_[target] = mood; }
  [[nodiscard]] PolicyMood policy(const std::string& target) const;
  // Nothing: there is no reading.
  void set_signal(const std::string& signal, std::optional<double> value);
  [[nodiscard]] std::optional<double> signal(const std::string& signal) const;
  [[nodiscard]] WallTime now() const { return clock_.wall(); }

 private:
  const Clock& clock_;
  std::map<std::string, StagedItems> sides_;
  std::map<std::string, TargetMood> moods_;
  std::map<std::string, PolicyMood> policies_;
  std::map<std::string, double> signals_;
};

}  // namespace sideband::sim
