// What a process of the daemon's own user, such as a command of a playbook, can get at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;

// Root may read everything: then the daemon, and who looks at it, run as this user.
constexpr uid_t kNobody = 65534;

class OwnUser : public testing::Test {
 protected:
  OwnUser() {
    // The build folder may be out of that user's reach.
    fs::copy_file(binary(), dir_.path("sideband"));
    fs::create_directory(dir_.path("conf"));
    for (const auto& entry : fs::recursive_directory_iterator(dir_.path())) give(entry.path());
    give(dir_.path());
    Command serve;
    serve.argv = as_user({dir_.path("sideband"), "--config", dir_.path("conf"), "--state",
                          dir_.path("state"), "serve"});
    serve.env = {{"SHOP_PASSWORD", "hunter2"}};
    serve.err = dir_.path("serve.log");
    process_ = std::make_unique<Process>(serve);
    EXPECT_TRUE(until([&] {
      return slurp(dir_.path("serve.log")).find("event=\"serving\"") != std::string::npos;
    })) << slurp(dir_.path("serve.log"));
  }
  static void give(const fs::path& path) {
    if (::geteuid() != 0) return;
    EXPECT_EQ(::chown(path.c_str(), kNobody, kNobody), 0);
  }
  static Words as_user(const Words& words) {
    Words all;
    if (::geteuid() == 0) {
      const std::string id = std::to_string(kNobody);
      all = {"setpriv", "--reuid", id, "--regid", id, "--clear-groups"};
    }
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }
  Finished look(const Words& words) {
    Command command;
    command.argv = as_user(words);
    return run_to_end(command);
  }
  std::string proc(const std::string& name) {
    return "/proc/" + std::to_string(process_->pid()) + "/" + name;
  }

  TempDir dir_;
  std::unique_ptr<Process> process_;
};

TEST_F(OwnUser, K9_5_TheDaemonsSecretsAreOutOfReachOfItsOwnUser) {
  EXPECT_THAT(look({"cat", proc("status")}).out, testing::HasSubstr("Uid:\t"));
  for (const std::string name : {"environ", "maps", "mem"}) {
    const Finished got = look({"cat", proc(name)});
    EXPECT_NE(got.code, 0) << name;
    EXPECT_EQ(got.out.find("hunter2"), std::string::npos) << name;
    EXPECT_THAT(got.err, testing::HasSubstr("Permission denied")) << name;
  }
  EXPECT_NE(look({"ls", proc("fd")}).code, 0);
}

}  // namespace
}  // namespace sideband::e2e
