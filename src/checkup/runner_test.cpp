// Probes that hang, crash, lie and talk too much.
#include "checkup/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <stdexcept>

#include "checkup/for_tests.h"
#include "checkup/tool.h"

namespace sideband::scan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void find_one(Look& look) {
  look.notes.looked();
  look.notes.found({"", "here", "text with \"quotes\",\n lines and \xff bytes", look.clock().wall(),
                    Remedy::kByHand, "a 'command'"});
}

void find_one_and_hang(Look& look) {
  find_one(look);
  ::signal(SIGTERM, SIG_IGN);
  for (;;) ::pause();
}

void find_one_and_crash(Look& look) {
  find_one(look);
  ::raise(SIGKILL);
}

void find_one_and_throw(Look& look) {
  find_one(look);
  throw std::runtime_error("not today");
}

void find_very_much(Look& look) {
  for (int i = 0; i < 100'000; ++i) {
    look.notes.looked();
    look.notes.found({"", std::string(100, 'x'), "y", {}});
    look.notes.gap(std::to_string(i), "z");
  }
}

void talk_for_ever(Look& look) {
  // Each is large, so that even the bounded number of them is too much.
  look.notes.looked();
  for (;;) look.notes.found({"", std::string(1 << 20, 'x'), "y", {}});
}

void ask_for_a_password(Look& look) {
  look.notes.looked();
  if (::fopen("/dev/tty", "r") != nullptr) look.notes.gap("terminal", "there is one to ask at");
  char byte = 0;
  if (::read(STDIN_FILENO, &byte, 1) != 0) look.notes.gap("input", "there is some");
}

std::vector<ProbeReport> run(const std::vector<Probe>& probes,
                             Duration timeout = std::chrono::seconds(20)) {
  ScanOptions options;
  options.timeout = timeout;
  return run_probes(probes, options, SystemClock()).value();
}

TEST(Runner, WhatAProbeSaysArrives) {
  const auto reports = run({{"a", "", false, &find_one}});
  ASSERT_EQ(reports.at(0).findings.size(), 1U);
  const Finding& finding = reports[0].findings[0];
  EXPECT_EQ(finding.kind, "a");
  EXPECT_EQ(finding.where, "here");
  EXPECT_EQ(finding.what, "text with \"quotes\",\n lines and \xef\xbf\xbd bytes");
  EXPECT_EQ(finding.with, "a 'command'");
  EXPECT_EQ(finding.remedy, Remedy::kByHand);
  EXPECT_TRUE(finding.since.has_value());
  EXPECT_EQ(reports[0].looked_at, 1);
  EXPECT_TRUE(reports[0].gaps.empty());
}

TEST(Runner, OneThatHangsIsKilledAndKeepsWhatItFound) {
  const SystemClock clock;
  const MonoTime began = clock.mono();
  const auto reports = run({{"hangs", "", false, &find_one_and_hang}, {"b", "", false, &find_one}},
                           std::chrono::milliseconds(300));
  EXPECT_LT(clock.mono() - began, std::chrono::seconds(10));
  EXPECT_EQ(reports[0].findings.size(), 1U);
  ASSERT_EQ(reports[0].gaps.size(), 1U);
  EXPECT_THAT(reports[0].gaps[0].why, HasSubstr("no answer within 300ms"));
  EXPECT_TRUE(reports[1].gaps.empty());
}

TEST(Runner, OneThatCrashesOrThrowsIsSaidToHave) {
  const auto reports =
      run({{"a", "", false, &find_one_and_crash}, {"b", "", false, &find_one_and_throw}});
  for (const ProbeReport& report : reports) EXPECT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(reports[0].gaps.at(0).why, HasSubstr("crashed (signal 9)"));
  EXPECT_THAT(reports[1].gaps.at(0).why, HasSubstr("not today"));
}

TEST(Runner, TooMuchIsCounted) {
  const auto reports = run({{"a", "", false, &find_very_much}});
  EXPECT_EQ(reports[0].findings.size(), kMaxOfAKind);
  EXPECT_EQ(reports[0].looked_at, 100'000);
  EXPECT_THAT(reports[0].gaps.back().what, HasSubstr("99800 more"));
  const auto mad = run({{"mad", "", false, &talk_for_ever}});
  EXPECT_THAT(mad[0].gaps.back().why, HasSubstr("too much to say"));
}

TEST(Runner, NobodyCanBeAskedAnything) {
  EXPECT_TRUE(run({{"a", "", false, &ask_for_a_password}})[0].gaps.empty());
}

TEST(Runner, AnotherTreeHasNoRunningThings) {
  const TempDir dir;
  ScanOptions options;
  options.root = dir.path();
  const auto reports =
      run_probes({{"a", "", true, &find_one}, {"b", "", false, &find_one}}, options, SystemClock());
  ASSERT_TRUE(reports.ok());
  EXPECT_TRUE((*reports)[0].blind());
  EXPECT_EQ((*reports)[1].findings.size(), 1U);
  options.root = dir.path() + "/nowhere";
  EXPECT_FALSE(run_probes({}, options, SystemClock()).ok());
}

TEST(Notes, LinesThatAreNoneAreRefused) {
  ProbeReport report;
  EXPECT_FALSE(read_note("", report).ok());
  EXPECT_FALSE(read_note("{\"finding\": ", report).ok());
  EXPECT_TRUE(read_note("{\"finding\": 7, \"looked\": \"x\"}", report).ok());
}

TEST(Tool, EndsInTime) {
  const SystemClock clock;
  const Deadline soon(clock, std::chrono::milliseconds(200));
  const Deadline late(clock, std::chrono::seconds(20));
  EXPECT_EQ(run_tool({"sleep", "100"}, soon).error().code, ErrorCode::kTimeout);
  EXPECT_EQ(run_tool({"yes"}, late, 1000).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(run_tool({"no-such-tool-anywhere"}, late).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(run_tool({"sh", "-c", "echo out; echo err >&2; exit 3"}, late).value().code, 3);
  EXPECT_EQ(run_tool({"sh", "-c", "cat; echo $PATH"}, late).value().out,
            "/usr/sbin:/usr/bin:/sbin:/bin\n");
}

}  // namespace
}  // namespace sideband::scan
