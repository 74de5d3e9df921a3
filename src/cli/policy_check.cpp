#include "cli/policy_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/jcs.h"
#include "cli/plan_view.h"
#include "cli/table.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMaxPolicyProblem = 300;

std::string answer_word(const AskedPolicy& asked) {
  if (!asked.verdict.ok()) return "unknown";
  if (asked.undefined()) return "not defined";
  return asked.verdict->allow ? "allow" : "deny";
}

std::string policy_problem(const AskedPolicy& asked) {
  if (!asked.verdict.ok()) return safe_text(asked.verdict.error().whole(), kMaxPolicyProblem);
  if (!asked.undefined()) return "";
  return "an undefined document denies: correct the path, or give it a default";
}

std::ptrdiff_t count_answers(const std::vector<AskedPolicy>& policies, const std::string& word) {
  return std::count_if(policies.begin(), policies.end(),
                       [&](const AskedPolicy& one) { return answer_word(one) == word; });
}

}  // namespace

std::vector<AskedPolicy> ask_policies(const Settings& settings, const AskPolicy& ask) {
  std::vector<AskedPolicy> out;
  const auto add = [&](const PolicySettings& policy) {
    const auto target = settings.targets.find(policy.target);
    const bool known = std::any_of(out.begin(), out.end(), [&](const AskedPolicy& one) {
      return one.policy.text() == policy.text();
    });
    if (known || target == settings.targets.end()) return;
    out.push_back({policy, ask(target->second, policy)});
  };
  if (settings.guardrails) add(settings.guardrails->policy);
  for (const auto& [name, reconciler] : settings.reconcilers) add(reconciler.decide.policy);
  return out;
}

void print_policies(std::ostream& out, const std::vector<AskedPolicy>& policies) {
  if (policies.empty()) return;
  std::vector<Row> rows = {{"POLICY", "TARGET", "OF AN EMPTY INPUT", "WHY NOT"}};
  for (const AskedPolicy& asked : policies) {
    rows.push_back(
        {asked.policy.path, asked.policy.target, answer_word(asked), policy_problem(asked)});
  }
  out << "\n";
  print_table(out, rows);
}

std::string policies_json(const std::vector<AskedPolicy>& policies) {
  std::vector<std::string> out;
  for (const AskedPolicy& asked : policies) {
    JsonObject one;
    one.add("path", asked.policy.path).add("target", asked.policy.target);
    one.add("answer", answer_word(asked)).add("why", policy_problem(asked));
    out.push_back(one.text());
  }
  return json_array(out);
}

std::string policies_summary(const std::vector<AskedPolicy>& policies) {
  const auto undefined = count_answers(policies, "not defined");
  const auto unknown = count_answers(policies, "unknown");
  return fmt::format("policies: {} answered, {} not defined, {} without an answer\n",
                     std::ssize(policies) - undefined - unknown, undefined, unknown);
}

}  // namespace sideband::cli
