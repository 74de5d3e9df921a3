// The rules find what they must find, and nothing else: planted violations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidy/rules.h"

namespace sideband::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> texts(const Violations& violations) {
  std::vector<std::string> all;
  for (const Violation& violation : violations) all.push_back(violation.text());
  return all;
}

Violations layers(const std::string& path, const std::string& included) {
  return check_layers(make_file(path, "#include <map>\n#include \"" + included + "\"\n"));
}

TEST(Blanker, KeepsCodeAndLineEnds) {
  EXPECT_EQ(blank_comments_and_literals("a(\"x{\\\"\"); // {\nb('{', 1'000);/* {\n */c"),
            "a(\"    \");     \nb(' ', 1'000);    \n   c");
  EXPECT_EQ(blank_comments_and_literals("f(R\"sql(\n{)sql\");"), "f(      \n      );");
}

TEST(Layers, LowerRowsAndTheOwnFolderAreFine) {
  EXPECT_THAT(layers("src/engine/observe/cycle.cpp", "policy/decide.h"), IsEmpty());
  EXPECT_THAT(layers("src/engine/observe/cycle.cpp", "engine/observe/cycle.h"), IsEmpty());
  EXPECT_THAT(layers("src/settings/load.cpp", "config/node.h"), IsEmpty());
  EXPECT_THAT(layers("src/drivers/registry.cpp", "drivers/files/driver.h"), IsEmpty());
  EXPECT_THAT(layers("tests/e2e/serve_test.cpp", "app/main.h"), IsEmpty());
}

TEST(Layers, HigherRowsAndSiblingsAreNot) {
  EXPECT_THAT(
      texts(layers("src/base/log.cpp", "model/change.h")),
      ElementsAre("src/base/log.cpp:2: base/ includes the higher model/. Why: lower rows stay "
                  "usable and testable without higher ones (ARCHITECTURE.md, The tree)"));
  EXPECT_THAT(layers("src/engine/runtime/engine.cpp", "audit/checkpointer.h"), SizeIs(1));
  EXPECT_THAT(layers("src/store/open.cpp", "drivers/pool.h"), SizeIs(1));
  EXPECT_THAT(layers("src/net/socket.cpp", "process/child_process.h"), SizeIs(1));
  EXPECT_THAT(layers("src/engine/runtime/engine.cpp", "support/redis_server.h"), SizeIs(1));
  EXPECT_THAT(layers("src/engine/engine_test.cpp", "support/redis_server.h"), IsEmpty());
}

TEST(Layers, SomeThingsTheRowsAllowAreBannedToo) {
  EXPECT_THAT(layers("src/policy/decide.cpp", "config/node.h"), SizeIs(1));
  EXPECT_THAT(layers("src/drivers/files/driver.cpp", "drivers/redis/driver.h"), SizeIs(1));
  EXPECT_THAT(layers("src/store/sqlite/store.cpp", "store/postgres/schema.h"), SizeIs(1));
  EXPECT_THAT(layers("src/audit/verify/note.cpp", "audit/signing_key.h"), SizeIs(1));
  EXPECT_THAT(layers("src/engine/execute/steps.cpp", "process/child_process.h"), SizeIs(1));
  EXPECT_THAT(layers("src/cli/grammar/scan_verb.cpp", "drivers/registry.h"), SizeIs(1));
  EXPECT_THAT(layers("src/drivers/postgres/client/connection.cpp", "drivers/postgres/sql/source.h"),
              SizeIs(1));
}

std::string function_of(int lines) {
  std::string text = "int f(int x)\n    noexcept {\n";
  for (int i = 0; i < lines - 3; ++i) text += "  if (x) { ++x; }\n";
  return text + "}\n";
}

TEST(Sizes, CountsFunctionsFromHeadingToBrace) {
  EXPECT_THAT(check_sizes(make_file("src/a.cpp", function_of(70))), IsEmpty());
  EXPECT_THAT(texts(check_sizes(make_file("src/a.cpp", "namespace n {\n" + function_of(71) + "}"))),
              ElementsAre(HasSubstr("src/a.cpp:2: a function of 71 lines, more than 70.")));
}

