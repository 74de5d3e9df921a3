#include "model/pause_scope.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

TEST(PauseScope, KeysAndWordsOfEach) {
  struct Row {
    const char* key;
    PauseScope::Kind kind;
    const char* name;
    const char* text;
    const char* words;
  };
  for (const Row& row : {Row{"", PauseScope::Kind::kEverything, "", "everything", ""},
                         {"fleet", PauseScope::Kind::kName, "fleet", "fleet", "fleet"},
                         {"playbook/restart", PauseScope::Kind::kName, "playbook/restart",
                          "playbook/restart", "playbook/restart"},
                         {"owner/team-edge", PauseScope::Kind::kOwner, "team-edge",
                          "owner team-edge", "--owner team-edge"},
                         {"owner/a/b", PauseScope::Kind::kOwner, "a/b", "owner a/b", "--owner a/b"},
                         {"target/shop-db", PauseScope::Kind::kTarget, "shop-db", "target shop-db",
                          "--target shop-db"}}) {
    const PauseScope scope = PauseScope::of_key(row.key);
    EXPECT_EQ(scope.kind, row.kind) << row.key;
    EXPECT_EQ(scope.name, row.name);
    EXPECT_EQ(scope.key(), row.key);
    EXPECT_EQ(scope.text(), row.text);
    EXPECT_EQ(scope.words(), row.words);
  }
}

TEST(PauseScope, EverythingThatWouldStopIt) {
  ReconcilerSettings reconciler;
  reconciler.name = "fleet";
  reconciler.labels.owner = "edge";
  reconciler.desired.target = "want";
  reconciler.actual.target = "have";
  reconciler.wake.targets = {"bus"};
  reconciler.repair.after.target = "shell";
  EXPECT_EQ(pause_keys(reconciler),
            (std::vector<std::string>{"", "fleet", "owner/edge", "target/bus", "target/have",
                                      "target/shell", "target/want"}));
  PlaybookSettings playbook;
  playbook.name = "restart";
  playbook.labels.owner = "edge";
  playbook.steps.resize(2);
  playbook.steps[0].target = "shell";
  EXPECT_EQ(pause_keys(playbook),
            (std::vector<std::string>{"", "playbook/restart", "owner/edge", "target/shell"}));
}

}  // namespace
}  // namespace sideband
