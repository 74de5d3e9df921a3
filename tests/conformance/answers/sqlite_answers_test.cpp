// A SQLite file with other bytes in it, or too few, and what is no file in its place. Without
// checksums SQLite cannot tell other bytes from other rows: what is promised of them is that no
// call ends the process, takes longer than it may, or more memory, and that a file that is cut is
// an error.
#include <sys/stat.h>

#include <iostream>

#include "conformance/answers/collection_conversation.h"
#include "conformance/answers/faults.h"
#include "conformance/answers/within_bounds.h"
#include "drivers/sqlite/driver.h"
#include "support/in_full.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

constexpr std::size_t kSpoiltSample = 400;

class SqliteConversation final : public CollectionConversation {
 public:
  // Small pages, so that most bytes mean something.
  SqliteConversation() {
    client()->run("pragma page_size = 512");
    client()->run("create table products(id integer primary key, v blob, note text unique)");
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  // What is there instead of the file, made from its bytes, until the conversation is over.
  void spoil(const std::function<void(const std::string& bytes)>& how) {
    good_ = slurp(path_);
    remove();
    how(good_);
    spoilt_ = true;
  }

 protected:
  void heal() override {
    if (!std::exchange(spoilt_, false)) return;
    remove();
    spill(path_, good_);
  }
  std::unique_ptr<Driver> driver() override {
    return std::make_unique<SqliteDriver>(answers_context());
  }
  TargetSettings target(Duration timeout) override {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"path", path_}};
    target.limits.statement_timeout = timeout;
    return target;
  }
  CollectionSettings settings() override {
    CollectionSettings settings;
    settings.options = {{"table", "products"}, {"key", "id"}, {"fence", "true"}};
    settings.fields = {{"v", "{v}"}};
    return settings;
  }
  State value(const std::string& /*key*/, const std::string& text) override {
    return State::of_fields({{"v", text}});
  }
  void put(const std::string& key, const std::string& text) override {
    client()->run(
        "insert into products(id, v, note) values(?1, ?2, ?1) on conflict(id) do update set v = "
        "excluded.v",
        {key, text});
  }
  std::optional<State> peek(const std::string& key) override {
    if (spoilt_) return std::nullopt;
    return value(key, client()->list("select v from products where id = ?1", {key}).at(0));
  }

 private:
  [[nodiscard]] std::unique_ptr<SqliteClient> client() const {
    auto client = std::make_unique<SqliteClient>(path_);
    client->run("pragma synchronous = off");
    return client;
  }
  void remove() const {
    for (const char* end : {"", "-journal", "-wal", "-shm"})
      std::filesystem::remove_all(path_ + end);
  }

  TempDir dir_;
  const std::string path_ = dir_.path("shop.db");
  std::string good_;
  bool spoilt_ = false;
};

class SqliteAnswers : public testing::Test {
 protected:
  SqliteAnswers() {
    for (int i = 0; i < 2; ++i) {
      conversation_.renew();
      conversation_.converse(std::chrono::seconds(10), Belief::kTruth);
    }
  }
  void attempt(const std::function<void(const std::string& bytes)>& how, Belief belief,
               const WithinBounds& bounds) {
    conversation_.renew();
    conversation_.spoil(how);
    conversation_.converse(std::chrono::milliseconds(50), belief);
    bounds.expect();
  }

  SqliteConversation conversation_;
};

std::string with_fault(std::string bytes, const AnswerFault& fault) {
  if (fault.kind != AnswerFault::Kind::kReplace) return bytes.substr(0, fault.at);
  return bytes.replace(fault.at, fault.drop, fault.bytes);
}

TEST_F(SqliteAnswers, OfAFileThatIsCutOrSpoiltAtEachByte) {
  const std::string bytes = slurp(conversation_.path());
  const std::vector<AnswerFault> all = faults_of_bytes({{0, bytes}});
  const auto chosen = sample_of(all, in_full() ? 50 * kSpoiltSample : kSpoiltSample);
  const WithinBounds bounds;
  for (const AnswerFault& fault : chosen) {
    SCOPED_TRACE(described(fault));
    const bool cut = fault.kind != AnswerFault::Kind::kReplace;
    const auto spoil = [&](const std::string& good) {
      spill(conversation_.path(), with_fault(good, fault));
    };
    attempt(spoil, cut ? Belief::kTruth : Belief::kNothing, bounds);
  }
  std::cout << "sqlite: " << chosen.size() << " faults of " << bytes.size() << " bytes, "
            << bounds.grown() << " KiB of memory more at most\n";
}

TEST_F(SqliteAnswers, OfWhatIsNoFile) {
  const std::string path = conversation_.path();
  const WithinBounds bounds;
  const std::map<std::string, std::function<void()>> kinds = {
      {"nothing", [] {}},
      {"a folder", [&] { std::filesystem::create_directory(path); }},
      {"a pipe", [&] { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }},
      {"a device", [&] { std::filesystem::create_symlink("/dev/zero", path); }},
      {"a terminal", [&] { std::filesystem::create_symlink("/dev/tty", path); }},
      {"a full disk", [&] { std::filesystem::create_symlink("/dev/full", path); }},
      {"a link to itself", [&] { std::filesystem::create_symlink(path, path); }},
      {"a link to nothing", [&] { std::filesystem::create_symlink(path + ".gone", path); }},
      {"a program", [&] { std::filesystem::create_symlink("/bin/sh", path); }},
      {"the kernel's words", [&] { std::filesystem::create_symlink("/proc/self/maps", path); }},
      {"holes", [&] {
         spill(path, "");
         ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 40), 0);
       }}};
  for (const auto& kind : kinds) {
    SCOPED_TRACE(kind.first);
    attempt([&](const std::string&) { kind.second(); }, Belief::kTruth, bounds);
  }
}

}  // namespace
}  // namespace sideband
