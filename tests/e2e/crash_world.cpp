#include "e2e/crash_world.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "e2e/audit_story.h"

namespace sideband::e2e {
namespace {

std::string price(int i) {
  return "price:" + std::to_string(i);
}
std::string wanted_price(int i) {
  return std::to_string(100 + i);
}
std::string edge(int i) {
  return "node-" + std::to_string(i) + "/edge.conf";
}
std::string wanted_edge(int i) {
  return "listen 8443\nnode " + std::to_string(i) + "\n";
}

std::string text_of(const LedgerEntry& entry) {
  return format_time(entry.at) + " " + entry.keys.at(0) + " = " + entry.value;
}

}  // namespace

std::string CrashWorld::canary(const std::string& hold) {
  return "canary: {cohorts: [2, 50%, 100%], hold: " + hold + "}";
}

CrashWorld::CrashWorld(const std::string& postgres, const std::string& gates)
    : daemon(postgres), server_({"--notify-keyspace-events", "KEA"}) {
  redis_ = std::make_unique<RedisClient>(server_.socket());
  SqliteClient db(daemon.path("catalogue.db"));
  db.run("pragma journal_mode=wal");
  db.run("create table items(id integer primary key, name text)");
  db.run("create table prices(id integer primary key, amount text)");
  for (int i = 1; i <= kItems; ++i) {
    db.run("insert into items values(" + std::to_string(i) + ", '" + wanted_item(i) + "')");
    redis().command({"SET", item(i), wanted_item(i)});
  }
  for (int i = 1; i <= kPrices; ++i) {
    db.run("insert into prices values(" + std::to_string(i) + ", '" + wanted_price(i) + "')");
    redis().command({"SET", price(i), i % 2 == 0 ? "1" : wanted_price(i)});
  }
  for (int i = 1; i <= kNodes; ++i) {
    spill(daemon.path("desired/" + edge(i)), wanted_edge(i));
    spill(daemon.path("nodes/" + edge(i)), wanted_edge(i));
  }
  write_config(gates);
  if (!postgres.empty()) daemon.serve_options = {"--lease", "1s"};
  ledger_ = std::make_unique<RedisLedger>(server_.socket());
}

void CrashWorld::write_config(const std::string& gates) {
  const std::string retry = "  retry: {backoff: {initial: 50ms, max: 200ms}}\n";
  // What is broken again while it is validated ends within the time that a cycle waits.
  const std::string validate = "  validate: {within: 3s}\n";
  const std::string redis = "socket: " + server_.socket();
  daemon.configure(
      target("catalogue", "sqlite", "path: " + daemon.path("catalogue.db")) +
      target("cache", "redis", redis) + target("cache-readback", "redis", redis) +
      target("source", "files", "root: " + daemon.path("desired")) +
      target("nodes", "files", "root: " + daemon.path("nodes")) +
      reconciler("items",
                 "  mode: auto\n  interval: 500ms\n  wake: {targets: [cache]}\n"
                 "  desired: {target: catalogue, query: \"select id, name from items\", key: id}\n"
                 "  actual: {target: cache, key: \"item:{id}\", value: \"{name}\"}\n"
                 "  gates: {" +
                     gates + (gates.empty() ? "" : ", ") +
                     "cooldown: 0s, flapping: {rest: 0s}}\n  validate: {independent: {target: "
                     "cache-readback}, within: 3s}\n" +
                     retry) +
      reconciler(
          "prices",
          "  mode: propose\n  interval: 500ms\n"
          "  desired: {target: catalogue, query: \"select id, amount from prices\", key: id}\n"
          "  actual: {target: cache, key: \"price:{id}\", value: \"{amount}\"}\n"
          "  gates: {canary: {cohorts: [1, 100%], hold: 20ms}, cooldown: 0s, flapping: {rest: "
          "0s}}\n" +
              validate + retry) +
      reconciler("fleet",
                 "  mode: auto\n  interval: 500ms\n"
                 "  desired: {target: source, files: \"*/edge.conf\"}\n"
                 "  actual: {target: nodes, files: \"*/edge.conf\"}\n"
                 "  gates: {canary: {cohorts: [1, 100%], hold: 20ms}, cooldown: 0s, flapping: "
                 "{rest: 0s}}\n" +
                     validate + retry));
}

void CrashWorld::break_items(const std::vector<int>& which, int round) {
  for (const int i : which) {
    redis().command({"SET", item(i), "broken " + std::to_string(i) + " " + std::to_string(round)});
  }
}

void CrashWorld::break_fleet(const std::vector<int>& which) {
  for (const int i : which) spill(daemon.path("nodes/" + edge(i)), "listen 80\n");
}

void CrashWorld::push_prices() {
  const Json waiting = daemon.repairs("prices", true);
  if (waiting.is_null()) return;
  if (waiting.empty() && redis().command({"GET", price(2)}) != wanted_price(2)) {
    return apply_prices();
  }
  for (const Json& repair : waiting) {
    if (repair.at("state") == "awaiting_approval") approve(repair.at("id"));
  }
}

void CrashWorld::apply_prices() {
  const Json reconciler = daemon.get("/api/v1/reconcilers/prices");
  const std::string held = reconciler.is_null() ? "" : reconciler.value("heldPlan", "");
  if (held.empty()) return;
  const HttpAnswer taken = daemon.call("POST", "/api/v1/repairs", Json{{"plan", held}}.dump());
  if (taken.status == 202) accepted_.insert(Json::parse(taken.body).at("id"));
}

void CrashWorld::approve(const std::string& id) {
  const Json plan = daemon.get("/api/v1/plans/" + id);
  if (plan.is_null()) return;
  const HttpAnswer taken =
      daemon.call("POST", "/api/v1/repairs/" + id + "/approve",
                  Json{{"planHash", plan.value("hash", "")}}.dump(), "reviewer");
  if (taken.status == 200) approved_.insert(id);
}

std::set<std::pair<std::string, std::string>> CrashWorld::wrong() {
  std::set<std::pair<std::string, std::string>> out;
  const auto look = [&](const char* name, const std::string& key, bool good) {
    if (!good) out.emplace(name, key);
  };
  for (int i = 1; i <= kItems; ++i) {
    look("items", std::to_string(i), redis().command({"GET", item(i)}) == wanted_item(i));
  }
  for (int i = 1; i <= kPrices; ++i) {
    look("prices", std::to_string(i), redis().command({"GET", price(i)}) == wanted_price(i));
  }
  for (int i = 1; i <= kNodes; ++i) {
    look("fleet", edge(i), slurp(daemon.path("nodes/" + edge(i))) == wanted_edge(i));
  }
  return out;
}

bool CrashWorld::in_sync() {
  return wrong().empty() && resting();
}

bool CrashWorld::in_sync_or_explained() {
  if (!resting()) return false;
  for (const auto& [reconciler, key] : wrong()) {
    const Json drifts = daemon.get("/api/v1/reconcilers/" + reconciler + "/drifts");
    const Json repairs = daemon.repairs(reconciler);
    const auto rests = [&, k = key](const Json& drift) {
      return drift["key"] == k && drift["state"] == "cooling";
    };
    const auto says_why = [](const Json& repair) {
      const bool gave_up = repair["state"] == "needs_human" || repair["state"] == "compensated";
      return gave_up && !repair.value("note", "").empty();
    };
    if (!drifts.contains("items") || repairs.is_null()) return false;
    if (std::none_of(drifts["items"].begin(), drifts["items"].end(), rests)) return false;
    if (std::none_of(repairs.begin(), repairs.end(), says_why)) return false;
  }
  return true;
}

bool CrashWorld::resting() {
  const Json active = daemon.repairs("", true);
  return !active.is_null() && std::all_of(active.begin(), active.end(), [](const Json& repair) {
    return repair.at("state") == "awaiting_approval" || repair.at("state") == "halted";
  });
}

int CrashWorld::writes_to(const std::string& prefix) {
  const auto& entries = ledger_->read_all();
  const auto ours = [&](const LedgerEntry& entry) {
    return entry.kind == LedgerEntry::Kind::kOurWrite && entry.keys[0].starts_with(prefix);
  };
  return static_cast<int>(std::count_if(entries.begin(), entries.end(), ours));
}

void CrashWorld::check_proof() {
  const std::string folder = daemon.path("audit");
  std::filesystem::remove_all(folder);
  const Finished exported = daemon.cli({"audit", "export", folder});
  ASSERT_EQ(exported.code, 0) << exported.err;
  const Finished verified =
      daemon.cli({"audit", "verify", folder, "--key", daemon.public_key()}, "");
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  check_no_doubles();
  const std::vector<Json> leaves = read_leaves(folder);
  check_intents(leaves);
  const Json repairs = daemon.repairs();
  check_story(leaves, repairs, accepted_);
  for (const Json& repair : repairs) {
    EXPECT_FALSE(approved_.contains(repair["id"]) && repair["state"] == "awaiting_approval")
        << "P-1: an approval was lost: " << repair.dump();
  }
}

// Nothing of ours is written, or even sent, again where it already stands.
void CrashWorld::check_no_doubles() {
  std::map<std::string, std::string> ours;  // key -> value that we wrote last, nobody after us
  for (const LedgerEntry& entry : ledger_->read_all()) {
    if (entry.kind == LedgerEntry::Kind::kCall) {
      for (std::size_t i = 0; i < entry.keys.size(); ++i) {
        const auto last = ours.find(entry.keys[i]);
        EXPECT_TRUE(last == ours.end() || entry.wanted[i] != "v" + last->second)
            << "sent again without looking: " << format_time(entry.at) << " " << entry.keys[i];
      }
    } else if (entry.kind == LedgerEntry::Kind::kOtherWrite) {
      ours.erase(entry.keys[0]);
    } else {
      const auto [last, fresh] = ours.try_emplace(entry.keys[0], entry.value);
      EXPECT_TRUE(fresh || last->second != entry.value) << "written twice: " << text_of(entry);
      last->second = entry.value;
    }
  }
}

// A node knows the time of its PostgreSQL to half of a round trip, which takes long under load.
constexpr Duration kClockError = std::chrono::milliseconds(100);

// Each call that reached the target was announced before, in a record that names its token and
// covers its keys.
void CrashWorld::check_intents(const std::vector<Json>& leaves) {
  std::map<std::string, std::set<std::string>> keys_of;  // token -> keys of its intents
  std::map<std::string, WallTime> announced;             // token -> its first intent
  std::map<std::string, std::vector<std::string>> plans;
  for (const Json& leaf : leaves) {
    if (leaf["kind"] != "intent") continue;
    const std::string repair = leaf["repair"];
    const std::string prefix = leaf["reconciler"] == "items" ? "item:" : "price:";
    if (!plans.contains(repair)) {
      const Json found = daemon.get("/api/v1/plans/" + repair + "/changes");
      ASSERT_TRUE(found.contains("items")) << "the plan of repair " << repair << " is gone";
      for (const Json& change : found["items"]) {
        plans[repair].push_back(prefix + change.at("key").get<std::string>());
      }
    }
    const std::string token = leaf["token"].dump();
    const auto at = parse_time(leaf["ts"]);
    ASSERT_TRUE(at.ok());
    announced.try_emplace(token, *at);
    for (std::size_t i = leaf["from"]; i < leaf["to"]; ++i) {
      keys_of[token].insert(plans[repair].at(i));
    }
  }
  for (const LedgerEntry& entry : ledger_->read_all()) {
    if (entry.kind != LedgerEntry::Kind::kCall) continue;
    ASSERT_TRUE(announced.contains(entry.token)) << "no intent has token " << entry.token;
    EXPECT_LE(announced[entry.token], entry.at + kClockError) << entry.keys[0];
    for (const std::string& key : entry.keys) {
      EXPECT_TRUE(keys_of[entry.token].contains(key)) << key << " was not announced";
    }
  }
}

}  // namespace sideband::e2e
