#include "support/scripted_operation.h"

#include <fstream>

namespace sideband {

class ScriptedOperation final : public Operation {
 public:
  explicit ScriptedOperation(ScriptedOperations& all) : all_(all) {}

  [[nodiscard]] OperationTraits traits(const OperationRequest& request) const override {
    const MutexLock lock(all_.mutex_);
    const auto found = all_.traits_.find(request.step);
    return found == all_.traits_.end() ? OperationTraits() : found->second;
  }
  Result<void> check(const OperationRequest&) const override { return {}; }

  Result<OperationReply> run(const OperationRequest& request) override {
    all_.note("run " + request.step, request);
    ScriptedOperations::Run script;
    {
      const MutexLock lock(all_.mutex_);
      script = all_.runs_[request.step];
    }
    return script ? script(request) : replied(Outcome::kChanged);
  }
  Result<OperationReply> undo(const OperationRequest& request) override {
    all_.note("undo " + request.step, request);
    ScriptedOperations::Run script;
    {
      const MutexLock lock(all_.mutex_);
      script = all_.undos_[request.step];
    }
    return script ? script(request) : replied(Outcome::kChanged);
  }
  Result<EffectProbe> probe_effect(const OperationRequest& request) override {
    all_.note("look " + request.step, request);
    ScriptedOperations::Look script;
    {
      const MutexLock lock(all_.mutex_);
      script = all_.looks_[request.step];
    }
    return script ? script(request) : EffectProbe{};
  }
  void stop(const std::string& key) override {
    std::function<void(const std::string&)> script;
    {
      const MutexLock lock(all_.mutex_);
      script = all_.stop_;
    }
    if (script) script(key);
  }

 private:
  ScriptedOperations& all_;
};

void ScriptedOperations::declare(const std::string& step, OperationTraits traits) {
  const MutexLock lock(mutex_);
  traits_[step] = traits;
}

void ScriptedOperations::on_run(const std::string& step, Run run) {
  const MutexLock lock(mutex_);
  runs_[step] = std::move(run);
}

void ScriptedOperations::on_undo(const std::string& step, Run undo) {
  const MutexLock lock(mutex_);
  undos_[step] = std::move(undo);
}

void ScriptedOperations::on_look(const std::string& step, Look look) {
  const MutexLock lock(mutex_);
  looks_[step] = std::move(look);
}

void ScriptedOperations::on_stop(std::function<void(const std::string& key)> stop) {
  const MutexLock lock(mutex_);
  stop_ = std::move(stop);
}

void ScriptedOperations::log_to(const std::string& path) {
  const MutexLock lock(mutex_);
  path_ = path;
}

void ScriptedOperations::note(const std::string& call, const OperationRequest& request) {
  const MutexLock lock(mutex_);
  calls_.push_back(call);
  requests_[call] = request;
  if (!path_.empty()) std::ofstream(path_, std::ios::app) << call << "\n";
}

std::vector<std::string> ScriptedOperations::calls() const {
  const MutexLock lock(mutex_);
  return calls_;
}

OperationRequest ScriptedOperations::request(const std::string& call) const {
  const MutexLock lock(mutex_);
  return requests_.at(call);
}

std::unique_ptr<Operation> ScriptedOperations::open() {
  return std::make_unique<ScriptedOperation>(*this);
}

}  // namespace sideband
