// Credentials by reference, and the files that are none.
#include "secrets/resolve.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_dir.h"

namespace sideband {
namespace {

Result<std::string> resolve(const std::string& file) {
  Settings settings;
  settings.targets["shop"].connect["password.file"] = file;
  resolve_secrets(settings);
  const TargetSettings& shop = settings.targets["shop"];
  if (!shop.lacks.empty()) return Error::invalid(shop.lacks);
  return shop.connect.at("password");
}

TEST(Secrets, FilesLoseOneLineEnd) {
  const TempDir dir;
  spill(dir.path("password"), "hunter2\n\n");
  EXPECT_EQ(*resolve(dir.path("password")), "hunter2\n");
}

TEST(Secrets, K12_5_AFolderOrAnEndlessFileIsAnError) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo(dir.path("pipe").c_str(), 0600), 0);
  for (const std::string& path :
       {dir.path(), dir.path("none"), dir.path("pipe"), std::string("/dev/zero")}) {
    const auto value = resolve(path);
    ASSERT_FALSE(value.ok()) << path;
    EXPECT_EQ(value.error().code, ErrorCode::kInvalid);
    EXPECT_NE(value.error().message.find(path), std::string::npos) << value.error().message;
  }
}

TEST(Secrets, K4_1_WhatOneTargetLacksConcernsNoOther) {
  const TempDir dir;
  spill(dir.path("password"), "hunter2");
  Settings settings;
  settings.targets["shop"].connect = {{"password.env", "SIDEBAND_NO_SUCH_VARIABLE"}, {"host", "a"}};
  settings.targets["stock"].connect["password.file"] = dir.path("password");
  resolve_secrets(settings);
  EXPECT_EQ(settings.targets["shop"].lacks,
            "the environment variable SIDEBAND_NO_SUCH_VARIABLE is not set");
  EXPECT_EQ(settings.targets["shop"].connect, (DriverOptions{{"host", "a"}}));
  EXPECT_TRUE(settings.targets["stock"].lacks.empty());
  EXPECT_EQ(settings.targets["stock"].connect.at("password"), "hunter2");
}

TEST(Secrets, K8_3_AFileThatAnybodyMayWriteIsRefused) {
  const TempDir dir;
  spill(dir.path("password"), "hunter2");
  ASSERT_EQ(::chmod(dir.path("password").c_str(), 0602), 0);
  EXPECT_NE(resolve(dir.path("password")).error().message.find("chmod o-w"), std::string::npos);
  ASSERT_EQ(::chmod(dir.path("password").c_str(), 0440), 0);
  EXPECT_TRUE(resolve(dir.path("password")).ok());
}

}  // namespace
}  // namespace sideband
