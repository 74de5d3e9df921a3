// What SQLite alone allows here: a durable job of four changes (accept, claim, outcome, end) in
// COMMITS transactions, 1, 2 or 4, with BATCH jobs sharing each of them. WAL, synchronous=FULL, one
// connection. Prints one JSON line.
//
//   raw_sqlite FOLDER COMMITS BATCH SECONDS
//
// No HTTP, no decision, no target, no audit tree: the line that group commit cannot cross.
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "base/clock.h"
#include "support.h"

namespace sideband {
namespace {

constexpr const char* kSchema =
    "pragma journal_mode=wal; pragma synchronous=full; pragma cache_size=-65536;"
    "create table job(id integer primary key, state int not null, owner text, body blob);"
    "create index active on job(id) where state < 3;"
    "create table record(position integer primary key, body blob not null);";

constexpr int kChanges = 4;

// The four changes, and the record that goes with each.
constexpr const char* kChange[kChanges] = {
    "insert into job values(?1, 0, null, zeroblob(200))",
    "update job set state = 1, owner = 'node' where id = ?1 and state = 0",
    "update job set state = 2 where id = ?1 and owner = 'node'",
    "update job set state = 3, owner = null where id = ?1",
};
constexpr const char* kRecord = "insert into record(body) values(zeroblob(220))";

class Database {
 public:
  explicit Database(const std::string& path) {
    check(sqlite3_open(path.c_str(), &db_));
    execute(kSchema);
    for (int i = 0; i < kChanges; ++i) change_[i] = prepare(kChange[i]);
    record_ = prepare(kRecord);
  }
  ~Database() {
    for (sqlite3_stmt* statement : change_) sqlite3_finalize(statement);
    sqlite3_finalize(record_);
    sqlite3_close(db_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Carries `count` jobs from `first` through their changes.
  void run(std::int64_t first, std::int64_t count, int commits) {
    for (int change = 0; change < kChanges;) {
      execute("begin immediate");
      for (const int end = change + kChanges / commits; change < end; ++change) {
        for (std::int64_t id = first; id < first + count; ++id) apply(change_[change], id);
      }
      execute("commit");
    }
  }

 private:
  void check(int code) {
    if (code != SQLITE_OK) die(sqlite3_errmsg(db_));
  }
  void execute(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
  }
  void apply(sqlite3_stmt* change, std::int64_t id) {
    check(sqlite3_bind_int64(change, 1, id));
    step(change);
    step(record_);
  }
  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) check(sqlite3_errcode(db_));
    sqlite3_reset(statement);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* change_[kChanges] = {};
  sqlite3_stmt* record_ = nullptr;
};

void measure(const std::string& folder, int commits, std::int64_t batch, std::int64_t seconds) {
  const SystemClock clock;
  Database database(folder + "/raw.db");
  const double cpu = cpu_us();
  const MonoTime begin = clock.mono();
  const MonoTime end = begin + std::chrono::seconds(seconds);
  std::int64_t jobs = 0;
  for (; clock.mono() < end; jobs += batch) database.run(jobs, batch, commits);
  const auto done = static_cast<double>(jobs);
  std::cout << fmt::format(
      "{{\"commits\":{},\"batch\":{},\"jobs\":{},\"per_second\":{:.0f},\"cpu_us\":{:.1f}}}\n",
      commits, batch, jobs, done * 1e6 / static_cast<double>((clock.mono() - begin).count()),
      (cpu_us() - cpu) / done);
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  const int commits = argc == 5 ? std::atoi(argv[2]) : 0;
  if (commits != 1 && commits != 2 && commits != 4) {
    std::cerr << "usage: raw_sqlite FOLDER COMMITS BATCH SECONDS, with 1, 2 or 4 commits\n";
    return 2;
  }
  sideband::measure(argv[1], commits, std::atoll(argv[3]), std::atoll(argv[4]));
  return 0;
}