TEST(Sizes, MemberInitializersBelongToTheFunction) {
  std::string text = "A::A(int x)\n    : x_{x},\n      y_{1} {\n";
  for (int i = 0; i < 70; ++i) text += "  ++x;\n";
  EXPECT_THAT(texts(check_sizes(make_file("src/a.cpp", text + "}\n"))),
              ElementsAre(HasSubstr("a.cpp:1: a function of 74 lines")));
}

TEST(Sizes, ClassesAndTablesAreNotFunctions) {
  std::string text = "struct A {\n";
  for (int i = 0; i < 100; ++i) text += "  int f() { return 1; }\n";
  EXPECT_THAT(check_sizes(make_file("src/a.cpp", text + "};\n")), IsEmpty());
}

TEST(Sizes, LinesCountCharactersNotBytes) {
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "→";
  EXPECT_THAT(check_sizes(make_file("src/a.cpp", "// " + wide.substr(9) + "\n")), IsEmpty());
  EXPECT_THAT(check_sizes(make_file("src/a.cpp", "//  " + wide.substr(9) + "\n")), SizeIs(1));
}

TEST(Sizes, FilesHaveAnEnd) {
  const std::string lines(500, '\n');
  EXPECT_THAT(check_sizes(make_file("src/a.cpp", lines)), IsEmpty());
  EXPECT_THAT(check_sizes(make_file("src/a.cpp", lines + "\n")), SizeIs(1));
}

Violations calls(const std::string& path, const std::string& line) {
  return check_banned_calls(make_file(path, line));
}

TEST(BannedCalls, AreFoundInCodeOnly) {
  EXPECT_THAT(texts(calls("src/net/a.cpp", "auto now = std::chrono::system_clock::now();")),
              ElementsAre(HasSubstr("a.cpp:1: system_clock outside base/; use Clock::wall of")));
  EXPECT_THAT(calls("src/net/a.cpp", "seed = time(nullptr);"), SizeIs(1));
  EXPECT_THAT(calls("src/net/a.cpp", "return std::time(nullptr);"), SizeIs(1));
  EXPECT_THAT(calls("src/net/a.cpp", "::usleep(1);"), SizeIs(1));
  EXPECT_THAT(calls("src/net/a.cpp", "std::thread worker;"), SizeIs(1));
  EXPECT_THAT(calls("src/net/a.cpp", "int x = rand();"), SizeIs(1));
}

TEST(BannedCalls, BaseAndLookAlikesAreFine) {
  EXPECT_THAT(calls("src/base/clock.cpp", "::clock_gettime(CLOCK_BOOTTIME, &now);"), IsEmpty());
  EXPECT_THAT(calls("src/net/a.cpp", "at = row.time(); WallTime time() { return x; }"), IsEmpty());
  EXPECT_THAT(calls("src/net/a.cpp", "// std::thread\nf(\"sleep_for\");"), IsEmpty());
  EXPECT_THAT(calls("src/net/a.cpp", "std::this_thread::get_id(); operand(x);"), IsEmpty());
}

TEST(BannedCalls, OnlySupportWaitsForServersOfOthers) {
  EXPECT_THAT(calls("tests/support/redis_server.cpp", "::usleep(10);"), IsEmpty());
  EXPECT_THAT(calls("tests/e2e/serve_test.cpp", "::usleep(10);"), SizeIs(1));
}

