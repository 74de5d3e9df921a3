#include "support/memory_target.h"

#include <algorithm>

namespace sideband {
namespace {

using Items = std::map<std::string, std::string>;

Items::const_iterator begin_of(const Items& items, const KeyRange& range) {
  return range.from ? items.lower_bound(*range.from) : items.begin();
}

Items::const_iterator end_of(const Items& items, const KeyRange& range) {
  return range.below ? items.lower_bound(*range.below) : items.end();
}

bool holds(const KeyRange& range, const std::string& key) {
  return (!range.from || key >= *range.from) && (!range.below || key < *range.below);
}

}  // namespace

class MemoryCollection final : public Collection {
 public:
  explicit MemoryCollection(MemoryTarget& target) : target_(target) {}

  [[nodiscard]] CollectionTraits traits() const override {
    const MutexLock lock(target_.mutex_);
    CollectionTraits traits{target_.order_,
                            PreconditionClass::kCas,
                            true,
                            true,
                            Shape::kBytes,
                            target_.digest_,
                            target_.tells_position_,
                            target_.tells_changed_};
    traits.judges = target_.judges_;
    return traits;
  }

  Result<ScanPage> scan(const ScanRequest& request) override {
    SB_TRY(call(&MemoryTarget::on_scan_));
    const MutexLock lock(target_.mutex_);
    ScanPage page;
    for (auto it = target_.items_.upper_bound(request.cursor); it != target_.items_.end(); ++it) {
      if (!holds(request.range, it->first)) continue;
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

  Result<std::vector<RangeDigest>> digests(const DigestRequest& request) override {
    SB_TRY(call(&MemoryTarget::on_digest_));
    const MutexLock lock(target_.mutex_);
    std::vector<RangeDigest> digests;
    for (const KeyRange& range : request.ranges) {
      std::string all = std::to_string(request.seed);
      RangeDigest digest;
      digest.known = !target_.untold_ || !holds(range, *target_.untold_);
      const auto end = end_of(target_.items_, range);
      for (auto it = begin_of(target_.items_, range); it != end; ++it) {
        ++digest.items;
        all += hash(it->first, it->second);
      }
      digest.digest = to_hex(sha256(all));
      digests.push_back(std::move(digest));
    }
    return digests;
  }

  Result<std::vector<Item>> item_digests(const DigestRequest& request) override {
    SB_TRY(call(&MemoryTarget::on_digest_));
    const MutexLock lock(target_.mutex_);
    std::vector<Item> items;
    for (const KeyRange& range : request.ranges) {
      const auto end = end_of(target_.items_, range);
      for (auto it = begin_of(target_.items_, range); it != end; ++it) {
        items.push_back({it->first, State::of_bytes(hash(it->first, it->second))});
      }
    }
    target_.listed_ += static_cast<std::int64_t>(items.size());
    return items;
  }

  Result<std::vector<std::vector<std::string>>> split(const SplitRequest& request) override {
    const MutexLock lock(target_.mutex_);
    std::vector<std::vector<std::string>> all;
    for (const KeyRange& range : request.ranges) {
      std::vector<std::string> parts;
      const auto end = end_of(target_.items_, range);
      const auto count =
          static_cast<std::size_t>(std::distance(begin_of(target_.items_, range), end));
      const std::size_t most = std::min(request.max_parts, target_.max_parts_);
      const std::size_t step = std::max(request.items_each, count / most + 1);
      std::size_t number = 0;
      for (auto it = begin_of(target_.items_, range); it != end; ++it, ++number) {
        if (number != 0 && number % step == 0) parts.push_back(it->first);
      }
      all.push_back(std::move(parts));
    }
    return all;
  }

  Result<std::string> position(Duration) override {
    SB_TRY(call(&MemoryTarget::on_position_));
    const MutexLock lock(target_.mutex_);
    return target_.tells_position_ ? std::to_string(target_.log_.size()) : "";
  }

  // A mark is a place in the log of writes.
  Result<Changed> changed_since(const ChangedRequest& request) override {
    const MutexLock lock(target_.mutex_);
    Changed changed;
    if (!target_.tells_changed_) return changed;
    changed.known = !request.mark.empty();
    changed.mark = std::to_string(target_.log_.size());
    if (!changed.known) return changed;
    for (std::size_t i = std::stoul(request.mark); i < target_.log_.size(); ++i) {
      if (target_.items_.contains(target_.log_[i])) changed.keys.push_back(target_.log_[i]);
    }
    return changed;
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

  static std::string hash(const std::string& key, const std::string& value) {
    return to_hex(sha256(std::to_string(key.size()) + key + value));
  }

  [[nodiscard]] State state_of(const std::string& key) const SB_REQUIRES(target_.mutex_) {
    const auto found = target_.items_.find(key);
    return found == target_.items_.end() ? State::absent() : State::of_bytes(found->second);
  }

  ChangeOutcome apply_one(const Change& change, std::uint64_t token) SB_REQUIRES(target_.mutex_) {
    if (token < target_.token_) return {Outcome::kFenced, false, "old token"};
    target_.token_ = token;
    const State now = state_of(change.key);
    if (now.same_as(change.want)) return {Outcome::kAlreadyThere, false, {}};
    if (!now.same_as(change.found)) return {Outcome::kRefused, false, "state differs"};
    ++target_.writes_;
    target_.log_.push_back(change.key);
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
  log_.push_back(key);
}

void MemoryTarget::erase(const std::string& key) {
  const MutexLock lock(mutex_);
  items_.erase(key);
  log_.push_back(key);
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

void MemoryTarget::on_digest(Hook hook) {
  const MutexLock lock(mutex_);
  on_digest_ = std::move(hook);
}

void MemoryTarget::on_position(Hook hook) {
  const MutexLock lock(mutex_);
  on_position_ = std::move(hook);
}

void MemoryTarget::forget_token() {
  const MutexLock lock(mutex_);
  token_ = 0;
}

void MemoryTarget::forget_to_judge() {
  const MutexLock lock(mutex_);
  judges_ = false;
}

void MemoryTarget::forget_order() {
  const MutexLock lock(mutex_);
  order_ = KeyOrder::kNone;
}

void MemoryTarget::offer_digests(const std::string& name) {
  const MutexLock lock(mutex_);
  digest_ = name;
}

void MemoryTarget::tell(bool position, bool changed) {
  const MutexLock lock(mutex_);
  tells_position_ = position;
  tells_changed_ = changed;
}

void MemoryTarget::set_behind_its_back(const std::string& key, const std::string& value) {
  const MutexLock lock(mutex_);
  items_[key] = value;
}

void MemoryTarget::split_into(std::size_t max_parts) {
  const MutexLock lock(mutex_);
  max_parts_ = max_parts;
}

void MemoryTarget::cannot_tell_around(const std::string& key) {
  const MutexLock lock(mutex_);
  untold_ = key;
}

std::int64_t MemoryTarget::listed() const {
  const MutexLock lock(mutex_);
  return listed_;
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
  return std::unique_ptr<Collection>(std::make_unique<MemoryCollection>(this->target(target.name)));
}

Result<std::unique_ptr<Feed>> MemoryDriver::watch(const TargetSettings&, const CollectionSettings&,
                                                  Role) {
  return Error::unsupported("the memory target has no feed");
}

}  // namespace sideband
