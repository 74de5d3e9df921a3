#include "drivers/postgres/grants.h"

#include <algorithm>

#include "base/check.h"
#include "drivers/options.h"

namespace sideband {
namespace {

constexpr const char* kRole =
    "select quote_ident(current_user), rolsuper, rolcreatedb, rolcreaterole, rolreplication, "
    "quote_ident(current_database()), has_database_privilege(current_database(), 'CREATE') "
    "from pg_roles where rolname = current_user";

// Memberships that reach past every table.
constexpr const char* kPowers =
    "select r.rolname::text from pg_roles r where r.rolname in ('pg_write_all_data', "
    "'pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files') "
    "and pg_has_role(current_user, r.oid, 'USAGE') order by 1";

// By the parts of its name: to_regclass is an error where the schema may not be used.
constexpr const char* kTableRights =
    "select c.oid::int8, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), "
    "has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'), "
    "pg_has_role(c.relowner, 'USAGE'), row_security_active(c.oid) "
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace, parse_ident($1) p "
    "where c.relname = p[cardinality(p)] and c.relkind in ('r', 'p', 'v', 'm', 'f') and "
    "case when cardinality(p) = 2 then n.nspname = p[1] else pg_table_is_visible(c.oid) end";

constexpr const char* kColumnRights =
    "select a.attname::text, a.attgenerated <> '', has_column_privilege($1::oid, a.attnum, "
    "'SELECT'), has_column_privilege($1::oid, a.attnum, 'INSERT'), has_column_privilege($1::oid, "
    "a.attnum, 'UPDATE') from pg_attribute a where a.attrelid = $1::oid and a.attnum > 0 and not "
    "a.attisdropped order by a.attnum";

// Who holds the privilege that we have: only from them it can be taken.
constexpr const char* kPrivileges =
    "select p.name, has_table_privilege($1::oid, p.name), coalesce((select string_agg(distinct "
    "case when a.grantee = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(a.grantee)) end, ', ') "
    "from aclexplode(c.relacl) a where a.privilege_type = p.name and case when a.grantee = 0 then "
    "true else pg_has_role(a.grantee, 'USAGE') end), '') from unnest(array['INSERT', 'UPDATE', "
    "'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p(name), pg_class c where c.oid = $1::oid";

struct Column {
  std::string name;
  bool ours = false;
  bool key = false;
  bool generated = false;
  bool read = false, insert = false, update = false;
};

struct Privilege {
  std::string name;
  bool there = false;
  std::string holders;
};

struct Table {
  std::int64_t oid = 0;
  std::string schema, name;
  bool usage = false, create = false, owned = false, policed = false;
  std::vector<Column> columns;
  std::vector<Privilege> privileges;

  [[nodiscard]] const Privilege* find(std::string_view wanted) const {
    const auto at = std::find_if(privileges.begin(), privileges.end(),
                                 [&](const Privilege& one) { return one.name == wanted; });
    return at == privileges.end() ? nullptr : &*at;
  }
  // Of those that were asked for.
  [[nodiscard]] const Privilege& privilege(std::string_view wanted) const {
    const Privilege* const one = find(wanted);
    SB_CHECK(one != nullptr);
    return *one;
  }
};

class Asking {
 public:
  Asking(PgConnection& connection, const PgGrantQuestion& question, const Deadline& deadline)
      : connection_(connection), question_(question), deadline_(deadline) {}

  Result<GrantReport> run();

 private:
  Result<void> ask_role();
  Result<void> add_powers();
  Result<Table> ask_table(const std::string& name);
  Result<void> ask_columns(Table& table);
  Result<void> ask_privileges(Table& table);
  Result<void> add_query();
  void add_reading(const Table& table, bool all);
  void add_columns(const Table& table, const std::string& privilege, bool needed,
                   bool Column::*right, bool keys);
  void add_table_wide(const Table& table, const std::string& privilege, bool needed);
  void add_table_excess(const Table& table);
  Result<void> add_source();
  Result<void> add_fence();
  [[nodiscard]] std::string grant(const std::string& what, const Table& table) const;
  [[nodiscard]] Remedy taking(const Privilege& privilege, const Table& table,
                              const std::string& then = "") const;

