#include "rehearsal/test_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "policy/gates/gate.h"

namespace sideband::sim {
namespace {

template <class T>
std::vector<std::string> names_of(const std::map<std::string, T>& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

std::vector<std::string> gate_names() {
  std::vector<std::string> names;
  for (const GateSpec& gate : all_gates()) names.emplace_back(gate_name(gate.id));
  return names;
}

class TestCheck {
 public:
  TestCheck(const TestCase& test, const Settings& settings, const config::Node& node,
            config::Messages& messages)
      : test_(test),
        node_(node),
        messages_(messages),
        reconcilers_(names_of(settings.reconcilers)),
        signals_(names_of(settings.signals)),
        targets_(names_of(settings.targets)),
        gates_(gate_names()) {}

  void run() {
    check_counts("spec.items", test_.items);
    std::size_t expected = 0;
    for (std::size_t i = 0; i < test_.steps.size(); ++i) {
      check_step(i);
      expected += test_.steps[i].expect.size();
    }
    if (expected == 0) error("spec.steps", "it expects nothing, so it could never fail");
  }

 private:
  void error(const std::string& path, std::string text) {
    messages_.error(config::span_at(node_, path), path, std::move(text));
  }

  void check_name(const std::string& path, const char* kind, const std::string& name,
                  const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    error(path, config::unknown_name(kind, name, known).message);
  }

  template <class T>
  void check_keys(const std::string& path, const char* kind, const std::map<std::string, T>& map,
                  const std::vector<std::string>& known) {
    for (const auto& [name, value] : map) check_name(path + "." + name, kind, name, known);
  }

  void check_counts(const std::string& path, const ItemCounts& counts) {
    check_keys(path, "Reconciler", counts, reconcilers_);
    for (const auto& [name, count] : counts) {
      if (count <= kMaxItems) continue;
      error(path + "." + name, fmt::format("is more than {}", kMaxItems));
    }
  }

  void check_step(std::size_t i) {
    const TestStep& step = test_.steps[i];
    const std::string at = fmt::format("spec.steps[{}]", i);
    if (i > 0 && step.at < test_.steps[i - 1].at) {
      error(at + ".at",
            fmt::format("{} is before the step above, which is at {}", format_duration(step.at),
                        format_duration(test_.steps[i - 1].at)));
    }
    if (step.at > kLongestTest) {
      error(at + ".at",
            fmt::format("is more than {} after the start", format_duration(kLongestTest)));
    }
    for (const auto& [key, counts] :
         {std::pair("drift", &step.drift), std::pair("missing", &step.missing),
          std::pair("extra", &step.extra), std::pair("healed", &step.healed),
          std::pair("wanted", &step.wanted), std::pair("lost", &step.lost)}) {
      check_counts(at + "." + key, *counts);
    }
    check_keys(at + ".signals", "Signal", step.signals, signals_);
    check_keys(at + ".targets", "Target", step.targets, targets_);
    check_keys(at + ".policies", "Target", step.policies, targets_);
    check_people(at, step);
    check_expectations(at, step);
  }

  void check_gates(const std::string& path, const std::vector<std::string>& gates) {
    for (const std::string& gate : gates) check_name(path, "gate", gate, gates_);
  }

  void check_people(const std::string& at, const TestStep& step) {
    for (std::size_t i = 0; i < step.people.size(); ++i) {
      const PersonActs& one = step.people[i];
      const std::string path = fmt::format("{}.people[{}]", at, i);
      check_gates(path + ".release", one.release);
      const bool of_all = one.deed == Deed::kPause || one.deed == Deed::kResume;
      if (one.reconciler.empty() && of_all) continue;
      if (one.reconciler.empty()) {
        error(path + ".reconciler", "missing; only pause and resume are of everything");
      } else {
        check_name(path + ".reconciler", "Reconciler", one.reconciler, reconcilers_);
      }
    }
  }

  void check_expectations(const std::string& at, const TestStep& step) {
    for (std::size_t i = 0; i < step.expect.size(); ++i) {
      const Expectation& one = step.expect[i];
      const std::string path = fmt::format("{}.expect[{}]", at, i);
      check_name(path + ".reconciler", "Reconciler", one.reconciler, reconcilers_);
      check_gates(path + ".holds", one.holds);
      const bool empty = one.status.empty() && one.holds.empty() && one.why.empty() &&
                         one.repairs < 0 && one.changed < 0 && one.differ < 0;
      if (empty) error(path, "it names nothing to look at");
    }
  }

  const TestCase& test_;
  const config::Node& node_;
  config::Messages& messages_;
  const std::vector<std::string> reconcilers_, signals_, targets_, gates_;
};

}  // namespace

void check_test(const TestCase& test, const Settings& settings, const config::Node& node,
                config::Messages& messages) {
  TestCheck(test, settings, node, messages).run();
}

}  // namespace sideband::sim
