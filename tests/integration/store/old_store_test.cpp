// A store as builds before schema 4 left it, with what people and gates had put there: opened by
// this build nothing of it is lost, on both databases.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

#include "base/bytes.h"
#include "base/metrics.h"
#include "engine/decide/gate_state.h"
#include "policy/gates/gate.h"
#include "store/migrate.h"
#include "store/postgres/connection.h"
#include "store/postgres/schema.h"
#include "store/postgres/store.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

constexpr std::int64_t kSeenAt = 1'800'000'000'000'000;

// How each database writes bytes.
using Bytes = std::function<std::string(const std::string& bytes)>;

std::string old_window(std::int64_t count) {
  std::string text;
  put_varint(text, kSeenAt);
  put_varint(text, static_cast<std::uint64_t>(count));
  return text;
}

std::string old_reasons() {
  std::string out;
  put_varint(out, 0);  // false
  for (const char* text : {"maxChanges", "9 changes of 20 keys is 45 %, limit 20 %", "an hour"}) {
    put_string(out, text);
  }
  return out;
}

// One id a row, told apart by the last byte.
std::string id_of(char last) {
  return std::string(15, '\x01') + last;
}

std::string text_of(char last) {
  return Uuid::from_bytes(id_of(last)).text();
}

std::string old_rows(const Bytes& bytes) {
  std::string sql;
  const auto head = [&](const std::string& name, std::int64_t desired, const std::string& verdict,
                        const std::string& note) {
    sql += fmt::format(
        "INSERT INTO heads (reconciler, scan, scanned_at, last_good_desired, verdict, note, plan,"
        " plan_hash, open, extras, unknown) VALUES ({}, 7, {}, {}, {}, {}, {}, '', 9, 2, 1);",
        bytes(name), kSeenAt, desired, bytes(verdict), bytes(note), bytes(id_of('p')));
  };
  head("capped", 20, "hold", "maxChanges: 9 changes of 20 keys is 45 %, limit 20 %");
  head("doubtful", 20, "hold", "source: suspect source: 8 desired items, 20 at the last good scan");
  head("emptied", 20, "hold", "allowEmpty: the desired side is empty, which deletes nothing here");
  head("fresh", -1, "unknown", "");
  const auto value = [&](const std::string& name, const std::string& text) {
    sql += fmt::format("INSERT INTO named_values (name, value) VALUES ({}, {});", bytes(name),
                       bytes(text));
  };
  value("pause/@all", "by ana: moving");
  value("pause/capped", "by ben: release");
  value("window/capped", old_window(9));
  value("window/@site", old_window(11));
  value("declined/capped", "hash ana");
  value("cancel/" + text_of('r'), "cancelled at once by ben: wrong: plan");
  value("cancel/" + text_of('s'), "cancelled by ana: later");
  value("deaths/" + text_of('r'), "4 2");
  value("undone/" + text_of('r'), text_of('u') + " " + text_of('v'));
  value("bucket/@site", old_window(1'500'000));
  value("bucket/capped", old_window(7));
  value("audit.name", "sideband.example/log");
  value("lead", "77 node a#1");
  value("turnstile/@site", "");
  value("undos/capped", text_of('u'));
  const std::string repair = bytes(id_of('r'));
  sql += fmt::format(
      "INSERT INTO repairs (id, due, state, token, lease_until, lease_owner, plan, reconciler, "
      "undo,"
      " requester, released, attempt, next_step, position, not_before, first_seen, created_at,"
      " started_at, ended_at, gate_wait_us, changed, already_there, refused, failed, note) VALUES"
      " ({0}, 0, 0, 0, 0, '', {1}, {2}, 0, {3}, {4}, 0, 0, 0, 0, 0, {5}, 0, 0, 0, 0, 0, 0, 0, '');",
      repair, bytes(id_of('p')), bytes("capped"), bytes("ana"), bytes("maxChanges,anything"),
      kSeenAt);
  sql += fmt::format(
      "INSERT INTO decisions (id, reconciler, plan, made_at, verdict, reasons) VALUES ({}, {}, {},"
      " {}, 2, {});",
      bytes(id_of('d')), bytes("capped"), bytes(id_of('p')), kSeenAt, bytes(old_reasons()));
  return sql;
}

void expect_counts_kept(StoreReader& reader) {
  const Uuid repair = Uuid::from_bytes(id_of('r'));
  EXPECT_EQ(*reader.cancel_request(repair), (CancelRequest{"ben", "wrong: plan", true, {}}));
  EXPECT_EQ(*reader.cancel_request(Uuid::from_bytes(id_of('s'))),
            (CancelRequest{"ana", "later", false, {}}));
  EXPECT_EQ(*reader.crash_count(repair), (CrashCount{4, 2}));
  EXPECT_EQ(reader.undos_of_run(repair)->size(), 2U);
  EXPECT_EQ(*reader.rate_bucket(""), (RateBucket{kSeenAt, from_us(1'500'000)}));
  EXPECT_EQ(*reader.rate_bucket("capped"), (RateBucket{kSeenAt, from_us(7)}));
  EXPECT_EQ(*reader.audit_name(), "sideband.example/log");
  EXPECT_EQ(*reader.leader(), (LeaderRow{"node a#1", 77}));
}

