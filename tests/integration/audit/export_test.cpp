// Exports: new files only, nowhere near our own state, and always verifiable.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "audit_world.h"

namespace sideband {
namespace {

class ExportTest : public AuditWorld {
 protected:
  void SetUp() override {
    AuditWorld::SetUp();
    append_steps(4);
    export_to("first");
  }
  Error refused(const std::string& folder) {
    const auto done = export_log(*store_, folder, path("state"));
    EXPECT_FALSE(done.ok()) << folder;
    return done.ok() ? Error{} : done.error();
  }
  bool exists(const std::string& name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(path(name)));
  }
};

TEST_F(ExportTest, K9_2_NeverReplacesAFile) {
  const std::string before = read(path("first/leaves.jsonl"));
  append_steps(2);
  EXPECT_EQ(refused(path("first")).code, ErrorCode::kConflict);
  EXPECT_EQ(read(path("first/leaves.jsonl")), before);
  for (const char* name : {"leaves.jsonl", "leaves.hashes", "checkpoint", "manifest.json"}) {
    const std::string folder = std::string("one-") + name;
    std::filesystem::create_directory(path(folder));
    write(path(folder + "/" + name), "mine");
    EXPECT_EQ(refused(path(folder)).code, ErrorCode::kConflict);
    EXPECT_EQ(read(path(folder + "/" + name)), "mine");
    const auto left = std::filesystem::directory_iterator(path(folder));
    EXPECT_EQ(std::distance(begin(left), end(left)), 1) << "something else was left";
  }
}

TEST_F(ExportTest, K9_2_FollowsNoLinks) {
  write(path("victim"), "precious");
  for (const char* name : {"leaves.jsonl", "leaves.hashes", "checkpoint", "manifest.json"}) {
    const std::string folder = std::string("trap-") + name;
    std::filesystem::create_directory(path(folder));
    std::filesystem::create_symlink(path("victim"), path(folder + "/" + name));
    EXPECT_EQ(refused(path(folder)).code, ErrorCode::kConflict);
    std::filesystem::remove(path(folder + "/" + name));
    std::filesystem::create_symlink(path("nothing"), path(folder + "/" + name));
    EXPECT_EQ(refused(path(folder)).code, ErrorCode::kConflict);
  }
  EXPECT_EQ(read(path("victim")), "precious");
  EXPECT_FALSE(exists("nothing"));
  std::filesystem::create_directory(path("real"));
  std::filesystem::create_directory_symlink(path("real"), path("linked"));
  EXPECT_EQ(refused(path("linked")).code, ErrorCode::kInvalid);
  EXPECT_EQ(refused(path("linked/")).code, ErrorCode::kInvalid);
  EXPECT_TRUE(std::filesystem::is_empty(path("real")));
}

TEST_F(ExportTest, K9_2_StaysOutOfTheState) {
  std::filesystem::create_directory(path("state/tokens"));
  std::filesystem::create_directory_symlink(path("state"), path("way"));
  for (const char* folder : {"state", "state/", "state/tokens", "state/new", "state/tokens/new",
                             "way/tokens", "way/new", "first/../state/tokens", "state/."}) {
    EXPECT_EQ(refused(path(folder)).code, ErrorCode::kInvalid) << folder;
  }
  EXPECT_TRUE(std::filesystem::is_empty(path("state/tokens")));
  EXPECT_FALSE(exists("state/new"));
  for (const char* folder : {"", "relative", "/", "a/b"}) {
    EXPECT_EQ(refused(folder).code, ErrorCode::kInvalid) << folder;
  }
  EXPECT_TRUE(export_log(*store_, path("state-beside/"), path("state")).ok());
}

// As a pause with a reason of 70,000 bytes, or a target with an error of 200 KB, would write them.
TEST_F(ExportTest, K10_1_HugeTextsLeaveTheLogVerifiable) {
  const std::string cut = std::string(100'000, 'x') + "\xf0\x9f\x94";
  for (const std::string& text : {std::string(70'000, 'x'), std::string(200'000, '\x01'),
                                  std::string(200'000, '\0'), std::string(70'000, '\xff'), cut}) {
    std::vector<std::string> items(20, JsonObject().add("saw", text).text());
    append({AuditRecord("pause", clock_.wall(), "operator")
                .add("reason", text)
                .add_json("reasons", json_array(items))
                .text()});
  }
  export_to("huge");
  const auto report = verify("huge");
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->leaves, 9U);
  std::ifstream lines(path("huge/leaves.jsonl"));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), kMaxAuditRecord);
}

}  // namespace
}  // namespace sideband