  PgConnection& connection_;
  const PgGrantQuestion& question_;
  const Deadline& deadline_;
  bool super_ = false;  // then everything else follows from that
  std::string role_, database_;
  GrantReport report_;
};

std::string Asking::grant(const std::string& what, const Table& table) const {
  return "GRANT " + what + " ON " + table.name + " TO " + role_;
}

// What comes by a group or by PUBLIC is not ours alone to take away. `then`: what has to be given
// again, together with the taking or not at all: else a right that is needed would be lost.
Remedy Asking::taking(const Privilege& privilege, const Table& table,
                      const std::string& then) const {
  if (!privilege.holders.empty() && privilege.holders != role_) {
    return Remedy::told("it comes by " + privilege.holders +
                        ", by whom others may have it too; take it away there, or use a role that "
                        "is no member");
  }
  const std::string revoke = "REVOKE " + privilege.name + " ON " + table.name + " FROM " + role_;
  return Remedy::command(then.empty() ? revoke : "BEGIN; " + revoke + "; " + then + "; COMMIT");
}

Result<void> Asking::ask_role() {
  SB_ASSIGN(const PgAnswer answer, connection_.query(kRole, {}, deadline_));
  role_ = report_.identity = answer.text(0, 0);
  super_ = answer.truth(0, 1);
  database_ = answer.text(0, 5);
  report_.add("CONNECT on database " + database_, true, true, "", "");
  const std::string alter = "ALTER ROLE " + role_ + " ";
  if (super_) {
    report_.add_excess("SUPERUSER: passes every check below",
                       Remedy::command(alter + "NOSUPERUSER"));
    return {};
  }
  report_.add("CREATEDB", false, answer.truth(0, 2), "", alter + "NOCREATEDB");
  report_.add("CREATEROLE", false, answer.truth(0, 3), "", alter + "NOCREATEROLE");
  report_.add("REPLICATION", false, answer.truth(0, 4), "", alter + "NOREPLICATION");
  report_.add("CREATE on database " + database_, false, answer.truth(0, 6), "",
              "REVOKE CREATE ON DATABASE " + database_ + " FROM " + role_);
  return add_powers();
}

Result<void> Asking::add_powers() {
  SB_ASSIGN(const PgAnswer answer, connection_.query(kPowers, {}, deadline_));
  for (int i = 0; i < answer.rows(); ++i) {
    report_.add_excess("member of " + answer.text(i, 0),
                       Remedy::command("REVOKE " + answer.text(i, 0) + " FROM " + role_));
  }
  return {};
}

Result<Table> Asking::ask_table(const std::string& name) {
  PgParams params;
  params.text(name);
  SB_ASSIGN(const PgAnswer answer, connection_.query(kTableRights, params, deadline_));
  if (answer.rows() == 0) return for_person(Error::invalid("there is no table " + name));
  Table table;
  table.oid = answer.integer(0, 0);
  table.schema = answer.text(0, 1);
  table.name = answer.text(0, 2);
  table.usage = answer.truth(0, 3);
  table.create = answer.truth(0, 4);
  table.owned = answer.truth(0, 5);
  table.policed = answer.truth(0, 6);
  SB_TRY(ask_columns(table));
  SB_TRY(ask_privileges(table));
  return table;
}

Result<void> Asking::ask_columns(Table& table) {
  PgParams params;
  params.text(std::to_string(table.oid));
  SB_ASSIGN(const PgAnswer answer, connection_.query(kColumnRights, params, deadline_));
  const auto& ours = question_.source.columns;
  for (int i = 0; i < answer.rows(); ++i) {
    Column column;
    column.name = answer.text(i, 0);
    column.key = question_.source.is_key(column.name);
    column.ours = column.key || ours.empty() ||
                  std::find(ours.begin(), ours.end(), column.name) != ours.end();
    column.generated = answer.truth(i, 1);
    column.read = answer.truth(i, 2);
    column.insert = answer.truth(i, 3);
    column.update = answer.truth(i, 4);
    table.columns.push_back(std::move(column));
  }
  return {};
}

Result<void> Asking::ask_privileges(Table& table) {
  PgParams params;
  params.text(std::to_string(table.oid));
  SB_ASSIGN(const PgAnswer answer, connection_.query(kPrivileges, params, deadline_));
  for (int i = 0; i < answer.rows(); ++i) {
    table.privileges.push_back({answer.text(i, 0), answer.truth(i, 1), answer.text(i, 2)});
  }
  for (const char* asked : {"INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}) {
    if (table.find(asked) != nullptr) continue;
    return Error::unavailable("PostgreSQL does not say who may " + std::string(asked) + " on " +
                              table.name + "; was it dropped meanwhile?");
  }
  return {};
}

// `all`: every column, not only those of the collection.
void Asking::add_reading(const Table& table, bool all) {
  report_.add("USAGE on schema " + table.schema, true, table.usage,
              "GRANT USAGE ON SCHEMA " + table.schema + " TO " + role_, "");
  std::string missing;
  for (const Column& column : table.columns) {
    if ((!all && !column.ours) || column.read) continue;
    missing += (missing.empty() ? "" : ", ") + quote_name(column.name);
  }
  const std::string what = missing.empty() ? "SELECT" : "SELECT (" + missing + ")";
  report_.add(what + " on " + table.name, true, missing.empty(), grant(what, table), "");
  if (!table.policed) return;
  report_.add_told("rows of " + table.name + " that a policy hides", true, false,
                   "let " + role_ +
                       " bypass row security (BYPASSRLS), or read a view that has no "
                       "policy",
                   "");
}

// A privilege that can be held for columns: INSERT or UPDATE. With `keys` the key is written too.
void Asking::add_columns(const Table& table, const std::string& privilege, bool needed,
                         bool Column::*right, bool keys) {
  std::string missing, wanted;
  bool any = false, others = false;
  for (const Column& column : table.columns) {
    const bool written = column.ours && !column.generated && (keys || !column.key);
    const std::string name = quote_name(column.name);
    if (written) wanted += (wanted.empty() ? "" : ", ") + name;
    if (written && !(column.*right)) missing += (missing.empty() ? "" : ", ") + name;
    if (column.*right) (written ? any : others) = true;
  }
  const Privilege& whole = table.privilege(privilege);
  if (needed) {
    const std::string lacks = missing.empty() ? "" : privilege + " (" + missing + ")";
    report_.add((missing.empty() ? privilege : lacks) + " on " + table.name, true, missing.empty(),
                grant(lacks, table), "");
  }
  if (super_ || table.owned) return;
  if (!needed && (any || others)) {
    report_.add_excess(privilege + " on " + table.name, taking(whole, table));
  } else if (others && !wanted.empty()) {
    report_.add_excess(privilege + " on other columns of " + table.name,
                       taking(whole, table, grant(privilege + " (" + wanted + ")", table)));
  }
}

void Asking::add_table_wide(const Table& table, const std::string& privilege, bool needed) {
  const Privilege& one = table.privilege(privilege);
  if (!needed && (super_ || table.owned)) return;
  if (needed) {
    report_.add(privilege + " on " + table.name, true, one.there, grant(privilege, table), "");
  } else if (one.there) {
    report_.add_excess(privilege + " on " + table.name, taking(one, table));
  }
}

void Asking::add_table_excess(const Table& table) {
  for (const char* never : {"TRUNCATE", "REFERENCES", "TRIGGER"}) {
    add_table_wide(table, never, false);
  }
  if (super_) return;
  report_.add_told("ownership of " + table.name, false, table.owned, "",
                   "let another role own it; an owner may do everything with its table");
  report_.add("CREATE on schema " + table.schema, false, table.create, "",
              "REVOKE CREATE ON SCHEMA " + table.schema + " FROM " + role_);
}

// What a query reads is known to the server alone: it checks the rights, and no row is read.
Result<void> Asking::add_query() {
  const auto shape = PgShape::describe(connection_, question_.source, deadline_);
  if (!shape && shape.error().code != ErrorCode::kPermission) return shape.error();
  const std::string said = shape ? "" : shape.error().message;
  constexpr std::string_view kRun = "run: ";
  const std::size_t at = said.find(kRun);
  if (at == std::string::npos) {
    report_.add_told("SELECT of the query", true, shape.ok(), said, "");
  } else {
    report_.add("SELECT of the query", true, shape.ok(), said.substr(at + kRun.size()), "");
  }
  return {};
}

Result<void> Asking::add_source() {
  if (!question_.source.query.empty()) return add_query();
  SB_ASSIGN(const Table table, ask_table(question_.source.from));
  add_reading(table, false);
  add_columns(table, "INSERT", question_.needs.create, &Column::insert, true);
  add_columns(table, "UPDATE", question_.needs.update, &Column::update, false);
  add_table_wide(table, "DELETE", question_.needs.erase);
  add_table_excess(table);
  return {};
}

Result<void> Asking::add_fence() {
  if (question_.fence.empty() || !question_.needs.writes()) return {};
  SB_ASSIGN(const Table table, ask_table(question_.fence));
  add_reading(table, true);
  add_table_wide(table, "INSERT", true);
  add_table_wide(table, "UPDATE", true);
  return {};
}

Result<GrantReport> Asking::run() {
  SB_TRY(ask_role());
  SB_TRY(add_source());
  SB_TRY(add_fence());
  return std::move(report_);
}

}  // namespace

Result<GrantReport> pg_grants(PgConnection& connection, const PgGrantQuestion& question,
                              const Deadline& deadline) {
  return Asking(connection, question, deadline).run();
}

}  // namespace sideband
