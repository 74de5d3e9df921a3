#include "column_types.h"

namespace sideband {

const char* const kPostgresTypes =
    "create type mood as enum ('sad', 'ok', 'happy');"
    "create domain price as numeric(6,2) check (value >= 0);"
    "create domain code as varchar(3);"
    "create domain blob as bytea;"
    "create domain settings as jsonb;"
    "create type pair as (a int, b text)";

const std::vector<TriedType>& postgres_columns() {
  static const std::vector<std::string> times = {"12:34:56.789", "00:00", "24:00", "23:59:59.5"};
  static const std::vector<std::string> moments = {"2026-03-01 12:00:00.123456", "-infinity",
                                                   "2026-03-29 02:30:00.5", "0044-03-15 00:00 BC"};
  static const std::vector<std::string> zoned = {"2026-03-29 02:30:00.123456+01", "infinity",
                                                 "2026-12-01 12:00+00", "1999-01-01 00:00:00.5-09"};
  static const std::vector<std::string> spans = {"1 day", "24 hours", "1 mon -3 days",
                                                 "-00:00:01.5", "1 year 2 mons 3.25 seconds"};
  static const std::vector<std::string> documents = {
      R"({"a": 1})", R"({"a":1.0})", "[1, 2]", "null", R"("x")", R"({"b":1,"a":{"c":"\u00e9"}})"};
  static const std::vector<TriedType> columns = {
      {"smallint", {"0", "1", "-32768", "32767"}},
      {"integer", {"0", "1", "5", "2147483647", "-7"}},
      {"bigint", {"0", "1", "9223372036854775807", "-12"}},
      {"numeric", {"1.5", "1.50", "0", "-0.001", "123456789012345678901.5", "NaN", "1e-20"}},
      {"numeric(8,2)", {"1.5", "0.01", "-999999.99", "7"}},
      {"real", {"0.1", "1e20", "NaN", "Infinity", "-0", "16777216", "1"}},
      {"double precision", {"0.1", "1e300", "NaN", "-Infinity", "-0", "5", "0.30000000000000004"}},
      {"boolean", {"true", "false"}},
      {"text",
       {"", "a", "a ", " b", "true", "5", "1.50", "\xC3\xA9", "\\x41", "{1,2}", "line\nend",
        "2026-01-01", "quo'te", "0"}},
      {"varchar(5)", {"a", "abcde", "\xC3\xA9", "b  ", "1"}},
      {"char(4)", {"a", "ab  ", "abcd", "", "1"}},
      {"name", {"a", "B c"}},
      {"bytea", {"\\x", "\\x00", "\\x414200", "\\xff", "\\x61"}},
      {"date", {"2026-01-31", "infinity", "0044-03-15 BC", "2026-12-01"}},
      {"time", times},
      {"time(0)", times},
      {"timetz", {"12:34:56.7+02", "00:00-09:30"}},
      {"timestamp", moments},
      {"timestamp(0)", moments},
      {"timestamptz", zoned},
      {"timestamptz(3)", zoned},
      {"interval", spans},
      {"interval(0)", spans},
      {"interval day to minute", spans},
      {"uuid", {"01890A5D-AC96-774B-BCCE-B302099A8057", "00000000-0000-0000-0000-000000000000"}},
      {"json", documents},
      {"jsonb", documents},
      {"integer[]", {"{1,2}", "{}", "{NULL,1}", "[0:1]={1,2}", "{{1},{2}}"}},
      {"text[]", {"{a,\"b c\",NULL,\"NULL\",\"\"}", "{}", "{\"\\\"\"}"}},
      {"numeric(6,1)[]", {"{1.25,2}", "{NaN}"}},
      {"bytea[]", {"{\"\\\\x00\",NULL}"}},
      {"int4range", {"[1,5)", "empty", "(,3]", "(4,8)"}},
      {"tsrange", {"[2026-01-01 00:00,2026-01-02 00:00)", "empty"}},
      {"mood", {"sad", "ok", "happy"}},
      {"price", {"1.5", "0", "9999.99"}},
      {"code", {"a", "abc", ""}},
      {"blob", {"\\x00ff", "\\x"}},
      {"settings", documents},
      {"inet", {"10.0.0.1", "10.0.0.1/8", "::1"}},
      {"cidr", {"10.0.0.0/8", "::/0"}},
      {"macaddr", {"08:00:2B:01:02:03"}},
      {"bit(3)", {"101", "000"}},
      {"bit varying(5)", {"1", "10110", ""}},
      {"money", {"12.34", "-0.5"}},
      {"point", {"(1,2)", "(0.1,-0)"}},
      {"pair", {"(1,\"x y\")", "(,)", "(2,\"\")"}},
      {"xml", {"<a>1</a>", "x"}},
      {"tsvector", {"'a' 'b':2", "x"}}};
  return columns;
}

const std::vector<std::string>& sqlite_values() {
  static const std::vector<std::string> values = {"0",
                                                  "1",
                                                  "5",
                                                  "-7",
                                                  "9223372036854775807",
                                                  "1.5",
                                                  "0.1",
                                                  "5.0",
                                                  "1e20",
                                                  "9e999",
                                                  "-9e999",
                                                  "''",
                                                  "'a'",
                                                  "'5'",
                                                  "'5.0'",
                                                  "'1.50'",
                                                  "'007'",
                                                  "'abc'",
                                                  "'2026-01-01'",
                                                  "'true'",
                                                  "' x '",
                                                  "'\xC3\xA9'",
                                                  "'1e2'",
                                                  "'Infinity'",
                                                  "x''",
                                                  "x'00'",
                                                  "x'616263'",
                                                  "x'ff'",
                                                  "'false'",
                                                  "100000.0",
                                                  "0.30000000000000004",
                                                  "'9223372036854775808'",
                                                  "1e-5",
                                                  "'12:30'"};
  return values;
}

const std::vector<std::string>& sqlite_types() {
  static const std::vector<std::string> types = {
      "",     "INTEGER",          "int",     "TEXT",     "VARCHAR(10)", "BLOB",
      "REAL", "double precision", "NUMERIC", "DATETIME", "BOOLEAN",     "DECIMAL(8,2)"};
  return types;
}

const std::vector<std::string>& sqlite_strict_types() {
  static const std::vector<std::string> types = {"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"};
  return types;
}

}  // namespace sideband
