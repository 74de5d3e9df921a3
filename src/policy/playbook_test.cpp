// The pure parts of playbooks: inputs, order, references, the pin, and what comes next.
#include <gmock/gmock.h>

#include "policy/playbook_inputs.h"
#include "policy/playbook_order.h"
#include "policy/playbook_pin.h"
#include "policy/playbook_progress.h"
#include "policy/playbook_values.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::string problem_of(const PlaybookInput& input, const std::string& text) {
  const auto checked = check_input(input, text);
  return checked.ok() ? "" : checked.error().message;
}

TEST(PlaybookInputs, EachWordOfTheSchemaIsKept) {
  PlaybookInput text;
  text.pattern = "^[a-z_]+$";
  text.min_length = 2;
  text.max_length = 4;
  EXPECT_EQ(problem_of(text, "ab_"), "");
  EXPECT_EQ(problem_of(text, "a"), "is shorter than 2 characters");
  EXPECT_EQ(problem_of(text, "abcde"), "is longer than 4 characters");
  EXPECT_EQ(problem_of(text, "a; b"), "does not match ^[a-z_]+$");
  PlaybookInput number;
  number.type = InputType::kInteger;
  number.minimum = 1;
  number.maximum = 100;
  EXPECT_EQ(problem_of(number, "100"), "");
  EXPECT_EQ(problem_of(number, "0"), "is below 1");
  EXPECT_EQ(problem_of(number, "101"), "is above 100");
  EXPECT_EQ(problem_of(number, "7x"), "is not a whole number");
  EXPECT_EQ(problem_of(number, ""), "is not a whole number");
  number.type = InputType::kNumber;
  EXPECT_EQ(problem_of(number, "1.5"), "");
  EXPECT_EQ(problem_of(number, "inf"), "is not a number");
  PlaybookInput truth;
  truth.type = InputType::kBoolean;
  EXPECT_EQ(problem_of(truth, "true"), "");
  EXPECT_EQ(problem_of(truth, "yes"), "is not true or false");
  PlaybookInput word;
  word.one_of = {"red", "blue"};
  EXPECT_EQ(problem_of(word, "blue"), "");
  EXPECT_EQ(problem_of(word, "green"), "is not one of red, blue");
}

TEST(PlaybookInputs, K12_3_NoPatternIsSlowOrLarge) {
  const auto many = [](int count, const std::string& what) {
    std::string out;
    for (int i = 0; i < count; ++i) out += what;
    return out;
  };
  for (const std::string& bad :
       {many(20'000, "(") + many(20'000, ")"), many(400, "(") + many(399, ")"),
        std::string("a{1,32767}"), std::string("^(.+)+\\1b$"), std::string("(?=a)"),
        std::string("[z-a]"), std::string("\xff")}) {
    const auto checked = check_pattern(bad);
    ASSERT_FALSE(checked.ok()) << bad.substr(0, 40);
    EXPECT_LT(checked.error().message.size(), 1200U);
  }
  PlaybookInput text;
  text.pattern = "^(a+)+(a+)+$";
  EXPECT_NE(problem_of(text, std::string(4000, 'a') + "b"), "");
  for (const auto& [pattern, good, not_good] :
       std::vector<std::array<std::string, 3>>{{"^\\d+$", "42", "4x"},
                                               {"^[[:alpha:]]+$", "ab", "a1"},
                                               {"^\\p{L}+$", "größe", "a1"},
                                               {"^.$", "ö", "öö"},
                                               {"b", "abc", "acd"}}) {
    EXPECT_TRUE(check_pattern(pattern).ok()) << pattern;
    text.pattern = pattern;
    EXPECT_EQ(problem_of(text, good), "") << pattern;
    EXPECT_NE(problem_of(text, not_good), "") << pattern;
  }
}

TEST(PlaybookInputs, WhatCouldBecomeAnotherArgumentIsRefused) {
  const PlaybookInput any;
  EXPECT_EQ(problem_of(any, "a\n--force"), "has a line break or a NUL in it");
  EXPECT_EQ(problem_of(any, std::string("a\0b", 3)), "has a line break or a NUL in it");
  EXPECT_EQ(problem_of(any, "\xff"), "is not UTF-8");
  EXPECT_EQ(problem_of(any, std::string(5000, 'a')), "is longer than 4096 bytes");
}

