// The rows of ARCHITECTURE.md, "The tree".
#include <fmt/format.h>

#include <map>

#include "tidy/rules.h"

namespace sideband::tidy {
namespace {

constexpr const char* kReason =
    "lower rows stay usable and testable without higher ones (ARCHITECTURE.md, The tree)";

const std::map<std::string, int>& rows() {
  static const std::map<std::string, int> kRows = {
      {"base", 0},     {"cel", 1},     {"detectors", 1}, {"model", 1},   {"merkle", 1},
      {"config", 2},   {"net", 2},     {"process", 2},   {"policy", 3},  {"ports", 3},
      {"settings", 4}, {"engine", 5},  {"audit", 5},     {"store", 6},   {"drivers", 6},
      {"secrets", 6},  {"checkup", 7}, {"rehearsal", 7}, {"gateway", 8}, {"cli", 8},
      {"app", 9},
  };
  return kRows;
}

// What the rows alone would allow. `from` and `to` are path prefixes inside src/.
struct Ban {
  std::string from, to, reason;
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> kBans = {
      {"policy/", "config/", "policy is pure; settings/ reads the configuration"},
      {"policy/", "net/", "policy is pure"},
      {"policy/", "process/", "policy is pure"},
      {"ports/", "config/", "a port is plain values: the daemon and a remote agent share it"},
      {"ports/", "net/", "a port is plain values: the daemon and a remote agent share it"},
      {"ports/", "process/", "a port is plain values: the daemon and a remote agent share it"},
      {"engine/", "config/", "the engine uses ports and policy only"},
      {"engine/", "net/", "the engine uses ports and policy only"},
      {"engine/", "process/", "the engine uses ports and policy only"},
      {"engine/", "settings/", "the engine takes compiled settings"},
      {"store/sqlite/", "store/postgres/", "two backends share src/store only"},
      {"store/postgres/", "store/sqlite/", "two backends share src/store only"},
      {"drivers/postgres/client/", "drivers/postgres/sql/", "a client knows no collections"},
      {"drivers/postgres/client/", "drivers/postgres/replication/", "a client knows no feeds"},
      {"drivers/postgres/sql/", "drivers/postgres/replication/", "a scan needs no feed"},
      {"cli/", "drivers/", "the program hands its drivers in (cli/grammar/program.h)"},
      {"audit/verify/", "ports/", "a verifier shares no code with what it verifies"},
  };
  return kBans;
}

std::string first_folder(const std::string& path) {
  return path.substr(0, path.find('/'));
}

// The kind of a driver file, "files" of "drivers/files/driver.h"; "" outside the kinds' folders.
std::string driver_kind(const std::string& path) {
  const std::string prefix = "drivers/";
  const std::size_t slash = path.find('/', prefix.size());
  if (!path.starts_with(prefix) || slash == std::string::npos) return "";
  return path.substr(prefix.size(), slash - prefix.size());
}

std::string row_problem(const std::string& from, const std::string& to) {
  const auto above = rows().find(first_folder(from));
  const auto below = rows().find(first_folder(to));
  if (above == rows().end()) return "src/" + first_folder(from) + "/ is in no row";
  if (below == rows().end()) return "\"" + to + "\" is in no row of src/";
  if (above->first == below->first || below->second < above->second) return "";
  const char* relation = above->second == below->second ? "its sibling" : "the higher";
  return fmt::format("{}/ includes {} {}/", above->first, relation, below->first);
}

Violations special_problems(const std::string& from, const std::string& to) {
  Violations found;
  for (const Ban& ban : bans()) {
    if (!from.starts_with(ban.from) || !to.starts_with(ban.to)) continue;
    found.push_back({"", 0, fmt::format("{} includes {}", ban.from, to), ban.reason});
  }
  if (from.starts_with("audit/verify/") && to.starts_with("audit/") &&
      !to.starts_with("audit/verify/")) {
    found.push_back(
        {"", 0, "audit/verify/ includes " + to, "a verifier shares no code with what it verifies"});
  }
  const std::string kind = driver_kind(from), other = driver_kind(to);
  if (!kind.empty() && !other.empty() && kind != other) {
    found.push_back({"", 0, fmt::format("drivers/{}/ includes drivers/{}/", kind, other),
                     "a driver can be read, changed and dropped alone"});
  }
  return found;
}

// The name between the quotes of an #include line; "" on other lines.
std::string included(const std::string& line) {
  const std::string start = "#include \"";
  if (!line.starts_with(start)) return "";
  return line.substr(start.size(), line.find('"', start.size()) - start.size());
}

Violations include_problems(const std::string& from, const std::string& to) {
  const bool for_tests = from.ends_with("_test.cpp") || from.find("for_tests") != std::string::npos;
  if (first_folder(to) == "support" && for_tests) return {};
  if (const std::string row = row_problem(from, to); !row.empty()) return {{"", 0, row, kReason}};
  return special_problems(from, to);
}

}  // namespace

Violations check_layers(const SourceFile& file) {
  Violations found;
  if (!file.path.starts_with("src/")) return found;
  const std::string from = file.path.substr(4);
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string to = included(file.lines[i]);
    if (to.empty()) continue;
    for (Violation& problem : include_problems(from, to)) {
      problem.path = file.path;
      problem.line = static_cast<int>(i) + 1;
      found.push_back(std::move(problem));
    }
  }
  return found;
}

}  // namespace sideband::tidy
