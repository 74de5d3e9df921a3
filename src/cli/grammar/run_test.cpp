// What the grammar takes and what it refuses, without drivers or a daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cli/exit_codes.h"
#include "cli/grammar/parser_table.h"
#include "cli/grammar/run.h"

namespace sideband::cli {
namespace {

using ::testing::HasSubstr;

// A program whose parts only note what they were asked.
struct FakeProgram {
  ServeOptions served;
  RunnerOptions runner;
  std::vector<std::string> tokens;
  std::vector<std::string> loaded;
  Program program{
      .version = "1.2.3",
      .date = "2026-03-01",
      .driver_fields = [] { return std::vector<config::DriverFields>(); },
      .load_settings = [this](const std::vector<std::string>& paths, const Clock&, std::ostream&,
                              bool,
                              std::string_view about) -> Result<std::shared_ptr<const Settings>> {
        loaded = paths;
        loaded.emplace_back(about);
        return Error::invalid("nothing to load");
      },
      .reach_targets = [](const Clock&) { return TargetAccess(); },
      .serve =
          [this](const ServeOptions& options) {
            served = options;
            return 0;
          },
      .run_commands =
          [this](const RunnerOptions& options) {
            runner = options;
            return 0;
          },
      .make_token = [this](const std::string& state,
                           const std::string& name) -> Result<std::string> {
        tokens.push_back(state + ":" + name);
        if (name == "taken") return Error::conflict("it has one");
        if (name == "foreign") return Error::permission("not yours");
        return state + "/tokens/" + name;
      },
      .openapi = [] { return std::string("{}\n"); }};

