#include <filesystem>

#include "conformance/operation/subject.h"
#include "drivers/exec/driver.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

// The counter is the number of folders in a folder: making one is one act, and one only.
class ExecSubject final : public OperationSubject {
 public:
  ExecSubject() { std::filesystem::create_directory(dir_.path("done")); }

  std::unique_ptr<Operation> open() override {
    TargetSettings target;
    target.name = "host";
    target.connect = {{"commands", "/bin/sh"}, {"directory", dir_.path()}, {"grace", "200ms"}};
    return std::move(ExecDriver(operation_context()).operation(target)).value();
  }
  std::int64_t count() override {
    std::int64_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path("done"))) {
      found += entry.is_directory() ? 1 : 0;
    }
    return found;
  }

  DriverOptions adds() override {
    DriverOptions out = script("mkdir \"done/$SIDEBAND_KEY\" 2>/dev/null || exit 9");
    out["idempotent"] = "true";
    out["alreadyThere"] = "9";
    return out;
  }
  DriverOptions takes_off() override {
    return script("for d in done/*; do rmdir \"$d\" && exit 0; done; exit 1");
  }
  DriverOptions looks() override { return script("[ -n \"$(ls done)\" ]"); }
  DriverOptions looks_in_vain() override { return script("echo what? >&2; exit 77"); }
  DriverOptions fails() override {
    DriverOptions out = script("echo no >&2; exit 3");
    out["failed"] = "3";
    return out;
  }
  DriverOptions refuses() override {
    DriverOptions out = script("echo moved >&2; exit 4");
    out["refused"] = "4";
    return out;
  }
  DriverOptions talks() override {
    return script("head -c 300000 /dev/zero | tr '\\0' '\\001'; printf '\\377\\300'");
  }
  DriverOptions hangs() override { return script("trap '' TERM; mkdir running; sleep 1000"); }
  bool hanging() override { return std::filesystem::exists(dir_.path("running")); }
  std::vector<DriverOptions> wrong() override {
    return {{},
            {{"argv", ""}},
            {{"argv", "sh"}},
            {{"argv", "/bin/rm\n/"}},
            {{"argv", "/bin/sh"}, {"expect", "256"}},
            {{"argv", "/bin/sh"}, {"environment.SIDEBAND_TOKEN", "1"}}};
  }

 private:
  static DriverOptions script(const std::string& text) {
    return {{"argv", "/bin/sh\n-c\n" + text}};
  }
  TempDir dir_;
};

}  // namespace

std::unique_ptr<OperationSubject> make_exec_operations() {
  return std::make_unique<ExecSubject>();
}

}  // namespace sideband