TEST(PlaybookInputs, DefaultsFillInAndEverythingWrongIsNamed) {
  std::map<std::string, PlaybookInput> inputs;
  inputs["table"].pattern = "^[a-z]+$";
  inputs["limit"].type = InputType::kInteger;
  inputs["limit"].fallback = "10";
  const auto good = resolve_inputs(inputs, {{"table", "jobs"}});
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->at("limit"), "10");
  const auto bad = resolve_inputs(inputs, {{"limit", "x"}, {"tabel", "jobs"}});
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().message,
            "input tabel is not known; input limit is not a whole number; input table is missing");
}

// Steps by name and needs.
PlaybookSettings steps_of(const std::vector<std::pair<std::string, std::vector<std::string>>>& of) {
  PlaybookSettings playbook;
  playbook.name = "p";
  for (const auto& [name, needs] : of) {
    PlaybookStep step;
    step.name = name;
    step.needs = needs;
    step.undo_kind = UndoKind::kOptions;
    playbook.steps.push_back(step);
  }
  return playbook;
}

TEST(PlaybookOrder, NeedsComeFirstAndTheDeclaredOrderDecidesTheRest) {
  const auto steps = steps_of({{"d", {"b", "c"}}, {"c", {"a"}}, {"b", {"a"}}, {"a", {}}}).steps;
  EXPECT_THAT(order_steps(steps).order, ElementsAre(3, 1, 2, 0));
  EXPECT_THAT(all_needs(steps, 0), UnorderedElementsAre("a", "b", "c"));
}

TEST(PlaybookOrder, ACycleIsNamed) {
  const auto steps = steps_of({{"a", {}}, {"b", {"c"}}, {"c", {"d"}}, {"d", {"b"}}}).steps;
  EXPECT_THAT(order_steps(steps).cycle, ElementsAre(1, 2, 3));
  EXPECT_THAT(order_steps(steps_of({{"a", {"a"}}}).steps).cycle, ElementsAre(0));
}

TEST(PlaybookValues, InputsAndOutputsAreFilledIn) {
  PlaybookValues values(std::map<std::string, std::string>{{"table", "jobs"}});
  ASSERT_TRUE(values.add_output("count", R"({"n": 7, "who": "me", "list": [1,2]})").ok());
  EXPECT_EQ(*values.fill("{inputs.table}:{steps.count.n}:{steps.count.list}"), "jobs:7:[1,2]");
  ASSERT_TRUE(values.add_output("ask", R"({"json": {"first": {"id": "a"}, "n": 1}})").ok());
  EXPECT_EQ(*values.fill("{steps.ask.json.first.id} {steps.ask.json.n}"), "a 1");
  EXPECT_EQ(*values.fill("{steps.ask.json.first}"), R"({"id":"a"})");
  EXPECT_EQ(*values.fill("{{as it is}}"), "{as it is}");
  EXPECT_THAT(values.fill("{steps.count.x}").error().message, HasSubstr("no output \"x\""));
  EXPECT_FALSE(values.fill("{inputs.other}").ok());
  EXPECT_FALSE(values.add_output("bad", "[1]").ok());
  values.leave_unknown();
  EXPECT_EQ(*values.fill("{steps.later.x} {inputs.table}"), "{steps.later.x} jobs");
}

TEST(PlaybookValues, AnOutputCannotBecomeAnotherArgument) {
  PlaybookValues values(std::map<std::string, std::string>{});
  ASSERT_TRUE(values.add_output("ask", R"({"name": "x\n--all"})").ok());
  EXPECT_EQ(values.fill(DriverOptions{{"argv", "tool\n{steps.ask.name}"}}).error().message,
            "{steps.ask.name} has a line break and cannot stand in argv");
}

TEST(PlaybookPin, ARunComesBackAsItWas) {
  PlaybookRun run;
  run.playbook = steps_of({{"a", {}}, {"b", {"a"}}});
  run.playbook.approval = ApprovalSettings{2, {"team"}, std::chrono::minutes(5)};
  run.playbook.steps[1].kind = StepKind::kChange;
  run.playbook.steps[1].item.value = "x";
  run.playbook.steps[1].retry.factor = 1.5;
  run.playbook.steps[0].on_failure = OnFailure::kCompensate;
  run.playbook.inputs["n"].minimum = -5;
  run.inputs = {{"n", "7"}};
  const std::string bytes = encode_run(run);
  const auto back = decode_run(bytes);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(encode_run(*back), bytes);
  EXPECT_EQ(back->playbook.steps[1].item.value, "x");
  EXPECT_EQ(back->playbook.inputs.at("n").minimum, -5);
  EXPECT_FALSE(decode_run("{}").ok());
  EXPECT_FALSE(decode_run(bytes.substr(1)).ok());
}

