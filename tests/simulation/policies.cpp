// A policy that every repair has to be allowed by, which denies now and again, is not defined, or
// does not answer.
//
// What it says follows from the seed and the time alone, without a draw, which would make other
// worlds of all seeds.
#include "simulation/world.h"

namespace sideband::sim {
namespace {

using std::chrono::seconds;

constexpr const char* kPolicyTarget = "policies";

// One answer in each quarter of a minute.
class SimPolicy final : public PolicyServer {
 public:
  SimPolicy(const Scheduler& scheduler, const Faults& faults, std::uint64_t seed)
      : scheduler_(scheduler), faults_(faults), seed_(seed) {}

  Result<PolicyVerdict> ask(const std::string& /*path*/, const std::string& /*input*/,
                            Duration /*timeout*/) override {
    const auto quarter =
        static_cast<std::uint64_t>(scheduler_.now().time_since_epoch() / seconds(15));
    const std::uint64_t answer = faults_.on() ? (quarter * 7 + seed_) % 11 % 6 : 0;
    if (answer == 2) return PolicyVerdict{.reasons = {"not now"}};
    if (answer == 3) return PolicyVerdict{.defined = false};
    if (answer == 4) return Error::unavailable("the policy does not answer");
    if (answer == 5) return Error::corrupt("its answer is none");
    return PolicyVerdict{.allow = true};
  }
  Result<void> check_health(Duration /*timeout*/) override { return {}; }

 private:
  const Scheduler& scheduler_;
  const Faults& faults_;
  const std::uint64_t seed_;
};

}  // namespace

bool World::has_policies() const {
  return options_.seed % 16 == 6;
}

void World::add_policies(Settings& settings) const {
  TargetSettings& target = settings.targets[kPolicyTarget];
  target.name = kPolicyTarget;
  target.driver = "simulated";
  for (auto& [name, reconciler] : settings.reconcilers) {
    PolicySettings& policy = reconciler.decide.policy;
    policy.target = kPolicyTarget;
    policy.path = "sim/repairs";
    policy.timeout = seconds(1);
    policy.max_age = seconds(5);
  }
}

Result<std::unique_ptr<PolicyServer>> World::open_policies() const {
  return std::unique_ptr<PolicyServer>(
      std::make_unique<SimPolicy>(scheduler_, faults_, options_.seed));
}

}  // namespace sideband::sim
