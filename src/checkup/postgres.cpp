// PostgreSQL servers of this machine: invalid indexes, constraints that were never validated,
// collations that changed under their indexes, and configuration that is on disk only.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <set>

#include "checkup/invalid_index.h"
#include "checkup/look.h"
#include "checkup/postgres_errors.h"
#include "checkup/postgres_session.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr const char* kDatabases =
    "SELECT datname FROM pg_database WHERE datallowconn"
    " AND has_database_privilege(oid, 'CONNECT') ORDER BY 1 LIMIT 100";

constexpr const char* kUnvalidated =
    "SELECT conrelid::regclass::text, format('%I', conname) FROM pg_constraint"
    " WHERE NOT convalidated AND contype IN ('f', 'c') AND conrelid <> 0 AND connamespace NOT IN"
    " ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) ORDER BY 1, 2 LIMIT 200";

constexpr const char* kDatabaseCollation =
    "SELECT format('%I', datname), datcollversion, pg_database_collation_actual_version(oid)"
    " FROM pg_database WHERE datname = current_database()"
    " AND datcollversion <> pg_database_collation_actual_version(oid)";

// Only collations that something depends on: an ICU upgrade changes hundreds that nobody uses.
constexpr const char* kCollations =
    "SELECT format('%I.%I', n.nspname, c.collname), c.collversion,"
    " pg_collation_actual_version(c.oid), format('%I', current_database())"
    " FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace"
    " WHERE c.collversion <> pg_collation_actual_version(c.oid) AND EXISTS (SELECT FROM pg_depend"
    " WHERE refclassid = 'pg_collation'::regclass AND refobjid = c.oid) ORDER BY 1 LIMIT 200";

constexpr const char* kLoaded = "SELECT (extract(epoch FROM pg_conf_load_time()) * 1000000)::int8";
constexpr const char* kFiles =
    "SELECT setting FROM pg_settings WHERE name IN ('config_file', 'hba_file', 'ident_file')"
    " AND setting <> '' UNION SELECT sourcefile FROM pg_settings WHERE sourcefile <> ''"
    // A reload reads these again, too. Relative names are of the data folder.
    " UNION SELECT CASE WHEN s.setting LIKE '/%' THEN s.setting ELSE d.setting || '/' || s.setting"
    " END FROM pg_settings s, pg_settings d WHERE d.name = 'data_directory' AND s.setting <> ''"
    " AND s.name IN ('ssl_cert_file', 'ssl_key_file', 'ssl_ca_file', 'ssl_crl_file')"
    " AND current_setting('ssl') = 'on'";
constexpr const char* kPending = "SELECT name FROM pg_settings WHERE pending_restart ORDER BY 1";

struct Server {
  PostgresPlace place;
  std::string name;                    // "port 5432"
  std::optional<std::uint32_t> owner;  // of its socket
};

// As root, the owner of a socket is who may ask its server; everybody else asks as themselves.
class AsOwner {
 public:
  explicit AsOwner(const Server& server) {
    changed_ =
        ::geteuid() == 0 && server.owner && *server.owner != 0 && ::seteuid(*server.owner) == 0;
  }
  ~AsOwner() {
    if (changed_ && ::seteuid(0) != 0) ::_exit(1);
  }
  AsOwner(const AsOwner&) = delete;
  AsOwner& operator=(const AsOwner&) = delete;

 private:
  bool changed_ = false;
};

class ServerLook {
 public:
  ServerLook(Look& look, Server server) : look_(look), server_(std::move(server)) {}

  void run() {
    const AsOwner owner(server_);
    auto session = PostgresSession::open(server_.place, look_.deadline);
    if (!session.ok()) return gap(session.error());
    look_at_configuration(**session);
    const auto databases = (*session)->ask(kDatabases, look_.deadline);
    if (!databases.ok()) return gap(databases.error());
    for (const auto& row : *databases) {
      if (look_.deadline.passed()) return look_.notes.gap(server_.name, "no time was left");
      look_at_database(row[0]);
    }
  }

