// `sideband eval`: values, explanations and batches; every example of docs/rules.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

const std::string kSource = SIDEBAND_SOURCE_DIR;
const std::string kFacts = kSource + "/examples/facts.json";

Finished eval(Words words) {
  Command command;
  command.argv = {binary(), "eval"};
  for (std::string& word : words) command.argv.push_back(std::move(word));
  return run_to_end(std::move(command));
}

// Through a shell, with what the script says on standard input.
Finished shell(const std::string& script) {
  Command command;
  command.argv = {"bash", "-c", script};
  command.env = {{"SIDEBAND", binary()}};
  return run_to_end(std::move(command));
}

std::vector<std::string> batch(const std::vector<std::string>& lines) {
  const TempDir dir;
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  spill(dir.path("in"), text);
  const Finished done = shell("\"$SIDEBAND\" eval --batch < " + dir.path("in"));
  EXPECT_EQ(done.code, 0) << done.err;
  std::vector<std::string> answers;
  std::istringstream out(done.out);
  for (std::string line; std::getline(out, line);) answers.push_back(line);
  return answers;
}

struct Case {
  Words words;
  int code;
  std::string out;
  std::string err;
};

TEST(Eval, ValuesErrorsAndExitCodes) {
  const std::vector<Case> cases = {
      {{"1 + 1"}, 0, "2\n", ""},
      {{"false"}, 0, "false\n", ""},
      {{"plan.changes > 1000", "--input", kFacts}, 0, "true\n", ""},
      {{"-o", "json", "[1u]"},
       0,
       "{\"value\":{\"listValue\":{\"values\":[{\"uint64Value\":\"1\"}]}}}\n",
       ""},
      {{"-o", "yaml", "'a'"}, 0, "value:\n  stringValue: a\n", ""},
      {{"u && false", "--unknown", "u"}, 0, "false\n", ""},
      {{"u && true", "--unknown", "u"}, 7, "unknown(u)\n", ""},
      {{"--unknown", "u", "--unknown", "v", "u && v"}, 7, "unknown(u, v)\n", ""},
      {{"--", "-x"}, 2, "", "sideband eval: 1:2: undeclared reference to 'x'\n"},
      {{"-o", "json", "u", "--unknown", "u"}, 7, "{\"unknown\":[\"u\"]}\n", ""},
      {{"1 / 0"}, 2, "", "sideband eval: 1:3: divide by zero\n"},
      {{"1 +"}, 2, "", "sideband eval: 1:4: expected an expression, found the end\n"},
      {{"x"}, 2, "", "sideband eval: 1:1: undeclared reference to 'x'\n"},
      {{"plan.chnages", "--input", kFacts},
       2,
       "",
       "sideband eval: 1:6: there is no member \"chnages\"; did you mean \"changes\"?\n"},
      {{"-o", "json", "optional.of(1)"},
       2,
       "",
       "sideband eval: a value of type optional_type has no form in cel.expr.Value\n"},
      {{""}, 2, "", "sideband eval: 1:1: expected an expression, found the end\n"},
      {{}, 2, "", "sideband eval: give one expression, or --batch\n"},
      {{"1", "--batch"}, 2, "", "sideband eval: give one expression, or --batch\n"},
  };
  for (const Case& each : cases) {
    const Finished done = eval(each.words);
    EXPECT_EQ(done.code, each.code) << testing::PrintToString(each.words) << done.err;
    EXPECT_EQ(done.out, each.out) << testing::PrintToString(each.words);
    EXPECT_EQ(done.err, each.err) << testing::PrintToString(each.words);
  }
}

TEST(Eval, InputThatIsWrong) {
  const TempDir dir;
  const auto said = [&dir](const std::string& text) {
    spill(dir.path("in.json"), text);
    const Finished done = eval({"1", "--input", dir.path("in.json")});
    EXPECT_EQ(done.code, 2) << text;
    return done.err;
  };
  EXPECT_THAT(said("[1]"), HasSubstr("the input is an object, whose members are the variables"));
  EXPECT_THAT(said("{"), HasSubstr("in.json"));
  EXPECT_THAT(said("{\"a\": 12345678901234567890}"), HasSubstr("does not fit into an int"));
  EXPECT_EQ(eval({"1", "--input", dir.path("none.json")}).code, 2);
  EXPECT_EQ(eval({"1", "--input", dir.path("")}).code, 2);
  spill(dir.path("in.json"),
        "{\"i\": 3, \"d\": 3.0, \"e\": 3e0, \"n\": null, \"m\": {\"l\": [true]}}");
  const Finished done =
      eval({"[type(i), type(d), type(e), type(n), type(m.l[0])]", "--input", dir.path("in.json")});
  EXPECT_EQ(done.out, "[int, double, double, null_type, bool]\n") << done.err;
}

