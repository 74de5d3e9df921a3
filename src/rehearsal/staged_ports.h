// The ports of a rehearsal, over its Stage.
#pragma once

#include <string>
#include <vector>

#include "ports/collection.h"
#include "ports/operation.h"
#include "ports/policy_server.h"
#include "ports/signal.h"
#include "rehearsal/stage.h"

namespace sideband::sim {

// One side: compares and sets in one, and remembers the highest token of each key.
class StagedCollection final : public Collection {
 public:
  StagedCollection(Stage& stage, StagedItems& side, bool writable)
      : stage_(stage), side_(side), writable_(writable) {}

  [[nodiscard]] CollectionTraits traits() const override;
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  Result<void> accepts_writes(Duration timeout) override;
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;

 private:
  [[nodiscard]] Result<void> answers() const;
  [[nodiscard]] State state_of(const std::string& key) const;
  ChangeOutcome change_one(const Change& change, std::uint64_t token);

  Stage& stage_;
  StagedItems& side_;
  const bool writable_;
  std::map<std::string, std::uint64_t> tokens_;
};

class StagedSignal final : public Signal {
 public:
  StagedSignal(const Stage& stage, std::string name) : stage_(stage), name_(std::move(name)) {}
  Result<SignalReading> read(Duration timeout) override;

 private:
  const Stage& stage_;
  const std::string name_;
};

class StagedPolicy final : public PolicyServer {
 public:
  StagedPolicy(const Stage& stage, std::string target)
      : stage_(stage), target_(std::move(target)) {}
  Result<PolicyVerdict> ask(const std::string& path, const std::string& input,
                            Duration timeout) override;
  Result<void> check_health(Duration /*timeout*/) override { return {}; }

 private:
  const Stage& stage_;
  const std::string target_;
};

// What hooks and Channels run: it works, and does nothing.
class StagedOperation final : public Operation {
 public:
  [[nodiscard]] OperationTraits traits(const OperationRequest& /*request*/) const override;
  [[nodiscard]] Result<void> check(const OperationRequest& /*request*/) const override {
    return {};
  }
  Result<OperationReply> run(const OperationRequest& request) override;
  Result<EffectProbe> probe_effect(const OperationRequest& request) override;
  Result<OperationReply> undo(const OperationRequest& request) override;
};

}  // namespace sideband::sim
