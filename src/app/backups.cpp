#include "app/backups.h"

#include <filesystem>

#include "base/log.h"
#include "engine/execute/records.h"

namespace sideband {
namespace {

namespace fs = std::filesystem;

bool is_inside(const std::string& folder, const std::string& file) {
  std::error_code failed;
  const std::string outer = fs::weakly_canonical(folder, failed).string() + "/";
  return fs::weakly_canonical(file, failed).string().starts_with(outer);
}

}  // namespace

Backups::Backups(Store& store, const Clock& clock, Metrics& metrics, std::string state)
    : store_(store), clock_(clock), metrics_(metrics), state_(std::move(state)) {
  for (const char* result : {"ok", "failed"}) {
    metrics_.counter("sideband_backups_total", "Backups of the store.", {{"result", result}});
  }
}

bool Backups::begin() {
  const MutexLock lock(mutex_);
  return !std::exchange(running_, true);
}

void Backups::end() {
  const MutexLock lock(mutex_);
  running_ = false;
}

void Backups::count(bool well) {
  metrics_
      .counter("sideband_backups_total", "Backups of the store.",
               {{"result", well ? "ok" : "failed"}})
      .add(1);
  if (!well) return;
  metrics_.gauge("sideband_last_backup_timestamp_seconds", "When the last good backup ended.", {})
      .set(static_cast<double>(to_us(clock_.wall())) / 1e6);
}

Result<void> Backups::record(const std::string& kind, const std::string& file,
                             const std::string& by, const std::string& reason) {
  const std::string text = switch_record(kind, file, by, reason, clock_.wall());
  return store_.run(Lane::kControl, [&](StoreTx& store) -> Result<void> {
    store.stage_audit(text);
    return {};
  });
}

Result<std::int64_t> Backups::copy(const std::string& file, const std::string& by) {
  if (is_inside(state_, file)) {
    return Error::invalid(file + " is in the state folder, and would be lost with it");
  }
  SB_TRY(record("backup", file, by, "begins"));
  auto done = store_.backup(file);
  const auto recorded =
      record("backup-end", file, by,
             done.ok() ? std::to_string(*done) + " bytes" : "failed: " + done.error().message);
  if (!recorded.ok()) log(LogLevel::kWarn, "end of the backup is not recorded");
  return done;
}

Result<std::string> Backups::make(const std::string& file, const std::string& by) {
  if (!begin()) return Error::conflict("another backup is running; try again when it has ended");
  const auto done = copy(file, by);
  end();
  count(done.ok());
  if (!done.ok()) {
    log(LogLevel::kError, "backup failed", {{"file", file}, {"why", done.error().message}});
    return done.error();
  }
  log(LogLevel::kInfo, "backup written",
      {{"file", file}, {"bytes", std::to_string(*done)}, {"by", by}});
  return file + ": " + std::to_string(*done) + " bytes\n";
}

}  // namespace sideband
