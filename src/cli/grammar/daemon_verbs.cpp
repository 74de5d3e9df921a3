// Verbs of the daemon: serve, run-commands and token.
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

#include "base/units.h"
#include "cli/exit_codes.h"
#include "cli/grammar/verbs.h"

namespace sideband::cli {
namespace {

// Shorter ones would end while a healthy node waits for its store.
std::string is_lease(const std::string& text) {
  const auto lease = parse_duration(text);
  const bool good = lease.ok() && *lease >= std::chrono::seconds(1);
  return good ? "" : "must be a time of at least 1s, like 30s";
}

void add_serve(CommandLine& line) {
  CLI::App* const verb =
      add_verb(line, "serve", "Run the daemon",
               {"sideband --config examples/fleet.yaml --state /tmp/sideband serve",
                "sideband serve --listen 0.0.0.0:9471 --tls-cert /etc/sideband/api.crt --tls-key "
                "/etc/sideband/api.key"});
  const auto options = std::make_shared<ServeOptions>();
  verb->add_option("--postgres", options->postgres,
                   "Store in PostgreSQL: a libpq connection string [SQLite in the state folder]");
  verb->add_option("--metrics-listen", options->metrics_address,
                   "Also serve /metrics, /healthz and /readyz on this address, without identity");
  verb->add_option("--listen", options->listen_address,
                   "Also serve the API over TLS 1.3 on this address, to whoever has a token");
  verb->add_option("--tls-cert", options->tls_certificate,
                   "PEM file with its certificate and those that vouch for it; read again when it "
                   "changes");
  verb->add_option("--tls-key", options->tls_key, "PEM file with the key, for its owner alone");
  verb->add_option(
      "--client-ca", options->client_ca,
      "PEM file of who vouches for client certificates, which then are identities, too");
  verb->add_option("--trust-domain", options->trust_domain,
                   "Theirs: a certificate with the URI spiffe://TRUST-DOMAIN/NAME is NAME");
  verb->add_option("--node", options->node, "Name of this node in leases")->capture_default_str();
  const auto lease = std::make_shared<std::string>(format_duration(options->lease));
  verb->add_option("--lease", *lease,
                   "How long a silent node keeps its repairs before another takes them over")
      ->check(is_lease)
      ->capture_default_str();
  verb->add_option("--log-level", options->log_level)
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  verb->add_option("--log-format", options->log_format)
      ->check(CLI::IsMember({"logfmt", "json"}))
      ->capture_default_str();
  verb->add_option("--command-runner", options->command_runner,
                   "Socket of a `sideband run-commands`, whose user then runs the commands of exec "
                   "targets [the daemon's own user]");
  verb->add_flag("--normal-priority", options->normal_priority,
                 "Work on targets with the priority of other programs [nice 10, in batches]");
  verb->add_flag("--trust-store", options->trust_store,
                 "Start a new audit anchor: only after you restored the store on purpose");
  verb->add_option("--new-state", options->new_state,
                   "Use a store that is not the one signed last, for this REASON: once, after you "
                   "replaced or emptied it on purpose")
      ->type_name("REASON")
      ->check([](const std::string& text) {
        return text.empty() ? "needs a reason, which the audit log keeps" : "";
      });
  on_run(line, verb, [&line, options, lease] {
    options->lease = parse_duration(*lease).value();
    options->config = line.config;
    options->state = line.state;
    options->socket = line.socket_path();
    return line.program.serve(*options);
  });
}

void add_run_commands(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "run-commands", "Run the commands of a daemon as this user, who is not the daemon's",
      {"sideband run-commands --listen /tmp/commands.sock --for nobody"});
  const auto options = std::make_shared<RunnerOptions>();
  verb->add_option("--listen", options->socket, "Path of the unix socket")->required();
  verb->add_option("--for", options->peer,
                   "The daemon's user; of nobody else but root are commands taken [this user]");
  on_run(line, verb, [&line, options] { return line.program.run_commands(*options); });
}

void add_token(CommandLine& line) {
  CLI::App* const token = add_verb(line, "token", "Identities of this machine",
                                   {"sideband --state /tmp/sideband token add operator"});
  token->require_subcommand(1);
  CLI::App* const add = token->add_subcommand("add", "Make a token and print its file");
  const auto name = std::make_shared<std::string>();
  add->add_option("NAME", *name, "The identity")->required();
  on_run(line, add, [&line, name] {
    umask(0077);  // it may be the first to make the state folder
    const auto path = line.program.make_token(line.state, *name);
    if (!path.ok()) {
      std::cerr << "sideband: " << path.error().message << "\n";
      const bool denied = path.error().code == ErrorCode::kPermission;
      return denied ? kNotPermitted : kUsage;
    }
    std::cout << *path << "\n";
    if (!line.quiet) {
      std::cerr << "use it with --token-file or SIDEBAND_TOKEN_FILE; whoever can read the file "
                   "is "
                << *name << "\n";
    }
    return kOk;
  });
}

}  // namespace

void add_daemon_verbs(CommandLine& line) {
  add_serve(line);
  add_run_commands(line);
  add_token(line);
}

}  // namespace sideband::cli
