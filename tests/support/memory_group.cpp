#include "support/memory_group.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sideband {
namespace {

namespace fs = std::filesystem;

bool put(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  out.close();
  return !out.fail();
}

// The number behind a word in a file of "word number" lines; 0 where there is none.
std::int64_t number_of(const std::string& file, const std::string& word) {
  std::ifstream in(file);
  std::string name;
  for (std::int64_t value = 0; in >> name >> value;) {
    if (name == word) return value;
  }
  return 0;
}

}  // namespace

std::unique_ptr<MemoryGroup> MemoryGroup::make(std::int64_t bytes) {
  const std::string root = "/sys/fs/cgroup";
  std::error_code failed;
  const bool unified = fs::exists(root + "/cgroup.controllers", failed);
  const std::string folder =
      root + (unified ? "" : "/memory") + "/sideband-test-" + std::to_string(getpid());
  if (!fs::create_directory(folder, failed)) return nullptr;
  std::unique_ptr<MemoryGroup> group(new MemoryGroup(folder, unified));
  const std::string limit = std::to_string(bytes);
  const bool limited =
      unified ? put(folder + "/memory.max", limit) : put(folder + "/memory.limit_in_bytes", limit);
  // Without this the kernel would take from the disk what it may not take from memory.
  if (unified) put(folder + "/memory.swap.max", "0");
  return limited ? std::move(group) : nullptr;
}

MemoryGroup::~MemoryGroup() {
  std::error_code failed;
  fs::remove(folder_, failed);
}

bool MemoryGroup::take(pid_t process) const {
  return put(folder_ + "/cgroup.procs", std::to_string(process));
}

std::int64_t MemoryGroup::kills() const {
  return number_of(folder_ + (unified_ ? "/memory.events" : "/memory.oom_control"), "oom_kill");
}

}  // namespace sideband
