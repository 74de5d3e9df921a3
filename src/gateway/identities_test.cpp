// Who is calling: what is a token, what is none, and what nobody can tell.
#include "gateway/identities.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

// Nobody can open anything while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    SB_CHECK(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const Fd next(::open("/", O_RDONLY | O_CLOEXEC));
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next.get());
    SB_CHECK(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class IdentitiesTest : public testing::Test {
 protected:
  std::string add(const std::string& name) {
    const auto path = Identities::create(folder_, name, random_);
    EXPECT_TRUE(path.ok()) << path.error().message;
    return slurp(*path);
  }
  void put(const std::string& name, const std::string& text, mode_t mode = 0600) {
    spill(file(name), text);
    ASSERT_EQ(::chmod(file(name).c_str(), mode), 0);
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  // The name, "" for nobody, "?" where it cannot be told.
  std::string who(const std::string& token) {
    const auto found = identities_.identify("Bearer " + token);
    if (!found.ok()) {
      EXPECT_EQ(found.error().code, ErrorCode::kUnavailable);
      EXPECT_EQ(found.error().message.find(dir_.path()), std::string::npos) << "tells the place";
      return "?";
    }
    return *found ? (*found)->name() : "";
  }
  static std::string made_up(char digit) { return "sb_" + std::string(64, digit); }

  TempDir dir_;
  const std::string folder_ = dir_.path("state/tokens");
  SystemRandom random_;
  ManualClock clock_{from_us(1)};
  Identities identities_{folder_, clock_};
};

TEST_F(IdentitiesTest, WhatTokenAddMakesIsAToken) {
  const std::string token = add("operator");
  const auto found = identities_.identify("Bearer " + token);
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->name(), "operator");
  EXPECT_EQ((*found)->kind(), Principal::Kind::kPerson);
  EXPECT_EQ((*found)->authenticated_by(), "local token");
  EXPECT_EQ(who(token + "x"), "");
  EXPECT_EQ(who(""), "");
  EXPECT_FALSE(identities_.identify(token)->has_value());
  EXPECT_EQ(Identities::create(folder_, "operator", random_).error().code, ErrorCode::kConflict);
}

TEST_F(IdentitiesTest, NoTokensAreNobody) {
  EXPECT_EQ(who(made_up('a')), "");
  EXPECT_FALSE(identities_.identify("")->has_value());
}

TEST_F(IdentitiesTest, K9_2_APublicTextIsNoToken) {
  add("operator");
  const std::string note = "sideband/local-of-the-whole-company-and-more";
  put("checkpoint", note + "\n12\nroot\n");
  EXPECT_EQ(who(note), "");
  for (const std::string& text :
       {std::string(64, 'a'), "sb_" + std::string(63, 'a'), "sb_" + std::string(65, 'a'),
        "sb_" + std::string(64, 'A'), "sb_" + std::string(64, 'g'), made_up('b') + " ",
        made_up('c') + "\nmore", "\n" + made_up('d'), made_up('e') + '\0', made_up('f') + "\n\n"}) {
    put("other", text);
    clock_.advance(std::chrono::seconds(2));
    EXPECT_EQ(who(text), "") << text;
    EXPECT_EQ(who(text.substr(0, text.find('\n'))), "") << text;
  }
  put("other", made_up('a') + "\n");  // an editor's line end
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(who(made_up('a')), "other");
}

TEST_F(IdentitiesTest, K9_2_NamesAreThoseOfTokenAdd) {
  for (const char* name : {"sideband", ".hidden", "Upper", "a.b", "a b", "checkpoint.new"}) {
    put(name, made_up('a'));
    clock_.advance(std::chrono::seconds(2));
    EXPECT_EQ(who(made_up('a')), "") << name;
    EXPECT_FALSE(Identities::create(folder_, name, random_).ok()) << name;
    std::filesystem::remove(file(name));
  }
}

TEST_F(IdentitiesTest, K9_2_LinksAreNoTokens) {
  add("operator");
  spill(dir_.path("elsewhere"), made_up('a'));
  ASSERT_EQ(::chmod(dir_.path("elsewhere").c_str(), 0600), 0);
  std::filesystem::create_symlink(dir_.path("elsewhere"), file("linked"));
  EXPECT_EQ(who(made_up('a')), "");
}

TEST_F(IdentitiesTest, K9_2_TwoNamesWithOneTokenAreNobody) {
  const std::string token = add("operator");
  EXPECT_EQ(who(token), "operator");
  put("reviewer", token);
  EXPECT_EQ(who(token), "");
  std::filesystem::remove(file("reviewer"));
  EXPECT_EQ(who(token), "operator");
}

TEST_F(IdentitiesTest, K9_3_ARevokedTokenIsUnknownAtOnce) {
  const std::string token = add("operator");
  const std::string other = add("reviewer");
  EXPECT_EQ(who(token), "operator");
  std::filesystem::remove(file("operator"));
  EXPECT_EQ(who(token), "");  // nobody sent an unknown one, and no time passed
  EXPECT_EQ(who(other), "reviewer");
  put("reviewer", made_up('b'));
  EXPECT_EQ(who(other), "");
  std::filesystem::rename(file("reviewer"), file("renamed"));
  EXPECT_EQ(who(made_up('b')), "renamed");
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(who(made_up('b')), "");
}

TEST_F(IdentitiesTest, K9_3_APipeAmongTheTokensStopsNobody) {
  const std::string token = add("operator");
  ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(file("folder"));
  EXPECT_EQ(who(token), "operator");
  EXPECT_EQ(who(made_up('a')), "");
}

TEST_F(IdentitiesTest, K8_3_WhatOthersMayTouchIsNoToken) {
  const std::string token = add("operator");
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0666, 0777}) {
    ASSERT_EQ(::chmod(file("operator").c_str(), mode), 0);
    EXPECT_EQ(who(token), "") << std::oct << mode;
  }
  ASSERT_EQ(::chmod(file("operator").c_str(), 0600), 0);
  clock_.advance(std::chrono::seconds(2));  // by now it is an unknown one
  EXPECT_EQ(who(token), "operator");
}

