// The log that PostgreSQL itself keeps of our writes, held against the audit log: nothing that is
// not announced, nothing claimed that is not there.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "e2e/daemon.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

using Step = std::pair<std::string, std::string>;  // repair and number

// One statement of ours, as the server logged it.
struct Write {
  double at = 0;  // seconds since 1970
  std::string text;
  std::string parameters;
};

std::set<std::string> keys_in(const Write& write) {
  static const std::regex kFirst(R"(\$1 = '\{([^}]*)\}')");
  std::smatch found;
  std::set<std::string> keys;
  if (!std::regex_search(write.parameters, found, kFirst)) return keys;
  std::istringstream list(found[1].str());
  for (std::string key; std::getline(list, key, ',');) keys.insert(key);
  return keys;
}

class TargetLog : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    server_->restart({"-c", "logging_collector=on", "-c", "log_directory=log", "-c",
                      "log_file_mode=0644", "-c", "log_statement=mod", "-c",
                      "log_line_prefix=%n|%u|%a|"});
    source_ = server_->create_database();
    copy_ = server_->create_database();
    user_ = "repairer_" + copy_;
    make_tables();
  }
  std::unique_ptr<PostgresClient> on(const std::string& database) {
    return std::make_unique<PostgresClient>(server_->connection_string(database));
  }
  void make_tables() {
    on(source_)->run(
        "create table prices(id int primary key, amount int);"
        "insert into prices select g, g from generate_series(1, 60) g;"
        "create table notes(id int primary key, amount int);"
        "insert into notes select g, g from generate_series(1, 40) g");
    on(copy_)->run(
        "create role " + user_ +
        " login; create table prices(id int primary key, amount int);"
        "create table notes(id int primary key, amount int);"
        "create table sideband_fence(scope text primary key, token bigint not null);"
        "grant select, insert, update, delete on prices, notes, sideband_fence to " +
        user_ +
        ";"
        "insert into prices select g, case when g % 3 = 0 then 0 else g end from "
        "generate_series(1, 50) g; insert into prices values (99, 1);"
        "insert into notes select g, 0 from generate_series(1, 40) g;"
        "create function refuse() returns trigger language plpgsql as $$ begin "
        "if new.id = 13 then raise 'not this one'; end if; return new; end $$;"
        "create trigger refuse before update on notes for each row execute function refuse()");
  }
  std::string database(const std::string& name, const std::string& database,
                       const std::string& user) {
    return target(name, "postgres",
                  "host: " + server_->folder() + ", port: " + server_->port() +
                      ", dbname: " + database + ", user: " + user);
  }
  static std::string copies(const std::string& table, const std::string& gates) {
    return reconciler(table, "  mode: auto\n  interval: 200ms\n  desired: {target: shop, table: " +
                                 table + ", key: id}\n  actual: {target: copy, table: " + table +
                                 ", key: id, fence: sideband_fence}\n  repair: {prune: true}\n" +
                                 gates + "  retry: {limit: 2, backoff: {initial: 50ms}}\n");
  }

  std::string wrong_prices() {
    return on(copy_)->one(
        "select count(*) from generate_series(1, 60) g full join prices p on p.id = g "
        "where p.amount is distinct from g");
  }

  std::string server_log() const {
    std::string text;
    for (const auto& file : std::filesystem::directory_iterator(server_->folder() + "/data/log")) {
      text += slurp(file.path().string());
    }
    return text;
  }
  // The server's log is written by a process of its own, a little later.
  void await_log() {
    on(copy_)->run("do $$ begin raise log 'all is written'; end $$");
    EXPECT_TRUE(
        until([&] { return server_log().find("LOG:  all is written") != std::string::npos; }));
  }
  std::vector<Write> writes() const {
    std::vector<Write> out;
    std::istringstream lines(server_log());
    for (std::string line; std::getline(lines, line);) add_line(line, out);
    return out;
  }
  // "1732450000.123|user|application|LOG:  execute <unnamed>: ...", then its DETAIL.
  void add_line(const std::string& line, std::vector<Write>& out) const {
    const std::string ours = "|" + user_ + "|sideband|";
    const std::size_t at = line.find(ours);
    if (at == std::string::npos) return;
    const std::string text = line.substr(at + ours.size());
    if (text.starts_with("LOG:  execute") || text.starts_with("LOG:  statement")) {
      out.push_back({std::stod(line.substr(0, at)), text, ""});
    } else if (text.starts_with("DETAIL:  parameters") && !out.empty()) {
      out.back().parameters = text;
    }
  }

  std::vector<Json> leaves() {
    EXPECT_TRUE(until([&] {
      const Json head = daemon_.get("/api/v1/audit/head");
      return head.contains("signedSize") && head["size"] == head["signedSize"];
    }));
    std::filesystem::remove_all(daemon_.path("audit"));
    const Finished exported = daemon_.cli({"audit", "export", daemon_.path("audit")});
    EXPECT_EQ(exported.code, 0) << exported.err;
    std::vector<Json> out;
    std::istringstream lines(slurp(daemon_.path("audit/leaves.jsonl")));
    for (std::string line; std::getline(lines, line);) out.push_back(Json::parse(line));
    return out;
  }
  // The keys that an intent announces.
  std::set<std::string> announced_by(const Json& intent) {
    const Json found =
        daemon_.get("/api/v1/plans/" + intent["repair"].get<std::string>() + "/changes");
    std::set<std::string> keys;
    for (std::size_t i = intent["from"]; i < intent["to"]; ++i) {
      keys.insert(found.at("items").at(i).at("key").get<std::string>());
    }
    return keys;
  }
  static Step step_of(const Json& leaf) {
    return {leaf["repair"].get<std::string>(), leaf["step"].dump()};
  }

  struct Announced {
    double at = 0;
    std::set<std::string> keys, tokens;
  };
  // Each write to one of its own announcements, which came before it. The keys written by step.
  std::map<Step, std::set<std::string>> check_writes(const std::vector<Write>& all,
                                                     const std::map<Step, Announced>& announced) {
    static const std::regex kTag(
        R"(/\* sideband repair ([0-9a-f-]{36}) step ([0-9]+) token ([0-9]+) \*/ )");
    std::map<Step, std::set<std::string>> written;
    for (const Write& write : all) {
      std::smatch tag;
      if (!std::regex_search(write.text, tag, kTag)) {
        ADD_FAILURE() << "a write without its repair: " << write.text;
        continue;
      }
      const auto intent = announced.find({tag[1], tag[2]});
      if (intent == announced.end()) {
        ADD_FAILURE() << "a write without an intent: " << write.text;
        continue;
      }
      EXPECT_TRUE(intent->second.tokens.contains(tag[3])) << write.text;
      EXPECT_LE(std::floor(intent->second.at * 1000), write.at * 1000 + 0.5) << write.text;
      for (const std::string& key : keys_in(write)) {
        EXPECT_TRUE(intent->second.keys.contains(key)) << key << " by " << write.text;
        written[intent->first].insert(key);
      }
    }
    return written;
  }
  static std::string said_of(const std::vector<Write>& all, const std::string& repair) {
    std::string out;
    for (const Write& write : all) {
      if (write.text.find(repair) != std::string::npos) {
        out += "\n" + write.text + " " + write.parameters;
      }
    }
    return out;
  }
  void check_logs_agree() {
    std::map<Step, Announced> announced;
    std::map<Step, std::size_t> changed;
    std::size_t total = 0;
    for (const Json& leaf : leaves()) {
      if (leaf["kind"] == "intent") {
        Announced& intent = announced[step_of(leaf)];
        const double at = static_cast<double>(to_us(parse_time(leaf["ts"]).value())) / 1e6;
        if (intent.at == 0) intent.at = at;
        intent.tokens.insert(leaf["token"].dump());
        intent.keys.merge(announced_by(leaf));
      } else if (leaf["kind"] == "outcome") {
        const auto count = leaf["outcomes"].value("changed", std::size_t{0});
        total += count;
        // What was inferred may have been made by an earlier repair.
        changed[step_of(leaf)] = count - leaf.value("inferred", std::size_t{0});
      }
    }
    await_log();
    const std::vector<Write> all = writes();
    const auto written = check_writes(all, announced);
    for (const auto& [step, count] : changed) {
      if (count == 0) continue;
      ASSERT_TRUE(written.contains(step))
          << "no write of step " << step.second << " of " << step.first;
      EXPECT_GE(written.at(step).size(), count) << step.first << said_of(all, step.first);
    }
    EXPECT_GE(total, 60U) << "the audit log has what was repaired";
    EXPECT_GE(all.size(), announced.size());
  }

  PostgresServer* server_ = nullptr;
  std::string source_, copy_, user_;
  Daemon daemon_;
};

