#include "detectors/series_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "detectors/series_time.h"

namespace sideband::detectors {
namespace {

using testing::HasSubstr;

TEST(SeriesTime, FormsThatProgramsWrite) {
  struct Form {
    const char* text;
    double seconds;
  };
  const std::vector<Form> forms = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01 00:00:00", 0},
      {"1970-01-01", 0},
      {"1970-01-01T00:01", 60},
      {"1970-01-01T00:00:01.5Z", 1.5},
      {"1970-01-01 00:00:01.500000", 1.5},
      {"1970-01-01T00:00:01,25", 1.25},
      {"1970-01-01T02:00:00+02:00", 0},
      {"1970-01-01T02:00:00+0200", 0},
      {"1970-01-01T02:00:00+02", 0},
      {"1970-01-01 02:00:00 +02:00", 0},
      {"1970-01-01t00:00:05z", 5},
      {"1969-12-31T19:00:00-05:00", 0},
      {"2000-02-29T12:00:00Z", 951825600},
      {"2014-04-10 07:15:00.000000", 1397114100},
      {"2016-12-31T23:59:60Z", 1483228800},
      {"1970-01-01T00:00:00.0000019Z", 0.000001},
      {"0", 0},
      {"1397114100", 1397114100},
      {"1397114100.25", 1397114100.25},
      {"-1.5", -1.5},
      {"1397114100000", 1397114100},
      {"1397114100250", 1397114100.25},
      {"1397114100250000", 1397114100.25},
      {"1397114100250000999", 1397114100.25},
      {"1000000000000", 1000000000},
      {"2014/04/10 07:15:00", 1397114100},
      {"2014/04/10", 1397088000},
      {"253402300799", 253402300799},
      {"9999-12-31T23:59:59Z", 253402300799},
  };
  for (const Form& form : forms) {
    const auto time = parse_series_time(form.text);
    ASSERT_TRUE(time) << form.text;
    EXPECT_EQ(time->time_since_epoch().count(), std::llround(form.seconds * 1e6)) << form.text;
  }
}

TEST(SeriesTime, WhatIsNoTime) {
  for (const char* text : {"",
                           " ",
                           "now",
                           "12:00",
                           "2014-04-10 07:15:00 PM",
                           "2014-13-01",
                           "2014-02-30",
                           "2014-2-3",
                           "2014-04-10T25:00:00",
                           "2014-04-10T07:60:00",
                           "2014-04-10T07:15:61",
                           "2014-04-10T07",
                           "10/04/2014 07:15",
                           "2014/04-10",
                           "2014-04/10",
                           "13971141000000",
                           "139711410000000",
                           "1397114100000.5",
                           "-1397114100000",
                           "9999999999999999999999",
                           "1e9",
                           "0x10",
                           "-",
                           "1.",
                           ".5",
                           "+5",
                           "inf",
                           "nan",
                           "2014-04-10T07:15:00Zx",
                           "2014-04-10T07:15:00+",
                           "2014-04-10T07:15:00+24:00",
                           "0000-01-01T00:00:00Z",
                           "20140410T071500Z",
                           "99999999999999999999",
                           "2014-04-10T07:15:00.",
                           "\0"}) {
    EXPECT_FALSE(parse_series_time(text)) << text;
  }
}

// All rows as "LINE:SECONDS=VALUE ...", with the error behind them.
std::string read_all(const std::string& text) {
  std::istringstream in(text);
  SeriesReader reader(in);
  std::ostringstream out;
  SeriesRow row;
  while (true) {
    const auto more = reader.next(row);
    if (!more.ok()) return out.str() + "error: " + more.error().message;
    if (!*more) return out.str();
    out << row.line << ":" << row.point.time.time_since_epoch().count() / 1'000'000 << "=";
    if (row.point.value) {
      out << *row.point.value;
    } else {
      out << "-";
    }
    out << " ";
  }
}

TEST(SeriesReader, FilesThatCanBeRead) {
  struct File {
    std::string text;
    const char* expected;
  };
  const std::vector<File> files = {
      {"timestamp,value\n1,2\n", "2:1=2 "},
      {"timestamp,value\n1,2", "2:1=2 "},
      {"timestamp,value\r\n1,2\r\n3,4\r\n", "2:1=2 3:3=4 "},
      {"\xEF\xBB\xBFtimestamp,value\n1,2\n", "2:1=2 "},
      {"\"timestamp\",\"value\"\n\"1\",\"2\"\n", "2:1=2 "},
      {"timestamp, value\n 1 ,\t2 \n", "2:1=2 "},
      {"value,timestamp\n2,1\n", "2:1=2 "},
      {"timestamp,value\n\n1,2\n\n\r\n3,4\n\n", "3:1=2 6:3=4 "},
      {"timestamp,value\n", ""},
      {"timestamp,value", ""},
      {"timestamp,value\n1,\n2,NaN\n3,nan\n4,null\n5,NULL\n6,None\n7,NA\n8,n/a\n9,-nan\n",
       "2:1=- 3:2=- 4:3=- 5:4=- 6:5=- 7:6=- 8:7=- 9:8=- 10:9=- "},
      {"timestamp,value\n1,inf\n2,-inf\n3,Infinity\n4,1e999\n5,-1e999\n",
       "2:1=inf 3:2=-inf 4:3=inf 5:4=inf 6:5=-inf "},
      {"timestamp,value\n1,1e308\n2,1e-400\n3,+7\n4,-0\n5,.5\n6,5.\n",
       "2:1=1e+308 3:2=0 4:3=7 5:4=-0 6:5=0.5 7:6=5 "},
      // Of corpora and programs: other columns, other cases, no names.
      {"timestamp,value,is_anomaly\n1,2,0\n3,4,1\n", "2:1=2 3:3=4 "},
      {"host,value,timestamp\n\"a, \"\"b\"\"\",2,1\n,4,3\n", "2:1=2 3:3=4 "},
      {"timestamp,value,\n1,2,\n", "2:1=2 "},
      {",timestamp,value\n0,1,2\n1,3,4\n", "2:1=2 3:3=4 "},
      {"Timestamp,VALUE\n1,2\n", "2:1=2 "},
      {"1,2\n3,4\n", "1:1=2 2:3=4 "},
      {"1,2", "1:1=2 "},
      {"\xEF\xBB\xBF 2014-04-10 07:15:00 , 2\r\n", "1:1397114100=2 "},
      {"timestamp,value\n \"1\" , \"2\" \n", "2:1=2 "},
      {"timestamp,value\n1397114100000,1\n", "2:1397114100=1 "},
      {"timestamp,value\n5,1\n3,1\n5,1\n", "2:5=1 3:3=1 4:5=1 "},
      {"timestamp,value\n2014-04-10 07:15:00,1\n", "2:1397114100=1 "},
  };
  for (const File& file : files) EXPECT_EQ(read_all(file.text), file.expected) << file.text;
}

TEST(SeriesReader, FilesThatCannotSayTheLineAndWhatToDo) {
  struct File {
    std::string text;
    const char* said;
  };
  const std::vector<File> files = {
      {"", "the file is empty; its first line is timestamp,value"},
      {"time,value\n", "line 1: \"time,value\" does not name the columns"},
      {"timestamp\n1\n", "line 1: \"timestamp\" does not name the columns"},
      {"timestamp;value\n1;2\n", "does not name the columns"},
      {"timestamp,value,value\n1,2,3\n", "does not name the columns"},
      {"1,two\n", "line 1: \"1,two\" does not name the columns"},
      {"1,\n", "line 1: \"1,\" does not name the columns"},
      {"1,2,3\n", "line 1: \"1,2,3\" does not name the columns"},
      {"\"timestamp\",\"value\n1,2\n", "does not name the columns"},
      {"timestamp,value\n1,2,3\n", "line 2: \"1,2,3\" has 3 fields, and the first line has 2"},
      {"1,2\n3,4,5\n", "1:1=2 error: line 2: \"3,4,5\" has 3 fields"},
      {"timestamp,value\n1\n", "line 2: \"1\" has 1 fields"},
      {"timestamp,value,host\n1,2\n", "line 2: \"1,2\" has 2 fields, and the first line has 3"},
      {"timestamp,value\n1,\"2\n", "line 2: \"1,\\\"2\" has a quote that is not closed"},
      {"timestamp,value\n1,\"2\"x\n", "has a quote that is not closed"},
      {"timestamp,value\n1,\"\n", "has a quote that is not closed"},
      {"timestamp,value\n1,1,5\n", "has 3 fields"},
      {"timestamp,value\n1,++1\n", "is no number"},
      {"timestamp,value\n1,-+1\n", "is no number"},
      {"timestamp,value\n1,--1\n", "is no number"},
      {"timestamp,value\n1,+\n", "is no number"},
      {"timestamp,value\n1,-\n", "is no number"},
      {"timestamp,value\n1,+ 1\n", "is no number"},
      {"timestamp,timestamp\n", "does not name the columns"},
      {"timestamp,value\n1,2\nnow,3\n", "2:1=2 error: line 3: \"now\" is no time; write it as"},
      {"timestamp,value\n1,two\n", "line 2: \"two\" is no number"},
      {"timestamp,value\n1,0x10\n", "is no number"},
      {"timestamp,value\n1,1 2\n", "is no number"},
      {"timestamp,value\n1,1e\n", "is no number"},
      {"timestamp,value\n1,+-1\n", "is no number"},
      {"timestamp,value\n1,\xff\xfe\n", "is no number"},
      {std::string("timestamp,value\n\0\0\0,1\n", 22), "is no time"},
      {"timestamp,value\n" + std::string(5000, 'x'), "line 2: longer than 4096 bytes"},
      {std::string(200'000, 'x'), "line 1: longer than 4096 bytes"},
      {"\xEF\xBB\xBF", "does not name the columns"},
      {"\n1,2\n", "line 1: \"\" does not name the columns"},
  };
  for (const File& file : files) EXPECT_THAT(read_all(file.text), HasSubstr(file.said));
}

// Rows that are cut by the blocks in which a stream is read.
TEST(SeriesReader, BlocksDoNotMatter) {
  std::string text = "timestamp,value\n";
  for (int i = 0; i < 60'000; ++i) {
    text += std::to_string(i * 60) + "," + std::string(i % 11, '0') + "1\n";
  }
  std::istringstream in(text);
  SeriesReader reader(in);
  SeriesRow row;
  for (int i = 0; i < 60'000; ++i) {
    const auto more = reader.next(row);
    ASSERT_TRUE(more.ok() && *more) << i;
    ASSERT_EQ(row.timestamp, std::to_string(i * 60));
    ASSERT_EQ(row.point.value, 1.0);
  }
  EXPECT_FALSE(*reader.next(row));
  EXPECT_FALSE(*reader.next(row));
}

}  // namespace
}  // namespace sideband::detectors