void expect_everything_kept(Store& store) {
  const auto read = store.read([](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto capped, reader.head("capped"));
    EXPECT_EQ(capped->scan, 7);
    EXPECT_EQ(capped->open, 9);
    EXPECT_EQ(capped->source.condition, SourceCondition::kGood);
    EXPECT_EQ(capped->source.baseline, 20);
    EXPECT_EQ(capped->refusals.at(0).gate, GateId::kMaxChanges);
    EXPECT_EQ(saw_text(capped->refusals.at(0)), "9 changes of 20 keys is 45 %, limit 20 %");
    SB_ASSIGN(const auto doubtful, reader.head("doubtful"));
    EXPECT_EQ(doubtful->source.condition, SourceCondition::kSuspect);
    EXPECT_EQ(doubtful->source.baseline, 20);
    SB_ASSIGN(const auto emptied, reader.head("emptied"));
    EXPECT_EQ(emptied->source.condition, SourceCondition::kEmpty);
    SB_ASSIGN(const auto fresh, reader.head("fresh"));
    EXPECT_EQ(fresh->source, SourceState{});
    SB_ASSIGN(const auto pause, load_pause(reader, {"", "capped"}, ""));
    EXPECT_EQ(pause_text(pause->pause), "by ana: moving");
    EXPECT_EQ(pause->scope.kind, PauseScope::Kind::kEverything);
    SB_ASSIGN(const auto own_pause, reader.pause("capped"));
    EXPECT_EQ(own_pause, (Pause{"ben", "release", {}}));
    expect_counts_kept(reader);
    SB_ASSIGN(const auto own, load_window(reader, WindowKind::kChanges, "capped"));
    EXPECT_EQ(own.used(from_us(kSeenAt), std::chrono::hours(1)), 9);
    SB_ASSIGN(const auto site, load_window(reader, WindowKind::kSite, ""));
    EXPECT_EQ(site.used(from_us(kSeenAt), std::chrono::hours(1)), 11);
    SB_ASSIGN(const std::string declined, declined_by(reader, "capped", "hash"));
    EXPECT_EQ(declined, "ana");
    SB_ASSIGN(const auto repair, reader.repair(Uuid::from_bytes(id_of('r'))));
    EXPECT_EQ(repair->released, GateSet{GateId::kMaxChanges}) << "words that name no gate go";
    SB_ASSIGN(const auto decisions, reader.decisions("capped", 1));
    EXPECT_EQ(refusal_text(decisions.at(0).reasons.at(0)),
              "maxChanges: 9 changes of 20 keys is 45 %, limit 20 %");
    EXPECT_EQ(opens_text(decisions.at(0).reasons.at(0)), "an hour");
    return {};
  });
  EXPECT_TRUE(read.ok()) << read.error().message;
}

// The schema as it was.
constexpr std::size_t kOldMigrations = 3;

TEST(OldStore, OfSqliteKeepsEverything) {
  const TempDir dir;
  const std::string folder = dir.path("state");
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  {
    auto connection = SqliteConnection::open(
        {.path = folder + "/sideband.db", .vfs = "", .writes = true, .on_fatal = {}});
    ASSERT_TRUE(connection.ok()) << connection.error().message;
    ASSERT_TRUE(
        migrate(**connection, sqlite_migrations().first(kOldMigrations), from_us(kSeenAt)).ok());
    const Bytes hex = [](const std::string& bytes) { return "x'" + to_hex(bytes) + "'"; };
    // Text columns hold text there: only ids, hashes and windows are blobs.
    ASSERT_TRUE((*connection)->script(old_rows(hex).c_str()).ok());
    ASSERT_TRUE((*connection)
                    ->script("UPDATE heads SET reconciler = CAST(reconciler AS TEXT),"
                             " verdict = CAST(verdict AS TEXT), note = CAST(note AS TEXT);"
                             "UPDATE named_values SET name = CAST(name AS TEXT);"
                             "UPDATE decisions SET reconciler = CAST(reconciler AS TEXT);"
                             "UPDATE repairs SET reconciler = CAST(reconciler AS TEXT),"
                             " requester = CAST(requester AS TEXT),"
                             " released = CAST(released AS TEXT);")
                    .ok());
  }
  const SystemClock clock;
  Metrics metrics;
  SqliteOptions sqlite;
  sqlite.folder = folder;
  auto store = open_sqlite_store(sqlite, {.clock = clock, .metrics = metrics});
  ASSERT_TRUE(store.ok()) << store.error().message;
  expect_everything_kept(**store);
}

TEST(OldStore, OfPostgresKeepsEverything) {
  PostgresServer* server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL here";
  const std::string where = server->new_database();
  PostgresClient client(where);
  client.run(
      "CREATE TABLE migrations (version BIGINT PRIMARY KEY NOT NULL, applied_at BIGINT NOT NULL)");
  for (const Migration& migration : postgres_migrations().first(kOldMigrations)) {
    client.run(migration.script);
    client.run(fmt::format("INSERT INTO migrations VALUES ({}, 0)", migration.version));
  }
  client.run(
      old_rows([](const std::string& bytes) { return "'\\x" + to_hex(bytes) + "'::bytea"; }));
  const SystemClock clock;
  Metrics metrics;
  auto store = open_postgres_store({.connection = where}, {.clock = clock, .metrics = metrics});
  ASSERT_TRUE(store.ok()) << store.error().message;
  expect_everything_kept(**store);
}

}  // namespace
}  // namespace sideband
