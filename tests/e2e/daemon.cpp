#include "e2e/daemon.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "e2e/openapi_check.h"

namespace sideband::e2e {
namespace {

constexpr Duration kStart = std::chrono::seconds(30);

}  // namespace

const std::string& binary() {
  static const std::string path = [] {
    const char* const named = std::getenv("SIDEBAND_BIN");
    std::string found = named != nullptr ? named : SIDEBAND_DEFAULT_BIN;
    if (!std::filesystem::exists(found)) {
      std::fprintf(stderr,
                   "FAILED: the binary under test is missing: %s\n"
                   "build it with tools/build.sh release, or name another in SIDEBAND_BIN\n",
                   found.c_str());
      std::exit(1);
    }
    return std::filesystem::absolute(found).string();
  }();
  return path;
}

Daemon::Daemon(std::string postgres) : postgres_(std::move(postgres)) {
  binary();
  std::filesystem::create_directories(path("conf"));
  token("operator");
  token("reviewer");
}

Command Daemon::command(Words words, const std::string& identity) const {
  Command command;
  command.argv = {binary(), "--config", path("conf"), "--state", state(), "--socket", socket()};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.env = {{"NO_COLOR", "1"}, {"SIDEBAND_CRASH_AT", ""}};
  command.env["SIDEBAND_TOKEN_FILE"] =
      identity.empty() ? std::string() : state() + "/tokens/" + identity;
  command.folder = dir_.path();
  return command;
}

void Daemon::spawn(const std::map<std::string, std::string>& env) {
  Words words = {"serve"};
  if (!postgres_.empty()) words.insert(words.end(), {"--postgres", postgres_});
  words.insert(words.end(), serve_options.begin(), serve_options.end());
  Command serve = command(words, "");
  for (const auto& [name, value] : env) serve.env[name] = value;
  serve.out = serve.err = path("serve.log");
  process_ = std::make_unique<Process>(serve);
}

bool Daemon::ready() const {
  HttpPeer peer(socket());
  peer.send(http_request("GET", "/readyz"));
  if (!peer.connected()) return false;
  const HttpAnswer answer = peer.receive();
  // It works, though none of its targets may: what a test of those waits for as well.
  return answer.status == 200 || answer.body.find("no reconciler can see") != std::string::npos;
}

void Daemon::start(const std::map<std::string, std::string>& env) {
  spawn(env);
  const bool up = until([this] { return !process_->running() || ready(); }, kStart);
  ASSERT_TRUE(up && process_->running()) << "the daemon does not get ready:\n" << log();
}

Ended Daemon::stop() {
  process_->signal(SIGTERM);
  return process_->wait(kStart).value_or(Ended{});
}

void Daemon::kill_now() {
  process_->signal(SIGKILL);
  process_->wait(kStart);
}

bool Daemon::logs(const std::string& text) const {
  return until([&] { return log().find(text) != std::string::npos; });
}

Finished Daemon::cli(const Words& words, const std::string& identity) const {
  return run_to_end(command(words, identity), std::chrono::seconds(120));
}

std::unique_ptr<Process> Daemon::cli_beside(const std::string& name, const Words& words,
                                            const std::string& identity) const {
  Command beside = command(words, identity);
  beside.out = path(name + ".out");
  beside.err = path(name + ".err");
  return std::make_unique<Process>(beside);
}

std::string Daemon::token(const std::string& identity) const {
  const std::string file = state() + "/tokens/" + identity;
  if (!std::filesystem::exists(file)) {
    const Finished made = cli({"-q", "token", "add", identity}, "");
    if (made.code != 0) std::fprintf(stderr, "token add: %s\n", made.err.c_str());
    SB_CHECK(made.code == 0);
  }
  return slurp(file);
}

std::string Daemon::public_key() const {
  const std::string text = log();
  const std::string mark = "event=\"audit key\" public=";
  const std::size_t at = text.rfind(mark);
  if (at == std::string::npos) return "";
  std::string key = text.substr(at + mark.size());
  key = key.substr(0, key.find('\n'));
  if (key.starts_with('"')) key = key.substr(1, key.size() - 2);
  return key;
}

HttpAnswer Daemon::call(const std::string& method, const std::string& path, const std::string& body,
                        const std::string& identity, const std::string& more) const {
  HttpPeer peer(socket());
  peer.send(http_request(method, path, identity.empty() ? "" : token(identity), body, more));
  const HttpAnswer answer = peer.receive(std::chrono::seconds(60));
  expect_as_documented(method, path, answer);
  return answer;
}

Json Daemon::get(const std::string& path) const {
  const HttpAnswer answer = call("GET", path);
  return answer.status == 200 ? Json::parse(answer.body) : Json();
}

Json Daemon::repairs(const std::string& reconciler, bool active) const {
  const Json found =
      get("/api/v1/repairs?limit=1000&reconciler=" + reconciler + (active ? "&active=true" : ""));
  return found.is_null() ? found : found.at("items");
}

std::string target(const std::string& name, const std::string& driver, const std::string& connect) {
  return "---\napiVersion: resolved.sideband/v1\nkind: Target\nmetadata: {name: " + name +
         "}\nspec: {driver: " + driver + ", connect: {" + connect + "}}\n";
}

std::string reconciler(const std::string& name, const std::string& spec) {
  return "---\napiVersion: resolved.sideband/v1\nkind: Reconciler\nmetadata: {name: " + name +
         ", labels: {owner: team-shop, environment: test, criticality: high, repairType: cache}}\n"
         "spec:\n" +
         spec;
}

}  // namespace sideband::e2e
