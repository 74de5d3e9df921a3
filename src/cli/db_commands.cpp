#include "cli/db_commands.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "audit/anchor.h"
#include "audit/signing_key.h"
#include "audit/verify/note.h"
#include "base/crash_point.h"
#include "base/fd.h"
#include "base/jcs.h"
#include "cli/exit_codes.h"
#include "cli/remote_answers.h"
#include "engine/execute/records.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/folder_lock.h"
#include "store/sqlite/store.h"

namespace sideband::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPage = 1000;

// The log of a copy: its head, and what of it was signed.
struct Log {
  CompactRange whole;
  std::optional<Anchor> anchored;  // the last checkpoint with the tree under it
  std::optional<CompactRange> at;  // the tree of the size that was asked for
};

class Restore {
 public:
  Restore(const RestoreArguments& arguments, const Clock& clock)
      : arguments_(arguments), clock_(clock) {}

  Result<std::string> run();

 private:
  [[nodiscard]] std::string in_state(const std::string& name) const {
    return arguments_.state + "/" + name;
  }
  [[nodiscard]] std::string staged(const std::string& name) const {
    return in_state("restore/" + name);
  }
  Result<void> check_user() const;
  Result<void> stage();
  Result<Log> read_log(Store& store, std::uint64_t wanted) const;
  Result<std::optional<Anchor>> old_anchor() const;
  Result<void> judge(const Log& log, const std::optional<Anchor>& anchor);
  Result<void> record(Store& store) const;
  Result<void> put_aside(const std::string& name, const std::string& ending) const;
  Result<void> exchange(const Log& log);
  Result<void> sync_folder() const;
  [[nodiscard]] bool is_ours(const Anchor& anchor) const;

  const RestoreArguments& arguments_;
  const Clock& clock_;
  Metrics metrics_;
  bool forks_ = false;
  std::string why_fork_;
  std::string aside_;
};

Result<void> Restore::stage() {
  std::error_code failed;
  fs::remove_all(in_state("restore"), failed);
  if (!fs::create_directory(in_state("restore"), failed)) {
    return Error::storage("making " + in_state("restore") + ": " + failed.message());
  }
  const std::string real = fs::canonical(in_state("restore"), failed).string();
  return copy_store_file(arguments_.file, real + "/sideband.db");
}

// Hashes every leaf anew: what the copy says of itself is not believed.
Result<Log> Restore::read_log(Store& store, std::uint64_t wanted) const {
  Log log;
  AuditHead head;
  std::optional<CheckpointRow> last;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(head, reader.audit_head());
    SB_ASSIGN(last, reader.last_checkpoint());
    return {};
  }));
  const auto size = static_cast<std::uint64_t>(head.size);
  const auto note_at = last ? static_cast<std::uint64_t>(last->size) : 0;
  const auto keep = [&] {
    if (log.whole.size() == wanted) log.at = log.whole;
    if (last && log.whole.size() == note_at) log.anchored = Anchor{last->note, log.whole};
  };
  keep();
  while (log.whole.size() < size) {
    const std::uint64_t before = log.whole.size();
    SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto leaves, reader.audit_leaves(static_cast<std::int64_t>(before), kPage));
      for (const AuditLeaf& leaf : leaves) {
        if (leaf.index != static_cast<std::int64_t>(log.whole.size())) break;
        log.whole.append(leaf_hash(leaf.record));
        keep();
      }
      return {};
    }));
    if (log.whole.size() == before) {
      return Error::corrupt("audit leaf " + std::to_string(before) + " is missing in the copy");
    }
  }
  if (log.whole.root() != CompactRange(size, head.range).root()) {
    return Error::corrupt("the copy's audit leaves are not those under its own head");
  }
  return log;
}

Result<std::optional<Anchor>> Restore::old_anchor() const {
  auto anchor = read_anchor(in_state("anchor"));
  if (anchor.ok()) return std::optional<Anchor>(std::move(*anchor));
  if (anchor.error().code == ErrorCode::kNotFound) return std::optional<Anchor>();
  return anchor.error();
}

// The rule of the daemon's own start: what was signed must be a beginning of what is there.
Result<void> Restore::judge(const Log& log, const std::optional<Anchor>& anchor) {
  if (!anchor) return {};
  if (anchor->tree.size() > log.whole.size()) {
    why_fork_ = std::to_string(anchor->tree.size() - log.whole.size()) +
                " signed records came after the copy";
  } else if (!log.at || log.at->root() != anchor->tree.root()) {
    why_fork_ = "the copy is of another log than the one that was signed here";
  }
  forks_ = !why_fork_.empty();
  if (!forks_ || arguments_.trust_store) return {};
  return Error::corrupt("LOG_FORKED: " + why_fork_ +
                        "; they would be lost, and who kept a later checkpoint would see it. If "
                        "that is what you want, say --trust-store");
}

Result<void> Restore::record(Store& store) const {
  const std::string text =
      switch_record("restore", arguments_.file, arguments_.actor,
                    forks_ ? "the log goes back: " + why_fork_ : "the log goes on", clock_.wall());
  return store.run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
    tx.stage_audit(text);
    return {};
  });
}

