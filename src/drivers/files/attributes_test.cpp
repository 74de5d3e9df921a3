// What a file has besides its content stays as it is: modes, owners, ACLs, capabilities and other
// extended attributes, through a change and its undo.
#include "drivers/files/attributes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "drivers/files/files_for_tests.h"
#include "drivers/files/grants.h"

namespace sideband {
namespace {

constexpr uid_t kOther = 65534;
constexpr std::uint32_t kNoId = 0xffffffff;

// An ACL as linux/posix_acl_xattr.h lays it out: version 2, then tag, permissions and id each.
struct AclEntry {
  std::uint16_t tag;
  std::uint16_t rights;
  std::uint32_t id;
};

std::string acl(const std::vector<AclEntry>& entries) {
  std::string out("\x02\0\0\0", 4);
  for (const AclEntry& entry : entries) {
    out.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  return out;
}

// u::rw-, u:1000:RIGHTS, g::r--, m::MASK, o::---
std::string acl_of_user(std::uint16_t rights, std::uint16_t mask) {
  return acl({{0x01, 6, kNoId},
              {0x02, rights, 1000},
              {0x04, 4, kNoId},
              {0x10, mask, kNoId},
              {0x20, 0, kNoId}});
}

// Revision 2 with the effective bit, as linux/capability.h lays it out: cap_net_bind_service.
std::string file_capability() {
  return {"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20};
}

struct Kept {
  const char* name;
  mode_t mode;
  uid_t uid;
  gid_t gid;
  std::map<std::string, std::string> extended;
};

class FileAttributesTest : public FilesTest {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: only root may give files to others";
    spill(file(), "old");
    if (setxattr(file().c_str(), "user.probe", "1", 1, 0) != 0) {
      GTEST_SKIP() << "SKIPPED: the file system of " << dir_.path()
                   << " keeps no user.* attributes";
    }
    ASSERT_EQ(removexattr(file().c_str(), "user.probe"), 0);
  }
  [[nodiscard]] std::string file() const { return dir_.path("f"); }
  void set(const std::string& name, const std::string& value) const {
    ASSERT_EQ(setxattr(file().c_str(), name.c_str(), value.data(), value.size(), 0), 0)
        << name << ": " << errno;
  }
  void make(const Kept& kept) const {
    ASSERT_EQ(chown(file().c_str(), kept.uid, kept.gid), 0);
    ASSERT_EQ(chmod(file().c_str(), kept.mode), 0);
    for (const auto& [name, value] : kept.extended) set(name, value);
  }
  // Without the code under test: mode, owner and every attribute, as text.
  [[nodiscard]] std::string seen() const {
    struct stat meta {};
    EXPECT_EQ(stat(file().c_str(), &meta), 0);
    std::map<std::string, std::string> found;
    std::string names(65536, '\0');
    const ssize_t size = listxattr(file().c_str(), names.data(), names.size());
    for (ssize_t at = 0; at < size;) {
      const std::string name(names.c_str() + at);
      std::string value(65536, '\0');
      const ssize_t got = getxattr(file().c_str(), name.c_str(), value.data(), value.size());
      EXPECT_GE(got, 0) << name;
      found[name] = value.substr(0, static_cast<std::size_t>(got));
      at += static_cast<ssize_t>(name.size()) + 1;
    }
    std::string out = std::to_string(meta.st_mode) + " " + std::to_string(meta.st_uid) + " " +
                      std::to_string(meta.st_gid);
    for (const auto& [name, value] : found) out += "\n" + name + "=" + value;
    return out;
  }
  [[nodiscard]] ino_t inode() const {
    struct stat meta {};
    EXPECT_EQ(stat(file().c_str(), &meta), 0);
    return meta.st_ino;
  }
  // As a user without capabilities, with the folder its own.
  ChangeOutcome apply_as_other(const Change& change) {
    EXPECT_EQ(chown(dir_.path().c_str(), kOther, kOther), 0);
    EXPECT_EQ(setegid(kOther), 0);
    EXPECT_EQ(seteuid(kOther), 0);
    const ChangeOutcome outcome = apply(change, options({"*"}));
    EXPECT_EQ(seteuid(0), 0);
    EXPECT_EQ(setegid(0), 0);
    return outcome;
  }
};

const std::vector<Kept> kKept = {
    {"nothing", 0644, 0, 0, {}},
    {"a mode for nobody", 0000, 0, 0, {}},
    {"the owner alone", 0600, 1234, 4321, {}},
    {"set-user-id", 04755, 1234, 4321, {}},
    {"set-group-id", 02755, 1234, 4321, {}},
    {"sticky", 01644, 0, 0, {}},
    {"all bits", 07777, 1234, 4321, {}},
    {"user", 0644, 0, 0, {{"user.origin", "build-7"}}},
    {"empty value", 0644, 0, 0, {{"user.empty", ""}}},
    {"bytes", 0644, 0, 0, {{"user.bytes", std::string("a\0\xff\n", 4)}}},
    {"large", 0644, 0, 0, {{"user.large", std::string(3000, 'x')}}},
    {"several", 0644, 7, 8, {{"user.a", "1"}, {"user.b", "2"}, {"user.c", "3"}}},
    {"ACL of a user", 0660, 1234, 4321, {{"system.posix_acl_access", acl_of_user(6, 6)}}},
    {"mask below the rights", 0640, 0, 0, {{"system.posix_acl_access", acl_of_user(7, 4)}}},
    {"mask of nothing", 0600, 0, 0, {{"system.posix_acl_access", acl_of_user(7, 0)}}},
    {"ACL and set-group-id", 02670, 1234, 4321, {{"system.posix_acl_access", acl_of_user(6, 7)}}},
    {"capability", 0755, 0, 0, {{"security.capability", file_capability()}}},
    {"capability of another owner", 0755, 1234, 4321, {{"security.capability", file_capability()}}},
    {"label", 0644, 0, 0, {{"security.selinux", std::string("u:object_r:etc_t:s0\0", 20)}}},
    {"trusted", 0644, 1234, 0, {{"trusted.note", "t"}}},
    {"everything",
     06770,
     1234,
     4321,
     {{"system.posix_acl_access", acl_of_user(5, 7)},
      {"security.capability", file_capability()},
      {"security.selinux", std::string("u:object_r:etc_t:s0\0", 20)},
      {"trusted.note", "t"},
      {"user.origin", "build-7"}}},
};

TEST_F(FileAttributesTest, AreKeptByAChangeAndItsUndo) {
  for (const Kept& kept : kKept) {
    SCOPED_TRACE(kept.name);
    fs::remove(file());
    spill(file(), "old");
    make(kept);
    const std::string before = seen();
    const Change change = update("f", "old", "new");
    const ChangeOutcome done = apply(change, options({"*"}));
    ASSERT_EQ(done.outcome, Outcome::kChanged) << done.detail;
    EXPECT_EQ(slurp(file()), "new");
    EXPECT_EQ(seen(), before);
    ASSERT_EQ(apply(reversed(change), options({"*"})).outcome, Outcome::kChanged);
    EXPECT_EQ(slurp(file()), "old");
    EXPECT_EQ(seen(), before);
    EXPECT_EQ(temps(), 0);
  }
}

TEST_F(FileAttributesTest, AreKeptWithoutAnExchangeToo) {
  make(kKept.back());
  const std::string before = seen();
  FilesOptions with = options({"*"});
  with.swap.exchange = false;
  EXPECT_EQ(apply(update("f", "old", "new"), std::move(with)).outcome, Outcome::kChanged);
  EXPECT_EQ(seen(), before);
}

// A new inode gets the folder's default ACL; the file that it replaces had another one, or none.
TEST_F(FileAttributesTest, WhatTheFolderHandsDownIsNotAddedToAFileThatIsThere) {
  const std::string handed = acl_of_user(7, 7);
  ASSERT_EQ(
      setxattr(dir_.path().c_str(), "system.posix_acl_default", handed.data(), handed.size(), 0),
      0);
  for (const Kept& kept : {kKept.front(), kKept[13]}) {
    SCOPED_TRACE(kept.name);
    fs::remove(file());
    spill(file(), "old");
    removexattr(file().c_str(), "system.posix_acl_access");
    make(kept);
    const std::string before = seen();
    EXPECT_EQ(apply(update("f", "old", "new"), options({"*"})).outcome, Outcome::kChanged);
    EXPECT_EQ(seen(), before);
  }
  fs::remove(file());
  const Change create{"f", ChangeOp::kCreate, State::absent(), State::of_bytes("n")};
  EXPECT_EQ(apply(create, options({"*"})).outcome, Outcome::kChanged);
  EXPECT_NE(seen().find("system.posix_acl_access"), std::string::npos) << "a new file gets it";
}

TEST_F(FileAttributesTest, WhatCannotBeKeptIsNamedAndNothingIsDone) {
  const std::pair<const char*, std::string> cases[] = {
      {"security.capability", file_capability()},
      {"security.note", "set by root"},
  };
  for (const auto& [name, value] : cases) {
    SCOPED_TRACE(name);
    fs::remove(file());
    spill(file(), "old");
    make({name, 0644, kOther, kOther, {{name, value}}});
    const std::string before = seen();
    const ino_t was = inode();
    const ChangeOutcome outcome = apply_as_other(update("f", "old", "new"));
    EXPECT_EQ(outcome.outcome, Outcome::kFailed);
    EXPECT_EQ(outcome.retry, Retry::kPerson);
    EXPECT_NE(outcome.detail.find("'" + std::string(name) + "' (needs "), std::string::npos)
        << outcome.detail;
    EXPECT_EQ(outcome.detail.find("setfacl"), std::string::npos) << "would not help";
    EXPECT_EQ(seen(), before);
    EXPECT_EQ(inode(), was);
    EXPECT_EQ(slurp(file()), "old");
    EXPECT_EQ(temps(), 0);
  }
}

TEST_F(FileAttributesTest, CheckTellsOfCapabilitiesThatCouldNotBeKept) {
  make({"capability", 0755, kOther, kOther, {{"security.capability", file_capability()}}});
  const auto grants = [&] {
    const auto report = files_grants(dir_.path(), GlobSet::parse({"*"}).value(),
                                     {false, true, false, std::chrono::seconds(30)});
    EXPECT_TRUE(report.ok());
    std::string missing;
    for (const Grant& grant : report->grants) {
      if (grant.state == GrantState::kMissing) missing += grant.what + "\n";
    }
    return missing;
  };
  EXPECT_EQ(grants(), "") << "root may";
  ASSERT_EQ(chown(dir_.path().c_str(), kOther, kOther), 0);
  ASSERT_EQ(setegid(kOther), 0);
  ASSERT_EQ(seteuid(kOther), 0);
  const std::string missing = grants();
  ASSERT_EQ(seteuid(0), 0);
  ASSERT_EQ(setegid(0), 0);
  EXPECT_EQ(missing, "keep the capabilities of the files: f\n");
}

TEST_F(FileAttributesTest, AnOwnerWithoutCapabilitiesKeepsWhatIsItsOwn) {
  make({"own",
        0660,
        kOther,
        kOther,
        {{"system.posix_acl_access", acl_of_user(6, 6)}, {"user.origin", "build-7"}}});
  const std::string before = seen();
  const ChangeOutcome outcome = apply_as_other(update("f", "old", "new"));
  EXPECT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
  EXPECT_EQ(seen(), before);
}

// Set by somebody between the copy of the attributes and the exchange.
TEST_F(FileAttributesTest, OneThatIsSetMeanwhileIsNotLost) {
  const std::pair<const char*, std::function<void()>> cases[] = {
      {"mode", [&] { ASSERT_EQ(chmod(file().c_str(), 0600), 0); }},
      {"owner", [&] { ASSERT_EQ(chown(file().c_str(), 1234, 0), 0); }},
      {"ACL", [&] { set("system.posix_acl_access", acl_of_user(4, 4)); }},
      {"user", [&] { set("user.late", "1"); }},
  };
  for (const bool exchange : {true, false}) {
    for (const auto& [name, act] : cases) {
      SCOPED_TRACE(name);
      fs::remove(file());
      spill(file(), "old");
      std::string after;
      FilesOptions with = options({"*"});
      with.swap.exchange = exchange;
      with.swap.at = [&, act = act](std::string_view point) {
        if (point != "staged") return;
        act();
        after = seen();
      };
      EXPECT_EQ(apply(update("f", "old", "new"), std::move(with)).outcome, Outcome::kRefused);
      EXPECT_EQ(slurp(file()), "old");
      EXPECT_EQ(seen(), after);
      EXPECT_EQ(temps(), 0);
    }
  }
}

// The candidate that a check is run on is read by whoever reads the live file.
TEST_F(FileAttributesTest, ACandidateHasThemToo) {
  make(kKept[12]);
  FilesCollection files(options({"*"}), context_);
  const auto path = files.stage(update("f", "old", "new"));
  ASSERT_TRUE(path.ok()) << path.error().message;
  const std::string live = seen();
  fs::rename(*path, file());
  EXPECT_EQ(seen(), live);
}

}  // namespace
}  // namespace sideband
