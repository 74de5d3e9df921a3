#include "e2e/playbook_world.h"

#include <gtest/gtest.h>

#include "e2e/audit_story.h"

namespace sideband::e2e {
namespace {

std::string statement(const std::string& said) {
  return "{statement: \"insert into log (said) values (?1)\", parameters: [" + said +
         "], fence: true}";
}

std::string step(const std::string& name, const std::string& needs) {
  return "    - {name: " + name + ", needs: [" + needs +
         "], target: shop, timeout: 1s, run: " + statement(name) +
         ", undo: " + statement("no-" + name) + "}\n";
}

}  // namespace

PlaybookWorld::PlaybookWorld(const std::string& postgres)
    : daemon(postgres), database_(daemon.path("shop.db")) {
  database_.run("pragma journal_mode=wal");
  database_.run("create table log (at integer primary key, said text)");
  if (!postgres.empty()) daemon.serve_options = {"--lease", "1s"};
  daemon.configure(
      target("shop", "sqlite", "path: " + daemon.path("shop.db")) +
      target("worker", "exec", "commands: [/bin/false]") +
      "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: diamond, labels: "
      "{owner: team-shop, environment: test, criticality: high, repairType: index}}\nspec:\n"
      "  startableBy: [operator]\n  steps:\n" +
      step("top", "") +
      "    - {name: hand, needs: [top], manual: {instruction: Turn the key, by: reviewer}}\n" +
      step("left", "hand") + step("right", "hand") +
      "    - {name: join, needs: [left, right], target: worker, timeout: 1s, onFailure: "
      "compensate, "
      "run: {argv: [/bin/false], failed: [1], idempotent: true}, undo: none}\n");
}

void PlaybookWorld::push() {
  const Json runs = daemon.repairs("playbook/diamond");
  if (runs.is_null()) return;
  const HttpAnswer taken = daemon.call("POST", "/api/v1/playbooks/diamond/runs", "{}", "operator",
                                       "Idempotency-Key: \"night-shift\"\r\n");
  if (taken.status == 202) accepted_.insert(Json::parse(taken.body).at("id"));
  if (!runs.empty() && runs.at(0).at("state") == "halted") {
    const std::string id = runs.at(0).at("id");
    daemon.call("POST", "/api/v1/repairs/" + id + "/confirm", R"({"step":"hand"})", "reviewer");
  }
}

bool PlaybookWorld::taken_back() {
  const Json runs = daemon.repairs("playbook/diamond");
  return runs.is_array() && !runs.empty() && runs.at(0).at("state") == "compensated";
}

void PlaybookWorld::check_proof() {
  const std::string folder = daemon.path("audit");
  std::filesystem::remove_all(folder);
  const Finished exported = daemon.cli({"audit", "export", folder});
  ASSERT_EQ(exported.code, 0) << exported.err;
  const Finished verified =
      daemon.cli({"audit", "verify", folder, "--key", daemon.public_key()}, "");
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  check_story(read_leaves(folder), daemon.repairs(), accepted_);
  EXPECT_EQ(daemon.repairs().size(), 1U) << "P-2";
  EXPECT_EQ(accepted_.size(), 1U) << "P-2";
  const std::vector<std::string> once = {"top", "left", "right", "no-right", "no-left", "no-top"};
  EXPECT_EQ(database_.list("select said from log order by at"), once) << "P-7, P-8";
}

}  // namespace sideband::e2e
