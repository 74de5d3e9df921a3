// Commands that ask the daemon: get, describe, apply, approve, reject, cancel, undo, retry, lock,
// pause, resume, explain. Data goes to `out`, talk to `err`; each returns the exit code.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/api_client.h"

namespace sideband::cli {

struct RemoteContext {
  ApiClient& api;
  std::ostream& out;
  std::ostream& err;
  std::string format = "table";  // table | json | name; others are made from these
  bool color = false;
  bool quiet = false;  // no hints on what to do next
  bool wide = false;   // tables with all their columns
};

struct GetOptions {
  bool active = false;
  std::int64_t limit = 0;  // 0 = as many as the API gives without being asked
};

// `get reconcilers [NAME] | playbooks [NAME] | repairs [RECONCILER] | drifts RECONCILER |
// decisions [RECONCILER]`.
int get_command(RemoteContext& context, const std::string& what, const std::string& name,
                const GetOptions& options);
// `describe WHAT`: a repair by its id, with approvals, plan, and up to `limit` keys that were not
// done; a reconciler or a playbook by its name. "playbook/NAME" is always the playbook.
int describe_command(RemoteContext& context, const std::string& what, std::int64_t limit);
// `explain NAME`: what is true of a reconciler now, the last decision with every reason, and those
// before, `limit` in all.
int explain_command(RemoteContext& context, const std::string& reconciler, std::int64_t limit);
// `scan`-now of one reconciler: the daemon looks and decides.
int check_now_command(RemoteContext& context, const std::string& reconciler, bool sweep);

struct ApplyOptions {
  std::string what;  // a saved plan's file, or a reconciler's name for its held plan
  std::vector<std::string> release;
  bool yes = false;
  std::string wait = "5m";
};
int apply_command(RemoteContext& context, const ApplyOptions& options);
int approve_command(RemoteContext& context, const std::string& repair, const std::string& comment,
                    const std::string& wait);
int reject_command(RemoteContext& context, const std::string& repair, const std::string& comment);
int cancel_command(RemoteContext& context, const std::string& repair, const std::string& reason,
                   bool now);
int undo_command(RemoteContext& context, const std::string& repair,
                 const std::vector<std::string>& release, bool yes, const std::string& wait);
// Lets the resources of a repair that did not converge be judged anew.
// `as`: "done" or "not-done".
struct SettleOptions {
  std::string repair;
  std::string step;
  std::string as;
  std::string reason;
  std::string wait = "5m";
};
int settle_command(RemoteContext& context, const SettleOptions& options);
int retry_command(RemoteContext& context, const std::string& repair, const std::string& reason);
int lock_ls_command(RemoteContext& context, std::int64_t limit);
int lock_release_command(RemoteContext& context, const std::string& repair,
                         const std::string& reason);
int pause_command(RemoteContext& context, const std::string& reconciler, const std::string& reason);
int resume_command(RemoteContext& context, const std::string& reconciler, const std::string& reason,
                   bool accept_source);
int audit_export_remote(RemoteContext& context, const std::string& folder);
int audit_prove_remote(RemoteContext& context, const std::string& index);

}  // namespace sideband::cli
