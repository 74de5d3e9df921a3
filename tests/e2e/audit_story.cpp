#include "e2e/audit_story.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "support/temp_dir.h"

namespace sideband::e2e {
namespace {

struct Step {
  int intents = 0;
  int outcomes = 0;
};
struct Story {
  std::string state;
  std::int64_t token = 0;
  std::map<std::int64_t, Step> steps;
};

bool ended(const std::string& state) {
  static const std::set<std::string> kEnds = {"converged", "compensated", "needs_human",
                                              "cancelled", "superseded"};
  return kEnds.contains(state);
}

void add_step(const Json& leaf, Story& story) {
  const std::string where = leaf.dump();
  Step& step = story.steps[leaf.at("step")];
  const std::int64_t token = leaf.at("token");
  EXPECT_GE(token, story.token) << "P-5: a token fell: " << where;
  story.token = token;
  if (leaf["kind"] == "intent") {
    ++step.intents;
    EXPECT_EQ(step.outcomes, 0) << "P-4: an intent after its outcome: " << where;
  } else {
    ++step.outcomes;
    EXPECT_GT(step.intents, 0) << "P-3: an outcome without an intent: " << where;
  }
}

std::map<std::string, Story> stories_of(const std::vector<Json>& leaves) {
  std::map<std::string, Story> stories;
  for (const Json& leaf : leaves) {
    const std::string kind = leaf.at("kind");
    if (kind == "state") stories[leaf.at("repair")].state = leaf.at("state");
    if (kind == "intent" || kind == "outcome") add_step(leaf, stories[leaf.at("repair")]);
  }
  return stories;
}

void check_repair(const Json& repair, const Story& story) {
  const std::string state = repair.at("state");
  if (!ended(state)) return;
  EXPECT_EQ(story.state, state) << "P-17: the log ends repair " << repair["id"] << " otherwise";
  for (const auto& [number, step] : story.steps) {
    EXPECT_EQ(step.outcomes, 1) << "P-4: step " << number << " of repair " << repair["id"];
  }
}

}  // namespace

std::vector<Json> read_leaves(const std::string& folder) {
  std::vector<Json> leaves;
  std::istringstream lines(slurp(folder + "/leaves.jsonl"));
  std::string line;
  while (std::getline(lines, line)) leaves.push_back(Json::parse(line));
  return leaves;
}

void check_story(const std::vector<Json>& leaves, const Json& repairs,
                 const std::set<std::string>& accepted) {
  auto stories = stories_of(leaves);
  std::set<std::string> present;
  for (const Json& repair : repairs) {
    const std::string id = repair.at("id");
    present.insert(id);
    check_repair(repair, stories[id]);
  }
  for (const std::string& id : accepted) {
    EXPECT_TRUE(present.contains(id)) << "P-1: accepted and lost: repair " << id;
  }
  for (const auto& [id, story] : stories) {
    EXPECT_TRUE(present.contains(id)) << "P-17: only the log knows repair " << id;
  }
}

std::int64_t changes_begun(const std::vector<Json>& leaves, const std::string& reconciler) {
  std::set<std::pair<std::string, std::int64_t>> counted;
  std::int64_t changes = 0;
  for (const Json& leaf : leaves) {
    if (leaf["kind"] != "intent" || leaf["reconciler"] != reconciler || leaf.contains("undo")) {
      continue;
    }
    if (!counted.emplace(leaf["repair"], leaf["step"]).second) continue;
    changes += leaf["to"].get<std::int64_t>() - leaf["from"].get<std::int64_t>();
  }
  return changes;
}

}  // namespace sideband::e2e
