#include "app/serve.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "app/backups.h"
#include "app/new_state.h"
#include "app/service_reporter.h"
#include "app/signer.h"
#include "app/wiring.h"
#include "audit/export.h"
#include "audit/prove_leaf.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/private_file.h"
#include "base/service_manager.h"
#include "base/slewed_clock.h"
#include "base/units.h"
#include "cli/exit_codes.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/thread_runner.h"
#include "gateway/gateway.h"
#include "gateway/listen_address.h"
#include "store/postgres/store.h"
#include "store/sqlite/folder_lock.h"
#include "store/sqlite/store.h"

namespace sideband {
namespace {

// Without a watchdog: longer than a slow disk takes for a commit.
constexpr Duration kHungAfter = std::chrono::seconds(30);
constexpr std::size_t kProbeBytes = 128UL * 1024;

int fail(const Error& error) {
  std::cerr << "sideband: " << error.message << "\n";
  return cli::exit_code_of(error.code);
}

void use_log(const cli::ServeOptions& options) {
  const LogLevel level = options.log_level == "debug"  ? LogLevel::kDebug
                         : options.log_level == "info" ? LogLevel::kInfo
                         : options.log_level == "warn" ? LogLevel::kWarn
                                                       : LogLevel::kError;
  configure_log(level, options.log_format == "json" ? LogFormat::kJson : LogFormat::kLogfmt);
}

Result<std::unique_ptr<Store>> open_store(const cli::ServeOptions& options, const Clock& clock,
                                          Metrics& metrics) {
  const StoreOptions common{clock, metrics};
  if (!options.postgres.empty()) {
    PostgresOptions postgres;
    postgres.connection = options.postgres;
    postgres.raise_epoch = options.trust_store || !options.new_state.empty();
    return open_postgres_store(postgres, common);
  }
  SqliteOptions sqlite;
  sqlite.folder = options.state;
  sqlite.raise_epoch = options.trust_store || !options.new_state.empty();
  return open_sqlite_store(sqlite, common);
}

// `leads`: asked where other nodes share the store.
Result<std::unique_ptr<Checkpointer>> open_checkpointer(const cli::ServeOptions& options,
                                                        Store& store, const Clock& clock,
                                                        std::function<bool()> leads) {
  std::string name = "sideband/" + options.node;
  CheckpointerOptions checkpoints;
  if (!options.postgres.empty()) {
    SB_ASSIGN(name, log_name(store, name));
    checkpoints.leads = std::move(leads);
  }
  SB_ASSIGN(SigningKey key, SigningKey::load_or_make(options.state + "/audit.key", name));
  checkpoints.anchor = options.state + "/anchor";
  checkpoints.trust_store = options.trust_store;
  if (options.new_state.empty()) {
    return Checkpointer::open(store, std::move(key), clock, checkpoints);
  }
  const NewState accepted{options.state, options.new_state, "uid " + std::to_string(getuid())};
  return open_new_state(store, std::move(key), clock, std::move(checkpoints), accepted);
}

// Signals are taken by next_signal in the main thread; blocked before any other thread starts.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return set;
}

// What looks and repairs have freed is given back this often.
constexpr timespec kReturnMemory = {15, 0};

// The next of them that came, or 0 when it is time to give memory back.
int next_signal(const sigset_t& signals) {
  const int number = sigtimedwait(&signals, nullptr, &kReturnMemory);
  return std::max(number, 0);
}

// Commands of playbooks may run as our user: /proc shows them neither our environment nor our
// descriptors, and they cannot trace us. It costs the core dump of a crash.
void keep_out_of_reach() {
  prctl(PR_SET_DUMPABLE, 0);
}

// All three, or none: what somebody began to ask for is not left out.
Result<void> add_tls(const cli::ServeOptions& options, const Clock& clock, Metrics& metrics,
                     HttpOptions& http) {
  const bool none = options.listen_address.empty() && options.tls_certificate.empty() &&
                    options.tls_key.empty() && options.client_ca.empty() &&
                    options.trust_domain.empty();
  if (none) return {};
  if (options.listen_address.empty() || options.tls_certificate.empty() ||
      options.tls_key.empty()) {
    return Error::invalid("--listen, --tls-cert and --tls-key go together");
  }
  if (options.client_ca.empty() != options.trust_domain.empty()) {
    return Error::invalid("--client-ca and --trust-domain go together");
  }
  SB_ASSIGN(const ListenAddress port, parse_listen_address(options.listen_address));
  const TlsPaths paths{options.tls_certificate, options.tls_key, options.client_ca};
  SB_ASSIGN(http.tls, TlsFiles::open(paths, clock, metrics));
  http.trust_domain = options.trust_domain;
  http.tls_address = port.address;
  http.tls_port = port.port;
  return {};
}

Result<HttpOptions> http_options(const cli::ServeOptions& options, const Clock& clock,
                                 Metrics& metrics) {
  HttpOptions http;
  http.unix_path = options.socket;
  SB_ASSIGN(const ListenAddress port, parse_listen_address(options.metrics_address));
  http.tcp_address = port.address;
  http.tcp_port = port.port;
  SB_TRY(add_tls(options, clock, metrics, http));
  return http;
}

// The daemon's parts, in the order in which they depend on each other.
class Daemon {
 public:
  explicit Daemon(cli::ServeOptions options)
      : options_(std::move(options)),
        drivers_(DriverContext{clock_, random_, options_.command_runner, &metrics_}),
        identities_(options_.state + "/tokens", clock_) {}

