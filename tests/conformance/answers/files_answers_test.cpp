// What is no file in the place of a file, or of its folder, and files that are written while they
// are read. None of it is read as absent, followed out of the root, or in the way of the others.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>
#include <map>

#include "base/fd.h"
#include "base/thread.h"
#include "conformance/answers/collection_conversation.h"
#include "conformance/answers/within_bounds.h"
#include "drivers/files/driver.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

namespace fs = std::filesystem;

constexpr Duration kFilesTime = std::chrono::seconds(2);
constexpr std::size_t kMaxPeek = 1 << 20;

using MakeKind = std::function<void(const std::string& path)>;

void make_socket(const std::string& path) {
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

void make_holes(const std::string& path) {
  spill(path, "");
  ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 40), 0);
}

// Everything a path can lead to that is no file of a size that we look at.
const std::map<std::string, MakeKind>& odd_kinds() {
  static const std::map<std::string, MakeKind> kKinds = {
      {"a folder", [](const std::string& path) { fs::create_directory(path); }},
      {"a pipe", [](const std::string& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }},
      {"a socket", make_socket},
      {"an endless file", [](const std::string& path) { fs::create_symlink("/dev/zero", path); }},
      {"another file", [](const std::string& path) { fs::create_symlink("/etc/hostname", path); }},
      {"another folder", [](const std::string& path) { fs::create_symlink("/etc", path); }},
      {"itself", [](const std::string& path) { fs::create_symlink(path, path); }},
      {"nothing", [](const std::string& path) { fs::create_symlink(path + ".gone", path); }},
      {"the kernel's words",
       [](const std::string& path) { fs::create_symlink("/proc/self/mem", path); }},
      {"holes", make_holes}};
  return kKinds;
}

// Each key is a folder with one file in it.
class FilesConversation final : public CollectionConversation {
 public:
  [[nodiscard]] std::string file(const std::string& key) const { return folder(key) + "/edge"; }
  [[nodiscard]] std::string folder(const std::string& key) const { return dir_.path(key); }
  void spoil(const std::string& path, const MakeKind& how) {
    fs::remove_all(path);
    how(path);
    spoilt_ = true;
  }

 protected:
  void heal() override {
    if (!std::exchange(spoilt_, false)) return;
    for (const char* key : {"1", "2"}) fs::remove_all(folder(key));
    renew();
  }
  std::unique_ptr<Driver> driver() override {
    return std::make_unique<FilesDriver>(answers_context());
  }
  TargetSettings target(Duration /*timeout*/) override {
    TargetSettings target;
    target.name = "hosts";
    target.connect = {{"root", dir_.path()}};
    return target;
  }
  CollectionSettings settings() override {
    CollectionSettings settings;
    settings.options = {{"files", "*/edge"}};
    return settings;
  }
  std::string key(const std::string& name) override { return name + "/edge"; }
  State value(const std::string& /*key*/, const std::string& text) override {
    return State::of_bytes(text);
  }
  void put(const std::string& name, const std::string& text) override { spill(file(name), text); }
  std::optional<State> peek(const std::string& name) override {
    const bool plain = fs::is_regular_file(fs::symlink_status(file(name)));
    if (!plain || fs::file_size(file(name)) > kMaxPeek) return std::nullopt;
    return State::of_bytes(slurp(file(name)));
  }

 private:
  TempDir dir_;
  bool spoilt_ = false;
};

class FilesAnswers : public testing::Test {
 protected:
  void attempt(const std::string& path, const MakeKind& how, Belief belief) {
    conversation_.renew();
    conversation_.spoil(path, how);
    conversation_.converse(kFilesTime, belief);
    bounds_.expect();
  }

  FilesConversation conversation_;
  WithinBounds bounds_;
};

TEST_F(FilesAnswers, OfWhatIsNoFile) {
  const std::string before = slurp("/etc/hostname");
  for (const auto& [name, make] : odd_kinds()) {
    for (const char* key : {"1", "2"}) {
      SCOPED_TRACE(name + " in the place of " + key);
      attempt(conversation_.file(key), make, Belief::kForm);
      // Without its folder a file is absent, and that is the truth.
      attempt(conversation_.folder(key), make, Belief::kNothing);
    }
  }
  EXPECT_EQ(slurp("/etc/hostname"), before);
}

// Cut, lengthened and written by another program all the time: what is read was there at once.
TEST_F(FilesAnswers, OfFilesThatAreWrittenWhileTheyAreRead) {
  conversation_.renew();
  std::atomic<bool> over{false};
  Thread writer("writer", [&] {
    for (int i = 0; !over; ++i) {
      std::ofstream file(conversation_.file("1"), std::ios::binary | std::ios::trunc);
      for (int block = 0; block < i % 50; ++block) file << std::string(1000, 'x');
    }
  });
  for (int i = 0; i < 200; ++i) conversation_.converse(kFilesTime, Belief::kNothing);
  over = true;
  writer.join();  // which has a file open
  bounds_.expect();
}

}  // namespace
}  // namespace sideband
