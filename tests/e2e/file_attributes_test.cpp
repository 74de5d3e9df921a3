// Mode, owner and group that a side declares, through the whole loop of the built binary: seen in a
// plan, repaired, put back by an undo.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

class FileAttributes : public testing::Test {
 protected:
  void configure(const std::string& mode, const std::string& declared) {
    for (const char* folder : {"want", "live"}) {
      std::filesystem::create_directories(daemon_.path(folder));
    }
    daemon_.token("operator");
    daemon_.configure(
        target("wanted", "files", "root: " + daemon_.path("want")) +
        target("here", "files", "root: " + daemon_.path("live")) +
        reconciler("site", "  mode: " + mode +
                               "\n  interval: 200ms\n  gates: {cooldown: 100ms}\n"
                               "  desired: {target: wanted, files: \"*\"}\n"
                               "  actual: {target: here, files: \"*\", attributes: {" +
                               declared + "}}\n"));
    spill(daemon_.path("want/app"), "text");
    spill(live(), "text");
  }
  [[nodiscard]] std::string live() const { return daemon_.path("live/app"); }
  void set_mode(mode_t mode) const { ASSERT_EQ(chmod(live().c_str(), mode), 0); }
  [[nodiscard]] mode_t mode() const {
    struct stat meta {};
    return stat(live().c_str(), &meta) == 0 ? meta.st_mode & 07777U : 0;
  }

  Daemon daemon_;
};

TEST_F(FileAttributes, APlanTellsThem) {
  configure("observe", "mode: \"0640\", owner: \"" + std::to_string(geteuid()) + "\"");
  set_mode(0644);
  const Finished plan = daemon_.cli({"plan", "site"});
  EXPECT_THAT(plan.out, HasSubstr("~ mode: 0644 -> 0640")) << plan.err;
  EXPECT_THAT(plan.out, Not(HasSubstr("owner")));
  EXPECT_THAT(plan.out, Not(HasSubstr("text")));
  set_mode(0640);
  EXPECT_THAT(daemon_.cli({"plan", "site"}).out, HasSubstr("nothing to do"));
}

TEST_F(FileAttributes, AreRepairedAndPutBack) {
  configure("auto", "mode: \"0640\"");
  set_mode(0640);
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  set_mode(0606);
  ASSERT_TRUE(until([&] { return mode() == 0640; })) << daemon_.log();
  Json repair;
  ASSERT_TRUE(until([&] {
    repair = daemon_.repairs("site").at(0);
    return repair.at("state") == "converged";
  })) << daemon_.log();
  EXPECT_EQ(slurp(live()), "text");
  const Json changes =
      daemon_.get("/api/v1/plans/" + repair.at("plan").get<std::string>() + "/changes");
  const Json& change = changes.at("items").at(0);
  EXPECT_EQ(change.at("foundAttributes").at("mode"), "0606");
  EXPECT_EQ(change.at("wantAttributes").at("mode"), "0640");
  ASSERT_EQ(daemon_.cli({"pause", "site", "--reason", "undo by hand"}).code, 0);
  const Finished undo =
      daemon_.cli({"undo", repair.at("id").get<std::string>(), "--yes", "--wait", "30s"});
  EXPECT_EQ(undo.code, 0) << undo.out << undo.err;
  EXPECT_TRUE(until([&] { return mode() == 0606; })) << undo.out << undo.err << daemon_.log();
}

TEST_F(FileAttributes, AMistakeInThemIsFoundByCheck) {
  const std::pair<const char*, const char*> cases[] = {
      {"mode: \"0999\"", "must be an octal mode up to 7777"},
      {"mode: 0640, colour: red", "spec.actual.attributes.colour: unknown key"}};
  for (const auto& [declared, says] : cases) {
    configure("observe", declared);
    const Finished check = daemon_.cli({"check"});
    EXPECT_THAT(check.out + check.err, HasSubstr(says));
  }
}

}  // namespace
}  // namespace sideband::e2e
