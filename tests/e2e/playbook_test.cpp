// Playbooks through the binary: run, confirm, approve, describe, their exit codes, and a kill on
// the way back. Steps are guarded changes, checks, waits and manual ones on a SQLite table.
#include <gmock/gmock.h>

#include "e2e/daemon.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using ::testing::HasSubstr;

class Playbooks : public testing::Test {
 protected:
  Playbooks() : database_(daemon_.path("shop.db")) {
    // Before the start: a new token is looked for once a second at most.
    for (const char* name : {"operator", "keeper", "stranger"}) daemon_.token(name);
    database_.run("create table flags (id integer primary key, state text)");
    database_.run("insert into flags values (1, 'on'), (2, 'on')");
  }

  // A playbook "switch" whose spec ends with `spec`.
  void configure(const std::string& spec, const std::string& head = "") {
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: switch, labels: "
        "{owner: team-shop, environment: test, criticality: high, repairType: flag}}\nspec:\n"
        "  startableBy: [operator]\n  inputs: {state: {enum: [on, off, slow]}}\n" +
        head + "  steps:\n" + spec);
  }
  static std::string set(const std::string& name, const std::string& id, const std::string& rest) {
    return "    - {name: " + name + ", change: {target: shop, table: flags, key: id, item: \"" +
           id + "\", fields: {state: \"{inputs.state}\"}}" + rest + "}\n";
  }
  static std::string check(const std::string& state, const std::string& rest) {
    return "    - {name: look, check: {target: shop, query: \"select id, state from flags\", key: "
           "id, "
           "item: \"1\", fields: {state: \"" +
           state + "\"}}" + rest + "}\n";
  }
  Finished run(int code, const Words& words, const std::string& identity = "operator") {
    const Finished done = daemon_.cli(words, identity);
    EXPECT_EQ(done.code, code) << done.out << done.err;
    return done;
  }
  std::string states() {
    std::string out;
    for (const auto& state : database_.list("select state from flags order by id")) {
      out += (out.empty() ? "" : " ") + state;
    }
    return out;
  }
  std::string newest() { return daemon_.repairs("playbook/switch").at(0)["id"]; }

  Daemon daemon_;
  SqliteClient database_;
};

TEST_F(Playbooks, ADryRunShowsTheStepsAndStartsNothing) {
  configure(set("one", "1", "") + "    - {name: rest, needs: one, wait: 10ms}\n" +
            check("{inputs.state}", ", needs: rest"));
  daemon_.start();
  const Finished dry = run(0, {"run", "switch", "--input", "state=off"});
  EXPECT_THAT(dry.err, HasSubstr("DRY-RUN switch"));
  EXPECT_THAT(dry.out, HasSubstr("pre-image"));
  EXPECT_THAT(dry.out, HasSubstr("fields: state=off"));  // the input, filled in
  EXPECT_EQ(states(), "on on");
  EXPECT_TRUE(daemon_.repairs().empty());

  const Finished applied = run(0, {"run", "switch", "--input", "state=off", "--apply"});
  EXPECT_THAT(applied.err, HasSubstr("APPLY switch"));
  EXPECT_THAT(applied.out, HasSubstr("converged"));
  EXPECT_EQ(states(), "off on");
  EXPECT_EQ(daemon_.repairs("playbook/switch").at(0)["kind"], "run");
  const Finished described = run(0, {"describe", newest()});
  EXPECT_THAT(described.out, HasSubstr("already_there"));
  EXPECT_THAT(run(0, {"get", "playbooks"}).out, HasSubstr("team-shop"));
  EXPECT_THAT(run(0, {"describe", "switch"}).out, HasSubstr("\"enum\""));
}

TEST_F(Playbooks, WrongInputsAndStrangersAreRefused) {
  configure(set("one", "1", ""));
  daemon_.start();
  EXPECT_THAT(run(2, {"run", "switch", "--input", "state=maybe"}).err,
              HasSubstr("input state is not one of on, off, slow"));
  EXPECT_THAT(run(2, {"run", "switch"}).err, HasSubstr("input state is missing"));
  run(2, {"run", "switch", "--input", "state"});
  run(2, {"run", "nothing"});
  run(8, {"run", "switch", "--input", "state=off", "--apply"}, "stranger");
  run(0, {"pause", "--reason", "incident"});
  EXPECT_THAT(run(3, {"run", "switch", "--input", "state=off", "--apply"}).err, HasSubstr("pause"));
  EXPECT_EQ(states(), "on on");
}