Step row(std::int64_t seq, std::int64_t step, std::optional<Outcome> outcome, bool undo = false) {
  Step out;
  out.seq = seq;
  out.from = step;
  out.to = step + 1;
  out.undo = undo;
  out.state = outcome ? StepState::kDone : StepState::kIntent;
  if (outcome) out.outcomes = encode_outcomes({{*outcome, false, ""}});
  return out;
}

std::vector<StepView> views(const PlaybookSettings& playbook, const std::vector<Step>& rows) {
  auto made = view_steps(playbook, rows);
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

using Kind = NextStep::Kind;

TEST(PlaybookProgress, StepsFollowUntilAllHaveAnEnd) {
  const auto book = steps_of({{"a", {}}, {"b", {"a"}}});
  EXPECT_EQ(next_forward_step(book, views(book, {})).step, 0U);
  const auto open = next_forward_step(book, views(book, {row(0, 0, std::nullopt)}));
  EXPECT_TRUE(open.open.has_value());
  EXPECT_EQ(next_forward_step(book, views(book, {row(0, 0, Outcome::kChanged)})).step, 1U);
  const auto all = {row(0, 0, Outcome::kChanged), row(1, 1, Outcome::kAlreadyThere)};
  EXPECT_EQ(next_forward_step(book, views(book, all)).kind, Kind::kDone);
}

TEST(PlaybookProgress, AFailureEndsTheRunUnlessItSaysContinue) {
  auto book = steps_of({{"a", {}}, {"b", {"a"}}, {"c", {"b"}}, {"d", {}}});
  const std::vector<Step> rows = {row(0, 0, Outcome::kFailed)};
  EXPECT_EQ(next_forward_step(book, views(book, rows)).kind, Kind::kFailed);
  book.steps[0].on_failure = OnFailure::kContinue;
  EXPECT_EQ(next_forward_step(book, views(book, rows)).step, 3U);
  EXPECT_EQ(steps_in(book, views(book, rows), StepStatus::kSkipped), "b, c");
  const auto lost = next_forward_step(book, views(book, {row(0, 0, Outcome::kUnknown)}));
  EXPECT_EQ(lost.kind, Kind::kUnknown);  // whatever onFailure says
}

TEST(PlaybookProgress, TheWayBackIsTheNewestFirstAndOnlyOfWhatWeChanged) {
  auto book = steps_of({{"a", {}}, {"b", {}}, {"c", {}}, {"d", {}}});
  book.steps[2].undo_kind = UndoKind::kNothing;
  std::vector<Step> rows = {row(0, 0, Outcome::kChanged), row(1, 1, Outcome::kChanged),
                            row(2, 2, Outcome::kChanged), row(3, 3, Outcome::kAlreadyThere)};
  EXPECT_EQ(next_undo_step(book, views(book, rows)).step, 1U);
  rows.push_back(row(4, 1, std::nullopt, true));
  EXPECT_TRUE(next_undo_step(book, views(book, rows)).open.has_value());
  rows.back() = row(4, 1, Outcome::kChanged, true);
  EXPECT_EQ(next_undo_step(book, views(book, rows)).step, 0U);
  rows.push_back(row(5, 0, Outcome::kRefused, true));
  EXPECT_EQ(next_undo_step(book, views(book, rows)).kind, Kind::kUndoFailed);
  rows.back() = row(5, 0, Outcome::kAlreadyThere, true);
  EXPECT_EQ(next_undo_step(book, views(book, rows)).kind, Kind::kUndone);
}

TEST(PlaybookProgress, ARowOfNoStepIsDamage) {
  const auto book = steps_of({{"a", {}}});
  EXPECT_FALSE(view_steps(book, {row(0, 1, std::nullopt)}).ok());
}

}  // namespace
}  // namespace sideband
