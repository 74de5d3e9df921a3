// Runs every example of every --help, and every line of the manual that calls sideband, in a
// scratch copy of examples/. (README.md's own walk is run as a whole by tests/tidy/readme_test.sh.)
//
// Placeholders: RUN is a run of a playbook that waits for a person, REPAIR is the id of a repair in
// a fitting state, KEYFILE holds the log's public key. Paths that the examples name outside of this
// tree are moved into the scratch folder.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>

#include "e2e/daemon.h"
#include "support/certificates.h"

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;

const std::string kTree = SIDEBAND_SOURCE_DIR;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

bool has(const std::string& line, const std::string& part) {
  return line.find(part) != std::string::npos;
}

// What it finds on the machine, and as the user, that runs the tests: nothing or something.
bool depends_on_machine(const std::string& line) {
  // Root has more rights to files than anybody needs, which check --targets says.
  return has(line + " ", " scan ") || has(line, "check --targets");
}

// What the example is expected to end with: the fleet of examples/ has one file that differs.
int expected_code(const std::string& line) {
  if (has(line, "diff fleet-config") || has(line, "scan-now")) return 1;
  if (has(line, "backtest ")) return 1;   // the series of examples/ has an event
  if (has(line, "db restore")) return 6;  // the daemon of these tests holds the folder
  if (has(line, "run restart-fleet") && has(line, "--apply")) return 4;
  if (has(line, "settle ")) return 2;        // no step of these repairs is unknown
  if (has(line, "close-breaker")) return 6;  // that of the fleet is closed
  if (has(line, "undo RUN")) return 0;       // of a playbook that asks for no approval
  const bool asks = has(line, "apply ") || has(line, "undo ");
  if (asks && has(line, "--yes")) return 4;
  return 0;
}

class Help : public testing::Test {
 protected:
  Help() {
    fs::copy(kTree + "/examples", daemon_.path("examples"), fs::copy_options::recursive);
    fs::create_directories(daemon_.path("bin"));
    fs::create_directories(daemon_.path("tmp/OLD"));
    fs::create_symlink(binary(), daemon_.path("bin/sideband"));
    daemon_.configure(slurp(daemon_.path("examples/fleet.yaml")));
    listen();
    daemon_.start();
    spill(daemon_.path("KEYFILE"), daemon_.public_key());
  }

