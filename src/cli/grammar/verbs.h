// The verbs of the grammar, each group in a source of its own. Their order here is the order in
// which help lists them (run.cpp).
#pragma once

#include "cli/grammar/command_line.h"

namespace sideband::cli {

void add_daemon_verbs(CommandLine& line);    // serve, run-commands, token
void add_local_verbs(CommandLine& line);     // check, plan, diff, schema
void add_audit_verb(CommandLine& line);      // audit verify, check-proof, export, prove
void add_scan_verb(CommandLine& line);       // scan
void add_eval_verb(CommandLine& line);       // eval
void add_tool_verb(CommandLine& line);       // tool canon, yaml
void add_backtest_verb(CommandLine& line);   // backtest
void add_test_verb(CommandLine& line);       // test
void add_playbook_verbs(CommandLine& line);  // run, confirm
void add_reading_verbs(CommandLine& line);   // get, describe, scan-now, explain
void add_remote_verbs(CommandLine& line);    // apply, approve, ..., pause, resume
void add_silence_verb(CommandLine& line);    // silence add, list, expire
void add_context_verb(CommandLine& line);    // context add, use, ls, rm
void add_db_verb(CommandLine& line);         // db backup, restore, migrate, stats
void add_manual_verbs(CommandLine& line);    // completion, manual, version

}  // namespace sideband::cli
