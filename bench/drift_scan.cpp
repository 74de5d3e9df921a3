// One look of a reconciler at its targets, made as the engine makes it, and timed. Prints one JSON
// line: seconds, CPU, peak memory, and what was found.
//
//   drift_scan CONFIG RECONCILER WAY [TIMES]
//
// WAY is scan (as the engine chooses), merge, sweep (a scan that looks for extras too), position or
// changed. The last two answer as a look does that needs no scan; `changed` marks first.
#include <fmt/format.h>

#include <fstream>

#include "app/wiring.h"
#include "engine/observe/confirmed_scan.h"
#include "engine/observe/merge_scanner.h"
#include "support.h"

namespace sideband {
namespace {

struct Found {
  std::int64_t create = 0, update = 0, erase = 0, extras = 0, unknown = 0, desired = 0;
};

// Peak of resident memory so far, in MiB.
double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

template <class T>
T must(Result<T> result) {
  if (!result.ok()) die(result.error().message);
  return std::move(*result);
}

std::unique_ptr<Scanner> scanner_of(const ReconcilerRuntimePtr& runtime, const std::string& way) {
  if (way == "merge") {
    return std::make_unique<ConfirmedScan>(runtime, std::make_unique<MergeScanner>(runtime));
  }
  return make_full_scanner(runtime, SystemRandom().next(), way == "sweep");
}

void scan(const ReconcilerRuntimePtr& runtime, const std::string& way, Found& found) {
  const auto scanner = scanner_of(runtime, way);
  for (bool last = false; !last;) {
    const ScanBatch batch = must(scanner->next());
    last = batch.last;
    found.extras += batch.extras;
    found.unknown += batch.unknown;
    found.desired += batch.desired;
    for (const Change& change : batch.changes) {
      found.create += change.op == ChangeOp::kCreate ? 1 : 0;
      found.update += change.op == ChangeOp::kUpdate ? 1 : 0;
      found.erase += change.op == ChangeOp::kDelete ? 1 : 0;
    }
  }
}

using Marks = std::map<const Collection*, std::string>;  // of each side its own

std::vector<Collection*> sides(const ReconcilerRuntimePtr& runtime) {
  return {runtime->desired.get(), runtime->actual.get()};
}

Changed changed_since(const ReconcilerRuntimePtr& runtime, Collection* side,
                      const std::string& mark) {
  return must(side->changed_since({mark, 10'000, runtime->call_timeout}));
}

// What a look asks that may be skipped; `found.desired` is how many keys came back.
void ask(const ReconcilerRuntimePtr& runtime, const std::string& way, const Marks& marks,
         Found& found) {
  for (Collection* side : sides(runtime)) {
    if (way == "position") {
      if (must(side->position(runtime->call_timeout)).empty()) die("a side cannot tell");
      continue;
    }
    const Changed changed = changed_since(runtime, side, marks.at(side));
    if (!changed.known) die("a side cannot tell what changed: " + changed.why_not);
    found.desired += static_cast<std::int64_t>(changed.keys.size());
  }
}

Marks first_marks(const ReconcilerRuntimePtr& runtime) {
  Marks marks;
  for (Collection* side : sides(runtime)) {
    const std::string none = changed_since(runtime, side, "").mark;
    marks[side] = changed_since(runtime, side, none).mark;
  }
  return marks;
}

void look(const ReconcilerRuntimePtr& runtime, const std::string& way, const Marks& marks,
          Found& found) {
  if (way == "position" || way == "changed") return ask(runtime, way, marks, found);
  scan(runtime, way, found);
}

int run(const std::vector<std::string>& words) {
  const SystemClock clock;
  SystemRandom random;
  const auto settings = must(load_settings({words.at(0)}, clock, print_messages(std::cerr, false)));
  DriverRegistry drivers({clock, random});
  const std::string& way = words.at(2);
  const int times = words.size() > 3 ? std::stoi(words.at(3)) : 1;
  const ReconcilerRuntimePtr runtime = must(
      open_runtime(*settings, words.at(1), make_connector(drivers), make_content_rules(clock)));
  const Marks marks = way == "changed" ? first_marks(runtime) : Marks();
  const MonoTime begun = clock.mono();
  const double cpu = cpu_us();
  Found found;
  for (int i = 0; i < times; ++i) {
    found = {};
    look(runtime, way, marks, found);
  }
  const auto took = static_cast<double>((clock.mono() - begun).count()) / times / 1e6;
  std::cout << fmt::format(R"({{"s": {:.5f}, "cpu_s": {:.4f}, "peak_mib": {:.1f}, )", took,
                           (cpu_us() - cpu) / times / 1e6, peak_mib())
            << fmt::format(R"("create": {}, "update": {}, "delete": {}, "extras": {}, )",
                           found.create, found.update, found.erase, found.extras)
            << fmt::format(R"("unknown": {}, "desired": {}}})", found.unknown, found.desired)
            << "\n";
  return 0;
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  if (argc < 4) sideband::die("usage: drift_scan CONFIG RECONCILER WAY [TIMES]");
  return sideband::run({argv + 1, argv + argc});
}
