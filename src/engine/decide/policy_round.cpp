#include "engine/decide/policy_round.h"

namespace sideband {
namespace {

// The same document is asked once, whoever names it.
const PolicyFact* asked_before(const PolicySettings& policy, const PolicyAnswers& answers) {
  for (const PolicyFact& fact : answers.facts) {
    if (fact.policy.target == policy.target && fact.policy.path == policy.path) return &fact;
  }
  return nullptr;
}

PolicyFact ask(const ReconcilerRuntime& runtime, const OpenPolicy& open, const std::string& input,
               const Clock& clock, EngineMetrics* measures) {
  const MonoTime began = clock.mono();
  const auto verdict = open.server->ask(open.policy.path, input, open.policy.timeout);
  if (measures != nullptr) {
    measures->policies.answered(runtime.settings, open.policy, verdict, clock.mono() - began);
  }
  // From before the question on, it may be otherwise by now.
  const WallTime at = clock.wall() - std::max(Duration(0), clock.mono() - began);
  if (verdict.ok()) return {open.policy, *verdict, at};
  return {open.policy, Fact<PolicyVerdict>::unknown(verdict.error().message), at};
}

void ask_next(const ReconcilerRuntime& runtime, const std::string& input, const Clock& clock,
              EngineMetrics* measures, PolicyAnswers& answers) {
  const OpenPolicy& open = runtime.policies.at(answers.facts.size());
  if (const PolicyFact* const before = asked_before(open.policy, answers)) {
    answers.facts.push_back({open.policy, before->verdict, before->asked_at});
  } else {
    answers.facts.push_back(ask(runtime, open, input, clock, measures));
  }
}

}  // namespace

std::optional<Unit> PolicyRound::next() {
  if (!gathered_) {
    return Unit::on_target(kStorePool, [this]() -> Result<void> {
      return context_.store.read([this](StoreReader& store) -> Result<void> {
        SB_ASSIGN(const Facts facts, gather_(store));
        input_ = policy_input(facts);
        answers_ = {facts.plan.hash, facts.requester, {}};
        gathered_ = true;
        return {};
      });
    });
  }
  if (answers_.facts.size() == runtime_->policies.size()) return std::nullopt;
  const OpenPolicy& open = runtime_->policies.at(answers_.facts.size());
  return Unit::on_target(open.policy.target, [this]() -> Result<void> {
    ask_next(*runtime_, input_, context_.clock, &context_.measures, answers_);
    return {};
  });
}

PolicyAnswers ask_policies(const ReconcilerRuntime& runtime, const Facts& facts, const Clock& clock,
                           EngineMetrics* measures) {
  const std::string input = policy_input(facts);
  PolicyAnswers answers{facts.plan.hash, facts.requester, {}};
  while (answers.facts.size() < runtime.policies.size()) {
    ask_next(runtime, input, clock, measures, answers);
  }
  return answers;
}

}  // namespace sideband
