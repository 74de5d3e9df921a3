// Verbs of the store: db backup (asks the daemon), db restore (needs that there is none), db
// migrate, db stats.
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>
#include <sstream>

#include "cli/db_commands.h"
#include "cli/db_migrate.h"
#include "cli/db_stats.h"
#include "cli/grammar/verbs.h"

namespace sideband::cli {
namespace {

void add_backup(CommandLine& line, CLI::App* db) {
  CLI::App* const verb = db->add_subcommand("backup", "Let the daemon write a copy of its store");
  const auto file = std::make_shared<std::string>();
  verb->add_option("FILE", *file, "A new file, which the daemon's user can write")->required();
  on_daemon(line, verb,
            [file](RemoteContext& context) { return db_backup_remote(context, *file); });
}

void add_restore(CommandLine& line, CLI::App* db) {
  CLI::App* const verb = db->add_subcommand(
      "restore", "Put a copy in place of the store, while no daemon runs; a dry run without --yes");
  const auto arguments = std::make_shared<RestoreArguments>();
  verb->add_option("FILE", arguments->file, "What db backup wrote")->required();
  verb->add_flag("--trust-store", arguments->trust_store,
                 "The audit log may go back to where the copy ends");
  verb->add_flag("--yes", arguments->yes, "Really do it");
  on_run(line, verb, [&line, arguments] {
    umask(0077);
    const SystemClock clock;
    arguments->state = line.state;
    arguments->actor = "uid " + std::to_string(getuid());
    return db_restore_command(*arguments, clock, std::cout, std::cerr);
  });
}

void add_migrate(CommandLine& line, CLI::App* db) {
  CLI::App* const verb = db->add_subcommand(
      "migrate", "Bring the schema of the store to that of this build, as a start would");
  const auto arguments = std::make_shared<MigrateArguments>();
  verb->add_flag("--plan", arguments->plan, "Only show what would be done");
  verb->add_option("--postgres", arguments->postgres,
                   "Store in PostgreSQL: a libpq connection string [SQLite in the state folder]");
  on_run(line, verb, [&line, arguments] {
    umask(0077);
    const SystemClock clock;
    arguments->state = line.state;
    return db_migrate_command(*arguments, clock, std::cout, std::cerr);
  });
}

// The site's own retention, or the defaults where the configuration cannot be read here.
RetentionSettings retention_of(const CommandLine& line, const Clock& clock) {
  std::ostringstream problems;
  const auto settings = line.program.load_settings({line.config}, clock, problems, false, "");
  if (settings.ok()) {
    const auto& guardrails = (*settings)->guardrails;
    return guardrails ? guardrails->retention : RetentionSettings();
  }
  if (!line.quiet) {
    std::cerr << "sideband: no configuration can be read at " << line.config
              << "; shown with the defaults of Guardrails.retention\n";
  }
  return {};
}

void add_stats(CommandLine& line, CLI::App* db) {
  CLI::App* const verb = db->add_subcommand(
      "stats", "What the store holds, table by table, and what retention would erase and when");
  const auto arguments = std::make_shared<StatsArguments>();
  verb->add_option("--postgres", arguments->postgres,
                   "Store in PostgreSQL: a libpq connection string [SQLite in the state folder]");
  on_run(line, verb, [&line, arguments] {
    const SystemClock clock;
    arguments->state = line.state;
    arguments->format = line.format;
    arguments->retention = retention_of(line, clock);
    return db_stats_command(*arguments, clock, std::cout, std::cerr);
  });
}

}  // namespace

void add_db_verb(CommandLine& line) {
  CLI::App* const db = add_verb(
      line, "db", "The store: backup, restore, migrate, stats",
      {"sideband db backup /tmp/sideband.backup", "sideband db restore /tmp/sideband.backup",
       "sideband db migrate --plan", "sideband db stats -o json"});
  db->require_subcommand(1);
  add_backup(line, db);
  add_restore(line, db);
  add_migrate(line, db);
  add_stats(line, db);
}

}  // namespace sideband::cli
