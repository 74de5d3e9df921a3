#include "checkup/postgres_errors.h"

#include <fmt/format.h>

#include <set>

namespace sideband::scan {
namespace {

// The rules of a file count together: one bad line refuses all.
struct RuleView {
  const char* name;
  int since;  // version of the server
  const char* may_read;
  const char* errors;
};

constexpr RuleView kRuleViews[] = {
    {"pg_hba_file_rules", 100000,
     "SELECT has_table_privilege('pg_hba_file_rules', 'SELECT')"
     " AND has_function_privilege('pg_hba_file_rules()', 'EXECUTE')",
     "SELECT current_setting('hba_file'), line_number, error FROM pg_hba_file_rules"
     " WHERE error IS NOT NULL ORDER BY 2 LIMIT 20"},
    {"pg_ident_file_mappings", 150000,
     "SELECT has_table_privilege('pg_ident_file_mappings', 'SELECT')"
     " AND has_function_privilege('pg_ident_file_mappings()', 'EXECUTE')",
     "SELECT current_setting('ident_file'), line_number, error FROM pg_ident_file_mappings"
     " WHERE error IS NOT NULL ORDER BY 2 LIMIT 20"}};

constexpr const char* kMayReadSettings =
    "SELECT has_table_privilege('pg_file_settings', 'SELECT')"
    " AND has_function_privilege('pg_show_all_file_settings()', 'EXECUTE')";
constexpr const char* kSettingErrors =
    "SELECT sourcefile, sourceline, name, error FROM pg_file_settings WHERE error IS NOT NULL"
    " ORDER BY seqno LIMIT 50";
constexpr const char* kWaiting = "SELECT name FROM pg_settings WHERE pending_restart";

class ErrorReader {
 public:
  ErrorReader(PostgresSession& session, const Deadline& deadline)
      : session_(session), deadline_(deadline) {}

  ConfigurationErrors run() {
    if (may_read("pg_file_settings", kMayReadSettings)) read_settings();
    for (const RuleView& view : kRuleViews) {
      if (session_.version() >= view.since && may_read(view.name, view.may_read)) read_rules(view);
    }
    return std::move(found_);
  }

 private:
  // Empty after an error, which is told and does not end the transaction.
  PostgresSession::Rows ask(const char* name, const char* sql) {
    static_cast<void>(session_.ask("SAVEPOINT before_view", deadline_));
    auto rows = session_.ask(sql, deadline_);
    if (rows.ok()) return std::move(*rows);
    static_cast<void>(session_.ask("ROLLBACK TO SAVEPOINT before_view", deadline_));
    found_.gaps.push_back({name, rows.error().message});
    return {};
  }

  bool may_read(const char* name, const char* sql) {
    const auto rows = ask(name, sql);
    if (rows.empty()) return false;
    const bool may = rows[0][0] == "t";
    if (!may) found_.gaps.push_back({name, "this role may not read it"});
    return may;
  }

  // A setting that only a restart changes is no error, and is told elsewhere.
  void read_settings() {
    const auto errors = ask("pg_file_settings", kSettingErrors);
    std::set<std::string> waiting;
    for (const auto& row : ask("pg_settings", kWaiting)) waiting.insert(row[0]);
    for (const auto& row : errors) {
      if (waiting.count(row[2]) != 0) continue;
      const std::string at = row[1].empty() ? "" : fmt::format("line {}: ", row[1]);
      const std::string name = row[2].empty() ? "" : row[2] + ": ";
      found_.errors.push_back(
          {row[0], fmt::format("{}{}{}; a reload does not take it", at, name, row[3])});
    }
  }

  void read_rules(const RuleView& view) {
    for (const auto& row : ask(view.name, view.errors)) {
      found_.errors.push_back(
          {row[0], fmt::format("line {}: {}; a reload is refused, older rules stay in force",
                               row[1], row[2])});
    }
  }

  PostgresSession& session_;
  const Deadline& deadline_;
  ConfigurationErrors found_;
};

}  // namespace

ConfigurationErrors read_configuration_errors(PostgresSession& session, const Deadline& deadline) {
  return ErrorReader(session, deadline).run();
}

}  // namespace sideband::scan
