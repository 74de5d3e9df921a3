// That a feed tells every key that changed, while many write: what is known from its keys alone is
// never behind what a snapshot saw before the look began.
#include <atomic>
#include <map>

#include "base/thread.h"
#include "engine/observe/feed_pump.h"
#include "engine/observe/told_changes.h"
#include "support/until.h"
#include "told_fixture.h"

namespace sideband {
namespace {

constexpr int kUpdated = 100;  // rows that are only updated, each time to a higher version
constexpr int kLooks = 60;

// Writes of every kind until it is told to stop; each transaction is one of these at random.
class Writer {
 public:
  Writer(std::unique_ptr<PostgresClient> db, int number)
      : db_(std::move(db)), number_(number), thread_("writer", [this] { run(); }) {}
  ~Writer() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] int written() const { return written_; }

 private:
  void run() {
    if (number_ == 0) db_->run("set synchronous_commit = off");
    while (!stop_) write();
  }
  std::string row(std::uint64_t first, std::uint64_t count) {
    return std::to_string(first + random_.next() % count);
  }
  std::string update() {
    return "update want set v = (v::int8 + 1)::text where id = " + row(1, kUpdated) + ";";
  }
  // One row for each transaction, so that no two wait for each other.
  void write() {
    ++written_;
    const std::string change = update();
    const std::string name = "'w" + std::to_string(number_) + "'";
    switch (random_.next() % 8) {
      case 0:
        return db_->run("begin;" + change + "rollback");
      case 1:
        return db_->run("begin;" + change + "savepoint a;" + change + "rollback to a; commit");
      case 2:
        return db_->run("begin;" + change + "prepare transaction " + name),
               db_->run("commit prepared " + name);
      case 3:
        return db_->run("insert into want values (" + row(300, 50) +
                        ", '0') on conflict (id) do update set v = 'again'");
      case 4:
        return db_->run("delete from want where id = " + row(300, 50));
      case 5:
        return db_->run("insert into other values (" + row(1, 1'000'000) +
                        ", 'x') on conflict do nothing");
      case 6:
        return db_->run("update want set id = id + 1000 where id = " +
                        row(400 + 100 * number_, 99));
      default:
        return db_->run(change);
    }
  }

  std::unique_ptr<PostgresClient> db_;
  const int number_;
  SystemRandom random_;
  std::atomic<bool> stop_{false};
  std::atomic<int> written_{0};
  Thread thread_;
};

class ToldKeys : public ToldTest {
 protected:
  using Content = std::map<std::string, std::string>;

  void SetUp() override {
    ToldTest::SetUp();
    if (server_ == nullptr) return;
    db_->run("update want set v = '0'");
    auto opened = drivers_.open(target_, side("want"), Role::kDesired);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    rows_ = std::move(*opened);
    told_ = std::make_unique<ToldChanges>(*rows_, wakes_->journal(Role::kDesired));
    pump_ = std::make_unique<FeedPump>(
        FeedSite{spec_, "shop", Role::kDesired,
                 [this] { return drivers_.watch(target_, side("want"), Role::kDesired); }, wakes_,
                 [] {}, clock_, measures_});
  }
  void read(const std::vector<std::string>& keys, Content& into) {
    const auto items = rows_->read(keys, kLong);
    ASSERT_TRUE(items.ok()) << items.error().message;
    for (const Item& item : *items) {
      into.erase(item.key);
      if (item.state.present()) into[item.key] = decode_fields(item.state.bytes).value().at("v");
    }
  }
  Content snapshot(const std::string& where) {
    Content content;
    for (const std::string& row : db_->list("select id || ' ' || v from want where " + where)) {
      const std::size_t space = row.find(' ');
      content[row.substr(0, space)] = row.substr(space + 1);
    }
    return content;
  }
  void ask() {
    ASSERT_TRUE(told_->ask(kLong).ok());
    ASSERT_TRUE(until([&] { return told_->has_come(); }));
    told_->take();
  }
  // As a scan does: page after page, each a snapshot of its own.
  void scan() {
    ASSERT_TRUE(told_->ask(kLong).ok());
    told_->take();
    known_.clear();
    for (int first = 1; first < 3000; first += 100) {
      std::vector<std::string> keys;
      for (int id = first; id < first + 100; ++id) keys.push_back(std::to_string(id));
      read(keys, known_);
    }
    told_->scanned();
  }
  void look() {
    ask();
    ASSERT_EQ(told_->doubt().text, "");
    read({told_->keys().begin(), told_->keys().end()}, known_);
    told_->looked_at();
  }
  // A gap that a scan closes; then the feed is in place.
  void begin() {
    ASSERT_TRUE(until([&] {
      scan();
      return told_->ask(kLong).ok() && wakes_->journal(Role::kDesired).has_reached(here());
    }));
    scan();
  }
  LogPlace here() { return rows_->log_place(kLong).value(); }

  EngineMetrics measures_{metrics_};
  std::shared_ptr<PendingWakes> wakes_ = std::make_shared<PendingWakes>();
  std::unique_ptr<Collection> rows_;
  std::unique_ptr<ToldChanges> told_;
  std::unique_ptr<FeedPump> pump_;
  Content known_;
};

TEST_F(ToldKeys, AreAllThatChangedWhileManyWrite) {
  begin();
  const auto late = client();
  late->run("begin; update want set v = (v::int8 + 1000000)::text where id = 200");
  {
    Writer one(client(), 0);
    Writer two(client(), 1);
    Writer three(client(), 2);
    scan();
    for (int i = 0; i < kLooks; ++i) {
      const Content seen = snapshot("id <= " + std::to_string(kUpdated));
      look();
      if (HasFatalFailure()) return;
      for (const auto& [key, version] : seen) {
        ASSERT_GE(std::stoll(known_[key]), std::stoll(version)) << "row " << key << ", look " << i;
      }
      if (i == kLooks / 2) late->run("commit");
    }
    EXPECT_GT(one.written() + two.written() + three.written(), kLooks);
  }
  look();
  EXPECT_EQ(known_, snapshot("true"));
  EXPECT_EQ(known_["200"], "1000000");
}

}  // namespace
}  // namespace sideband
