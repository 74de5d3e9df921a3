// The configuration commands over real files: output, talk and exit codes.
#include "cli/config_commands.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/diff_files.h"
#include "model/document.h"
#include "settings/drivers_for_tests.h"

namespace sideband::cli {
namespace {

namespace fs = std::filesystem;

class ConfigCommands : public testing::Test {
 protected:
  ConfigCommands() {
    std::string pattern = (fs::temp_directory_path() / "sideband-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~ConfigCommands() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  int check(const std::vector<std::string>& paths) {
    return check_command(paths, drivers_, now_, out_, err_, false);
  }
  int diff(const std::string& a, const std::string& b, const std::vector<std::string>& ignore = {},
           const std::vector<std::string>& sets = {}) {
    return diff_files_command({a, b, {.ignore = ignore, .sets = sets}}, out_, err_, false);
  }
  int diff_declared(const std::string& a, const std::string& b, std::vector<KeyedList> keyed = {}) {
    return diff_files_command({a, b, {.keyed = std::move(keyed)}, true}, out_, err_, false);
  }

  fs::path folder_;
  Drivers drivers_ = policy::drivers_for_tests();
  WallTime now_ = *parse_time("2027-01-01T00:00:00.000000Z");
  std::ostringstream out_;
  std::ostringstream err_;
};

const char* const kTarget = R"(apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-cache}
spec: {driver: cache, connect: {host: cache.internal}}
)";

std::string group(const std::string& name) {
  return "apiVersion: resolved.sideband/v1\nkind: Group\nmetadata: {name: " + name +
         "}\nspec: {members: [robot]}\n";
}

TEST_F(ConfigCommands, K12_1_DiffFilesReadsAllOfAFile) {
  const std::string nul(1, '\0');
  const std::string plain = write("a.json", R"({"a":1})");
  const std::string hidden = write("b.json", R"({"a":1})" + nul + R"({"a":2,"evil":true})");
  EXPECT_EQ(diff(plain, hidden), 2);
  EXPECT_EQ(diff(hidden, plain), 2);
  EXPECT_NE(err_.str().find("a NUL byte"), std::string::npos) << err_.str();
  EXPECT_EQ(diff(write("a.yaml", "a: 1\n"), write("b.yaml", "a: 1\n" + nul + "evil: true\n")), 2);
  EXPECT_EQ(diff(write("c.yaml", "a: x\n"), write("d.yaml", "a: \"x\\0y\"\n")), 1);
}

TEST_F(ConfigCommands, K12_7_NullIsNotAbsentInFilesEither) {
  EXPECT_EQ(diff(write("a.yaml", "a: null\nb: 1\n"), write("b.yaml", "b: 1\n")), 1);
  EXPECT_EQ(out_.str(), "- /a: null\n");
  EXPECT_EQ(diff(write("c.json", R"({"b":1})"), write("d.json", R"({"a":null,"b":1})")), 1);
}

TEST_F(ConfigCommands, CheckSaysWhatWasFound) {
  write("b.yaml", kTarget);
  write("a.yaml", group("ops"));
  write("notes.txt", "not: configuration: at all");
  EXPECT_EQ(check({folder_.string()}), 0);
  EXPECT_EQ(out_.str(), "ok: 1 target, 0 reconcilers, 1 group\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ConfigCommands, CheckReadsConfDInOrderAndNamesBothPlaces) {
  write("sideband.yaml", kTarget);
  write("ignored.yaml", "nonsense");
  write("conf.d/20.yaml", group("ops"));
  write("conf.d/10.yaml", group("ops"));
  EXPECT_EQ(check({folder_.string()}), 2);
  const std::string conf = folder_.string() + "/conf.d/";
  EXPECT_EQ(err_.str(),
            conf + "20.yaml:3:18: error: metadata.name: there is already a Group \"ops\" at " +
                conf +
                "10.yaml:3:18\n"
                "  3 | metadata: {name: ops}\n"
                "    |                  ^~~\n"
                "1 error in 1 file; nothing was loaded\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ConfigCommands, CheckCountsErrorsAndFiles) {
  const std::string a = write("a.yaml", "kind: Nothing\n---\n- 1\n");
  const std::string b = write("b.yaml", "x: [");
  EXPECT_EQ(check({a, b}), 2);
  EXPECT_THAT(err_.str(), testing::EndsWith("3 errors in 2 files; nothing was loaded\n"));
}

TEST_F(ConfigCommands, CheckSaysWhenThereIsNothing) {
  EXPECT_EQ(check({folder_.string()}), 2);
  EXPECT_EQ(err_.str(), "error: " + folder_.string() +
                            ": no configuration in this folder; expected sideband.yaml, or any "
                            "*.yaml file\n");
  EXPECT_EQ(check({}), 2);
  EXPECT_EQ(check({(folder_ / "missing").string()}), 2);
}

TEST_F(ConfigCommands, ExplainAndSchema) {
  EXPECT_EQ(explain_field_command("target.spec.limits.connections", drivers_, out_, err_), 0);
  EXPECT_THAT(out_.str(), testing::HasSubstr("default  2"));
  EXPECT_EQ(explain_field_command("target.spec.limit", drivers_, out_, err_), 2);
  EXPECT_EQ(err_.str(),
            "error: target.spec.limit: there is no \"limit\" in target.spec; did you mean "
            "\"limits\"?\n");
  std::ostringstream schema;
  EXPECT_EQ(schema_command(drivers_, schema), 0);
  EXPECT_TRUE(parse_json(schema.str()).ok());
  EXPECT_THAT(config_reference(drivers_), testing::StartsWith("# Configuration reference\n"));
}

TEST_F(ConfigCommands, DiffOfEqualDataIsSilent) {
  const std::string a = write("a.yaml", "replicas: 3\ntags: [x, y]\n");
  const std::string b = write("b.json", R"({"tags": ["y", "x"], "replicas": 3.0})");
  EXPECT_EQ(diff(a, b, {}, {"/tags"}), 0);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "equal\n");
}

TEST_F(ConfigCommands, DiffShowsEveryPath) {
  const std::string a = write("a.yaml", "replicas: 3\nimage: web:1\nold: {x: 1}\n");
  const std::string b = write("b.yaml", "replicas: \"3\"\nimage: web:2\nnew: [1]\n");
  EXPECT_EQ(diff(a, b, {"/image"}), 1);
  EXPECT_EQ(out_.str(), "+ /new: [1]\n- /old: {\"x\":1}\n~ /replicas: 3 -> \"3\"\n");
  EXPECT_EQ(err_.str(), "3 differences: 1 added, 1 removed, 1 changed\n");
}

TEST_F(ConfigCommands, K12_8_WhatTheManifestDoesNotSayIsNoDifference) {
  const std::string manifest = write("manifest.yaml", R"(kind: Deployment
spec:
  replicas: 2
  containers: [{name: app, image: "app:1"}]
status:
)");
  const std::string live = write("live.json", R"({"kind": "Deployment", "status": {"ready": 2},
    "spec": {"replicas": 2, "strategy": "Rolling", "containers": [{"name": "mesh", "image": "m"},
    {"name": "app", "image": "app:1", "pull": "Always"}]}})");
  EXPECT_EQ(diff(manifest, live), 1);
  EXPECT_EQ(diff_declared(manifest, live), 1) << "by position these are other containers";
  EXPECT_EQ(diff_declared(manifest, live, {{"/spec/containers", "name"}}), 0) << out_.str();
  const std::string old = write("old.json", R"({"kind": "Deployment", "spec": {"replicas": 1}})");
  out_.str("");
  EXPECT_EQ(diff_declared(manifest, old), 1);
  EXPECT_THAT(out_.str(), testing::HasSubstr("~ /spec/replicas: 2 -> 1\n"));
}

TEST_F(ConfigCommands, DiffTroubleIsTwo) {
  const std::string good = write("a.yaml", "a: 1\n");
  EXPECT_EQ(diff(good, write("bad.yaml", "a: *x\n")), 2);
  EXPECT_EQ(diff(good, write("bad.json", "{")), 2);
  EXPECT_EQ(diff(good, good, {"no-slash"}), 2);
  EXPECT_EQ(diff_declared(good, good, {{"no-slash", "name"}}), 2);
  EXPECT_THAT(err_.str(),
              testing::HasSubstr("bad.yaml:1:4: error: the alias *x stands for nothing"));
  EXPECT_THAT(err_.str(), testing::HasSubstr("bad.json: not valid JSON: line 1, column 2"));
  EXPECT_THAT(err_.str(), testing::HasSubstr("\"no-slash\" is not a JSON pointer"));
  EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace sideband::cli
