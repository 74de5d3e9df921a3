// The loaded nft ruleset against /etc/nftables.conf. The file is loaded into a network namespace
// that nobody else uses, so that nft itself brings both into the same form.
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "checkup/look.h"
#include "checkup/nft_rules.h"
#include "checkup/tool.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr const char* kFile = "/etc/nftables.conf";

std::uint64_t own_network() {
  struct stat found {};
  return ::stat("/proc/self/ns/net", &found) == 0 ? found.st_ino : 0;
}

// After this, nothing that this process does reaches the machine's network. Looked at twice:
// loading the file anywhere else would change the machine.
Result<void> leave_network() {
  const std::uint64_t before = own_network();
  if (::unshare(CLONE_NEWNET) != 0) {
    return Error::permission("no network namespace can be made here");
  }
  const std::uint64_t after = own_network();
  if (before == 0 || after == 0 || before == after) {
    return Error::internal("the new network namespace cannot be told from the machine's");
  }
  return {};
}

Result<std::string> run(const std::vector<std::string>& argv, const Deadline& deadline) {
  SB_ASSIGN(const ToolOutput output, run_tool(argv, deadline));
  if (output.code == 0) return output.out;
  const auto lines = lines_of(output.err);
  const std::string said = lines.empty() ? "no reason given" : std::string(lines[0]);
  return Error::invalid("nft: " + said);
}

Result<NftRuleset> list(const Deadline& deadline) {
  SB_ASSIGN(const std::string json, run({"nft", "-j", "list", "ruleset"}, deadline));
  return parse_nft(json);
}

Result<NftRuleset> ruleset_of_file(const Deadline& deadline) {
  SB_TRY(leave_network());
  const auto loaded = run({"nft", "-f", kFile}, deadline);
  if (!loaded.ok()) return loaded.error().in("loading it into an empty network namespace");
  return list(deadline);
}

void report(const NftDifference& difference, Notes& notes) {
  Finding finding;
  finding.where = "table " + difference.table;
  finding.what = difference.what;
  if (!difference.only_loaded) {
    finding.remedy = Remedy::kByHand;
    finding.with = shell_command({"nft", "-f", kFile});
  }
  notes.found(std::move(finding));
}

bool is_loaded_at_boot(const Tree& tree) {
  return !tree.glob("/etc/systemd/system/*.wants/nftables.service").empty();
}

// The package brings an example that nobody loads unless its service is enabled.
bool is_only_there(const NftRuleset& loaded, const NftRuleset& file, const Tree& tree) {
  const bool any = std::any_of(file.begin(), file.end(),
                               [&](const auto& table) { return loaded.count(table.first) != 0; });
  return !any && !is_loaded_at_boot(tree);
}

}  // namespace

void look_at_nft(Look& look) {
  const auto there = look.tree.info(kFile);
  if (!there.ok() && there.error().code == ErrorCode::kNotFound) return;  // nothing to compare with
  if (::geteuid() != 0) return look.notes.gap("the loaded ruleset", "only root can read it");
  const auto loaded = list(look.deadline);
  if (!loaded.ok()) return look.notes.gap("the loaded ruleset", loaded.error().message);
  const auto file = ruleset_of_file(look.deadline);
  if (!file.ok()) return look.notes.gap(kFile, file.error().message);
  if (is_only_there(*loaded, *file, look.tree)) {
    return look.notes.gap(kFile, "nothing loads it: nftables.service is not enabled");
  }
  look.notes.looked();
  for (const NftDifference& difference : compare_nft(*loaded, *file)) {
    report(difference, look.notes);
  }
}

}  // namespace sideband::scan
