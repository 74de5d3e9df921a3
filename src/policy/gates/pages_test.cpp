// Each gate has a page, each page a gate, and the table on it is the one that the code goes by.
//
// With SIDEBAND_WRITE_PAGES=1 the tables are written into the pages.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "policy/fact_names.h"
#include "policy/gates/gate.h"
#include "support/doc_table.h"

namespace sideband {
namespace {

constexpr const char* kPages = SIDEBAND_SOURCE "/docs/gates/";
constexpr std::string_view kBegin = "<!-- from the table of gates -->\n";

std::string page_of(const GateSpec& gate) {
  return kPages + std::string(gate_name(gate.id)) + ".md";
}

std::string asked_text(const GateSpec& gate) {
  constexpr std::pair<Phase, const char*> kWhen[] = {
      {Phase::kDecide, "when a plan is made"},
      {Phase::kApply, "when a person asks for a held plan"},
      {Phase::kClaim, "when a queued repair would begin"},
      {Phase::kPlace, "when it needs a place, also again after a wait"},
      {Phase::kStep, "before each step"},
  };
  std::string text;
  for (const auto& [phase, when] : kWhen) {
    if (gate.phases.has(phase)) text += (text.empty() ? "" : "; ") + std::string(when);
  }
  return text.empty() ? "of runs of playbooks only" : text;
}

std::string released_text(const GateSpec& gate) {
  return gate.released_by == ReleasedBy::kNobody ? "nobody"
                                                 : "who asks for it, and a second person";
}

std::string refused_text(const GateSpec& gate) {
  const bool claimed = gate.phases.has(Phase::kClaim) || gate.phases.has(Phase::kPlace);
  if (!claimed) return "is not asked then";
  return gate.on_refusal == OnRefusal::kWait ? "waits, and is asked again soon"
                                             : "ends as superseded; what differs is judged anew";
}

std::string page_table(const GateSpec& gate) {
  return fmt::format(
      "| | |\n|---|---|\n| asks | {} |\n| asked | {} |\n| released by | {} |\n"
      "| a repair that it refuses to begin | {} |\n"
      "| counted by | `sideband_gate_refusals_total{{gate=\"{}\"}}` |\n",
      gate.question, asked_text(gate), released_text(gate), refused_text(gate), gate_name(gate.id));
}

std::string index_table() {
  std::string out = "| gate | asks | released by |\n|---|---|---|\n";
  for (const GateSpec& gate : all_gates()) {
    out += fmt::format("| [{0}]({0}.md) | {1} | {2} |\n", gate_name(gate.id), gate.question,
                       released_text(gate));
  }
  return out;
}

std::string facts_table() {
  std::string out = "| name | type | what it is |\n|---|---|---|\n";
  for (const FactName& name : fact_names()) {
    out += fmt::format("| `{}` | `{}` | {} |\n", name.name, name.type.text(), name.doc);
  }
  return out;
}

TEST(GatePages, EachGateHasOneWithItsTable) {
  for (const GateSpec& gate : all_gates())
    expect_doc_table(page_of(gate), page_table(gate), kBegin);
  expect_doc_table(std::string(kPages) + "README.md", index_table(), kBegin);
}

TEST(FactPage, RulesHasTheTableOfNames) {
  expect_doc_table(SIDEBAND_SOURCE "/docs/rules.md", facts_table(),
                   "<!-- from the table of facts -->\n");
}

TEST(GatePages, EachPageHasAGate) {
  for (const auto& entry : std::filesystem::directory_iterator(kPages)) {
    const std::string name = entry.path().stem().string();
    if (name == "README") continue;
    EXPECT_TRUE(gate_from_name(name).ok()) << entry.path() << ": there is no such gate";
  }
}

// A page without one of these says too little to whoever meets the gate at night.
TEST(GatePages, EachSaysTheSameThings) {
  for (const GateSpec& gate : all_gates()) {
    const std::string page = slurp(page_of(gate));
    for (const char* head :
         {"## Why\n", "## What it rests on\n", "## How it opens\n", "## Held by\n"}) {
      EXPECT_NE(page.find(head), std::string::npos) << gate_name(gate.id) << ": " << head;
    }
  }
}

}  // namespace
}  // namespace sideband
