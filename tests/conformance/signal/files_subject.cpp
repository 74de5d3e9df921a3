#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "conformance/signal/subject.h"
#include "drivers/files/driver.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

class FilesSignals final : public SignalSubject {
 public:
  FilesSignals() : driver_(signal_context()) {
    std::filesystem::create_directories(folder_.path("root/sub"));
    spill(folder_.path("outside"), "x");
    std::filesystem::create_symlink(folder_.path("outside"), folder_.path("root/link"));
    std::filesystem::create_symlink(folder_.path(), folder_.path("root/up"));
    ::mkfifo(folder_.path("root/pipe").c_str(), 0600);
    spill(folder_.path("root/future"), "x");
    std::filesystem::last_write_time(
        folder_.path("root/future"),
        std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    target_.name = "web";
    target_.connect = {{"root", folder_.path("root")}};
  }

  std::unique_ptr<Signal> open(const std::string& kind, const DriverOptions& options) override {
    return std::move(driver_.signal(target_, kind, options)).value();
  }
  std::string kind() override { return "file"; }
  DriverOptions good() override { return {{"size", "sub/backup"}}; }
  void set(std::int64_t value) override {
    spill(folder_.path("root/sub/backup"), std::string(static_cast<std::size_t>(value), 'x'));
  }
  std::vector<Odd> odd() override {
    return {{"not there", "file", {{"age", "sub/none"}}, "sub/none"},
            {"no such folder", "file", {{"age", "none/none"}}, "none"},
            {"a folder", "file", {{"size", "sub"}}, "no regular file"},
            {"a pipe", "file", {{"age", "pipe"}}, "no regular file"},
            {"a link", "file", {{"size", "link"}}, "no regular file"},
            {"a folder by a link", "file", {{"size", "up/outside"}}, "link"},
            {"from the future", "file", {{"age", "future"}}, "in the future"}};
  }
  void take_away() override { std::filesystem::remove_all(folder_.path("root")); }

 private:
  const TempDir folder_;
  FilesDriver driver_;
  TargetSettings target_;
};

}  // namespace

std::unique_ptr<SignalSubject> make_files_signals() {
  return std::make_unique<FilesSignals>();
}

}  // namespace sideband
