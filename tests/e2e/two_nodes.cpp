#include "e2e/two_nodes.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;

}  // namespace

TwoNodes::TwoNodes(const std::string& store, const std::string& lease) : a(store), b(store) {
  a.serve_options = {"--node", "a", "--lease", lease};
  b.serve_options = {"--node", "b", "--lease", lease};
}

void TwoNodes::start(const std::map<std::string, std::string>& env_of_a) {
  ASSERT_NO_FATAL_FAILURE(a.start(env_of_a));
  ASSERT_TRUE(until([this] { return fs::exists(a.state() + "/anchor"); })) << a.log();
  for (const char* name : {"audit.key", "anchor"}) {
    fs::copy_file(a.state() + "/" + name, b.state() + "/" + name,
                  fs::copy_options::overwrite_existing);
  }
  ASSERT_NO_FATAL_FAILURE(b.start());
}

void TwoNodes::check_log(Daemon& by) const {
  const std::string folder = by.path("audit");
  std::filesystem::remove_all(folder);
  const Finished exported = by.cli({"audit", "export", folder});
  ASSERT_EQ(exported.code, 0) << exported.err;
  const Finished verified = by.cli({"audit", "verify", folder, "--key", a.public_key()}, "");
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

bool is_stopped(const Process& process) {
  const std::string stat = slurp("/proc/" + std::to_string(process.pid()) + "/stat");
  const std::size_t name_ends = stat.rfind(')');
  return name_ends != std::string::npos && stat.compare(name_ends, 4, ") T ") == 0;
}

}  // namespace sideband::e2e
