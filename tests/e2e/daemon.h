// The built binary in a scratch folder: a daemon that is started, signalled, killed and started
// again, and the command line beside it. Nothing of it is linked into the tests.
//
// SIDEBAND_BIN names the binary; without it, it is that of the release build of this tree.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/http_peer.h"
#include "support/process.h"
#include "support/temp_dir.h"
#include "support/until.h"

namespace sideband::e2e {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

// The binary under test. A missing one ends the test program: these tests are never skipped.
const std::string& binary();

// One state folder with its configuration. Used by one thread.
class Daemon {
 public:
  // `postgres`: connection string of an empty database; empty = SQLite in the state folder.
  explicit Daemon(std::string postgres = "");

  [[nodiscard]] std::string path(const std::string& name) const { return dir_.path(name); }
  [[nodiscard]] std::string state() const { return path("state"); }
  [[nodiscard]] std::string socket() const { return socket_; }
  // From the next start on, and for the command line.
  void listen_at(const std::string& socket) { socket_ = socket; }
  // Replaces the whole configuration by this file.
  void configure(const std::string& yaml) const { spill(path("conf/all.yaml"), yaml); }
  // Options of `serve` for every start.
  Words serve_options;

  // Starts the daemon without waiting for anything.
  void spawn(const std::map<std::string, std::string>& env = {});
  // Starts it and waits until it is ready; a test failure with its log when it is not.
  void start(const std::map<std::string, std::string>& env = {});
  bool ready() const;
  [[nodiscard]] Process& process() { return *process_; }
  // SIGTERM, and how it ended.
  Ended stop();
  // SIGKILL, and waits until it is gone.
  void kill_now();
  // What it logged since the first start.
  [[nodiscard]] std::string log() const { return slurp(path("serve.log")); }
  // Waits until the log of all starts contains `text`.
  bool logs(const std::string& text) const;

  // Runs the command line as `identity` ("" = without a token) to its end.
  Finished cli(const Words& words, const std::string& identity = "operator") const;
  // The same, running on; its output goes to path(name + ".out") and ".err".
  std::unique_ptr<Process> cli_beside(const std::string& name, const Words& words,
                                      const std::string& identity = "operator") const;
  // Makes the identity if it is not there; its token.
  std::string token(const std::string& identity) const;
  // The public key that the daemon signs the audit log with.
  [[nodiscard]] std::string public_key() const;

  // `more`: lines of the request's head.
  HttpAnswer call(const std::string& method, const std::string& path, const std::string& body = "",
                  const std::string& identity = "operator", const std::string& more = "") const;
  // The body of a GET as JSON; null when it did not answer 200.
  Json get(const std::string& path) const;
  // Repairs of one reconciler (all when empty), newest first.
  Json repairs(const std::string& reconciler = "", bool active = false) const;

 private:
  Command command(Words words, const std::string& identity) const;

  TempDir dir_;
  std::string socket_ = dir_.path("s.sock");
  std::string postgres_;
  std::unique_ptr<Process> process_;
};

// Targets and reconcilers in YAML with the labels that every reconciler needs.
std::string target(const std::string& name, const std::string& driver, const std::string& connect);
// `spec` is the indented text under "spec:".
std::string reconciler(const std::string& name, const std::string& spec);

}  // namespace sideband::e2e
