// `sideband backtest`: files of all kinds, exit codes, and the walk of docs/detectors.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

const std::string kTree = SIDEBAND_SOURCE_DIR;

Finished backtest(const std::string& series, Words more = {}) {
  Command command;
  command.argv = {binary(), "backtest", "--series", series};
  for (std::string& word : more) command.argv.push_back(std::move(word));
  return run_to_end(std::move(command));
}

const Words kAbove10 = {"--detector", "threshold", "--set", "above=10"};

struct FileCase {
  const char* name;
  std::string text;
  int code;
  std::string out;
  const char* err;  // a part of it
};

TEST(Backtest, FilesOfAllKinds) {
  const TempDir dir;
  const std::string found = "{\"timestamp\":\"2\",\"value\":11,\"score\":1}\n";
  const std::vector<FileCase> cases = {
      {"some", "timestamp,value\n1,5\n2,11\n", 1, found, "2 points; detections by threshold: 1"},
      {"none", "timestamp,value\n1,5\n2,6\n", 0, "", "2 points; detections by threshold: 0"},
      {"no end of line", "timestamp,value\n1,5\n2,11", 1, found, ""},
      {"CR LF", "timestamp,value\r\n1,5\r\n2,11\r\n", 1, found, ""},
      {"byte order mark", "\xEF\xBB\xBFtimestamp,value\n1,5\n2,11\n", 1, found, ""},
      {"blank lines", "timestamp,value\n\n1,5\n\n2,11\n\n", 1, found, ""},
      {"as in the file", "timestamp,value\n 2014-04-10 07:15:00.000000 , 1.10e1\n", 1,
       "{\"timestamp\":\"2014-04-10 07:15:00.000000\",\"value\":11,\"score\":1}\n", ""},
      {"NaN and nothing", "timestamp,value\n1,NaN\n2,\n3,null\n4,5\n", 0, "", "3 without a value"},
      {"only NaN", "timestamp,value\n1,NaN\n2,NaN\n", 0, "", "the detector never knew (noValue)"},
      {"inf", "timestamp,value\n1,inf\n2,-inf\n3,1e999\n", 0, "", "3 infinite"},
      {"huge", "timestamp,value\n1,1.7e308\n2,-1.7e308\n", 1,
       "{\"timestamp\":\"1\",\"value\":1.7e+308,\"score\":1}\n", ""},
      {"unsorted", "timestamp,value\n5,5\n4,11\n6,5\n", 0, "",
       "1 older than the one before, left out"},
      {"duplicate", "timestamp,value\n5,5\n5,11\n6,5\n", 0, "",
       "1 with the time of the one before"},
      {"one again", "timestamp,value\n1,11\n2,5\n3,12\n4,13\n", 1,
       "{\"timestamp\":\"1\",\"value\":11,\"score\":1}\n"
       "{\"timestamp\":\"3\",\"value\":12,\"score\":1}\n",
       ""},
      {"empty", "", 2, "", "the file is empty; its first line is timestamp,value"},
      {"header only", "timestamp,value\n", 2, "", "no point below the first line"},
      {"no names", "1,5\n2,11\n", 1, found, "2 points"},
      {"no names of three columns", "1,5,0\n2,11,0\n", 2, "",
       "line 1: \"1,5,0\" does not name the columns"},
      {"as corpora have it", "timestamp,value,is_anomaly\n1,5,0\n2,11,1\n", 1, found, ""},
      {"other order and case", "Host,Value,Timestamp\n\"a,b\",5,1\n\"a,b\",11,2\n", 1, found, ""},
      {"quoted", "\"timestamp\",\"value\"\r\n\"1\",\"5\"\r\n\"2\",\"11\"\r\n", 1, found, ""},
      {"milliseconds", "timestamp,value\n1772366400000,5\n1772366400001,11\n", 1,
       "{\"timestamp\":\"1772366400001\",\"value\":11,\"score\":1}\n", ""},
      {"RFC 3339", "timestamp,value\n2026-03-01T12:00:00Z,5\n2026-03-01T13:00:01+01:00,11\n", 1,
       "{\"timestamp\":\"2026-03-01T13:00:01+01:00\",\"value\":11,\"score\":1}\n", ""},
      {"newest first", "timestamp,value\n4,5\n3,11\n2,11\n1,5\n", 2, "",
       "3 points are no newer than one before"},
      {"one time", "timestamp,value\n4,5\n4,11\n4,11\n", 2, "", "sort the rows by their time"},
      {"missing column", "timestamp\n1\n", 2, "",
       "line 1: \"timestamp\" does not name the columns"},
      {"extra field", "timestamp,value\n1,2\n2,3,4\n", 2, "",
       "line 3: \"2,3,4\" has 3 fields, and the first line has 2"},
      {"missing field", "timestamp,value,host\n1,2,a\n2,3\n", 2, "",
       "line 3: \"2,3\" has 2 fields"},
      {"two signs", "timestamp,value\n1,+-1\n", 2, "", "line 2: \"+-1\" is no number"},
      {"no number", "timestamp,value\n1,5\n2,1O\n", 2, "", "line 3: \"1O\" is no number; write"},
      {"no time", "timestamp,value\nyesterday,5\n", 2, "", "line 2: \"yesterday\" is no time"},
      {"binary",
       std::string("\x7f"
                   "ELF\x02\x01\x01\0\0\0\xff\xfe\n\x80\x81",
                   15),
       2, "", "line 1: "},
      {"one long line", std::string(3'000'000, '7'), 2, "", "line 1: longer than 4096 bytes"},
  };
  for (const FileCase& each : cases) {
    SCOPED_TRACE(each.name);
    spill(dir.path("series.csv"), each.text);
    const Finished done = backtest(dir.path("series.csv"), kAbove10);
    EXPECT_EQ(done.code, each.code) << done.err;
    EXPECT_EQ(done.out, each.out);
    EXPECT_THAT(done.err, HasSubstr(each.err));
    EXPECT_THAT(done.err, testing::StartsWith("sideband backtest: "));
  }
}

