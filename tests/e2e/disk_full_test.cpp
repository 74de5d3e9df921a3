// A disk that is really full under the daemon: it says so, refuses what it cannot record, repairs
// nothing that it cannot record, and goes on by itself when there is room again.
//
// The state folder is a small tmpfs, which needs the right to mount in a namespace of one's own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "e2e/audit_story.h"
#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

// A mount namespace of this process and its children; false when that is not allowed here.
bool own_mounts() {
  static const bool own = ::unshare(CLONE_NEWNS) == 0 &&
                          ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return own;
}

class DiskFull : public testing::Test {
 protected:
  void SetUp() override {
    const std::string size = "size=6m,mode=0700";
    mounted_ =
        own_mounts() && ::mount("none", daemon_.state().c_str(), "tmpfs", 0, size.c_str()) == 0;
    if (!mounted_) GTEST_SKIP() << "SKIPPED: no small file system can be mounted here";
    daemon_.token("operator");
    for (int i = 1; i <= kNodes; ++i) {
      spill(daemon_.path("desired/" + node(i)), wanted(i));
      spill(daemon_.path("nodes/" + node(i)), wanted(i));
    }
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet",
                                 "  mode: auto\n  interval: 200ms\n"
                                 "  desired: {target: source, files: \"*.conf\"}\n"
                                 "  actual: {target: nodes, files: \"*.conf\"}\n"
                                 "  retry: {backoff: {initial: 50ms, max: 200ms}}\n"));
  }
  void TearDown() override {
    if (!mounted_) return;
    if (daemon_.process().running()) daemon_.kill_now();
    ::umount2(daemon_.state().c_str(), MNT_DETACH);
  }

  static constexpr int kNodes = 40;
  static std::string node(int i) { return "n" + std::to_string(i) + ".conf"; }
  static std::string wanted(int i) { return "listen " + std::to_string(8000 + i) + "\n"; }
  std::string now(int i) { return slurp(daemon_.path("nodes/" + node(i))); }
  void break_node(int i) { spill(daemon_.path("nodes/" + node(i)), kBroken); }
  static constexpr const char* kBroken = "broken\n";

  [[nodiscard]] std::string ballast() const { return daemon_.state() + "/ballast"; }
  // Writes until nothing goes any more, then gives so many bytes back.
  void fill(off_t room) {
    const Fd file(::open(ballast().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string page(4096, 'b');
    off_t size = 0;
    while (::write(file.get(), page.data(), page.size()) > 0) size += 4096;
    ASSERT_EQ(::ftruncate(file.get(), std::max<off_t>(0, size - room)), 0);
  }
  void make_room() { ASSERT_EQ(::unlink(ballast().c_str()), 0); }
  // A person asks for a repair; it is refused for want of room.
  bool refuses(int i) {
    refused_ = daemon_.call("POST", "/api/v1/repairs",
                            Json{{"reconciler", "fleet"}, {"keys", {node(i)}}}.dump());
    return refused_.status >= 500;
  }
  // Breaks one node after the other until nothing more can be recorded.
  bool no_more_room() {
    return until([this] {
      last_ = 1 + last_ % kNodes;
      if (now(last_) == wanted(last_)) break_node(last_), ++breaks_;
      return refuses(last_) && readiness() == 503;
    });
  }
  // Each repair that was seen is in the log.
  void check_all_recorded() {
    const auto begun = changes_begun(read_leaves(daemon_.path("audit")), "fleet");
    EXPECT_GE(begun, breaks_) << "repaired without a record";
  }
  int readiness() {
    HttpPeer peer(daemon_.socket());
    peer.send(http_request("GET", "/readyz"));
    return peer.receive().status;
  }
  // Every repair that was seen before is still there, and the log proves itself.
  void check_proof(const Json& before) {
    const std::string folder = daemon_.path("audit");
    std::filesystem::remove_all(folder);
    const Finished exported = daemon_.cli({"audit", "export", folder});
    ASSERT_EQ(exported.code, 0) << exported.err;
    const Finished verified =
        daemon_.cli({"audit", "verify", folder, "--key", daemon_.public_key()}, "");
    EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
    std::set<std::string> accepted;
    for (const Json& repair : before) accepted.insert(repair.at("id"));
    check_story(read_leaves(folder), daemon_.repairs(), accepted);
  }
  bool all_wanted() {
    for (int i = 1; i <= kNodes; ++i) {
      if (now(i) != wanted(i)) return false;
    }
    return daemon_.repairs("", true) == Json::array();
  }

  Daemon daemon_;
  HttpAnswer refused_;
  int last_ = 0;
  std::int64_t breaks_ = 0;
  bool mounted_ = false;
};

// With more and more room left, so that other writes are the ones that fail.
TEST_F(DiskFull, IsSaidAndNothingIsDoneThatCannotBeRecorded) {
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  for (const off_t room : {0, 4096, 16384}) {
    SCOPED_TRACE("room left: " + std::to_string(room));
    const Json before = daemon_.repairs();
    ASSERT_NO_FATAL_FAILURE(fill(room));
    ASSERT_TRUE(no_more_room()) << daemon_.log();
    EXPECT_THAT(refused_.status, ::testing::AnyOf(503, 507)) << refused_.body;
    EXPECT_THAT(refused_.body, HasSubstr("make room"));
    EXPECT_TRUE(room > 0 || now(last_) == kBroken) << "repaired without a record";
    EXPECT_TRUE(daemon_.process().running());
    ASSERT_NO_FATAL_FAILURE(make_room());
    EXPECT_TRUE(until([&] { return readiness() == 200 && all_wanted(); })) << daemon_.log();
    check_proof(before);
    check_all_recorded();
  }
  EXPECT_EQ(daemon_.stop().code, 0);
}

// A daemon that was killed on a full disk loses nothing, whatever a start on it does.
TEST_F(DiskFull, AndAKillLoseNothing) {
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  break_node(1);
  ASSERT_TRUE(until([&] { return all_wanted(); }));
  const Json before = daemon_.repairs();
  ASSERT_NO_FATAL_FAILURE(fill(0));
  break_node(2);
  ASSERT_TRUE(until([&] { return refuses(2); })) << daemon_.log();
  daemon_.kill_now();
  daemon_.spawn();
  // It cannot start, which it says, or it serves what is there.
  EXPECT_TRUE(until([&] { return !daemon_.process().running() || readiness() != 0; }))
      << daemon_.log();
  if (daemon_.process().running()) daemon_.kill_now();
  ASSERT_NO_FATAL_FAILURE(make_room());
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  EXPECT_TRUE(until([&] { return all_wanted(); })) << daemon_.log();
  check_proof(before);
}

}  // namespace
}  // namespace sideband::e2e