  Result<void> start() {
    SB_ASSIGN(const HttpOptions http, http_options(options_, clock_, metrics_));
    SB_ASSIGN(const auto settings, first_settings(options_.config, clock_));
    SB_TRY(make_state_folder());
    if (!options_.postgres.empty()) {
      // The signing key, its anchor and the socket are ours alone, also with a shared store.
      SB_ASSIGN(folder_, FolderLock::take(options_.state));
    }
    if (options_.postgres.empty() && options_.new_state.empty()) {
      SB_TRY(check_store_is_there(options_.state));
    }
    SB_ASSIGN(store_, open_store(options_, clock_, metrics_));
    SB_ASSIGN(auto checkpointer,
              open_checkpointer(options_, *store_, clock_, [this] { return engine_->leads(); }));
    log(LogLevel::kInfo, "audit key", {{"public", checkpointer->key().verifier_key()}});
    EngineOptions engine;
    engine.node = options_.node;
    engine.lease = options_.lease;
    engine.sole_owner = options_.postgres.empty();
    engine.connector = make_connector(drivers_);
    engine.make_content_rules = make_content_rules(clock_);
    engine.unsigned_for = [this] { return signing_.unsigned_for(); };
    engine.make_runner = [priority = options_.normal_priority ? ThreadPriority::kNormal
                                                              : ThreadPriority::kBackground](
                             Store& store, const Clock& clock) {
      return std::make_unique<ThreadRunner>(store, clock, priority);
    };
    engine.pulse = std::min(engine.pulse, hung_after_ / 4);
    engine_ = std::make_unique<Engine>(*store_, clock_, random_, metrics_, engine);
    signer_ =
        std::make_unique<Signer>(std::move(checkpointer), *engine_, clock_, signing_, metrics_);
    // Before anybody can ask: whoever finds the daemon ready finds its configuration too.
    EngineMetrics(metrics_).config_loaded(true);
    // Nothing is repaired by a daemon that nobody could ask or stop. Who connects meanwhile waits.
    SB_ASSIGN(server_, HttpServer::bind(http));
    engine_->start(settings);
    start_gateway();
    log(LogLevel::kInfo, "serving",
        {{"socket", options_.socket},
         {"metrics_port", std::to_string(server_->tcp_port())},
         {"tls_port", std::to_string(server_->tls_port())},
         {"reconcilers", std::to_string(settings->reconcilers.size())}});
    notify_ready(status());
    reporter_ = std::make_unique<ServiceReporter>(
        watchdog_, [this] { return stopping_ || alive().ok(); }, [this] { return status(); });
    return {};
  }

  void reload() {
    notify_reloading();
    load_again();
    notify_ready(status());
  }

  void stop() {
    stopping_ = true;
    notify_stopping();
    log(LogLevel::kInfo, "stopping");
    if (server_) server_->stop();
    if (engine_) engine_->stop();
    reporter_.reset();
    gateway_.reset();
    signer_.reset();
    engine_.reset();
    store_.reset();
    log(LogLevel::kInfo, "stopped");
  }

 private:
  // Who else may write there could put a token, a key or another store in its place.
  Result<void> make_state_folder() const {
    std::error_code failed;
    std::filesystem::create_directories(options_.state, failed);
    if (failed) {
      return Error::permission(
          "cannot make the state folder " + options_.state + ": " + failed.message() +
          "; run this as the user that it belongs to, or name another --state");
    }
    SB_TRY(check_private_folder(options_.state));
    SB_TRY(check_private_folder(options_.state + "/tokens"));
    if (::access(options_.state.c_str(), R_OK | W_OK | X_OK) == 0) return {};
    return Error::permission("cannot use the state folder " + options_.state + ": " +
                             std::strerror(errno) +
                             "; run this as the user that it belongs to, or name another --state");
  }

  // What works goes on working: a credential that is gone for the moment is no reason to lose it.
  Result<std::shared_ptr<const Settings>> settings_to_reload() const {
    SB_ASSIGN(auto loaded, load_settings({options_.config}, clock_, log_messages));
    for (const auto& [name, target] : engine_->settings()->targets) {
      const auto now = loaded->targets.find(name);
      if (now == loaded->targets.end() || now->second.lacks.empty()) continue;
      if (target.lacks.empty()) return Error::invalid("target " + name + ": " + now->second.lacks);
    }
    return loaded;
  }

