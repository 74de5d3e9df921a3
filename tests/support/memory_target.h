// A target in memory, for tests of the engine: a keyed map behind the Collection port, with places
// where a test may interfere.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "ports/driver.h"
#include "support/scripted_operation.h"

namespace sideband {

// Shared by the collections opened on it. Thread-safe.
class MemoryTarget {
 public:
  void set(const std::string& key, const std::string& value);
  void erase(const std::string& key);
  [[nodiscard]] std::map<std::string, std::string> content() const;

  // Called inside the named call, without the lock: a test's chance to change things or to fail it.
  using Hook = std::function<Result<void>()>;
  void on_scan(Hook hook);
  void on_read(Hook hook);
  void on_digest(Hook hook);
  void on_position(Hook hook);
  void before_apply(Hook hook);
  void after_apply(Hook hook);
  // From now on its collections have digests under this name; "" = none, as at first.
  void offer_digests(const std::string& name);
  // From now on its collections tell their position, and which keys changed.
  void tell(bool position, bool changed);
  // As if another target had taken its place: lower tokens are taken again.
  void forget_token();
  // A write that neither shows.
  void set_behind_its_back(const std::string& key, const std::string& value);
  // Its collections do not compare by themselves any more: they are to be read before each act.
  void forget_to_judge();
  // From now on its collections have no order.
  void forget_order();
  // Ranges are split into at most so many parts.
  void split_into(std::size_t max_parts);
  // Ranges that this key falls into cannot be told.
  void cannot_tell_around(const std::string& key);
  // Items listed with a digest.
  [[nodiscard]] std::int64_t listed() const;
  // Changes made by apply, and the highest token seen.
  [[nodiscard]] std::int64_t writes() const;

 private:
  friend class MemoryCollection;
  mutable Mutex mutex_;
  std::map<std::string, std::string> items_ SB_GUARDED_BY(mutex_);
  std::int64_t writes_ SB_GUARDED_BY(mutex_) = 0;
  std::uint64_t token_ SB_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> log_ SB_GUARDED_BY(mutex_);  // keys written
  bool tells_position_ SB_GUARDED_BY(mutex_) = false;
  bool tells_changed_ SB_GUARDED_BY(mutex_) = false;
  bool judges_ SB_GUARDED_BY(mutex_) = true;
  std::string digest_ SB_GUARDED_BY(mutex_);
  KeyOrder order_ SB_GUARDED_BY(mutex_) = KeyOrder::kBytes;
  std::optional<std::string> untold_ SB_GUARDED_BY(mutex_);
  std::size_t max_parts_ SB_GUARDED_BY(mutex_) = 1 << 14;
  std::int64_t listed_ SB_GUARDED_BY(mutex_) = 0;
  Hook on_position_ SB_GUARDED_BY(mutex_);
  Hook on_digest_ SB_GUARDED_BY(mutex_);
  Hook on_scan_ SB_GUARDED_BY(mutex_);
  Hook on_read_ SB_GUARDED_BY(mutex_);
  Hook before_apply_ SB_GUARDED_BY(mutex_);
  Hook after_apply_ SB_GUARDED_BY(mutex_);
};

// Driver "memory": targets by name.
class MemoryDriver final : public Driver {
 public:
  MemoryTarget& target(const std::string& name) {
    const MutexLock lock(mutex_);
    return targets_[name];
  }
  // What target() returned before is gone.
  void forget_targets() {
    const MutexLock lock(mutex_);
    targets_.clear();
  }
  [[nodiscard]] std::string_view name() const override { return "memory"; }
  Result<std::unique_ptr<Collection>> open(const TargetSettings& target,
                                           const CollectionSettings& collection,
                                           Role role) override;
  Result<GrantReport> grants(const TargetSettings&, const CollectionSettings&, Role,
                             const GrantNeeds&) override {
    return GrantReport{"memory", {}};
  }
  Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                      const CollectionSettings& collection, Role role) override;
  // What playbooks do on its targets; all of them share it.
  ScriptedOperations& operations() { return operations_; }
  Result<std::unique_ptr<Operation>> operation(const TargetSettings&) override {
    return operations_.open();
  }

 private:
  ScriptedOperations operations_;
  Mutex mutex_;
  std::map<std::string, MemoryTarget> targets_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
