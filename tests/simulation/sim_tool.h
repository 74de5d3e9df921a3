// A simulated target of operations: it does what steps of playbooks ask for, forgets answers, is
// late, and tells a watcher of everything, which shares no code with the service.
#pragma once

#include <map>
#include <set>
#include <string>

#include "ports/operation.h"
#include "rehearsal/process.h"
#include "simulation/faults.h"
#include "simulation/planted.h"

namespace sideband::sim {

// What an operation is by its nature, as its option `kind` says: `idempotent` (the tool remembers
// keys), `looks` (one can look whether it happened), or `plain` (neither).
inline constexpr std::string_view kIdempotentKind = "idempotent";
inline constexpr std::string_view kLookKind = "looks";

// One call as it left a process: it may arrive when that process is long dead.
struct ToolCall {
  std::string process;
  MonoTime thawed;  // when that process last stood still, if ever
  Uuid repair;
  std::string step;
  bool undo = false;
  std::string key;
  std::uint64_t token = 0;
  std::string kind;
};

class ToolWatcher {
 public:
  virtual ~ToolWatcher() = default;
  virtual void on_call(const ToolCall& call) = 0;
  virtual void on_effect(const ToolCall& call) = 0;
  // The caller was told for certain that its call did nothing and never will.
  virtual void on_denied(const ToolCall& call) = 0;
  // Somebody looked and was told that this key had no effect.
  virtual void on_not_there(const std::string& key) = 0;
};

class SimTool {
 public:
  SimTool(Scheduler& scheduler, Faults& faults, Bug bug, std::string name, bool fenced)
      : scheduler_(scheduler),
        faults_(faults),
        bug_(bug),
        name_(std::move(name)),
        fenced_(fenced) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  void go_down(Duration time) { up_at_ = scheduler_.now() + time; }
  // Must be set before the first call, and live as long.
  void watch(ToolWatcher& watcher) { watcher_ = &watcher; }

 private:
  friend class SimOperation;
  OperationReply perform(const ToolCall& call);

  Scheduler& scheduler_;
  Faults& faults_;
  const Bug bug_;
  const std::string name_;
  const bool fenced_;
  ToolWatcher* watcher_ = nullptr;
  std::map<std::string, std::int64_t> done_;  // by key: the number of its first effect
  std::uint64_t token_ = 0;                   // the highest that it saw
  MonoTime up_at_{};
};

// The Operation port of one process onto a tool.
class SimOperation final : public Operation {
 public:
  SimOperation(SimTool& tool, Process& process) : tool_(tool), process_(process) {}

  [[nodiscard]] OperationTraits traits(const OperationRequest& request) const override;
  [[nodiscard]] Result<void> check(const OperationRequest&) const override { return {}; }
  Result<OperationReply> run(const OperationRequest& request) override;
  Result<EffectProbe> probe_effect(const OperationRequest& request) override;
  Result<OperationReply> undo(const OperationRequest& request) override;

 private:
  Result<OperationReply> call(const OperationRequest& request, bool undo);
  Result<OperationReply> deliver(const ToolCall& call);
  Result<void> send(Duration timeout);
  void answer();

  SimTool& tool_;
  Process& process_;
};

}  // namespace sideband::sim
