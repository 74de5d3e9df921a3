// One simulated world: nodes that run the real engine over one database, targets, people, a world
// outside that changes things, and faults; all of it made from one seed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/checkpointer.h"
#include "base/metrics.h"
#include "engine/runtime/engine.h"
#include "rehearsal/sim_runner.h"
#include "simulation/checks.h"

namespace sideband::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  Bug bug = Bug::kNone;
  Duration faulty = std::chrono::minutes(60);  // how long things go wrong
  bool trace = false;                          // print what happens
  std::string folder;                          // empty folder for the database
};

struct WorldResult {
  std::string violation;  // empty = none
  std::uint64_t fingerprint = 0;
  Duration simulated{0};
  std::int64_t events = 0;
  std::int64_t writes = 0;
  std::map<std::string, std::int64_t> repairs;  // by the state they ended in
  std::map<std::string, std::int64_t> runs;     // of playbooks, likewise
  std::array<std::int64_t, kFaults> faults{};
  std::map<std::string, std::int64_t> points;  // crash points reached, and "+name" killed at
};

// One process with what it is made of. Kept when it is dead: calls under way refer to it.
struct Running {
  Running(Scheduler& scheduler, SimDatabase& database, std::string name, std::uint64_t seed,
          Duration boot);
  ~Running();

  Process process;
  ProcessClock clock;
  SeededRandom random;
  Metrics metrics;
  SimStore store;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Checkpointer> signer;  // in worlds whose store is set back
};

// Used by one thread, and one world at a time in a process: crash points are global.
class World {
 public:
  explicit World(const WorldOptions& options);
  ~World();
  WorldResult run();

 private:
  struct Node {
    std::string name;
    int starts = 0;
    std::unique_ptr<Running> running;
    std::int64_t signed_size = 0;  // leaves that its anchor binds
  };

  // settings.cpp
  void make_pairs();
  ReconcilerSettings make_spec(const std::string& name);
  void make_gates(GateSettings& gates);
  [[nodiscard]] bool has_breakers() const;
  [[nodiscard]] bool has_silences() const;
  [[nodiscard]] std::shared_ptr<Settings> settings() const;
  void reload();
  void rename();
  void reload_nodes();
  void tell_version(const Pair& pair);

  // books.cpp
  void make_books();
  PlaybookSettings make_book(const std::string& name);
  PlaybookStep make_step(const PlaybookSettings& book);
  void fill_step(PlaybookStep& step);
  void start_book();
  void confirm_some();
  void drift_shelf();

  // forks.cpp
  void choose_signing();
  void sign(Node& node, Running& running);
  void bring_anchor(const std::string& anchor) const;
  void sign_once(Node& node, Running& running);
  void refuse(Node& node, Running& running, const Error& error);
  void set_back_later();
  void await_refusals();

  // world.cpp
  void make_nodes();
  void start(Node& node);
  void stop(Node& node);
  void end_of(Node& node);
  void tend_nodes();
  Running* any_node();
  void on_point(std::string_view name);
  void settle();
  [[nodiscard]] bool settled();
  [[nodiscard]] Result<bool> all_converged(StoreReader& store) const;

  // policies.cpp
  [[nodiscard]] bool has_policies() const;
  void add_policies(Settings& settings) const;
  [[nodiscard]] Result<std::unique_ptr<PolicyServer>> open_policies() const;

  // signals.cpp
  [[nodiscard]] bool has_signals() const;
  void add_signals(Settings& settings) const;
  [[nodiscard]] Result<std::unique_ptr<Signal>> open_signal(Running& running) const;

  // actors.cpp
  void begin_actors();
  void every(Duration low, Duration high, std::function<void()> act);
  void drift_something();
  void want_something();
  void storm();
  void person_acts();
  void silence_something();
  void tidy();
  void ask(const std::function<void(Running&)>& what);
  void on_some_repair(const std::function<void(Running&, const Repair&)>& what);
  void do_harm();
  void shrink(Pair& pair);
  void look_at_what_goes(Pair& pair);
  void apply_some();
  void accept_some();
  void cancel_orphans();
  Pair& any_pair();
  std::string any_scope();
  static std::string target_scope(const Pair& pair);
  std::string any_key(const Pair& pair);

  const WorldOptions options_;
  Scheduler scheduler_;
  Faults faults_;
  SimDatabase database_;
  std::map<std::string, Pair> pairs_;
  std::vector<std::unique_ptr<SimTarget>> targets_;
  std::map<std::string, PlaybookSettings> books_;
  std::vector<std::unique_ptr<SimTool>> tools_;
  std::vector<std::unique_ptr<Running>> dead_;
  std::vector<Node> nodes_;
  std::unique_ptr<Checks> checks_;
  Duration lease_{0};
  int values_ = 0;  // makes every value another one
  int version_ = 0;
  int named_pauses_ = 0;
  bool signs_ = false;
  StoreSnapshot snapshot_;
  std::optional<MonoTime> set_back_;
  std::set<std::string> refused_;  // nodes whose signer refused
  bool tidying_ = false;
  int keys_ = 10;
};

}  // namespace sideband::sim