Result<void> Restore::put_aside(const std::string& name, const std::string& ending) const {
  std::error_code failed;
  if (!fs::exists(fs::symlink_status(in_state(name), failed))) return {};
  fs::rename(in_state(name), aside_ + ending, failed);
  if (failed) return Error::storage("renaming " + in_state(name) + ": " + failed.message());
  return {};
}

Result<void> Restore::sync_folder() const {
  const Fd folder(open(arguments_.state.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid() && fsync(folder.get()) == 0) return {};
  return Error::storage("syncing " + arguments_.state);
}

bool Restore::is_ours(const Anchor& anchor) const {
  std::error_code failed;
  if (!fs::exists(in_state("audit.key"), failed)) return false;
  const std::string name = anchor.note.substr(0, anchor.note.find('\n'));
  const auto key = SigningKey::load_or_make(in_state("audit.key"), name);
  if (!key.ok()) return false;
  const auto verifier = parse_verifier_key(key->verifier_key());
  if (!verifier.ok()) return false;
  const auto checkpoint = open_checkpoint(anchor.note, *verifier);
  return checkpoint.ok() && checkpoint->size == anchor.tree.size() &&
         checkpoint->root == anchor.tree.root();
}

// The anchor goes last: until then whoever starts here refuses to sign.
Result<void> Restore::exchange(const Log& log) {
  SB_TRY(put_aside("sideband.db", ""));
  SB_TRY(put_aside("sideband.db-wal", "-wal"));
  SB_TRY(put_aside("sideband.db-shm", "-shm"));
  crash_point("restore_aside");
  std::error_code failed;
  fs::rename(staged("sideband.db"), in_state("sideband.db"), failed);
  if (failed) return Error::storage("renaming the copy: " + failed.message());
  SB_TRY(sync_folder());
  crash_point("restore_placed");
  if (!forks_) return {};
  SB_TRY(put_aside("anchor", ".anchor"));
  // Signed by our own key and under leaves that were just hashed: the place to go on from.
  if (log.anchored && is_ours(*log.anchored))
    SB_TRY(write_anchor(in_state("anchor"), *log.anchored));
  return sync_folder();
}

// What root writes here the daemon's own user could not open.
Result<void> Restore::check_user() const {
  struct stat seen {};
  if (stat(arguments_.state.c_str(), &seen) != 0) {
    return Error::invalid("there is no state folder " + arguments_.state);
  }
  if (seen.st_uid == geteuid()) return {};
  return Error::permission(arguments_.state + " belongs to uid " + std::to_string(seen.st_uid) +
                           "; run this as that user: sudo -u sideband sideband db restore ...");
}

Result<std::string> Restore::run() {
  SB_TRY(check_user());
  SB_ASSIGN(const auto lock, FolderLock::take(arguments_.state));
  SB_TRY(check_store_file(arguments_.file));
  SB_ASSIGN(const auto anchor, old_anchor());
  SB_TRY(stage());
  Log log;
  {
    SqliteOptions options;
    options.folder = in_state("restore");
    options.raise_epoch = true;
    SB_ASSIGN(const auto store, open_sqlite_store(options, {clock_, metrics_}));
    SB_ASSIGN(log, read_log(*store, anchor ? anchor->tree.size() : 0));
    SB_TRY(judge(log, anchor));
    if (arguments_.yes) SB_TRY(record(*store));
  }
  const std::string what = arguments_.file + ": " + std::to_string(log.whole.size()) +
                           " audit records, sound" + (forks_ ? "; " + why_fork_ : "");
  if (arguments_.yes) {
    SB_TRY(fold_log(staged("sideband.db")));
    std::string time = format_time(clock_.wall());
    std::replace(time.begin(), time.end(), ':', '-');
    aside_ = in_state("sideband.db.before-" + time);
    SB_TRY(exchange(log));
  }
  std::error_code ignored;
  fs::remove_all(in_state("restore"), ignored);
  lock->released_cleanly();
  if (!arguments_.yes) return what + "\nDRY-RUN: nothing was changed; say --yes to restore it\n";
  return what + "\nAPPLY: restored; the old store is " + aside_ + "\n";
}

}  // namespace

int db_backup_remote(RemoteContext& context, const std::string& file) {
  std::error_code failed;
  JsonObject body;
  // The daemon works in another folder than the caller.
  body.add("file", fs::absolute(file, failed).lexically_normal().string());
  const auto answer = context.api.post("/api/v1/db/backup", body.text());
  if (const int code = report(context, answer); code != kOk) return code;
  context.out << member(answer->body, "report");
  return kOk;
}

int db_restore_command(const RestoreArguments& arguments, const Clock& clock, std::ostream& out,
                       std::ostream& err) {
  const auto done = Restore(arguments, clock).run();
  if (!done.ok()) {
    err << "sideband: " << done.error().message << "\n";
    return exit_code_of(done.error().code);
  }
  out << *done;
  return kOk;
}

}  // namespace sideband::cli
