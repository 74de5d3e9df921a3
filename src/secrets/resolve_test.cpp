#include "secrets/resolve.h"

#include <cstdlib>

#include "support/temp_dir.h"

namespace sideband {
namespace {

TEST(Secrets, ComeFromEnvironmentAndFile) {
  TempDir dir;
  spill(dir.path("password"), "from file\n");
  setenv("SIDEBAND_TEST_SECRET", "from env", 1);
  Settings settings;
  settings.targets["cache"].connect = {
      {"host", "h"}, {"password.env", "SIDEBAND_TEST_SECRET"}, {"key.file", dir.path("password")}};
  ASSERT_TRUE(resolve_secrets(settings).ok());
  const DriverOptions wanted = {{"host", "h"}, {"password", "from env"}, {"key", "from file"}};
  EXPECT_EQ(settings.targets["cache"].connect, wanted);
}

TEST(Secrets, MissingReferenceIsNamed) {
  Settings settings;
  settings.targets["cache"].connect = {{"password.env", "SIDEBAND_NO_SUCH_VARIABLE"}};
  EXPECT_EQ(resolve_secrets(settings).error().message,
            "target cache: the environment variable SIDEBAND_NO_SUCH_VARIABLE is not set");
}

}  // namespace
}  // namespace sideband
