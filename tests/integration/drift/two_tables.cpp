#include "two_tables.h"

#include "engine/observe/confirmed_scan.h"
#include "engine/observe/digest_scanner.h"
#include "engine/observe/merge_scanner.h"

namespace sideband {

bool Pass::operator==(const Pass& other) const {
  return encode_changes(changes) == encode_changes(other.changes) && desired == other.desired &&
         extras == other.extras && unknown == other.unknown;
}

Result<Pass> run_pass(Scanner& scanner) {
  Pass pass;
  for (;;) {
    SB_ASSIGN(const ScanBatch batch, scanner.next());
    pass.changes.insert(pass.changes.end(), batch.changes.begin(), batch.changes.end());
    pass.desired += batch.desired;
    pass.extras += batch.extras;
    pass.unknown += batch.unknown;
    if (pass.first_unknown.empty()) pass.first_unknown = batch.first_unknown;
    if (batch.last) return pass;
  }
}

void TwoTables::SetUp() {
  server_ = PostgresServer::shared();
  if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  database_ = server_->create_database();
  db_ = std::make_unique<PostgresClient>(server_->connection_string(database_));
  driver_ = std::make_unique<PostgresDriver>(DriverContext{clock_, random_});
  target_.name = "db";
  target_.connect = {{"host", server_->folder()},
                     {"port", server_->port()},
                     {"dbname", database_},
                     {"user", "sideband"}};
}

void TwoTables::create(const std::string& columns) {
  for (const char* table : {"want", "have"}) {
    db_->run(std::string("create table ") + table + "(" + columns + ")");
  }
}

std::unique_ptr<Collection> TwoTables::open(const std::string& table, Role role,
                                            const std::string& columns) {
  CollectionSettings settings;
  settings.options = {{"table", table}, {"key", "id"}, {"columns", columns}};
  auto opened = driver_->open(target_, settings, role);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  return std::move(*opened);
}

ReconcilerRuntimePtr TwoTables::runtime(const CompareRules& rules, const std::string& columns) {
  columns_ = columns;
  auto made = std::make_shared<ReconcilerRuntime>();
  made->rules = rules;
  made->desired = open("want", Role::kDesired, columns);
  made->actual = open("have", Role::kActual, columns);
  return made;
}

// With something to normalise nothing but the states themselves is compared.
Pass TwoTables::by_states(const ReconcilerRuntimePtr& on) {
  CompareRules rules = on->rules;
  rules.normalize = [](const std::string& text) -> Result<std::string> { return text; };
  const ReconcilerRuntimePtr other = runtime(rules, columns_);
  EXPECT_FALSE(raw_compares(*other));
  ConfirmedScan scanner(other, std::make_unique<MergeScanner>(other));
  return run_pass(scanner).value();
}

Pass TwoTables::expect_same(const ReconcilerRuntimePtr& on) {
  EXPECT_TRUE(digests_compare(*on));
  ConfirmedScan by_digests(on, std::make_unique<DigestScanner>(on, random_.next()));
  ConfirmedScan by_merge(on, std::make_unique<MergeScanner>(on));
  const auto digests = run_pass(by_digests);
  const auto merge = run_pass(by_merge);
  EXPECT_TRUE(digests.ok()) << digests.error().message;
  EXPECT_TRUE(merge.ok()) << merge.error().message;
  if (!digests.ok() || !merge.ok()) return {};
  EXPECT_TRUE(*digests == *merge) << digests->changes.size() << " and " << merge->changes.size()
                                  << " changes, " << digests->desired << " and " << merge->desired
                                  << " desired, " << digests->extras << " and " << merge->extras
                                  << " extras";
  EXPECT_TRUE(by_states(on) == *merge) << "raw states hide or make up a difference";
  return *merge;
}

}  // namespace sideband