TEST(Eval, ExplanationForPeopleAndMachines) {
  const std::string expression = "drift.kind == 'changed' && plan.changes > 5000";
  const Finished text = eval({expression, "--input", kFacts, "--explain"});
  EXPECT_EQ(text.code, 0);
  EXPECT_EQ(
      text.out,
      "false\n\n"
      "Decided by:\n"
      "  plan.changes > 5000 is false\n\n"
      "All of it:\n"
      "  drift.kind == 'changed' && plan.changes > 5000 is false\n"
      "    drift.kind == 'changed' is true\n"
      "      drift.kind is \"changed\"\n"
      "        drift is {\"age\": \"1h30m\", \"key\": \"sku-1\", \"kind\": \"changed\"}\n"
      "    plan.changes > 5000 is false\n"
      "      plan.changes is 1200\n"
      "        plan is {\"changes\": 1200, \"extras\": 0, \"owner\": {\"name\": \"shop\"}}\n");
  const Finished machine = eval({"-o", "json", expression, "--input", kFacts, "--explain"});
  const Json json = Json::parse(machine.out, nullptr, false);
  EXPECT_EQ(json["value"]["boolValue"], false) << machine.out;
  EXPECT_EQ(json["explanation"]["decidedBy"][0]["text"], "plan.changes > 5000");
  EXPECT_EQ(json["explanation"]["tree"]["parts"].size(), 2u);
  EXPECT_EQ(json["explanation"]["cut"], false);
  const Finished wrong = eval({"1 / 0 == 1", "--explain"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.out, HasSubstr("1 / 0 is error(divide by zero)"));
}

// The lines of eval_batch.golden in turn: a question, its answer.
TEST(Eval, BatchAnswersEachLine) {
  std::istringstream golden(slurp(kSource + "/tests/e2e/eval_batch.golden"));
  std::vector<std::string> asked, expected;
  for (std::string line; std::getline(golden, line);) {
    (asked.size() == expected.size() ? asked : expected).push_back(line);
  }
  ASSERT_GE(asked.size(), 20u);
  EXPECT_EQ(batch(asked), expected);
}

TEST(Eval, BatchGoesOnBehindBadLines) {
  const auto answers =
      batch({"{", "nothing", "", "   ", R"({"id":1,"expr":"1"})", std::string(5, '\0'),
             "{\"id\":2,\"expr\":\"\xff\"}", R"({"id":3,"expr":"3"})"});
  ASSERT_EQ(answers.size(), 6u) << "blank lines have no answer";
  EXPECT_THAT(answers[0], HasSubstr(R"({"id":null,"error":)"));
  EXPECT_THAT(answers[1], HasSubstr(R"({"id":null,"error":)"));
  EXPECT_EQ(answers[2], R"({"id":1,"value":{"int64Value":"1"}})");
  EXPECT_THAT(answers[3], HasSubstr(R"({"id":null,"error":)"));
  EXPECT_THAT(answers[4], HasSubstr(R"({"id":null,"error":)"));
  EXPECT_EQ(answers[5], R"({"id":3,"value":{"int64Value":"3"}})");
}

TEST(Eval, BatchRefusesAnEndlessLine) {
  const Finished done = shell(
      "{ head -c 40000000 /dev/zero | tr '\\0' 'x'; echo; echo '{\"id\":1,\"expr\":\"1\"}'; } | "
      "\"$SIDEBAND\" eval --batch");
  EXPECT_EQ(done.out,
            "{\"id\":null,\"error\":\"a line has 16 MiB at most\"}\n"
            "{\"id\":1,\"value\":{\"int64Value\":\"1\"}}\n");
}

// Whoever asks may wait for each answer before the next question.
TEST(Eval, BatchAnswersBeforeTheNextQuestion) {
  const Finished done = shell(
      "coproc ask { \"$SIDEBAND\" eval --batch; }\n"
      "for i in 1 2 3; do\n"
      "  echo \"{\\\"id\\\":$i,\\\"expr\\\":\\\"$i * 2\\\"}\" >&\"${ask[1]}\"\n"
      "  read -r -t 30 answer <&\"${ask[0]}\" || exit 9\n"
      "  echo \"$answer\"\n"
      "done");
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out,
            "{\"id\":1,\"value\":{\"int64Value\":\"2\"}}\n"
            "{\"id\":2,\"value\":{\"int64Value\":\"4\"}}\n"
            "{\"id\":3,\"value\":{\"int64Value\":\"6\"}}\n");
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? ""
                                    : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// Blocks ```cel, ```unknown and ```facts of docs/rules.md: EXPRESSION => WHAT IS PRINTED.
TEST(Eval, EveryExampleOfTheManualIsTrue) {
  std::istringstream page(slurp(kSource + "/docs/rules.md"));
  std::string block;
  int examples = 0;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      block = line.substr(3);
      continue;
    }
    if (block != "cel" && block != "unknown" && block != "facts") continue;
    const std::size_t arrow = line.rfind("=>");
    ASSERT_NE(arrow, std::string::npos) << line;
    Words words = {trimmed(line.substr(0, arrow))};
    if (block == "unknown") words.insert(words.end(), {"--unknown", "u", "--unknown", "v"});
    if (block == "facts") words.insert(words.end(), {"--input", kFacts});
    const Finished done = eval(words);
    std::string printed = done.out + done.err;
    if (printed.starts_with("sideband eval: ")) printed.replace(0, 14, "error:");
    EXPECT_EQ(printed, trimmed(line.substr(arrow + 2)) + "\n") << words[0];
    ++examples;
  }
  EXPECT_GE(examples, 95);
}

// The two ```text blocks: a session, and questions with their answers.
TEST(Eval, TheSessionsOfTheManualAreTrue) {
  std::istringstream page(slurp(kSource + "/docs/rules.md"));
  std::string line, question;
  int answered = 0;
  while (std::getline(page, line)) {
    if (line.starts_with("{\"id\": ")) {
      question = line;
    } else if (line.starts_with("{\"id\":")) {
      EXPECT_EQ(batch({question}), std::vector<std::string>{line});
      ++answered;
    } else if (line.starts_with("$ sideband ")) {
      const Finished done = shell("cd " + kSource + " && \"$SIDEBAND\" " + line.substr(11));
      std::string shown;
      while (std::getline(page, line) && line != "```") shown += line + "\n";
      EXPECT_EQ(done.out.substr(0, shown.size()), shown);
      ++answered;
    }
  }
  EXPECT_EQ(answered, 5);
}

}  // namespace
}  // namespace sideband::e2e
