// A simulated target: keyed values that the service, a foreign writer and faults change, with a
// ledger of every change that shares no code with the service.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "ports/collection.h"
#include "rehearsal/process.h"
#include "simulation/faults.h"
#include "simulation/planted.h"

namespace sideband::sim {

using Value = std::optional<std::string>;  // nothing = absent

// One change of one key, in the order in which they happened.
struct Write {
  MonoTime at;
  std::string key;
  Value before;
  Value after;
  bool ours = false;
  // Of ours:
  std::string process;
  Uuid repair;
  std::uint64_t token = 0;
  Value found;  // what the request said it must replace
  // When this process last read the key before it sent this, at the side that it has to look at.
  std::optional<MonoTime> read_at;
};

// A request as it left a process: it may arrive when that process is long dead.
struct Sent {
  std::string process;
  ApplyRequest request;
  std::map<std::string, MonoTime> read_at;  // when the sender last looked at each key
};

class SimTarget {
 public:
  SimTarget(Scheduler& scheduler, Faults& faults, Bug bug, std::string name, bool fenced)
      : scheduler_(scheduler),
        faults_(faults),
        bug_(bug),
        name_(std::move(name)),
        fenced_(fenced) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool fenced() const { return fenced_; }
  // It compares by itself, so that nobody need read it before a write; what a writer looks at then
  // is this desired side.
  void judge_for(const SimTarget& desired) { desired_ = &desired; }
  [[nodiscard]] bool judges() const { return desired_ != nullptr; }

  // The world outside changes a key.
  void set(const std::string& key, const Value& value);
  [[nodiscard]] Value now(const std::string& key) const;
  // Whether the key held this value at some time from `from` to now.
  [[nodiscard]] bool held_since(const std::string& key, const Value& value, MonoTime from) const;
  [[nodiscard]] const std::map<std::string, std::string>& content() const { return items_; }
  // What the key held then.
  [[nodiscard]] Value at(const std::string& key, MonoTime time) const;
  // When the key was last read by anybody of ours; nothing = never.
  [[nodiscard]] std::optional<MonoTime> last_read(const std::string& key) const;
  // The highest token with which this key was written.
  [[nodiscard]] std::uint64_t highest_token(const std::string& key) const;

  void go_down(Duration time) { up_at_ = scheduler_.now() + time; }
  void seem_empty(Duration time) { full_at_ = scheduler_.now() + time; }
  [[nodiscard]] bool seems_empty() const { return scheduler_.now() < full_at_; }
  // All but one of many items, or every one of few, are not to be seen for a while; the first at
  // once, each other one `step` after the one before.
  void seem_shrunk(Duration time, Duration step);
  // Whether the key is really there, and cannot be seen.
  [[nodiscard]] bool hides(const std::string& key) const;
  // The same at any time from then on.
  [[nodiscard]] bool hid_since(const std::string& key, MonoTime from) const;
  // Since when more than half of the items cannot be seen; nothing: more can.
  [[nodiscard]] std::optional<MonoTime> most_hidden_since() const;
  // Those that are hidden now or will be.
  [[nodiscard]] std::vector<std::string> going() const;
  // Called for each write, before it is in the ledger.
  void watch(std::function<void(const Write&)> watcher) { watcher_ = std::move(watcher); }

 private:
  friend class SimCollection;
  [[nodiscard]] bool down() const { return scheduler_.now() < up_at_; }
  [[nodiscard]] State state_of(const std::string& key);
  void note_read(const std::string& process, const std::string& key);
  [[nodiscard]] std::optional<MonoTime> read_by(const std::string& process,
                                                const std::string& key) const;
  void record(Write write);
  std::vector<ChangeOutcome> perform(const Sent& sent, std::size_t most);
  ChangeOutcome perform_one(const Sent& sent, const Change& change);

  Scheduler& scheduler_;
  Faults& faults_;
  const Bug bug_;
  const std::string name_;
  const bool fenced_;
  const SimTarget* desired_ = nullptr;  // see judge_for
  std::map<std::string, std::string> items_;
  std::map<std::string, std::vector<std::pair<MonoTime, Value>>> history_;
  std::map<std::string, std::uint64_t> tokens_;
  std::map<std::string, std::map<std::string, MonoTime>> reads_;  // by key, by process
  std::function<void(const Write&)> watcher_;
  MonoTime up_at_{};
  MonoTime full_at_{};
  MonoTime whole_at_{};
  std::map<std::string, MonoTime> hidden_;     // until then, and since when
  std::map<std::string, MonoTime> hid_until_;  // keys that were hidden earlier, and until when
};

// The Collection port of one process onto a target.
class SimCollection final : public Collection {
 public:
  SimCollection(SimTarget& target, Process& process, bool writable)
      : target_(target), process_(process), writable_(writable) {}

  [[nodiscard]] CollectionTraits traits() const override;
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;

 private:
  std::optional<std::vector<Item>> recall(const std::vector<std::string>& keys);
  Result<void> send(Duration timeout);
  [[nodiscard]] Sent seal(const ApplyRequest& request) const;
  Result<std::vector<ChangeOutcome>> deliver(const Sent& sent);
  void answer();

  SimTarget& target_;
  Process& process_;
  const bool writable_;
  std::map<std::string, Item> remembered_;  // for planted bugs
};

}  // namespace sideband::sim
