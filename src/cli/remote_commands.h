// Commands that have the daemon do something: look, apply, approve, reject, cancel, undo, retry,
// lock, pause, resume, and take out of its log. Each returns the exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/remote_context.h"

namespace sideband::cli {

// How long a command waits for the end of what it started, unless it is told otherwise.
inline constexpr const char* kDefaultWait = "5m";

struct ScanNowOptions {
  std::string reconciler;
  bool sweep = false;  // look for extras too
};
// `scan`-now of one reconciler: the daemon looks and decides.
int scan_now_command(RemoteContext& context, const ScanNowOptions& options);

struct ApplyOptions {
  std::string what;               // a saved plan's file, or a reconciler's name for its held plan
  std::vector<std::string> keys;  // of these resources of the reconciler, whatever plan is held
  std::vector<std::string> release;
  bool yes = false;
  std::string wait = kDefaultWait;
};
int apply_command(RemoteContext& context, const ApplyOptions& options);

struct ApproveOptions {
  std::string repair;
  std::string comment;
  std::string wait = kDefaultWait;
};
int approve_command(RemoteContext& context, const ApproveOptions& options);

struct RejectOptions {
  std::string repair;
  std::string comment;
};
int reject_command(RemoteContext& context, const RejectOptions& options);

struct CancelOptions {
  std::string repair;
  std::string reason;
  bool now = false;  // end the step that is under way, too
};
int cancel_command(RemoteContext& context, const CancelOptions& options);

struct UndoOptions {
  std::string repair;
  std::vector<std::string> release;
  bool yes = false;
  std::string wait = kDefaultWait;
};
int undo_command(RemoteContext& context, const UndoOptions& options);

struct RetryOptions {
  std::string repair;
  std::string reason;
};
// Lets the resources of a repair that did not converge be judged anew.
int retry_command(RemoteContext& context, const RetryOptions& options);

// `as`: "done" or "not-done".
struct SettleOptions {
  std::string repair;
  std::string step;
  std::string as;
  std::string reason;
  std::string wait = kDefaultWait;
};
// Says what a step did of which nobody knows.
int settle_command(RemoteContext& context, const SettleOptions& options);

int lock_ls_command(RemoteContext& context, std::int64_t limit);
struct LockReleaseOptions {
  std::string repair;
  std::string reason;
};
int lock_release_command(RemoteContext& context, const LockReleaseOptions& options);

// What pause and resume are about: one of these; all empty = everything.
struct SwitchScope {
  std::string reconciler;
  std::string owner;
  std::string target;
  bool all = false;  // says it
};

struct PauseOptions {
  SwitchScope scope;
  std::string reason;
};
int pause_command(RemoteContext& context, const PauseOptions& options);

struct ResumeOptions {
  SwitchScope scope;
  std::string reason;
  bool accept_source = false;
  bool close_breaker = false;
};
int resume_command(RemoteContext& context, const ResumeOptions& options);

int audit_export_remote(RemoteContext& context, const std::string& folder, bool as_tiles);
int audit_prove_remote(RemoteContext& context, const std::string& index);

}  // namespace sideband::cli
