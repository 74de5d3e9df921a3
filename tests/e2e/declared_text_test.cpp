// compare: declared, by the built binary: a file that people keep by hand is edited where it
// differs, and put back as it was.
#include <gtest/gtest.h>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

constexpr const char* kLive =
    "# kept by hand\n"
    "defaults: &defaults   # shared by all\n"
    "  retries: 3\n"
    "\n"
    "edge:\n"
    "  <<: *defaults\n"
    "  timeout: 5s   # measured\n"
    "  hosts: [a, b]\n"
    "  secret: !vault 7f  # not ours\n";

constexpr const char* kEdited =
    "# kept by hand\n"
    "defaults: &defaults   # shared by all\n"
    "  retries: 3\n"
    "\n"
    "edge:\n"
    "  <<: *defaults\n"
    "  timeout: 9s   # measured\n"
    "  hosts: [a, b, c]\n"
    "  secret: !vault 7f  # not ours\n"
    "  limits:\n"
    "    rate: 10\n";

class DeclaredText : public testing::Test {
 protected:
  void start(const std::string& want, const std::string& live) {
    spill(daemon_.path("want/app.yaml"), want);
    spill(this->live(), live);
    daemon_.token("operator");
    daemon_.configure(target("wanted", "files", "root: " + daemon_.path("want")) +
                      target("here", "files", "root: " + daemon_.path("live")) +
                      reconciler("site",
                                 "  mode: auto\n  interval: 200ms\n"
                                 "  gates: {cooldown: 0s}\n"
                                 "  detect: {format: yaml, compare: declared}\n"
                                 "  desired: {target: wanted, files: \"*.yaml\"}\n"
                                 "  actual: {target: here, files: \"*.yaml\"}\n"));
    ASSERT_NO_FATAL_FAILURE(daemon_.start());
  }
  [[nodiscard]] std::string live() const { return daemon_.path("live/app.yaml"); }

  Daemon daemon_;
};

TEST_F(DeclaredText, IsEditedWhereItDiffersAndPutBack) {
  ASSERT_NO_FATAL_FAILURE(
      start("edge: {timeout: 9s, hosts: [a, b, c], limits: {rate: 10}}\n", kLive));
  EXPECT_TRUE(until([&] { return slurp(live()) == kEdited; })) << slurp(live()) << daemon_.log();
  Json repair;
  ASSERT_TRUE(until([&] {
    repair = daemon_.repairs("site").at(0);
    return repair.at("state") == "converged";
  })) << daemon_.log();
  ASSERT_EQ(daemon_.cli({"pause", "site", "--reason", "undo by hand"}).code, 0);
  daemon_.cli({"undo", repair.at("id").get<std::string>(), "--yes", "--wait", "30s"});
  EXPECT_TRUE(until([&] { return slurp(live()) == kLive; })) << slurp(live()) << daemon_.log();
}

TEST_F(DeclaredText, WhatAnAnchorSharesIsLeftToAPersonWithTheReason) {
  const std::string shared = "one: &all {size: 1}\nother: *all\n";
  ASSERT_NO_FATAL_FAILURE(start("one: {size: 2}\n", shared));
  EXPECT_TRUE(until([&] {
    const std::string status = daemon_.get("/api/v1/reconcilers/site").dump();
    return status.find("a value is shared by an anchor") != std::string::npos;
  })) << daemon_.get("/api/v1/reconcilers/site").dump()
      << daemon_.log();
  EXPECT_EQ(slurp(live()), shared);
}

}  // namespace
}  // namespace sideband::e2e
