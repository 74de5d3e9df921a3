#include "cli/db_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/jcs.h"
#include "base/units.h"
#include "cli/exit_codes.h"
#include "cli/table.h"
#include "policy/retention.h"
#include "store/postgres/store.h"
#include "store/sqlite/store.h"

namespace sideband::cli {
namespace {

std::string bytes_text(std::int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

// For how long rows of a class are kept; nothing: for ever.
std::optional<Duration> kept_for(StoredClass which, const RetentionSettings& retention) {
  if (which == StoredClass::kLeaves) return std::nullopt;
  if (which == StoredClass::kAnswers) return kKeepAnswers;
  return which == StoredClass::kDecisions ? retention.decisions : retention.repairs;
}

// Everything that is shown, whatever the format.
class StatsView {
 public:
  StatsView(const StoreStats& stats, const RetentionSettings& retention, WallTime now)
      : stats_(stats), retention_(retention), now_(now) {
    for (const TableStats& table : stats_.tables) {
      disk_ += table.disk_bytes;
      if (table.which && is_in_budget(*table.which)) content_ += table.use.bytes;
    }
    disk_ += stats_.free_bytes;
  }

  void print_text(std::ostream& out) const {
    std::vector<Row> rows = {{"TABLE", "ROWS", "BYTES", "SHARE", "OLDEST", "KEPT", "DUE", "NEXT"}};
    for (const TableStats& table : stats_.tables) rows.push_back(row_of(table));
    print_table(out, rows);
    out << "\n"
        << bytes_text(disk_) << " on disk, " << bytes_text(stats_.free_bytes)
        << " of it free for the next rows\n"
        << bytes_text(content_) << " of content, of a budget of " << bytes_text(retention_.budget)
        << (content_ > retention_.budget ? ": the oldest ended repairs go early" : "") << "\n";
    if (const Duration behind = retention_behind(); behind > std::chrono::hours(24)) {
      out << "retention's clock is " << format_duration(behind)
          << " behind: the clock of this machine leapt, or no daemon ran for long\n";
    }
  }

  [[nodiscard]] std::string json() const {
    std::vector<std::string> tables;
    for (const TableStats& table : stats_.tables) tables.push_back(json_of(table));
    JsonObject out;
    out.add_json("tables", json_array(tables));
    out.add("diskBytes", disk_).add("freeBytes", stats_.free_bytes);
    out.add("contentBytes", content_).add("budgetBytes", retention_.budget);
    if (stats_.mark) out.add("retentionTime", format_time(*stats_.mark));
    return out.text();
  }

 private:
  // When the oldest row goes, by its age.
  [[nodiscard]] std::optional<WallTime> goes_at(const TableStats& table) const {
    if (!table.which || !table.use.oldest) return std::nullopt;
    const auto kept = kept_for(*table.which, retention_);
    return kept ? std::optional(*table.use.oldest + *kept) : std::nullopt;
  }

  [[nodiscard]] Duration retention_behind() const {
    const Duration behind = now_ - stats_.mark.value_or(now_);
    return std::chrono::duration_cast<std::chrono::hours>(behind);
  }

  [[nodiscard]] Row row_of(const TableStats& table) const {
    const double share =
        disk_ == 0 ? 0 : 100 * static_cast<double>(table.disk_bytes) / static_cast<double>(disk_);
    Row row = {table.table, std::to_string(table.rows), bytes_text(table.disk_bytes),
               fmt::format("{:.1f}%", share)};
    row.push_back(table.use.oldest ? format_time(*table.use.oldest) : "-");
    if (!table.which) return row;
    const auto kept = kept_for(*table.which, retention_);
    row.push_back(kept ? format_duration(*kept) : "for ever");
    if (!kept) return row;
    row.push_back(std::to_string(table.use.due));
    const auto next = goes_at(table);
    row.push_back(!next ? "-" : *next < now_ ? "now" : format_time(*next));
    return row;
  }

  [[nodiscard]] std::string json_of(const TableStats& table) const {
    JsonObject out;
    out.add("table", table.table).add("rows", table.rows).add("diskBytes", table.disk_bytes);
    if (table.use.oldest) out.add("oldest", format_time(*table.use.oldest));
    if (!table.which) return out.text();
    out.add("contentBytes", table.use.bytes);
    const auto kept = kept_for(*table.which, retention_);
    out.add("kept", kept ? format_duration(*kept) : std::string("for ever"));
    if (kept) out.add("due", table.use.due);
    if (const auto next = goes_at(table)) out.add("next", format_time(*next));
    return out.text();
  }

  const StoreStats& stats_;
  const RetentionSettings& retention_;
  const WallTime now_;
  std::int64_t disk_ = 0;
  std::int64_t content_ = 0;
};

Result<StoreStats> read_stats(const StatsArguments& arguments, const RetentionCuts& cuts) {
  const CutOf cut = [&cuts](StoredClass which) { return cut_of(which, cuts); };
  if (arguments.postgres.empty()) return stats_of_sqlite_store(arguments.state, cut);
  return stats_of_postgres_store(arguments.postgres, cut);
}

}  // namespace

int db_stats_command(const StatsArguments& arguments, const Clock& clock, std::ostream& out,
                     std::ostream& err) {
  const WallTime now = clock.wall();
  const auto stats = read_stats(arguments, retention_cuts(arguments.retention, now));
  if (!stats.ok()) {
    err << "sideband: " << stats.error().message << "\n";
    return exit_code_of(stats.error().code);
  }
  if (arguments.format == "name") {
    for (const TableStats& table : stats->tables) out << table.table << "\n";
    return kOk;
  }
  const StatsView view(*stats, arguments.retention, now);
  if (arguments.format == "json") {
    out << view.json() << "\n";
  } else {
    view.print_text(out);
  }
  return kOk;
}

}  // namespace sideband::cli
