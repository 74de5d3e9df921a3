#include "two_sides.h"

#include "settings/normalizer.h"

namespace sideband {
namespace {

OneSide side_of(const std::string& driver, DriverOptions connect, DriverOptions options) {
  OneSide side;
  side.target.driver = driver;
  side.target.connect = std::move(connect);
  side.collection.options = std::move(options);
  return side;
}

void add_side(Settings& settings, const std::string& name, OneSide side, CollectionSettings& into) {
  side.target.name = name;
  side.collection.target = name;
  settings.targets[name] = std::move(side.target);
  into = std::move(side.collection);
}

}  // namespace

OneSide files_side(const std::string& root) {
  return side_of("files", {{"root", root}}, {{"files", "*"}});
}

OneSide sqlite_side(const std::string& path, DriverOptions options) {
  return side_of("sqlite", {{"path", path}}, std::move(options));
}

OneSide postgres_side(const PostgresServer& server, const std::string& database,
                      DriverOptions options) {
  return side_of("postgres",
                 {{"host", server.folder()},
                  {"port", server.port()},
                  {"dbname", database},
                  {"user", "sideband"}},
                 std::move(options));
}

OneSide redis_side(const std::string& socket, DriverOptions options) {
  return side_of("redis", {{"socket", socket}}, std::move(options));
}

Result<TwoSides> TwoSides::open(DriverRegistry& registry, OneSide desired, OneSide actual,
                                const DetectSettings& detect) {
  Settings settings;
  ReconcilerSettings& spec = settings.reconcilers["r"];
  spec.name = "r";
  spec.repair.prune = true;
  spec.detect = detect;
  spec.detect.allow_empty = true;
  add_side(settings, "want", std::move(desired), spec.desired);
  add_side(settings, "have", std::move(actual), spec.actual);
  TargetConnector connector;
  connector.collection = [&](const TargetSettings& on, const CollectionSettings& collection,
                             Role role) { return registry.open(on, collection, role); };
  SB_ASSIGN(auto runtime, open_runtime(settings, "r", connector, [](const DetectSettings& content) {
              return policy::make_content_rules(content, WallTime());
            }));
  return TwoSides(std::move(runtime));
}

Result<Pass> TwoSides::look() const {
  const auto scanner = make_full_scanner(runtime_, 7, true);
  return run_pass(*scanner);
}

StepReport TwoSides::run(const std::vector<Change>& changes, StepMode mode) const {
  std::vector<Change> todo;
  for (const Change& change : changes) {
    todo.push_back(mode == StepMode::kUndo ? reversed(change) : change);
  }
  StepOrder order;
  order.mode = mode;
  order.changes = todo;
  return execute_step(*runtime_, order);
}

std::string first_failure(const StepReport& report) {
  for (const ChangeOutcome& one : report.outcomes) {
    if (!is_settled(one)) return std::string(outcome_name(one.outcome)) + ": " + whole_detail(one);
  }
  return "";
}

}  // namespace sideband