// P-2, also of two that come at once. The same under kills: `PlaybookWorld` in crash_scenes.cpp.
TEST_F(Playbooks, TheSameRequestStartsOneRun) {
  configure(set("one", "1", "") + "    - {name: hand, needs: one, manual: {instruction: wait}}\n");
  daemon_.start();
  const std::string path = "/api/v1/playbooks/switch/runs";
  const std::string off = R"({"inputs":{"state":"off"}})";
  const std::string key = "Idempotency-Key: \"deploy-42\"\r\n";
  HttpPeer first(daemon_.socket());
  HttpPeer second(daemon_.socket());
  const std::string request = http_request("POST", path, daemon_.token("operator"), off, key);
  first.send(request);
  second.send(request);
  const HttpAnswer one = first.receive();
  const HttpAnswer two = second.receive();
  EXPECT_EQ(one.status, 202) << one.body;
  EXPECT_EQ(two.status, 202) << two.body;
  const std::string id = Json::parse(one.body).at("id");
  EXPECT_EQ(Json::parse(two.body).at("id"), id);

  const auto asked = [&](const std::string& body, const std::string& identity,
                         const std::string& more) {
    return daemon_.call("POST", path, body, identity, more);
  };
  run(0, {"pause", "--reason", "incident"});
  EXPECT_EQ(Json::parse(asked(off, "operator", key).body).at("id"), id)
      << "the first answer stands";
  const HttpAnswer other = asked(R"({"inputs":{"state":"slow"}})", "operator", key);
  EXPECT_EQ(other.status, 422);
  EXPECT_THAT(other.body, HasSubstr("belongs to another request"));
  EXPECT_EQ(asked(off, "stranger", key).status, 403) << "keys are each one's own";
  EXPECT_EQ(asked(off, "operator", "Idempotency-Key: two words\r\n").status, 400);
  EXPECT_EQ(daemon_.repairs().size(), 1U);

  daemon_.kill_now();
  daemon_.start();
  EXPECT_EQ(Json::parse(asked(off, "operator", key).body).at("id"), id);
  run(0, {"resume", "--reason", "over"});
  run(0, {"cancel", id, "--reason", "its target is needed"});
  const Words again = {"run", "switch", "--input", "state=off", "--apply", "--idempotency-key",
                       "k1"};
  const Finished started = run(4, again);
  EXPECT_EQ(run(4, again).out, started.out);
  EXPECT_EQ(daemon_.repairs().size(), 2U);
}

TEST_F(Playbooks, AFailedCheckTakesTheChangesBack) {
  configure(set("one", "1", "") + set("two", "2", ", needs: one") +
            check("never", ", needs: two, onFailure: compensate"));
  daemon_.start();
  const Finished done = run(5, {"run", "switch", "--input", "state=off", "--apply"});
  EXPECT_THAT(done.out, HasSubstr("compensated (step look failed"));
  EXPECT_EQ(states(), "on on");
}

TEST_F(Playbooks, APersonConfirmsAndTheRecordSaysWho) {
  configure(set("one", "1", "") +
            "    - {name: hand, needs: one, manual: {instruction: Turn the key, evidence: true, "
            "by: keeper}}\n" +
            set("two", "2", ", needs: hand"));
  daemon_.start();
  const Finished waits = run(4, {"run", "switch", "--input", "state=off", "--apply"});
  EXPECT_THAT(waits.out, HasSubstr("halted (hand: Turn the key)"));
  const std::string id = newest();
  run(8, {"confirm", id, "hand", "--evidence", "me"});
  run(2, {"confirm", id, "hand"}, "keeper");
  run(6, {"confirm", id, "two", "--evidence", "x"}, "keeper");
  EXPECT_EQ(states(), "off on");
  daemon_.stop();
  daemon_.start();
  run(0, {"confirm", id, "hand", "--evidence", "photo 7"}, "keeper");
  EXPECT_EQ(states(), "off off");
  run(0, {"audit", "export", daemon_.path("export")});
  run(0, {"audit", "verify", daemon_.path("export"), "--key", daemon_.public_key()});
}

TEST_F(Playbooks, AnApprovalIsNeededFromSomebodyElse) {
  configure(set("one", "1", ""), "  approval: {reviewers: {from: keeper}}\n");
  daemon_.start();
  run(4, {"run", "switch", "--input", "state=off", "--apply"});
  run(8, {"approve", newest()});
  run(8, {"approve", newest()}, "stranger");
  EXPECT_EQ(states(), "on on");
  run(0, {"approve", newest(), "--comment", "fine"}, "keeper");
  EXPECT_EQ(states(), "off on");
}

TEST_F(Playbooks, AStaleOneWarnsInCheckAndInRun) {
  configure(set("one", "1", ""), "  reviewBy: 2020-01-01\n");
  EXPECT_THAT(run(0, {"check"}).err, HasSubstr("stale since 2020-01-01"));
  daemon_.start();
  EXPECT_THAT(run(0, {"run", "switch", "--input", "state=off"}).err, HasSubstr("is stale since"));
}

TEST_F(Playbooks, AKillOnTheWayBackIsResumed) {
  configure(set("one", "1", "") + set("two", "2", ", needs: one") +
            check("never", ", needs: two, onFailure: compensate"));
  // Two changes, two changes back; the third write is the first one of the way back.
  daemon_.start({{"SIDEBAND_CRASH_AT", "effect_done:3"}});
  const auto beside =
      daemon_.cli_beside("run", {"run", "switch", "--input", "state=off", "--apply"});
  ASSERT_TRUE(daemon_.process().wait(std::chrono::seconds(60)).has_value());
  EXPECT_EQ(states(), "off on");
  daemon_.start();
  EXPECT_TRUE(until([&] { return daemon_.repairs().at(0)["state"] == "compensated"; }))
      << daemon_.repairs().dump(1);
  EXPECT_EQ(states(), "on on");
}

}  // namespace
}  // namespace sideband::e2e
