// What is particular to exec: the target's list of commands, variables, secrets, exit codes.
#include <gmock/gmock.h>

#include "drivers/exec/driver.h"
#include "model/document.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class ExecTest : public testing::Test {
 protected:
  ExecTest() {
    target_.name = "host";
    target_.connect = {{"commands", "/bin/sh\n/usr/bin/printf\n/no/such"}, {"grace", "100ms"}};
  }
  std::unique_ptr<Operation> open() { return std::move(driver_.operation(target_)).value(); }
  static OperationRequest request(DriverOptions options) {
    OperationRequest out;
    out.step = "restart";
    out.key = "key-1";
    out.token = 42;
    out.options = std::move(options);
    return out;
  }
  static DriverOptions script(const std::string& text) {
    return {{"argv", "/bin/sh\n-c\n" + text}};
  }
  // A member of the output of a run, as text.
  std::string output(const DriverOptions& options, const std::string& member = "stdout") {
    const auto reply = open()->run(request(options));
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok()) return "";
    const auto parsed = parse_json(reply->output);
    EXPECT_TRUE(parsed.ok()) << reply->output;
    const auto found = parsed->members.find(member);
    if (found == parsed->members.end()) return "(none)";
    const bool text = found->second.kind == Document::Kind::kString;
    return text ? found->second.text : to_json(found->second);
  }

  SystemClock clock_;
  SystemRandom random_;
  ExecDriver driver_{{clock_, random_}};
  TargetSettings target_;
};

TEST_F(ExecTest, ArgumentsAreDataWhateverIsFilledIn) {
  EXPECT_EQ(output({{"argv", "/usr/bin/printf\n%s|%s|%s\na b\n$(id); rm -rf /\n'\"`"}}),
            "a b|$(id); rm -rf /|'\"`");
  EXPECT_EQ(output({{"argv", "/usr/bin/printf\n[%s][%s]\n\nx"}}), "[][x]") << "empty ones count";
}

TEST_F(ExecTest, OnlyCommandsOfTheTargetAreStarted) {
  for (const char* argv : {"/bin/bash\n-c\nid", "sh", "/bin/../bin/sh", "", "\n/bin/sh"}) {
    const auto refused = open()->check(request({{"argv", argv}}));
    ASSERT_FALSE(refused.ok()) << argv;
    EXPECT_EQ(refused.error().retry, Retry::kPerson);
  }
  const auto missing = open()->run(request({{"argv", "/no/such"}}));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().effect, Effect::kNone);
  for (const char* wrong : {"sh", "/bin/../sh", ""}) {
    target_.connect["commands"] = wrong;
    EXPECT_FALSE(driver_.operation(target_).ok()) << wrong;
  }
}

TEST_F(ExecTest, TheEnvironmentIsWhatIsWritten) {
  target_.connect["environment.SHOP"] = "eu";
  target_.connect["secrets.TOKEN"] = "hunter22";
  DriverOptions options = script("env | sort | grep -v -E '^(PWD|SHLVL|_|OLDPWD)='");
  options["environment.MODE"] = "a b";
  EXPECT_EQ(output(options),
            "LANG=C.UTF-8\nMODE=a b\n"
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nSHOP=eu\n"
            "SIDEBAND_KEY=key-1\nSIDEBAND_REPAIR=\nSIDEBAND_STEP=restart\nSIDEBAND_TOKEN=42\n"
            "TOKEN=***");
  for (const char* name : {"lower", "SIDEBAND_KEY", "1A", "A-B", "A=B", ""}) {
    target_.connect = {{"commands", "/bin/sh"}, {std::string("environment.") + name, "x"}};
    EXPECT_FALSE(driver_.operation(target_).ok()) << name;
  }
}

TEST_F(ExecTest, SecretsAreBlottedOutWhereverTheyStand) {
  target_.connect["secrets.TOKEN"] = "hunter22";
  const auto reply = open()->run(request(script("echo $TOKEN$TOKEN; echo no: $TOKEN >&2; exit 5")));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->output.find("hunter22"), std::string::npos);
  EXPECT_EQ(whole_detail(reply->outcome), "exit code 5: no: ***");
  EXPECT_EQ(reply->outcome.detail, "exit code 5") << "K10.2: the words of a command are not kept";
}

TEST_F(ExecTest, ExitCodesSayWhatTheyWereSaidToSay) {
  const auto run = [&](const std::string& code) {
    DriverOptions options = script("exit " + code);
    options.insert(
        {{"expect", "0\n10"}, {"alreadyThere", "11"}, {"refused", "12"}, {"failed", "13"}});
    return open()->run(request(options))->outcome.outcome;
  };
  EXPECT_EQ(run("0"), Outcome::kChanged);
  EXPECT_EQ(run("10"), Outcome::kChanged);
  EXPECT_EQ(run("11"), Outcome::kAlreadyThere);
  EXPECT_EQ(run("12"), Outcome::kRefused);
  EXPECT_EQ(run("13"), Outcome::kFailed);
  EXPECT_EQ(run("14"), Outcome::kUnknown) << "nobody said that nothing was done";
  const auto killed = open()->run(request(script("kill -9 $$")));
  EXPECT_EQ(killed->outcome.outcome, Outcome::kUnknown);
  EXPECT_EQ(killed->outcome.detail, "ended by signal 9");
}

TEST_F(ExecTest, JsonIsReadWhereItIsJson) {
  DriverOptions options = script("echo '{\"id\": 7, \"tags\": [\"a\"]}'");
  options["output"] = "json";
  EXPECT_EQ(output(options, "json"), "{\"id\":7,\"tags\":[\"a\"]}");
  options = script("echo '{\"id\": 7, \"id\": 8}'");
  options["output"] = "json";
  EXPECT_EQ(output(options, "json"), "(none)") << "two values of one key are none";
  EXPECT_EQ(output(options), "{\"id\": 7, \"id\": 8}");
  options = script("head -c 100000 /dev/zero | tr '\\0' '['");
  options["output"] = "json";
  EXPECT_EQ(output(options, "json"), "(none)");
}

TEST_F(ExecTest, WordsOfACommandCannotForgeALine) {
  const auto reply =
      open()->run(request(script("printf 'first\\nlast \\033[31m\\r!\\n\\n' >&2; exit 1")));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(whole_detail(reply->outcome), "exit code 1: last  [31m !");
}

TEST_F(ExecTest, ThereIsNothingToWatch) {
  const auto opened = driver_.open(target_, {}, Role::kActual);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(opened.error().message, HasSubstr("playbooks"));
  EXPECT_FALSE(driver_.watch(target_, {}, Role::kActual).ok());
}

}  // namespace
}  // namespace sideband
