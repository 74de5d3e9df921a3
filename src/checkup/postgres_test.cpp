// Real PostgreSQL servers, looked at as different roles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/thread.h"
#include "checkup/for_tests.h"
#include "checkup/invalid_index.h"
#include "support/certificates.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/until.h"

namespace sideband::scan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

InvalidIndex seen_index() {
  InvalidIndex index;
  index.name = "public.i";
  index.table = "public.t";
  index.builds_show = true;
  return index;
}

TEST(InvalidIndexes, K3_2_WhatIsKnownDecidesTheAdvice) {
  InvalidIndex index = seen_index();
  EXPECT_EQ(advice_for(index).statement, "REINDEX INDEX CONCURRENTLY public.i");
  index.suffixed = true;
  EXPECT_EQ(advice_for(index).statement, "") << "there is no index that it is a copy of";
  index.original = "public.o";
  EXPECT_EQ(advice_for(index).statement, "DROP INDEX CONCURRENTLY public.i");
  index.locked = true;
  EXPECT_EQ(advice_for(index).statement, "");
  index.locked = index.builds_show = false;
  EXPECT_EQ(advice_for(index).statement, "");
  EXPECT_THAT(advice_for(index).what, HasSubstr("?"));
}

class Postgres : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    database_ = server_->create_database();
    client_ = std::make_unique<PostgresClient>(server_->connection_string(database_));
    client_->run("create table t(id int, name text); insert into t values (1, 'a'), (1, 'b')");
  }
  void TearDown() override {
    for (const char* name : {"PGHOST", "PGPORT", "PGUSER", "PGDATABASE"}) ::unsetenv(name);
  }

  // What is found in this database, or, with `files`, about the server.
  std::vector<Finding> look(const std::string& role, bool files = false) {
    ::setenv("PGHOST", server_->folder().c_str(), 1);
    ::setenv("PGPORT", server_->port().c_str(), 1);
    ::setenv("PGUSER", role.c_str(), 1);
    report_ = look_now(&look_at_postgres, "/");
    std::vector<Finding> mine;
    const std::string name = "PGHOST " + server_->folder();
    for (const Finding& finding : report_.findings) {
      const std::string start = name + (files ? "" : " " + database_ + ": ");
      const bool is_mine = files ? finding.where == start : finding.where.starts_with(start);
      if (is_mine) mine.push_back(finding);
    }
    return mine;
  }
  // A copy that a REINDEX left, or, without an end to it, of one that runs.
  void fail_index(const std::string& name) {
    EXPECT_TRUE(client_->fails("create unique index concurrently " + name + " on t(id)"));
  }

  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<PostgresClient> client_;
  ProbeReport report_;
};

TEST_F(Postgres, K3_2_ANameThatMerelyContainsTheSuffixIsNotDropped) {
  fail_index("t_ccnewsletter");
  fail_index("x_ccnew");  // of no index that there is
  const auto found = look("sideband");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].with, HasSubstr("REINDEX INDEX CONCURRENTLY public.t_ccnewsletter"));
  EXPECT_EQ(found[1].with, "");
  EXPECT_THAT(found[1].what, HasSubstr("?"));
}

TEST_F(Postgres, K3_2_TheCopyOfARunningReindexIsLeftAlone) {
  client_->run("create index t_name on t(name)");
  if (client_->list("select 1 from pg_roles where rolname = 'reader'").empty()) {
    client_->run("create role reader login");
  }
  PostgresClient writer(server_->connection_string(database_));
  writer.run("begin; insert into t values (2, 'c')");
  Thread reindex("reindex", [this] {
    PostgresClient other(server_->connection_string(database_));
    EXPECT_TRUE(other.fails("reindex index concurrently t_name"));
  });
  ASSERT_TRUE(until([&] {
    return !client_->list("select 1 from pg_class where relname = 't_name_ccnew'").empty();
  }));
  EXPECT_THAT(look("sideband"), IsEmpty()) << "this role sees that it runs";
  auto found = look("reader");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].with, "");
  EXPECT_THAT(found[0].what, HasSubstr("a session holds a lock that builds take"));
  client_->run(
      "select pg_cancel_backend(pid) from pg_stat_activity where query like 'reindex index%'");
  reindex.join();
  writer.run("rollback");

  found = look("sideband");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].with, HasSubstr("DROP INDEX CONCURRENTLY public.t_name_ccnew"));
  found = look("reader");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].with, "") << "it cannot know";
}

