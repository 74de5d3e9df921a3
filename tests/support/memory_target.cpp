#include "support/memory_target.h"

namespace sideband {

class MemoryCollection final : public Collection {
 public:
  explicit MemoryCollection(MemoryTarget& target) : target_(target) {}

  [[nodiscard]] CollectionTraits traits() const override {
    return {KeyOrder::kBytes, PreconditionClass::kCas, true, true, Shape::kBytes};
  }

  Result<ScanPage> scan(const ScanRequest& request) override {
    SB_TRY(call(&MemoryTarget::on_scan_));
    const MutexLock lock(target_.mutex_);
    ScanPage page;
    for (auto it = target_.items_.upper_bound(request.cursor); it != target_.items_.end(); ++it) {
      if (page.items.size() == request.max_items) return page;
      page.items.push_back({it->first, State::of_bytes(it->second)});
      page.cursor = it->first;
    }
    page.last = true;
    return page;
  }

  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration) override {
    SB_TRY(call(&MemoryTarget::on_read_));
    const MutexLock lock(target_.mutex_);
    std::vector<Item> items;
    for (const std::string& key : keys) items.push_back({key, state_of(key)});
    return items;
  }

  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override {
    SB_TRY(call(&MemoryTarget::before_apply_));
    std::vector<ChangeOutcome> outcomes;
    {
      const MutexLock lock(target_.mutex_);
      for (const Change& change : request.changes) {
        outcomes.push_back(apply_one(change, request.token));
      }
    }
    SB_TRY(call(&MemoryTarget::after_apply_));
    return outcomes;
  }

 private:
  Result<void> call(MemoryTarget::Hook MemoryTarget::*slot) {
    MemoryTarget::Hook hook;
    {
      const MutexLock lock(target_.mutex_);
      hook = target_.*slot;
    }
    return hook ? hook() : Result<void>();
  }

  [[nodiscard]] State state_of(const std::string& key) const SB_REQUIRES(target_.mutex_) {
    const auto found = target_.items_.find(key);
    return found == target_.items_.end() ? State::absent() : State::of_bytes(found->second);
  }

  ChangeOutcome apply_one(const Change& change, std::uint64_t token) SB_REQUIRES(target_.mutex_) {
    if (token < target_.token_) return {Outcome::kRefused, false, "old token"};
    target_.token_ = token;
    const State now = state_of(change.key);
    if (now.same_as(change.want)) return {Outcome::kAlreadyThere, false, {}};
    if (!now.same_as(change.found)) return {Outcome::kRefused, false, "state differs"};
    ++target_.writes_;
    if (change.want.present()) {
      target_.items_[change.key] = change.want.bytes;
    } else {
      target_.items_.erase(change.key);
    }
    return {Outcome::kChanged, false, {}};
  }

  MemoryTarget& target_;
};

void MemoryTarget::set(const std::string& key, const std::string& value) {
  const MutexLock lock(mutex_);
  items_[key] = value;
}

void MemoryTarget::erase(const std::string& key) {
  const MutexLock lock(mutex_);
  items_.erase(key);
}

std::map<std::string, std::string> MemoryTarget::content() const {
  const MutexLock lock(mutex_);
  return items_;
}

void MemoryTarget::on_scan(Hook hook) {
  const MutexLock lock(mutex_);
  on_scan_ = std::move(hook);
}

void MemoryTarget::on_read(Hook hook) {
  const MutexLock lock(mutex_);
  on_read_ = std::move(hook);
}

void MemoryTarget::before_apply(Hook hook) {
  const MutexLock lock(mutex_);
  before_apply_ = std::move(hook);
}

void MemoryTarget::after_apply(Hook hook) {
  const MutexLock lock(mutex_);
  after_apply_ = std::move(hook);
}

std::int64_t MemoryTarget::writes() const {
  const MutexLock lock(mutex_);
  return writes_;
}

Result<std::unique_ptr<Collection>> MemoryDriver::open(const TargetSettings& target,
                                                       const CollectionSettings&, Role) {
  return std::unique_ptr<Collection>(std::make_unique<MemoryCollection>(targets_[target.name]));
}

Result<std::unique_ptr<Feed>> MemoryDriver::watch(const TargetSettings&, const CollectionSettings&,
                                                  Role) {
  return Error::unsupported("the memory target has no feed");
}

}  // namespace sideband
