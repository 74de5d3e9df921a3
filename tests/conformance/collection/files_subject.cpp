#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "conformance/collection/subject.h"
#include "drivers/files/driver.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

namespace fs = std::filesystem;

class FilesSubject final : public Subject {
 public:
  ~FilesSubject() override { fs::remove_all(dir_.path() + ".away"); }
  std::unique_ptr<Collection> open() override {
    return std::move(FilesDriver(test_context()).open(target(), settings(), Role::kActual)).value();
  }
  Result<GrantReport> grants(const GrantNeeds& needs) override {
    return FilesDriver(test_context()).grants(target(), settings(), Role::kActual, needs);
  }
  std::string key(int i) override { return fmt::format("n{:04}/edge.yaml", i); }
  State value(const std::string& bytes) override { return State::of_bytes(bytes); }

  void put(const std::string& key, const State& state) override {
    const std::string temp = dir_.path(fmt::format("foreign-{}", ++writes_));
    spill(temp, state.bytes);
    fs::create_directories(fs::path(dir_.path(key)).parent_path());
    fs::rename(temp, dir_.path(key));
  }
  void erase(const std::string& key) override { fs::remove(dir_.path(key)); }
  State peek(const std::string& key) override {
    if (!fs::exists(dir_.path(key))) return State::absent();
    return State::of_bytes(slurp(dir_.path(key)));
  }
  bool damage(const std::string& key) override {
    fs::remove(dir_.path(key));
    fs::create_symlink("/etc/hostname", dir_.path(key));
    return true;
  }
  bool break_scan() override {
    fs::rename(dir_.path(), dir_.path() + ".away");
    return true;
  }
  std::vector<std::string> hostile_keys() override {
    std::vector<std::string> keys = {"",
                                     "..",
                                     ".",
                                     "../edge.yaml",
                                     "/etc/edge.yaml",
                                     "a/../edge.yaml",
                                     "a//edge.yaml",
                                     "other.yaml",
                                     "a/.sideband-x~"};
    keys.emplace_back("a\0/edge.yaml", 12);
    keys.emplace_back(5000, 'a');
    return keys;
  }

 private:
  TargetSettings target() const {
    TargetSettings target;
    target.name = "hosts";
    target.connect = {{"root", dir_.path()}};
    return target;
  }
  static CollectionSettings settings() {
    CollectionSettings settings;
    settings.options = {{"files", "*/edge.yaml"}};
    return settings;
  }

  TempDir dir_;
  std::atomic<int> writes_{0};
};

}  // namespace

std::unique_ptr<Subject> make_files_subject() {
  return std::make_unique<FilesSubject>();
}

}  // namespace sideband