TEST_F(Postgres, K3_2_SuffixesWithDigitsAndNamesThatWereCut) {
  const std::string name(63, 'n');
  const std::vector<std::string> copies = {"t_name_ccold12", std::string(57, 'n') + "_ccnew"};
  client_->run("create index t_name on t(name); create index " + name + " on t(name)");
  for (const std::string& copy : copies) {
    client_->run("create index " + copy + " on t(name);" +
                 "update pg_index set indisvalid = false where indexrelid = '" + copy +
                 "'::regclass");
  }
  client_->run(
      "create index t_name_ccnew_x on t(name); create index t_name_ccnew on t(id);"
      "update pg_index set indisvalid = false where indexrelid in ('t_name_ccnew_x'::regclass,"
      " 't_name_ccnew'::regclass)");
  std::map<std::string, std::string> with;
  for (const Finding& finding : look("sideband")) {
    with[finding.where.substr(finding.where.rfind('.') + 1)] = finding.with;
  }
  EXPECT_EQ(with.size(), 4U);
  for (const std::string& copy : copies) EXPECT_THAT(with[copy], HasSubstr("DROP INDEX"));
  EXPECT_THAT(with["t_name_ccnew_x"], HasSubstr("REINDEX INDEX"));
  EXPECT_EQ(with["t_name_ccnew"], "") << "it is of other columns than t_name";
}

TEST(PostgresTls, K3_3_ACertificateThatIsNewerThanTheLastReload) {
  const auto server = PostgresServer::make();
  if (!server) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  const auto made = make_certificate("db.example", SystemClock().wall() + std::chrono::hours(999));
  const std::string file = server->add_file("tls.crt", made.pem);
  server->restart({"-c", "ssl=on", "-c", "ssl_cert_file=" + file, "-c",
                   "ssl_key_file=" + server->add_file("tls.key", made.key)});
  const auto found = [&] {
    ::setenv("PGHOST", server->folder().c_str(), 1);
    ::setenv("PGPORT", server->port().c_str(), 1);
    ::setenv("PGUSER", "sideband", 1);
    std::vector<std::string> commands;
    for (const Finding& one : look_now(&look_at_postgres, "/").findings) {
      if (one.what.ends_with("older than " + file)) commands.push_back(one.with);
    }
    return commands;
  };
  EXPECT_THAT(found(), IsEmpty());
  std::filesystem::last_write_time(
      file, std::filesystem::last_write_time(file) + std::chrono::seconds(60));
  EXPECT_THAT(found(), ElementsAre(HasSubstr("pg_reload_conf()")));
}

TEST_F(Postgres, K3_2_NoStatementRunsAfterOneThatFailed) {
  client_->run("update pg_database set datcollversion = '0' where datname = current_database()");
  ::setenv("PGHOST", server_->folder().c_str(), 1);
  ::setenv("PGPORT", server_->port().c_str(), 1);
  ::setenv("PGUSER", "sideband", 1);
  int seen = 0;
  for (const Finding& finding : look_now(&look_at_postgres, "/").findings) {
    if (finding.with.find("REFRESH COLLATION VERSION") == std::string::npos) continue;
    ++seen;
    EXPECT_THAT(finding.with, HasSubstr("ON_ERROR_STOP=1"));
    EXPECT_THAT(finding.what, HasSubstr("blocks writes"));
  }
  // The C collation has no version; then there is nothing to find.
  const bool has_one = client_->one(
                           "select pg_database_collation_actual_version(oid) is not null "
                           "from pg_database where datname = current_database()") == "t";
  EXPECT_EQ(seen, has_one ? 1 : 0);
}

TEST_F(Postgres, K3_3_AParentWithoutAllOfItsPartsIsFound) {
  client_->run(
      "create table p(a int) partition by range (a);"
      "create table p1 partition of p for values from (0) to (9);"
      "create table p2 partition of p for values from (9) to (19);"
      "create index p_a on only p(a); create index p1_a on p1(a);"
      "alter index p_a attach partition p1_a");
  const auto found = look("sideband");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what,
            "the index is invalid: on public.p; no valid index is attached to it for public.p2");
  EXPECT_EQ(found[0].with, "");
}

TEST_F(Postgres, K3_3_FilesThatAReloadRefusesAreSaidToBeSo) {
  const auto path = [&](const char* name) {
    return client_->list(std::string("show ") + name).at(0);
  };
  const std::string hba = path("hba_file"), config = path("config_file");
  const std::string old_hba = slurp(hba), old_config = slurp(config);
  for (const Finding& finding : look("sideband", true)) ADD_FAILURE() << finding.what;
  spill(hba, old_hba + "local all all no_such_method\n");
  spill(config, old_config + "work_mem = 'much'\nmax_connections = 77\n");
  const auto found = look("sideband", true);
  spill(hba, old_hba);
  spill(config, old_config);
  std::vector<std::string> said;
  for (const Finding& finding : found) {
    said.push_back(finding.what);
    EXPECT_EQ(finding.with, "") << "a reload would be refused";
  }
  EXPECT_THAT(said, Contains(HasSubstr("no_such_method")));
  EXPECT_THAT(said, Contains(HasSubstr("work_mem: setting could not be applied")));
  EXPECT_EQ(said.size(), 2U) << "one that only a restart changes is no error:"
                             << testing::PrintToString(said);
}

}  // namespace
}  // namespace sideband::scan