TEST_F(IdentitiesTest, K8_3_AFolderThatOthersMayWriteIsNotBelieved) {
  const std::string token = add("operator");
  for (const mode_t mode : {0720, 0702, 0777, 01777}) {
    ASSERT_EQ(::chmod(folder_.c_str(), mode), 0);
    EXPECT_EQ(who(token), "?") << std::oct << mode;
    EXPECT_EQ(Identities::create(folder_, "other", random_).error().code, ErrorCode::kPermission);
  }
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
  EXPECT_EQ(who(token), "operator");
}

TEST_F(IdentitiesTest, K9_1_AnUnreadableTableIsNotNobody) {
  const std::string token = add("operator");
  {
    const NoDescriptors none;
    EXPECT_EQ(who(token), "?");
    EXPECT_EQ(who(made_up('a')), "?");
  }
  EXPECT_EQ(who(token), "operator");
  std::filesystem::remove_all(folder_);
  spill(folder_, "a file");
  EXPECT_EQ(who(token), "?");
}

TEST_F(IdentitiesTest, K9_1_AKnownTokenNeedsNoDescriptor) {
  const std::string token = add("operator");
  EXPECT_EQ(who(token), "operator");
  clock_.advance(std::chrono::seconds(2));
  const NoDescriptors none;
  EXPECT_EQ(who(made_up('a')), "?");
  EXPECT_EQ(who(token), "operator");
}

TEST(PrincipalTest, K9_1_AlwaysHasAName) {
  EXPECT_FALSE(Principal::make("", Principal::Kind::kPerson, "local token").ok());
  const auto made = Principal::make("robot", Principal::Kind::kService, "certificate", {"ops"});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->name(), "robot");
  EXPECT_EQ(made->groups(), std::vector<std::string>{"ops"});
  EXPECT_EQ(Principal::loop().name(), kLoopIdentity);
  EXPECT_EQ(Principal::loop().kind(), Principal::Kind::kLoop);
}

}  // namespace
}  // namespace sideband