  int run(std::vector<const char*> words) {
    words.insert(words.begin(), "sideband");
    return run_command_line(program, static_cast<int>(words.size()), words.data());
  }
};

// What the parser says of a line without the program's name; empty = it is taken.
std::string refusal_of(const std::string& text) {
  const FakeProgram fake;
  CommandLine line(fake.program);
  add_all_verbs(line);
  try {
    line.app.parse(text);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return line.action ? "" : "no action";
}

const char* const kLines[] = {
    "serve",
    "serve --listen 0.0.0.0:1 --tls-cert c --tls-key k",
    "serve --listen 0.0.0.0:1 --tls-cert c --tls-key k --client-ca a --trust-domain d",
    "--server https://h:1 --client-cert c --client-key k get repairs",
    "serve --postgres dbname=x --metrics-listen 127.0.0.1:0 --node a --lease 5s",
    "serve --command-runner /run/commands",
    "run-commands --listen /run/commands",
    "run-commands --listen /run/commands --for sideband",
    "serve --log-level debug --log-format json --trust-store",
    "token add me",
    "check",
    "check a.yaml b.yaml --targets",
    "plan web",
    "plan web --out f --drift-exit-code",
    "diff web",
    "diff --files a b --ignore /x --set /y --declared --list-key /z=name",
    "schema",
    "schema --reference",
    "schema --openapi",
    "audit verify f --key k --saved-checkpoint n",
    "audit verify --jsonl f --note n --key k --since s -o json",
    "audit verify --tiles d --key k --origin o",
    "audit verify --proof f --key k",
    "audit check-proof",
    "tool canon",
    "context add shop --server https://h:1 --ca c --token-file t",
    "context use shop",
    "context use --none",
    "context ls -o json",
    "context rm shop",
    "--server https://h:1 --ca c get repairs",
    "--context shop get repairs",
    "test a.yaml b --run held",
    "tool yaml",
    "audit export /f",
    "audit export /f --tiles",
    "audit prove 7",
    "scan",
    "scan --only sysctl --within 9d --root /r",
    "run book",
    "run book --input a=b --input c=d --apply --wait 1s --idempotency-key k",
    "confirm id step",
    "confirm id step --evidence e --failed --wait 1s",
    "get repairs",
    "get drifts web --limit 3",
    "get repairs --active",
    "describe web --limit 1",
    "scan-now web --sweep",
    "explain web --limit 2",
    "explain field a.b",
    "apply web",
    "apply web --key a --key b --yes",
    "apply web --release maxChanges --yes --wait 1s",
    "approve id --comment c --wait 1s",
    "reject id --comment c",
    "cancel id --reason r --now",
    "undo id",
    "undo id --release maxChanges --yes --wait 1s",
    "retry id --reason r",
    "lock ls --limit 1",
    "lock release id --reason r",
    "pause --reason r",
    "pause web --reason r",
    "pause --owner team --reason r",
    "pause --target db --reason r",
    "pause --all --reason r",
    "resume --owner team",
    "resume",
    "silence add --reconciler w* --for 2h --reason r",
    "silence add --owner o --target t --label a=b --label c=d --for 1d --reason r --dry-run",
    "silence add --all --for 1m --reason r",
    "silence list",
    "silence expire 01a20940-608c-711c-a085-4f6c6d625b69",
    "resume web --reason r --accept-source",
    "resume web --reason r --close-breaker",
    "db backup f",
    "db restore f --trust-store --yes",
    "db migrate --plan --postgres dbname=x",
    "completion zsh",
    "manual f",
    "version"};

TEST(Grammar, TakesEachVerbInItsShortestAndLongestForm) {
  for (const char* text : kLines) {
    EXPECT_EQ(refusal_of(text), "") << text;
  }
}

TEST(Grammar, CommonOptionsStandBeforeAndAfterTheVerb) {
  for (const char* text : {"--state /s -o json -q get repairs", "get repairs --state /s -o yaml",
                           "lock ls --no-color --token-file t --socket s --config c"}) {
    EXPECT_EQ(refusal_of(text), "") << text;
  }
}

TEST(Grammar, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "subcommand is required"},
      {"nonsense", "subcommand is required"},
      {"get", "WHAT is required"},
      {"get nonsense", "nonsense not in"},
      {"get repairs --limit 0", "--limit"},
      {"get repairs web more", "more"},
      {"explain web --limit -1", "--limit"},
      {"serve --lease 10ms", "at least 1s"},
      {"serve --lease soon", "at least 1s"},
      {"serve --log-level loud", "loud not in"},
      {"-o xml get repairs", "xml not in"},
      {"diff --files one", "--files"},
      {"apply web --release everything", "everything not in"},
      {"undo id --release everything", "everything not in"},
      {"cancel id", "--reason is required"},
      {"retry id", "--reason is required"},
      {"pause web", "--reason is required"},
      {"pause web --owner team --reason r", "excludes"},
      {"pause --all --target db --reason r", "excludes"},
      {"lock", "subcommand is required"},
      {"lock release id", "--reason is required"},
      {"db", "subcommand is required"},
      {"tool", "subcommand is required"},
      {"run book --idempotency-key \"two words\"", "visible ASCII"},
      {"completion tcsh", "tcsh not in"},
      {"version --loud", "--loud"},
  };
  for (const auto& [text, said] : wrong) EXPECT_THAT(refusal_of(text), HasSubstr(said)) << text;
}

TEST(Grammar, EachVerbHasItsHelpAndAnExample) {
  const FakeProgram fake;
  CommandLine line(fake.program);
  add_all_verbs(line);
  const Command all = command_table(line.app);
  EXPECT_GE(all.commands.size(), 27U);
  std::set<std::string> names;
  for (const Command& verb : all.commands) {
    EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
    EXPECT_FALSE(verb.doc.empty()) << verb.name;
    EXPECT_FALSE(verb.examples.empty()) << verb.name;
  }
}

TEST(Grammar, WithoutAnythingOrWithHelpItEndsAsItShould) {
  FakeProgram fake;
  EXPECT_EQ(fake.run({}), kUsage);
  EXPECT_EQ(fake.run({"--help"}), kOk);
  EXPECT_EQ(fake.run({"get", "--help"}), kOk);
  EXPECT_EQ(fake.run({"version"}), kOk);
}

TEST(Grammar, ServeGetsWhatWasSaid) {
  FakeProgram fake;
  EXPECT_EQ(fake.run({"--state", "/s", "--config", "/c", "serve", "--lease", "5s", "--node", "a"}),
            kOk);
  EXPECT_EQ(fake.served.state, "/s");
  EXPECT_EQ(fake.served.config, "/c");
  EXPECT_EQ(fake.served.socket, "/s/sideband.sock");
  EXPECT_EQ(fake.served.lease, std::chrono::seconds(5));
  EXPECT_EQ(fake.served.node, "a");
  EXPECT_EQ(fake.run({"run-commands", "--listen", "/r", "--for", "sideband"}), kOk);
  EXPECT_EQ(fake.runner.socket, "/r");
  EXPECT_EQ(fake.runner.peer, "sideband");
  EXPECT_EQ(fake.run({"serve", "--socket", "/elsewhere"}), kOk);
  EXPECT_EQ(fake.served.socket, "/elsewhere");
}

TEST(Grammar, TokensAreMadeWhereTheStateIs) {
  FakeProgram fake;
  EXPECT_EQ(fake.run({"--state", "/s", "token", "add", "me"}), kOk);
  EXPECT_EQ(fake.run({"token", "add", "taken"}), kUsage);
  EXPECT_EQ(fake.run({"token", "add", "foreign"}), kNotPermitted);
  EXPECT_EQ(fake.tokens.front(), "/s:me");
}

TEST(Grammar, WhatReadsTheConfigurationNamesIt) {
  FakeProgram fake;
  EXPECT_EQ(fake.run({"--config", "/c", "plan", "web"}), kUsage);
  EXPECT_EQ(fake.loaded, (std::vector<std::string>{"/c", "web"}));
  EXPECT_EQ(fake.run({"check", "--targets", "/a", "/b"}), kUsage);
  EXPECT_EQ(fake.loaded, (std::vector<std::string>{"/a", "/b", ""}));
  EXPECT_EQ(fake.run({"diff"}), kUsage);
}

}  // namespace
}  // namespace sideband::cli