  // Brings the fleet back to where the examples begin.
  void reset() {
    daemon_.cli({"resume"});
    daemon_.cli({"resume", "fleet-config"});
    daemon_.cli({"resume", "--owner", "team-edge"});
    daemon_.cli({"resume", "--target", "fleet"});
    for (const Json& silence : daemon_.get("/api/v1/silences").at("items")) {
      daemon_.cli({"silence", "expire", silence.at("id")});
    }
    for (const Json& repair : daemon_.repairs("", true)) {
      daemon_.cli({"cancel", repair["id"], "--reason", "the next example begins"});
    }
    fs::copy(kTree + "/examples/fleet/live", daemon_.path("examples/fleet/live"),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  void listen() {
    const auto made = make_certificate("localhost", SystemClock().wall() + std::chrono::hours(99));
    spill(daemon_.path("conf/api.crt"), made.pem);
    spill(daemon_.path("conf/api.key"), made.key);
    ::chmod(daemon_.path("conf/api.key").c_str(), 0600);
    daemon_.serve_options = {"--listen",   "127.0.0.1:0",
                             "--tls-cert", daemon_.path("conf/api.crt"),
                             "--tls-key",  daemon_.path("conf/api.key")};
  }
  std::string tls_port() {
    const std::string log = daemon_.log(), mark = "tls_port=";
    const std::size_t at = log.rfind(mark) + mark.size();
    return log.substr(at, log.find(' ', at) - at);
  }
  std::string waiting_repair() {
    const Finished applied = daemon_.cli({"apply", "fleet-config", "--yes", "-o", "name"});
    EXPECT_EQ(applied.code, 4) << applied.err << daemon_.repairs().dump(1)
                               << daemon_.get("/api/v1/reconcilers/fleet-config").dump(1)
                               << daemon_.get("/api/v1/reconcilers/fleet-config/drifts").dump(1);
    const Json waiting = daemon_.repairs("fleet-config", true);
    return waiting.empty() ? "none" : waiting.at(0)["id"].get<std::string>();
  }
  std::string waiting_run() {
    const Finished run = daemon_.cli({"run", "restart-fleet", "--apply", "-o", "name"});
    EXPECT_EQ(run.code, 4) << run.err;
    const Json waiting = daemon_.repairs("playbook/restart-fleet", true);
    return waiting.empty() ? "none" : waiting.at(0)["id"].get<std::string>();
  }
  std::string finished_run() {
    const std::string id = waiting_run();
    const Finished done = daemon_.cli({"confirm", id, "look", "--evidence", "it answers"});
    EXPECT_EQ(done.code, 0) << done.err;
    return id;
  }
  std::string cancelled_repair() {
    const std::string id = waiting_repair();
    EXPECT_EQ(daemon_.cli({"cancel", id, "--reason", "not now"}).code, 0);
    return id;
  }
  std::string finished_repair() {
    const std::string id = waiting_repair();
    const Finished approved = daemon_.cli({"approve", id}, "reviewer");
    EXPECT_EQ(approved.code, 0) << approved.err;
    return id;
  }
  void prepare(std::string& line) {
    reset();
    const bool waits = has(line, "approve") || has(line, "reject") || has(line, "cancel");
    if (has(line, "retry REPAIR")) replace_all(line, "REPAIR", cancelled_repair());
    if (has(line, "lock release REPAIR")) replace_all(line, "REPAIR", waiting_run());
    if (has(line, "REPAIR"))
      replace_all(line, "REPAIR", waits ? waiting_repair() : finished_repair());
    if (has(line, "undo RUN")) replace_all(line, "RUN", finished_run());
    if (has(line, " RUN")) replace_all(line, " RUN", " " + waiting_run());
    if (has(line, "apply fleet.plan")) daemon_.cli({"plan", "fleet-config", "--out", "fleet.plan"});
    if (has(line, "audit")) {
      finished_repair();
      fs::remove_all(daemon_.path("tmp/audit"));
      EXPECT_EQ(daemon_.cli({"audit", "export", daemon_.path("tmp/audit")}).code, 0);
      fs::copy_file(daemon_.path("tmp/audit/checkpoint"), daemon_.path("OLD-checkpoint"),
                    fs::copy_options::overwrite_existing);
      spill(daemon_.path("proof"), daemon_.cli({"audit", "prove", "0"}).out);
      if (has(line, "audit export")) fs::remove_all(daemon_.path("tmp/audit"));
    }
    replace_all(line, "OLD/checkpoint", "OLD-checkpoint");
    replace_all(line, " /tmp/", " " + daemon_.path("tmp/"));
    replace_all(line, "/var/tmp/", daemon_.path("tmp/"));
    replace_all(line, "/etc/sideband", daemon_.path("conf"));
    replace_all(line, "/var/lib/sideband", daemon_.path("other-state"));
    // The daemon of these tests is the one on the other machine.
    replace_all(line, "https://ops.example.net:9471", "https://localhost:" + tls_port());
    replace_all(line, " ca.crt", " " + daemon_.path("conf/api.crt"));
    replace_all(line, " ana.token", " " + daemon_.state() + "/tokens/operator");
    replace_all(line, "0.0.0.0:9471", "127.0.0.1:0");
  }
  Command shell(const std::string& line, const std::string& identity) {
    Command command;
    command.argv = {"bash", "-c", line};
    command.folder = daemon_.path("");
    command.env = {{"PATH", daemon_.path("bin") + ":" + std::getenv("PATH")},
                   {"NO_COLOR", "1"},
                   {"HOME", daemon_.path("home")},
                   {"XDG_CONFIG_HOME", ""},
                   {"SIDEBAND_CONFIG", daemon_.path("conf")},
                   {"SIDEBAND_STATE", daemon_.state()},
                   {"SIDEBAND_SOCKET", daemon_.socket()},
                   {"KEY", daemon_.public_key()},
                   {"SIDEBAND_TOKEN_FILE", daemon_.state() + "/tokens/" + identity}};
    return command;
  }
  void run(const std::string& shown) {
    SCOPED_TRACE(shown);
    std::string line = shown;
    prepare(line);
    if (has(line, " serve")) return run_daemon(line);
    if (has(line, " run-commands")) return run_until_it_says(line, "running commands");
    const bool reviews = has(line, "approve") || has(line, "reject");
    const Finished done = run_to_end(shell(line, reviews ? "reviewer" : "operator"));
    if (depends_on_machine(shown)) {
      EXPECT_TRUE(done.code == 0 || done.code == 1) << done.code << done.out << done.err;
    } else {
      EXPECT_EQ(done.code, expected_code(shown)) << done.out << done.err;
    }
  }
  // One that stays: it is started, seen to be ready, and stopped.
  void run_daemon(const std::string& line) {
    Command command = shell("exec " + line, "operator");
    command.env["SIDEBAND_SOCKET"] = daemon_.path("other.sock");
    command.env["SIDEBAND_STATE"] = daemon_.path("yet-another-state");
    command.out = command.err = daemon_.path("other.log");
    Process other(command);
    EXPECT_TRUE(until([&] {
      HttpPeer peer(daemon_.path("other.sock"));
      peer.send(http_request("GET", "/readyz"));
      return peer.connected() && peer.receive().status == 200;
    })) << slurp(command.err);
    other.signal(SIGTERM);
    const auto ended = other.wait(std::chrono::seconds(20));
    EXPECT_TRUE(ended && ended->code == 0) << slurp(command.err);
  }

  // The same, seen to be ready by its log.
  void run_until_it_says(const std::string& line, const std::string& event) {
    Command command = shell("exec " + line, "operator");
    command.out = command.err = daemon_.path("other.log");
    Process other(command);
    EXPECT_TRUE(until([&] { return slurp(command.err).find(event) != std::string::npos; }))
        << slurp(command.err);
    other.signal(SIGTERM);
    const auto ended = other.wait(std::chrono::seconds(20));
    EXPECT_TRUE(ended && ended->code == 0) << slurp(command.err);
  }

  Daemon daemon_;
};

Finished help_of(const Words& words) {
  Command command;
  command.argv = {binary()};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  return run_to_end(command);
}

std::set<std::string> verbs() {
  std::set<std::string> found;
  bool inside = false;
  const Finished help = help_of({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const std::string& line : lines_of(help.out)) {
    if (!line.starts_with("  ")) inside = line.starts_with("Subcommands:");
    const bool names = inside && line.starts_with("  ") && line.size() > 2 && line[2] != ' ';
    if (names) found.insert(line.substr(2, line.find(' ', 2) - 2));
  }
  return found;
}

TEST_F(Help, EveryExampleRuns) {
  const auto all = verbs();
  EXPECT_GE(all.size(), 18U);
  for (const std::string& verb : all) {
    const Finished help = help_of({verb, "--help"});
    EXPECT_EQ(help.code, 0) << verb;
    bool inside = false;
    int examples = 0;
    for (const std::string& line : lines_of(help.out)) {
      if (line.starts_with("Examples:")) inside = true;
      if (!inside || !line.starts_with("  sideband")) continue;
      ++examples;
      run(line.substr(2));
    }
    EXPECT_GT(examples, 0) << verb << " shows no example";
  }
}

// Shell blocks of the manual: lines that call sideband are run; others prepare a real machine
// (make, systemctl, cp of a live folder, export) and are not.
TEST_F(Help, EveryCommandOfTheManualRuns) {
  if (!fs::exists(kTree + "/docs")) return;
  for (const auto& page : fs::directory_iterator(kTree + "/docs")) {
    if (page.path().extension() != ".md") continue;
    SCOPED_TRACE(page.path().filename().string());
    bool inside = false;
    for (const std::string& line : lines_of(slurp(page.path()))) {
      if (line.starts_with("```")) inside = line == "```sh";
      // A store is trusted anew only after a restore, which these tests do not do.
      if (inside && line.starts_with("sideband ") && !has(line, "--trust-store")) run(line);
    }
  }
}

}  // namespace
}  // namespace sideband::e2e
