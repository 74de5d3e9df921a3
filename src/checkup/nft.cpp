// The loaded nft ruleset against /etc/nftables.conf. The file is loaded into a network namespace
// that nobody else uses, so that nft itself brings both into the same form.
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"
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

// Loads a text of rules from memory: nothing is left on disk.
Result<void> load_text(const std::string& text, const Deadline& deadline) {
  const Fd file(::memfd_create("rules", MFD_CLOEXEC));
  if (!file.valid()) return Error::internal("no memory for a copy of the rules");
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = ::write(file.get(), text.data() + at, text.size() - at);
    if (wrote <= 0) return Error::internal("no memory for a copy of the rules");
    at += static_cast<std::size_t>(wrote);
  }
  SB_TRY(run({"nft", "-f", fmt::format("/proc/{}/fd/{}", ::getpid(), file.get())}, deadline));
  return {};
}

// What is left when the file is loaded over these rules. Only to be called in a namespace of its
// own, which `leave_network` has made.
Result<NftRuleset> file_over(const std::string& rules, const Deadline& deadline) {
  SB_TRY(run({"nft", "flush", "ruleset"}, deadline));
  SB_TRY(load_text(rules, deadline));
  SB_TRY(run({"nft", "-f", kFile}, deadline));
  return list(deadline);
}

// Tries the file over a copy of the loaded rules; where the kernel refuses the copy (rules of
// another tool, interfaces by number), over empty tables of the same names.
NftEffect effect_of_file(const NftRuleset& loaded, const NftRuleset& file, const std::string& rules,
                         const Deadline& deadline) {
  if (const auto after = file_over(rules, deadline); after.ok()) {
    return nft_effect(loaded, file, *after);
  }
  NftEffect effect;
  effect.dropped = tables_not_in(loaded, file);
  const auto after = file_over(empty_nft_tables(effect.dropped), deadline);
  if (!after.ok()) return effect;
  std::erase_if(effect.dropped, [&](const auto& name) { return after->count(name) != 0; });
  return effect;
}

void report(const NftDifference& difference, const NftEffect& effect, Notes& notes) {
  Finding finding;
  finding.where = "table " + difference.table;
  finding.what = difference.what;
  if (!difference.only_loaded && effect.safe()) {
    finding.remedy = Remedy::kByHand;
    finding.with = shell_command({"nft", "-f", kFile});
  }
  notes.found(std::move(finding));
}

// Why there is no command, as a finding of its own.
void report_effect(const NftEffect& effect, Notes& notes) {
  Finding finding;
  finding.where = kFile;
  finding.what = nft_effect_text(effect);
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
  const auto rules = run({"nft", "list", "ruleset"}, look.deadline);
  if (!rules.ok()) return look.notes.gap("the loaded ruleset", rules.error().message);
  const auto file = ruleset_of_file(look.deadline);
  if (!file.ok()) return look.notes.gap(kFile, file.error().message);
  if (is_only_there(*loaded, *file, look.tree)) {
    return look.notes.gap(kFile, "nothing loads it: nftables.service is not enabled");
  }
  look.notes.looked();
  const auto differences = compare_nft(*loaded, *file);
  const bool mends = std::any_of(differences.begin(), differences.end(),
                                 [](const NftDifference& one) { return !one.only_loaded; });
  NftEffect effect;
  if (mends) effect = effect_of_file(*loaded, *file, *rules, look.deadline);
  for (const NftDifference& difference : differences) report(difference, effect, look.notes);
  if (mends && !effect.safe()) report_effect(effect, look.notes);
}

}  // namespace sideband::scan