TEST(JsonReader, IsTheOnlyOneOfTheProduct) {
  const auto check = [](const std::string& path, const std::string& line) {
    return check_json_reader(make_file(path, line));
  };
  EXPECT_THAT(check("src/cli/a.cpp", "auto x = nlohmann::json::parse(text);"), SizeIs(1));
  EXPECT_THAT(check("src/drivers/http/a.cpp", "#include <nlohmann/json.hpp>"), SizeIs(1));
  EXPECT_THAT(check("src/cli/a.cpp", "// nlohmann::json::parse"), IsEmpty());
  EXPECT_THAT(check("src/model/document.cpp", "using Json = nlohmann::json;"), IsEmpty());
  EXPECT_THAT(check("tests/e2e/a.cpp", "using Json = nlohmann::json;"), IsEmpty());
}

TEST(JobKinds, AreReadOutOfNamesInOnePlace) {
  const auto check = [](const std::string& path, const std::string& line) {
    return check_job_kind(make_file(path, line));
  };
  EXPECT_THAT(texts(check("src/cli/a.cpp", "if (is_playbook(name)) {")),
              ElementsAre(HasSubstr("src/cli/a.cpp:1: is_playbook; use Repair::kind")));
  EXPECT_THAT(check("src/cli/a.cpp", "name.starts_with(\"playbook/\")"), SizeIs(1));
  EXPECT_THAT(check("tests/simulation/a.cpp", "name.starts_with(kPlaybookPrefix)"), SizeIs(1));
  EXPECT_THAT(check("src/model/job_kind.cpp", "k = \"playbook/\";"), IsEmpty());
  EXPECT_THAT(check("src/cli/a.h", "// \"playbook/NAME\" is the playbook"), IsEmpty());
  EXPECT_THAT(check("src/cli/a.cpp", "#include \"engine/playbook/playbook_job.h\""), IsEmpty());
  EXPECT_THAT(check("tests/e2e/a.cpp", "repairs(\"playbook/book\")"), IsEmpty());
}

// Files by path and text.
std::vector<std::string> one_source(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<SourceFile> made;
  for (const auto& [path, text] : files) made.push_back(make_file(path, text));
  return texts(check_one_source(made));
}

TEST(OneSource, ImplementsTheHeaderOfItsName) {
  const std::string header = "class A {\n  int f();\n  int g(int x);\n};\nint h();\n";
  EXPECT_THAT(one_source({{"src/net/a.h", header},
                          {"src/net/a.cpp",
                           "namespace n {\nnamespace {\nint local() { return 1; }\n}\n"
                           "static int near() { return 2; }\nint kTable[] = {1, 2};\n"
                           "A::A(int x)\n    : x_{x},\n      y_(1) {}\n"
                           "std::function<int(int)> A::f() {\n  if (x) { y(); }\n}\n"
                           "int h() { return 1; }\nstruct B { int f() { return 1; } };\n}\n"}}),
              IsEmpty());
  EXPECT_THAT(one_source({{"src/net/a.h", header}, {"src/net/a.cpp", "\nint other() {\n}\n"}}),
              ElementsAre(HasSubstr("src/net/a.cpp:2: other is not in src/net/a.h")));
  EXPECT_THAT(one_source({{"src/net/b.cpp", "int f() {}\nint g() {}\n"}}),
              ElementsAre(HasSubstr("src/net/b.cpp: no header of its own name")));
}

TEST(OneSource, HasAllFunctionsOfItsClass) {
  const std::string header = "class A {};\nint rest();\n";
  EXPECT_THAT(one_source({{"src/net/a.h", header},
                          {"src/net/a.cpp", "int A::f() {}\n"},
                          {"src/net/a_rest.h", header},
                          {"src/net/a_rest.cpp", "int rest() {}\n\nint A::g() {}\n"}}),
              ElementsAre(HasSubstr("src/net/a_rest.cpp:3: A::g, of a class whose functions are "
                                    "in src/net/a.cpp")));
  // Another class of that name, in another folder.
  EXPECT_THAT(one_source({{"src/net/a.h", header},
                          {"src/net/a.cpp", "int A::f() {}\n"},
                          {"src/base/a.h", header},
                          {"src/base/a.cpp", "int A::f() {}\n"}}),
              IsEmpty());
}