TEST(Backtest, SaysFromWhenOnItIsNoisy) {
  const TempDir dir;
  std::string text = "timestamp,value\n";
  for (int i = 0; i < 60; ++i) text += std::to_string(60 * i) + (i % 2 == 0 ? ",11\n" : ",5\n");
  spill(dir.path("series.csv"), text);
  const Finished done = backtest(dir.path("series.csv"), kAbove10);
  EXPECT_EQ(std::count(done.out.begin(), done.out.end(), '\n'), 30) << "all are told all the same";
  EXPECT_THAT(done.err, HasSubstr("detections by threshold: 30; noisy from 2880 on: more than 24"));
}

TEST(Backtest, WrongArgumentsSayWhatIsThere) {
  const TempDir dir;
  const std::string series = dir.path("series.csv");
  spill(series, "timestamp,value\n1,5\n");
  const std::vector<std::pair<Words, const char*>> cases = {
      {{"--detector", "anomly"}, "did you mean \"anomaly\"?"},
      {{"--set", "learn"}, "--set learn: write it as NAME=VALUE"},
      {{"--set", "=5"}, "write it as NAME=VALUE"},
      {{"--set", "laern=100"}, "anomaly: there is no setting \"laern\"; did you mean \"learn\"?"},
      {{"--set", "season=1"}, "season=1 is no duration"},
      {{"--detector", "threshold"}, "threshold: there is no limit: set above=N or below=N"},
      {{"--detector", "absence"}, "absence: set within=TIME"},
      {{"extra"}, "extra"},
  };
  for (const auto& [words, said] : cases) {
    const Finished done = backtest(series, words);
    EXPECT_EQ(done.code, 2) << testing::PrintToString(words);
    EXPECT_THAT(done.err, HasSubstr(said));
  }
  EXPECT_EQ(backtest(dir.path("none.csv")).code, 2);
  EXPECT_THAT(backtest(dir.path("none.csv")).err, HasSubstr("none.csv: cannot be read"));
  EXPECT_EQ(backtest(dir.path("")).code, 2) << "a folder";
  Command bare;
  bare.argv = {binary(), "backtest"};
  EXPECT_EQ(run_to_end(std::move(bare)).code, 2) << "no --series";
}

TEST(Backtest, ReadsStandardInputAndIsQuiet) {
  Command command;
  command.argv = {"bash", "-c",
                  "printf 'timestamp,value\\n1,5\\n2,11\\n' | \"$SIDEBAND\" -q backtest --series - "
                  "--detector threshold --set above=10 --explain"};
  command.env = {{"SIDEBAND", binary()}};
  const Finished done = run_to_end(std::move(command));
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(done.err, "");
  EXPECT_EQ(done.out,
            "{\"timestamp\":\"2\",\"value\":11,\"score\":1,"
            "\"why\":\"above: value=11, above=10\"}\n");
}

// A million points through a pipe, which is never kept as a whole.
TEST(Backtest, AMillionPoints) {
  const TempDir dir;
  std::string text = "timestamp,value\n";
  for (int i = 0; i < 1'000'000; ++i) {
    const double turn = i % 1440 * 2 * 3.141592653589793 / 1440;
    const double value = 100 + 20 * std::sin(turn) + static_cast<double>(i * 7919LL % 1009) / 500;
    text += std::to_string(1'767'225'600 + i * 60LL) + "," +
            std::to_string(i == 900'000 ? value + 100 : value) + "\n";
  }
  spill(dir.path("series.csv"), text);
  const Finished done = backtest(dir.path("series.csv"));
  EXPECT_EQ(done.code, 1) << done.err;
  EXPECT_THAT(done.out, HasSubstr("\"timestamp\":\"" + std::to_string(1'767'225'600 + 54'000'000)));
  EXPECT_THAT(done.err, HasSubstr("1000000 points; detections by anomaly: 1"));
  // Beside a limit far below the file: 64 MiB of address space for data.
  Command limited;
  limited.argv = {"bash", "-c",
                  "ulimit -d 65536; \"$SIDEBAND\" backtest --series " + dir.path("series.csv")};
  limited.env = {{"SIDEBAND", binary()}};
  EXPECT_EQ(run_to_end(std::move(limited)).out, done.out);
}

// Each ```text block of the page that begins with "$ sideband": the command, and what it prints.
TEST(Backtest, TheWalkOfTheManualIsTrue) {
  std::istringstream page(slurp(kTree + "/docs/detectors.md"));
  std::string line;
  int shown = 0;
  while (std::getline(page, line)) {
    if (!line.starts_with("$ sideband ")) continue;
    Command command;
    command.argv = {"bash", "-c", "\"$SIDEBAND\" " + line.substr(11) + " 2>&1"};
    command.env = {{"SIDEBAND", binary()}};
    command.folder = kTree;
    std::string expected;
    while (std::getline(page, line) && line != "```" && !line.empty()) expected += line + "\n";
    EXPECT_EQ(run_to_end(command).out, expected) << command.argv[2];
    ++shown;
  }
  EXPECT_GE(shown, 4);
}

}  // namespace
}  // namespace sideband::e2e
