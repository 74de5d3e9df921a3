// `db backup` asks the daemon for a copy of its store; `db restore` puts one into a state folder
// that no daemon uses.
#pragma once

#include <iosfwd>
#include <string>

#include "base/clock.h"
#include "cli/remote_context.h"

namespace sideband::cli {

int db_backup_remote(RemoteContext& context, const std::string& file);

struct RestoreArguments {
  std::string state;         // the state folder
  std::string file;          // what db backup wrote
  std::string actor;         // who restores, for the audit log
  bool trust_store = false;  // the log may go back to where the copy ends
  bool yes = false;          // really do it
};

// Checks the copy, says what it is, and with `yes` puts it in place of the store: its epoch raised,
// the restore in its audit log, the old store and anchor kept aside. A crash in the midst leaves a
// folder that refuses to sign, and a restore that can be run again. Exit code 0; 2 no such file or
// no store; 6 a daemon holds the folder; 9 the copy is damaged, or the log would fork.
int db_restore_command(const RestoreArguments& arguments, const Clock& clock, std::ostream& out,
                       std::ostream& err);

}  // namespace sideband::cli
