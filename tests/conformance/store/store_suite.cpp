#include "conformance/store/store_suite.h"

#include "store/postgres/store.h"
#include "store/sqlite/store.h"
#include "support/postgres_server.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

class SqliteHome final : public StoreHome {
 public:
  Result<std::unique_ptr<Store>> open(const StoreOptions& options) override {
    return open_sqlite_store({.folder = folder_.path() + "/state", .vfs = {}, .on_fatal = {}},
                             options);
  }

 private:
  TempDir folder_;
};

class PostgresHome final : public StoreHome {
 public:
  explicit PostgresHome(PostgresServer& server) : where_(server.new_database()) {}
  Result<std::unique_ptr<Store>> open(const StoreOptions& options) override {
    return open_postgres_store({.connection = where_}, options);
  }

 private:
  std::string where_;
};

std::unique_ptr<StoreHome> postgres_home() {
  PostgresServer* server = PostgresServer::shared();
  return server == nullptr ? nullptr : std::make_unique<PostgresHome>(*server);
}

}  // namespace

std::vector<StoreKind> store_kinds() {
  return {{"sqlite", [] { return std::make_unique<SqliteHome>(); }}, {"postgres", postgres_home}};
}

void StoreSuite::SetUp() {
  home_ = GetParam().make();
  if (home_ == nullptr) GTEST_SKIP() << "SKIPPED: " << GetParam().name << " cannot run here";
  reopen();
}

void StoreSuite::reopen() {
  store_.reset();
  auto opened = home_->open({.clock = clock_, .metrics = metrics_, .writer = writer_options_});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  store_ = std::move(*opened);
}

void StoreSuite::must(const StoreFn& fn) {
  const Result<void> done = run(fn);
  ASSERT_TRUE(done.ok()) << done.error().message;
}

void StoreSuite::must_read(const StoreReadFn& fn) {
  const Result<void> done = store_->read(fn);
  ASSERT_TRUE(done.ok()) << done.error().message;
}

Repair StoreSuite::queued_repair() {
  Repair repair;
  repair.id = new_id();
  repair.plan = new_id();
  repair.reconciler = "prices";
  repair.requester = "sideband";
  repair.created_at = now();
  repair.first_seen = now();
  clock_.advance(std::chrono::milliseconds(1));
  return repair;
}

ClaimRequest StoreSuite::claim_at(std::int64_t now_us, std::int64_t limit) {
  return {"node-a", now_us, now(), std::chrono::seconds(30), limit};
}

std::vector<Repair> StoreSuite::claim(const ClaimRequest& request) {
  std::vector<Repair> claimed;
  must([&](StoreTx& tx) -> Result<void> {
    SB_ASSIGN(claimed, tx.claim_repairs(request));
    return {};
  });
  return claimed;
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreSuite, testing::ValuesIn(store_kinds()),
                         [](const auto& made) { return made.param.name; });

}  // namespace sideband