 private:
  void gap(const Error& error) { look_.notes.gap(server_.name, error.message); }

  // psql for this server, with each statement in a transaction of its own.
  std::string psql(const std::string& database, const std::vector<std::string>& statements) const {
    std::vector<std::string> words = {"psql"};
    const auto add = [&](const char* flag, const char* name) {
      const auto found = server_.place.find(name);
      if (found != server_.place.end()) words.insert(words.end(), {flag, found->second});
    };
    add("-h", "host");
    add("-p", "port");
    words.insert(words.end(), {"-d", database});
    // Without this psql goes on after a statement that failed: a version would be refreshed though
    // its indexes are as they were.
    if (statements.size() > 1) words.insert(words.end(), {"-v", "ON_ERROR_STOP=1"});
    for (const std::string& sql : statements) words.insert(words.end(), {"-c", sql});
    return shell_command(words);
  }

  void found(const std::string& where, const std::string& what, const std::string& database,
             const std::vector<std::string>& statements,
             std::optional<WallTime> since = std::nullopt) {
    Finding finding{"", server_.name + (where.empty() ? "" : " " + where), what, since};
    if (!statements.empty()) finding.with = psql(database, statements);
    if (!finding.with.empty()) finding.remedy = Remedy::kByHand;
    look_.notes.found(std::move(finding));
  }

  // The files in which something is wrong: loading them anew would change nothing.
  std::set<std::string> look_at_errors(PostgresSession& session) {
    std::set<std::string> wrong;
    const ConfigurationErrors all = read_configuration_errors(session, look_.deadline);
    for (const ConfigurationError& error : all.errors) {
      found("", error.file + " " + error.what, "", {});
      wrong.insert(error.file);
    }
    for (const Gap& gap : all.gaps) {
      look_.notes.gap(server_.name + " errors in its files (" + gap.what + ")", gap.why);
    }
    return wrong;
  }

  void look_at_configuration(PostgresSession& session) {
    const auto loaded = session.ask(kLoaded, look_.deadline);
    const auto files = session.ask(kFiles, look_.deadline);
    const auto pending = session.ask(kPending, look_.deadline);
    const std::set<std::string> wrong = look_at_errors(session);
    if (!loaded.ok() || loaded->empty() || !files.ok() || !pending.ok()) {
      return look_.notes.gap(server_.name + " configuration", "the server does not say");
    }
    for (const auto& row : *pending) {
      found("", "setting " + row[0] + " is changed on disk and waits for a restart", "", {});
    }
    if (files->empty()) {
      return look_.notes.gap(server_.name + " configuration", "this user may not see where it is");
    }
    look_.notes.looked();
    const WallTime when = from_us(std::atoll((*loaded)[0][0].c_str()));
    for (const auto& row : *files) {
      const auto info = look_.tree.info(row[0]);
      if (!info.ok() || info->modified <= when + std::chrono::seconds(1)) continue;
      if (wrong.count(row[0]) != 0) continue;
      found("", "runs on configuration older than " + row[0], "postgres",
            {"SELECT pg_reload_conf()"}, info->modified);
    }
  }

  void look_at_database(const std::string& database) {
    PostgresPlace place = server_.place;
    place["dbname"] = database;
    auto session = PostgresSession::open(place, look_.deadline);
    if (!session.ok()) {
      return look_.notes.gap(server_.name + " " + database, session.error().message);
    }
    look_.notes.looked();
    const auto ask = [&](const char* sql) {
      auto rows = (*session)->ask(sql, look_.deadline);
      if (rows.ok()) return std::move(*rows);
      look_.notes.gap(server_.name + " " + database, rows.error().message);
      return PostgresSession::Rows();
    };
    for (const auto& row : ask(kInvalidIndexes)) report_index(database, row);
    for (const auto& row : ask(kUnvalidated)) {
      found(database + ": " + row[0], "constraint " + row[1] + " was never validated", database,
            {"ALTER TABLE " + row[0] + " VALIDATE CONSTRAINT " + row[1]});
    }
    for (const auto& row : ask(kCollations)) report_collation(database, row);
    if ((*session)->version() < 150000) return;
    for (const auto& row : ask(kDatabaseCollation)) {
      found(database,
            fmt::format("its collation is of version {}, the system has {}: text indexes may lie; "
                        "REINDEX blocks writes to a table while it is at it",
                        row[1], row[2]),
            database,
            {"REINDEX DATABASE " + row[0],
             "ALTER DATABASE " + row[0] + " REFRESH COLLATION VERSION"});
    }
  }

