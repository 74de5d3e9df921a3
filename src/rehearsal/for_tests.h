// A configuration and tests of it, for the tests of rehearsals. Tests only.
#pragma once

#include <string>

#include "base/log.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/test_file.h"
#include "settings/drivers_for_tests.h"
#include "support/temp_dir.h"

namespace sideband::sim {

inline const char* const kFleet = R"(apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: source}
spec: {driver: files, connect: {root: /srv/source}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: nodes}
spec: {driver: files, connect: {root: /srv/nodes}}
---
apiVersion: resolved.sideband/v1
kind: Reconciler
metadata:
  name: fleet
  labels: {owner: edge, environment: production, criticality: normal, repairType: configuration}
spec:
  mode: auto
  interval: 10s
  desired: {target: source, files: ["*.conf"]}
  actual: {target: nodes, files: ["*.conf"]}
)";

// A test with this spec beside that configuration.
inline std::string with_test(const std::string& spec) {
  return std::string(kFleet) +
         "---\napiVersion: resolved.sideband/v1\nkind: Test\nmetadata: {name: it}\nspec:\n" + spec;
}

inline TestFile load_text(const std::string& text) {
  const TempDir dir;
  spill(dir.path("fleet.yaml"), text);
  return load_test_file(dir.path("fleet.yaml"), policy::drivers_for_tests()).value();
}

// What fails of a test with this spec, one sentence a line.
inline std::string failures_of(const std::string& spec) {
  configure_log(LogLevel::kNone, LogFormat::kLogfmt);
  const TestFile file = load_text(with_test(spec));
  EXPECT_EQ(file.messages, "");
  std::string all;
  for (const LoadedTest& one : file.tests) {
    for (const std::string& failure : Rehearsal(one.test, one.settings).run().failures) {
      all += failure.substr(failure.rfind('/') + 1) + "\n";
    }
  }
  return all;
}

}  // namespace sideband::sim
