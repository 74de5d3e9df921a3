#include <filesystem>

#include "conformance/signal/subject.h"
#include "drivers/exec/driver.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

class ExecSignals final : public SignalSubject {
 public:
  ExecSignals() : driver_(signal_context()) {
    target_.name = "machine";
    target_.connect = {{"commands", "/bin/cat\n/bin/sh"}, {"grace", "100ms"}};
    target_.limits.connections = 4;
  }

  std::unique_ptr<Signal> open(const std::string& kind, const DriverOptions& options) override {
    return std::move(driver_.signal(target_, kind, options)).value();
  }
  std::string kind() override { return "command"; }
  DriverOptions good() override { return {{"argv", "/bin/cat\n" + folder_.path("level")}}; }
  void set(std::int64_t value) override {
    spill(folder_.path("level"), std::to_string(value) + "\n");
  }
  std::vector<Odd> odd() override {
    const auto of = [](const std::string& script, const char* why) {
      return Odd{script, "command", {{"argv", "/bin/sh\n-c\n" + script}}, why};
    };
    return {of("true", "empty"),
            of("echo", "empty"),
            of("echo many", "no number"),
            of("echo 1 2", "no number"),
            of("echo nan", "NaN"),
            of("echo inf", "infinite"),
            of("echo -inf", "infinite"),
            of("echo 1e999", "no number"),
            of("echo 0x10", "no number"),
            of("echo 1,5", "no number"),
            of("printf '1\\n2\\n'", "no number"),
            of("echo 5; exit 1", "exit code 1"),
            of("echo 5; kill -9 $$", "signal 9"),
            of("echo 7 >&2", "empty"),
            of("head -c 1000000 /dev/zero | tr '\\0' 9", "too much"),
            of("printf '1\\000'", "no number")};
  }
  DriverOptions slow() override { return {{"argv", "/bin/sh\n-c\nsleep 30"}}; }
  void take_away() override { std::filesystem::remove(folder_.path("level")); }

 private:
  const TempDir folder_;
  ExecDriver driver_;
  TargetSettings target_;
};

}  // namespace

std::unique_ptr<SignalSubject> make_exec_signals() {
  return std::make_unique<ExecSignals>();
}

}  // namespace sideband
