#include "conformance/collection/subject.h"
#include "drivers/noop/driver.h"
#include "model/int64_key.h"

namespace sideband {
namespace {

class NoopSubject final : public Subject {
 public:
  NoopSubject() : driver_(test_context()), memory_(driver_.memory("nowhere", 0)) {}

  std::unique_ptr<Collection> open() override {
    TargetSettings target;
    target.name = "nowhere";
    CollectionSettings settings;
    settings.options = {{"items", "0"}};
    return std::move(driver_.open(target, settings, Role::kActual)).value();
  }
  Result<GrantReport> grants(const GrantNeeds& needs) override {
    return driver_.grants({}, {}, Role::kActual, needs);
  }
  std::string key(int i) override { return std::to_string(i + 1); }
  State value(const std::string& bytes) override { return State::of_bytes(bytes); }
  void put(const std::string& key, const State& state) override {
    memory_->set(*parse_int64_key(key), state);
  }
  void erase(const std::string& key) override { put(key, State::absent()); }
  State peek(const std::string& key) override { return memory_->get(*parse_int64_key(key)); }
  std::vector<std::string> hostile_keys() override { return {"", "0", "-1", "x", "01"}; }

 private:
  NoopDriver driver_;
  std::shared_ptr<NoopMemory> memory_;
};

}  // namespace

std::unique_ptr<Subject> make_noop_subject() {
  return std::make_unique<NoopSubject>();
}

}  // namespace sideband