TEST(OneSource, MayBeAnEntryOfAList) {
  const std::string source = "#include \"cli/verbs.h\"\nvoid add_one() {\n}\n";
  EXPECT_THAT(one_source({{"src/cli/verbs.h", "void add_one();\nvoid add_two();\n"},
                          {"src/cli/one.cpp", source}}),
              IsEmpty());
  EXPECT_THAT(one_source({{"src/cli/verbs.h", "void add_two();\n"}, {"src/cli/one.cpp", source}}),
              SizeIs(1));
  // The header has a source, so whoever reads it looks there.
  EXPECT_THAT(one_source({{"src/cli/verbs.h", "void add_one();\nvoid add_two();\n"},
                          {"src/cli/verbs.cpp", "void add_two() {}\n"},
                          {"src/cli/one.cpp", source}}),
              SizeIs(1));
}

TEST(OneSource, TestsGatesAndTheEntryPointAreNotRuled) {
  EXPECT_THAT(one_source({{"src/cli/a_test.cpp", "int f() {}"},
                          {"src/app/main.cpp", "int main() {}"},
                          {"src/policy/gates/pause.cpp", "int f() {}"},
                          {"tests/support/a.cpp", "int f() {}"}}),
              IsEmpty());
}

TEST(Leftovers, AreWholeWords) {
  EXPECT_THAT(check_leftovers(make_file("src/a.cpp",
                                        "// TO"
                                        "DO: later")),
              SizeIs(1));
  EXPECT_THAT(check_leftovers(make_file("src/a.cpp",
                                        "// mkstemp of aXX"
                                        "XXXX")),
              IsEmpty());
}

TEST(Claims, AreFoundInAnySpelling) {
  EXPECT_THAT(check_claims(make_file("docs/a.md",
                                     "runs Exac"
                                     "tly-Once.")),
              SizeIs(1));
  EXPECT_THAT(texts(check_claims(make_file("src/a.h",
                                           "\n// exac"
                                           "tly\n// once"))),
              ElementsAre(HasSubstr("src/a.h:2: claims")));
  EXPECT_THAT(check_claims(make_file("docs/a.md", "exactly one, once")), IsEmpty());
}

TEST(Paths, InBackticksAndLinksMustExist) {
  const auto exists = [](const std::string& path) {
    return path == "src/base/log.h" || path == "README.md" || path == "src/drivers/*/README.md";
  };
  const auto check = [&](const std::string& text) {
    return check_paths(make_file("docs/a.md", text), exists);
  };
  EXPECT_THAT(check("`src/base/log.h` `base/log` `README.md` [top](../README.md#x) `a/b` `x.y`"),
              IsEmpty());
  EXPECT_THAT(check("`src/drivers/<kind>/README.md` `GET /v1/x` `make test`"), IsEmpty());
  EXPECT_THAT(check("```\n`src/none`\n```"), IsEmpty());
  EXPECT_THAT(texts(check("x\n`src/base/gone.h` and [y](gone.md)")),
              ElementsAre(HasSubstr("docs/a.md:2: src/base/gone.h does not exist"),
                          HasSubstr("docs/a.md:2: gone.md does not exist")));
}

TEST(Metrics, CatalogueAndCodeNameTheSame) {
  const auto code = metrics_in({make_file(
      "src/a.cpp",
      "m.counter(\"sideband_a_total\", \"x\");\nm.gauge(\n    \"sideband_b\", \"y\");")});
  EXPECT_THAT(code, ElementsAre("sideband_a_total", "sideband_b"));
  EXPECT_THAT(check_metrics(make_file("m.md", "`sideband_a_total{x}` `sideband_b > 0`"), code),
              IsEmpty());
  EXPECT_THAT(texts(check_metrics(make_file("m.md", "`sideband_b` `sideband_c`"), code)),
              ElementsAre(HasSubstr("m.md:1: sideband_c is no metric of the code"),
                          HasSubstr("m.md: sideband_a_total is missing")));
}

}  // namespace
}  // namespace sideband::tidy