// With canaries, a row that a trigger refuses, somebody else who writes too, and a daemon that dies
// right before and right after it wrote.
TEST_F(TargetLog, EveryWriteOfOursHasItsIntentAndEveryChangeItsWrite) {
  daemon_.configure(
      database("shop", source_, "sideband") + database("copy", copy_, user_) +
      copies("prices", "  gates: {canary: {cohorts: [1, 50%, 100%], hold: 10ms}, cooldown: 0s}\n") +
      copies("notes", ""));
  for (const char* point : {"effect_begun:2", "effect_done:3"}) {
    daemon_.spawn({{"SIDEBAND_CRASH_AT", point}});
    ASSERT_TRUE(daemon_.process().wait(std::chrono::seconds(30))) << daemon_.log();
    // Of rows that were written, and of some that are to be written next.
    on(copy_)->run("update prices set amount = -1 where id % 7 = 0");
  }
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  EXPECT_TRUE(until([&] { return wrong_prices() == "0"; }, std::chrono::seconds(60)))
      << daemon_.repairs().dump(1) << daemon_.log();
  EXPECT_TRUE(until([&] {
    return on(copy_)->one("select count(*) from notes where amount <> id") == "1" &&
           daemon_.repairs("", true) == Json::array();
  })) << daemon_.repairs().dump(1);
  daemon_.cli({"pause", "prices"});
  daemon_.cli({"pause", "notes"});
  EXPECT_TRUE(until([&] { return daemon_.repairs("", true) == Json::array(); }));
  check_logs_agree();
}

}  // namespace
}  // namespace sideband::e2e
