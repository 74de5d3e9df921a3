// Mode, owner and group where a side declares them: observed, compared, given, and put back.
#include "drivers/files/observed.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "drivers/files/driver.h"
#include "drivers/files/files_for_tests.h"
#include "drivers/files/grants.h"

namespace sideband {
namespace {

class ObservedAttributesTest : public FilesTest {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: only root may give files to others";
  }
  static ObservedAttributes observed(const DeclaredAttributes& declared) {
    return std::move(ObservedAttributes::resolve(declared)).value();
  }
  FilesOptions with(const DeclaredAttributes& declared) {
    FilesOptions out = options({"**"});
    out.swap.observed = observed(declared);
    return out;
  }
  State state(const std::string& bytes, const Fields& attributes) const {
    State out = State::of_bytes(bytes);
    out.attributes = encode_fields(attributes);
    return out;
  }
  State found(const DeclaredAttributes& declared, const std::string& key) {
    FilesCollection files(with(declared), context_);
    return files.read({key}, std::chrono::seconds(5))->at(0).state;
  }
  [[nodiscard]] std::string seen(const std::string& key) const {
    struct stat meta {};
    EXPECT_EQ(stat(dir_.path(key).c_str(), &meta), 0);
    return std::to_string(meta.st_mode & 07777U) + " " + std::to_string(meta.st_uid) + " " +
           std::to_string(meta.st_gid);
  }
  void make(mode_t mode, uid_t uid, gid_t gid) {
    spill(dir_.path("f"), "text");
    ASSERT_EQ(chown(dir_.path("f").c_str(), uid, gid), 0);
    ASSERT_EQ(chmod(dir_.path("f").c_str(), mode), 0);
  }
};

TEST_F(ObservedAttributesTest, WhatAFileHasAsText) {
  const struct {
    DeclaredAttributes declared;
    mode_t mode;
    uid_t uid;
    gid_t gid;
    Fields text;
  } cases[] = {
      {{}, 0644, 0, 0, {}},
      {{"0640", "", ""}, 0640, 5, 5, {{"mode", "0640"}}},
      {{"640", "", ""}, 0640, 5, 5, {{"mode", "0640"}}},
      {{"0640", "", ""}, 0, 5, 5, {{"mode", "0000"}}},
      {{"0640", "", ""}, 04755, 5, 5, {{"mode", "4755"}}},
      {{"", "root", ""}, 0, 0, 5, {{"owner", "root"}}},
      {{"", "0", ""}, 0, 0, 5, {{"owner", "0"}}},
      {{"", "1234567", ""}, 0, 0, 5, {{"owner", "root"}}},
      {{"", "root", ""}, 0, 1234567, 5, {{"owner", "1234567"}}},
      {{"", "", "root"}, 0, 5, 0, {{"group", "root"}}},
      {{"", "", "1234567"}, 0, 5, 7654321, {{"group", "7654321"}}},
      {{"0600", "root", "root"},
       0600,
       0,
       0,
       {{"group", "root"}, {"mode", "0600"}, {"owner", "root"}}},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(observed(one.declared).of(one.mode | S_IFREG, one.uid, one.gid),
              encode_fields(one.text))
        << one.declared.mode << one.declared.owner << one.declared.group;
  }
}

TEST_F(ObservedAttributesTest, WhatCannotBeDeclared) {
  const DriverOptions cases[] = {{{"attributes.mode", "0888"}},
                                 {{"attributes.mode", "10000"}},
                                 {{"attributes.mode", "rw-"}},
                                 {{"attributes.mode", "-644"}},
                                 {{"attributes.mode", "0o644"}},
                                 {{"attributes.mode", " 644"}},
                                 {{"attributes.owner", "nobody of that name"}},
                                 {{"attributes.group", "no group of that name"}},
                                 {{"attributes.owner", "99999999999"}},
                                 {{"attributes.owner", "-1"}},
                                 {{"attributes.owner", "4294967295"}},
                                 {{"attributes.group", "4294967295"}}};
  TargetSettings target;
  target.name = "here";
  target.connect = {{"root", dir_.path()}};
  FilesDriver driver(context_);
  for (const DriverOptions& one : cases) {
    CollectionSettings side;
    side.options = one;
    side.options["files"] = "*";
    const auto opened = driver.open(target, side, Role::kActual);
    ASSERT_FALSE(opened.ok()) << one.begin()->second;
    EXPECT_EQ(opened.error().retry, Retry::kPerson);
  }
}

// The right content with another mode, owner or group is drift; it is mended and put back.
TEST_F(ObservedAttributesTest, AreGivenUnderTheSameGuardAndTakenBack) {
  const DeclaredAttributes all{"0640", "1234", "4321"};
  const struct {
    mode_t mode;
    uid_t uid;
    gid_t gid;
  } before[] = {{0644, 1234, 4321},  {0640, 0, 4321},   {0640, 1234, 0}, {0600, 0, 0},
                {07777, 0, 0},       {04755, 1234, 21}, {0000, 7, 7},    {02640, 1234, 4321},
                {01640, 1234, 4321}, {0444, 1234, 4321}};
  for (const auto& one : before) {
    fs::remove(dir_.path("f"));
    make(one.mode, one.uid, one.gid);
    const std::string was = seen("f");
    SCOPED_TRACE(was);
    State want = State::of_bytes("text");
    want.attributes = observed(all).wanted();
    const Change change{"f", ChangeOp::kUpdate, found(all, "f"), want};
    ASSERT_FALSE(change.found.same_as(want));
    ASSERT_EQ(apply(change, with(all)).outcome, Outcome::kChanged);
    EXPECT_EQ(seen("f"), "416 1234 4321");
    EXPECT_TRUE(found(all, "f").same_as(want));
    EXPECT_EQ(apply(change, with(all)).outcome, Outcome::kAlreadyThere);
    ASSERT_EQ(apply(reversed(change), with(all)).outcome, Outcome::kChanged);
    EXPECT_EQ(seen("f"), was);
    EXPECT_EQ(slurp(dir_.path("f")), "text");
    EXPECT_EQ(temps(), 0);
  }
}

TEST_F(ObservedAttributesTest, OneThatMovedMeanwhileIsNotOverwritten) {
  make(0644, 0, 0);
  const DeclaredAttributes mode{"0640", "", ""};
  const Change change{"f", ChangeOp::kUpdate, found(mode, "f"), state("new", {{"mode", "0640"}})};
  ASSERT_EQ(chmod(dir_.path("f").c_str(), 0600), 0);
  EXPECT_EQ(apply(change, with(mode)).outcome, Outcome::kRefused);
  EXPECT_EQ(slurp(dir_.path("f")), "text");
  ASSERT_EQ(chmod(dir_.path("f").c_str(), 0644), 0);
  FilesOptions late = with(mode);
  late.swap.at = [&](std::string_view point) {
    if (point != "staged") return;
    ASSERT_EQ(chmod(dir_.path("f").c_str(), 0600), 0);
  };
  EXPECT_EQ(apply(change, std::move(late)).outcome, Outcome::kRefused);
  EXPECT_EQ(seen("f"), "384 0 0");
  EXPECT_EQ(slurp(dir_.path("f")), "text");
}

TEST_F(ObservedAttributesTest, WhatIsNotDeclaredIsNeitherSeenNorChanged) {
  make(04711, 1234, 4321);
  const DeclaredAttributes group{"", "", "77"};
  EXPECT_EQ(found({}, "f").attributes, "");
  EXPECT_EQ(found(group, "f").attributes, encode_fields({{"group", "4321"}}));
  const Change change{"f", ChangeOp::kUpdate, found(group, "f"), state("new", {{"group", "77"}})};
  ASSERT_EQ(apply(change, with(group)).outcome, Outcome::kChanged);
  EXPECT_EQ(seen("f"), std::to_string(04711) + " 1234 77");
}

// A file that is deleted and brought back by an undo has what was declared of it.
TEST_F(ObservedAttributesTest, AFileIsMadeWithThemAndBroughtBackWithThoseItHad) {
  const DeclaredAttributes all{"0640", "1234", "4321"};
  const Change create{"a/new", ChangeOp::kCreate, State::absent(),
                      state("n", {{"mode", "0640"}, {"owner", "1234"}, {"group", "4321"}})};
  ASSERT_EQ(apply(create, with(all)).outcome, Outcome::kChanged);
  EXPECT_EQ(seen("a/new"), "416 1234 4321");
  make(0600, 5, 6);
  const Change erase{"f", ChangeOp::kDelete, found(all, "f"), State::absent()};
  ASSERT_EQ(apply(erase, with(all)).outcome, Outcome::kChanged);
  ASSERT_EQ(apply(reversed(erase), with(all)).outcome, Outcome::kChanged);
  EXPECT_EQ(seen("f"), "384 5 6");
}

TEST_F(ObservedAttributesTest, CheckTellsWhoMayNotGiveFilesAway) {
  spill(dir_.path("f"), "text");
  ASSERT_EQ(chown(dir_.path("f").c_str(), 65534, 65534), 0);
  ASSERT_EQ(chown(dir_.path().c_str(), 65534, 65534), 0);
  const auto missing = [&](const DeclaredAttributes& declared) {
    const auto report =
        files_grants(dir_.path(), GlobSet::parse({"*"}).value(),
                     {false, true, false, std::chrono::seconds(30)}, observed(declared));
    EXPECT_TRUE(report.ok());
    std::string out;
    for (const Grant& grant : report->grants) {
      if (grant.state == GrantState::kMissing) out += grant.what + "\n";
    }
    return out;
  };
  const std::string lacks = "give files their declared owner and group\n";
  EXPECT_EQ(missing({"", "1234", "4321"}), "") << "root may";
  ASSERT_EQ(setegid(65534), 0);
  ASSERT_EQ(seteuid(65534), 0);
  const std::vector<std::string> seen = {missing({"", "1234", ""}), missing({"", "", "4321"}),
                                         missing({"0640", "65534", "65534"}), missing({})};
  ASSERT_EQ(seteuid(0), 0);
  ASSERT_EQ(setegid(0), 0);
  EXPECT_EQ(seen, (std::vector<std::string>{lacks, lacks, "", ""}));
}

// The group's rights of a file with an ACL are its mask.
TEST_F(ObservedAttributesTest, TheModeOfAFileWithAnAclIsItsMask) {
  make(0660, 0, 0);
  const std::string acl(
      "\x02\0\0\0\x01\0\x06\0\xff\xff\xff\xff\x02\0\x07\0\xe8\x03\0\0"
      "\x04\0\x04\0\xff\xff\xff\xff\x10\0\x06\0\xff\xff\xff\xff"
      "\x20\0\0\0\xff\xff\xff\xff",
      44);
  if (setxattr(dir_.path("f").c_str(), "system.posix_acl_access", acl.data(), acl.size(), 0) != 0) {
    GTEST_SKIP() << "SKIPPED: the file system of " << dir_.path() << " keeps no ACLs";
  }
  const DeclaredAttributes mode{"0604", "", ""};
  const Change change{"f", ChangeOp::kUpdate, found(mode, "f"), state("text", {{"mode", "0604"}})};
  const ChangeOutcome outcome = apply(change, with(mode));
  ASSERT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
  EXPECT_EQ(seen("f"), std::to_string(0604) + " 0 0");
  std::string now(acl.size(), '\0');
  ASSERT_EQ(getxattr(dir_.path("f").c_str(), "system.posix_acl_access", now.data(), now.size()),
            44);
  EXPECT_EQ(now.substr(12, 8), acl.substr(12, 8)) << "the entry of the user stays";
  EXPECT_EQ(now[30], 0) << "the mask follows the mode";
  EXPECT_EQ(now[38], 4) << "and so do the others";
}

}  // namespace
}  // namespace sideband
