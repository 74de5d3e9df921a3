#include "simulation/campaign.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "base/check.h"
#include "support/temp_dir.h"

namespace sideband::sim {
namespace {

constexpr std::uint64_t kTwiceEvery = 50;
constexpr std::size_t kMaxJobs = 64;

// What the processes of a campaign share: who takes which seed.
struct Shared {
  std::atomic<std::uint64_t> next;
  std::atomic<std::uint64_t> done;
  std::atomic<bool> stop;
  std::array<std::atomic<std::uint64_t>, kMaxJobs> at;  // the seed each process is in
};

Shared* share() {
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  SB_CHECK(memory != MAP_FAILED);
  return new (memory) Shared{};
}

std::set<std::uint64_t> known_seeds(const std::string& path) {
  Report report;
  std::set<std::uint64_t> seeds;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) seeds.insert(report.add(line));
  return seeds;
}

// One write a line, so that lines of several processes do not mix.
void append(const std::string& path, const std::string& line) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  SB_CHECK(file >= 0);
  SB_CHECK(write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  close(file);
}

void show(const Campaign& campaign, const Shared& shared) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::cerr << fmt::format("\rsimulating: {} of {} seeds", shared.done.load(), campaign.seeds);
}

void work(const Campaign& campaign, const std::set<std::uint64_t>& known, std::size_t job,
          Shared& shared) {
  while (!shared.stop) {
    const std::uint64_t seed = campaign.from + shared.next.fetch_add(1);
    if (seed >= campaign.from + campaign.seeds) return;
    shared.at[job] = seed;
    if (!known.contains(seed)) {
      WorldResult result = run_seed(seed, campaign, false);
      if (seed % kTwiceEvery == 0 &&
          run_seed(seed, campaign, false).fingerprint != result.fingerprint) {
        result.violation = "P-22: two runs of this seed differ";
      }
      append(campaign.lines, json_line(seed, result) + "\n");
      const bool wanted = !campaign.stop_at.empty() && is_of(result.violation, campaign.stop_at);
      if (wanted) shared.stop = true;
    }
    shared.done.fetch_add(1);
    show(campaign, shared);
  }
}

}  // namespace

bool is_of(const std::string& violation, const std::string& property) {
  return violation.starts_with(property + " ");
}

WorldResult run_seed(std::uint64_t seed, const Campaign& campaign, bool trace) {
  const TempDir dir;
  WorldOptions options;
  options.seed = seed;
  options.bug = campaign.bug;
  options.faulty = campaign.faulty;
  options.trace = trace;
  options.folder = dir.path();
  World world(options);
  return world.run();
}

Report run_campaign(const Campaign& campaign) {
  const std::set<std::uint64_t> known = known_seeds(campaign.lines);
  Shared& shared = *share();
  std::map<pid_t, std::size_t> children;
  for (std::size_t job = 0; job < std::min(kMaxJobs, static_cast<std::size_t>(campaign.jobs));
       ++job) {
    const pid_t child = fork();
    SB_CHECK(child >= 0);
    if (child != 0) {
      children[child] = job;
      continue;
    }
    work(campaign, known, job, shared);
    _exit(0);
  }
  Report report;
  for (int status = 0; !children.empty();) {
    const pid_t child = wait(&status);
    if (status != 0) report.violations[shared.at.at(children.at(child))] = "the process crashed";
    children.erase(child);
  }
  if (isatty(STDERR_FILENO) != 0) std::cerr << "\n";
  std::ifstream file(campaign.lines);
  for (std::string line; std::getline(file, line);) report.add(line);
  munmap(&shared, sizeof(Shared));
  return report;
}

}  // namespace sideband::sim