  void load_again() {
    const auto settings = settings_to_reload();
    EngineMetrics(metrics_).config_loaded(settings.ok());
    reload_failed_ = !settings.ok();
    if (!settings.ok()) {
      log(LogLevel::kError, "reload failed; the running configuration stays",
          {{"why", settings.error().message}});
      return;
    }
    engine_->reload(*settings);
    log(LogLevel::kInfo, "configuration reloaded", {{"version", (*settings)->version}});
  }

  // A store that refuses is no reason to be started again; one that does not answer is.
  Result<void> alive() const {
    const Duration silent = clock_.mono() - engine_->last_beat();
    if (silent <= hung_after_) return {};
    return Error::unavailable("the engine or its store stands still for " +
                              format_duration(silent));
  }

  // One line for people: `systemctl status` shows it.
  std::string status() {
    if (stopping_) return "stopping";
    const auto reconcilers = engine_->status();
    std::string line = "reconcilers: " + std::to_string(reconcilers.size());
    if (reconcilers.empty()) line = "no reconciler is configured in " + options_.config;
    for (const ChannelStatus& one : reconcilers) {
      if (!one.problem.empty()) line += "; " + one.reconciler + " is not ready: " + one.problem;
    }
    if (leapt(clock_.gap()))
      line += "; the machine's clock leapt by " + format_duration(clock_.gap());
    if (reload_failed_) line += "; reload failed, the earlier configuration stays";
    if (const auto signing = signer_->health(); !signing.ok())
      line += "; " + signing.error().message;
    if (const auto hung = alive(); !hung.ok()) line += "; " + hung.error().message;
    return line;
  }

  void start_gateway() {
    GatewayParts parts{*engine_, *store_, metrics_, clock_, identities_, {}, {}, {}, {}, {}};
    parts.alive = [this] { return alive(); };
    parts.ready = [this]() -> Result<void> {
      SB_TRY(signer_->health());
      if (!store_->health().ok()) return probe_room();
      return store_->read([](StoreReader&) -> Result<void> { return {}; });
    };
    parts.audit_export = [this](const std::string& folder, bool as_tiles) -> Result<std::string> {
      SB_TRY(sign_for_export());
      const auto form = as_tiles ? ExportForm::kTiles : ExportForm::kRecords;
      SB_ASSIGN(const ExportSummary done, export_as(form, *store_, folder, options_.state));
      return "exported " + std::to_string(done.leaves) + " records of " + done.origin + " to " +
             folder + "\n";
    };
    parts.audit_proof = [this](std::int64_t index) -> Result<std::string> {
      SB_TRY(sign_for_export());
      SB_ASSIGN(const LeafProof proof, prove_leaf(*store_, index));
      return proof.record + "\n" + proof.proof;
    };
    backups_ = std::make_unique<Backups>(*store_, clock_, metrics_, options_.state);
    parts.backup = [this](const std::string& file, const Principal& by) {
      return backups_->make(file, by.name());
    };
    parts.version = SIDEBAND_VERSION;
    gateway_ = std::make_unique<Gateway>(std::move(parts));
    gateway_->use_timer(*server_);
    server_->serve(*gateway_);
  }

  // Where nothing else is written, this is how it is found that there is room again, and enough for
  // a plan and its records. The value is another one each time: what stays the same is no write.
  Result<void> probe_room() {
    std::string bytes;
    while (bytes.size() < kProbeBytes) bytes += format_time(clock_.wall());
    SB_TRY(store_->run(Lane::kControl, [&bytes](StoreTx& tx) { return tx.probe_write(bytes); }));
    return store_->run(Lane::kControl, [](StoreTx& tx) { return tx.probe_write(""); });
  }

  // A log that can no longer be signed is still exported up to its last checkpoint: that is when
  // its evidence is wanted.
  Result<void> sign_for_export() {
    const auto now = signer_->sign_now();
    return now.ok() || now.error().code == ErrorCode::kCorrupt ? Result<void>() : now;
  }

  const cli::ServeOptions options_;
  const std::optional<Duration> watchdog_ = watchdog_period();
  // Half of what the manager waits, so that it waits for one sign of life at most in vain.
  const Duration hung_after_ = watchdog_ ? *watchdog_ / 2 : kHungAfter;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> reload_failed_ = false;
  const SystemClock system_clock_{};
  const SlewedClock clock_{system_clock_};
  SystemRandom random_;
  Metrics metrics_;
  DriverRegistry drivers_;
  Identities identities_;
  std::unique_ptr<FolderLock> folder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
  SigningWatch signing_{clock_};
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<Backups> backups_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<ServiceReporter> reporter_;
};

}  // namespace

int serve(const cli::ServeOptions& options) {
  bound_heaps();
  use_log(options);
  umask(0077);
  keep_out_of_reach();
  const sigset_t signals = block_signals();
  Daemon daemon(options);
  const auto started = daemon.start();
  if (!started.ok()) {
    daemon.stop();
    return fail(started.error());
  }
  for (int number = 0; number != SIGTERM && number != SIGINT; number = next_signal(signals)) {
    if (number == SIGHUP) daemon.reload();
    return_free_memory();
  }
  daemon.stop();
  return cli::kOk;
}

}  // namespace sideband
