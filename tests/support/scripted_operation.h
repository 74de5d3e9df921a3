// Operations that do what a test says and remember what they were asked, for tests of playbooks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "ports/operation.h"

namespace sideband {

// Thread-safe; must outlive what it opened. Without a script a run and an undo succeed, and a look
// cannot tell.
class ScriptedOperations {
 public:
  using Run = std::function<Result<OperationReply>(const OperationRequest&)>;
  using Look = std::function<Result<EffectProbe>(const OperationRequest&)>;

  void declare(const std::string& step, OperationTraits traits);
  void on_run(const std::string& step, Run run);
  void on_undo(const std::string& step, Run undo);
  void on_look(const std::string& step, Look look);
  void on_stop(std::function<void(const std::string& key)> stop);
  // Calls are also appended to this file, one a line, before they are carried out.
  void log_to(const std::string& path);

  // "run NAME", "undo NAME", "look NAME", in order.
  [[nodiscard]] std::vector<std::string> calls() const;
  // The last request of such a call.
  [[nodiscard]] OperationRequest request(const std::string& call) const;

  std::unique_ptr<Operation> open();

 private:
  friend class ScriptedOperation;
  void note(const std::string& call, const OperationRequest& request);

  mutable Mutex mutex_;
  std::map<std::string, OperationTraits> traits_ SB_GUARDED_BY(mutex_);
  std::map<std::string, Run> runs_ SB_GUARDED_BY(mutex_);
  std::map<std::string, Run> undos_ SB_GUARDED_BY(mutex_);
  std::map<std::string, Look> looks_ SB_GUARDED_BY(mutex_);
  std::function<void(const std::string&)> stop_ SB_GUARDED_BY(mutex_);
  std::map<std::string, OperationRequest> requests_ SB_GUARDED_BY(mutex_);
  std::vector<std::string> calls_ SB_GUARDED_BY(mutex_);
  std::string path_ SB_GUARDED_BY(mutex_);
};

// A reply with this outcome.
inline OperationReply replied(Outcome outcome, std::string output = "{}") {
  return {{outcome, false, outcome == Outcome::kFailed ? "it said no" : ""}, std::move(output)};
}

}  // namespace sideband