  void report_index(const std::string& database, const std::vector<std::string>& row) {
    const InvalidIndex index = invalid_index_of(row);
    const IndexAdvice advice = advice_for(index);
    std::vector<std::string> statements;
    if (!advice.statement.empty()) statements.push_back(advice.statement);
    found(database + ": " + index.name, advice.what, database, statements);
  }

  void report_collation(const std::string& database, const std::vector<std::string>& row) {
    found(
        database + ": " + row[0],
        fmt::format("the collation is of version {}, the system has {}; REINDEX blocks writes to a "
                    "table while it is at it",
                    row[1], row[2]),
        database, {"REINDEX DATABASE " + row[3], "ALTER COLLATION " + row[0] + " REFRESH VERSION"});
  }

  Look& look_;
  Server server_;
};

bool is_local(const std::string& host) {
  if (host.find(',') != std::string::npos) return false;  // several, of which any may be elsewhere
  return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
         host.starts_with("127.") || host == "::1";
}

// What PGHOST and PGSERVICE lead to; nothing when neither is set.
std::optional<Server> server_of_environment(Notes& notes) {
  const char* const host = std::getenv("PGHOST");
  const char* const service = std::getenv("PGSERVICE");
  if (host == nullptr && service == nullptr) return std::nullopt;
  Server server;
  server.name =
      service != nullptr ? std::string("PGSERVICE ") + service : std::string("PGHOST ") + host;
  PQconninfoOption* const defaults = PQconndefaults();
  for (PQconninfoOption* at = defaults; at != nullptr && at->keyword != nullptr; ++at) {
    const std::string name = at->keyword;
    if (at->val == nullptr) continue;
    if (name == "host" || name == "hostaddr" || name == "port") server.place[name] = at->val;
    if (name == "dbname") server.place[name] = at->val;
  }
  PQconninfoFree(defaults);
  for (const char* name : {"host", "hostaddr"}) {
    if (is_local(server.place[name])) continue;
    notes.gap(server.name, "it is another machine; scan looks at this one");
    return std::nullopt;
  }
  std::erase_if(server.place, [](const auto& one) { return one.second.empty(); });
  if (std::getenv("PGDATABASE") == nullptr && service == nullptr) {
    server.place["dbname"] = "postgres";
  }
  return server;
}

std::vector<Server> servers_of_sockets(const Tree& tree) {
  std::vector<Server> servers;
  const std::string start = ".s.PGSQL.";
  for (const std::string& path : tree.glob("/var/run/postgresql/" + start + "*")) {
    const std::string port = base_name(path).substr(start.size());
    if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) continue;
    Server server;
    server.place = {{"host", folder_of(path)}, {"port", port}, {"dbname", "postgres"}};
    server.name = "port " + port;
    if (const auto info = tree.info(path); info.ok()) server.owner = info->owner;
    servers.push_back(std::move(server));
  }
  return servers;
}

}  // namespace

void look_at_postgres(Look& look) {
  if (auto named = server_of_environment(look.notes)) ServerLook(look, std::move(*named)).run();
  // What the environment says about one server is not meant for the others.
  for (const char* name : {"PGSERVICE", "PGHOST", "PGHOSTADDR", "PGPORT"}) ::unsetenv(name);
  for (Server& server : servers_of_sockets(look.tree)) ServerLook(look, std::move(server)).run();
}

}  // namespace sideband::scan
