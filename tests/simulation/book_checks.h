// The checkers of playbooks: what the log tells of each run, against the definition of its playbook
// and against what its tools were asked and did. P-3, P-7 and P-8, and P-6 for tools.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/playbook.h"
#include "simulation/leaf.h"
#include "simulation/sim_target.h"
#include "simulation/sim_tool.h"

namespace sideband::sim {

class BookChecks final : public ToolWatcher {
 public:
  using Violated = std::function<void(const std::string& property, const std::string& what)>;
  BookChecks(const Scheduler& scheduler, const std::map<std::string, PlaybookSettings>& books,
             Violated violated)
      : scheduler_(scheduler), books_(books), violated_(std::move(violated)) {}

  // Records of a run, by the scope of its playbook.
  void on_intent(const Leaf& leaf);
  void on_outcome(const Leaf& leaf);
  void on_state(const Leaf& leaf);
  // A write of a collection that only playbooks change.
  void on_write(const Write& write);
  // Whether a run that began and has not ended holds this target.
  [[nodiscard]] bool holds(const std::string& target) const;
  // Targets of a playbook's steps.
  [[nodiscard]] std::set<std::string> targets_of(const std::string& scope) const;
  [[nodiscard]] bool has_begun(const std::string& run) const { return runs_.contains(run); }

  void on_call(const ToolCall& call) override;
  void on_effect(const ToolCall& call) override { ++effects_[call.key]; }
  void on_denied(const ToolCall& call) override { doubts_[call.key].erase(call.token); }
  void on_not_there(const std::string& key) override { doubts_[key].clear(); }

 private:
  // One direction of one step.
  struct Way {
    bool begun = false;
    bool open = false;
    std::string outcome;  // as the log names it; empty = none yet
    std::int64_t token = 0;
    MonoTime since;  // its last intent
    [[nodiscard]] bool good() const { return outcome == "changed" || outcome == "already_there"; }
    [[nodiscard]] bool bad() const { return !outcome.empty() && !good(); }
  };
  struct Run {
    std::string id;
    const PlaybookSettings* book = nullptr;
    std::vector<Way> forward;
    std::vector<Way> back;
    std::size_t last = 0;  // the step that began last
    bool ended = false;
  };

  Run& run_of(const Leaf& leaf);
  Run* find_step(const Leaf& leaf, std::size_t& step);
  void check_order(const Run& run, std::size_t step);
  void check_undo(const Run& run, std::size_t step);
  void check_end(const Run& run, const std::string& state);
  void check_effect(const Run& run, std::size_t step, const Way& way, bool undo);
  void check_announced(const ToolCall& call);
  void broken(const std::string& property, const Run& run, std::size_t step,
              const std::string& what);
  [[nodiscard]] static bool took_effect(const Run& run, std::size_t step);
  [[nodiscard]] static bool needs_are(const Run& run, std::size_t step, bool met);

  const Scheduler& scheduler_;
  const std::map<std::string, PlaybookSettings>& books_;
  const Violated violated_;
  std::map<std::string, Run> runs_;
  std::map<std::string, int> effects_;                     // by key
  std::map<std::string, std::set<std::uint64_t>> doubts_;  // by key: calls of unknown end
};

}  // namespace sideband::sim
