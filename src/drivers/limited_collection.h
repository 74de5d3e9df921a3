// Any Collection, kept to its target's limits.
#pragma once

#include <memory>

#include "drivers/target_limiter.h"
#include "ports/collection.h"

namespace sideband {

// Thread-safe. Each call waits for a connection and for the rates within its own timeout, or the
// target's statementTimeout where that is shorter, and hands what is left of it on; kTimeout
// (Effect::kNone) when there is no room in time. Pages are asked for in sizes that the rates allow
// in one second, so that no single call runs far into debt.
class LimitedCollection final : public Collection {
 public:
  LimitedCollection(std::unique_ptr<Collection> inner, std::shared_ptr<TargetLimiter> limiter,
                    const Clock& clock)
      : inner_(std::move(inner)), limiter_(std::move(limiter)), clock_(clock) {}

  // Without digests where reads are limited: rows that the target hashes are read too.
  [[nodiscard]] CollectionTraits traits() const override;
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  // Charged to bytes only, by what moves.
  Result<std::vector<RangeDigest>> digests(const DigestRequest& request) override;
  Result<std::vector<Item>> item_digests(const DigestRequest& request) override;
  Result<std::vector<std::vector<std::string>>> split(const SplitRequest& request) override;
  // Charged to no rate: no item is read.
  Result<std::vector<Folder>> folders(const std::vector<std::string>& patterns,
                                      Duration timeout) override;
  Result<TargetIdentity> identity(Duration timeout) override;
  Result<void> accepts_writes(Duration timeout) override;
  Result<std::string> position(Duration timeout) override;
  Result<Changed> changed_since(const ChangedRequest& request) override;
  // Charged to bytes only: no item is read.
  Result<std::vector<State>> kept(const std::vector<Wanted>& wanted, Duration timeout) override;
  // Charged to bytes only: what is written is not read.
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;
  Result<std::string> stage(const Change& change) override { return inner_->stage(change); }
  Result<void> unstage(const std::string& path) override { return inner_->unstage(path); }
  [[nodiscard]] bool replaced() const override { return inner_->replaced(); }
  [[nodiscard]] bool outdated() const override { return inner_->outdated(); }

 private:
  [[nodiscard]] Deadline own_deadline(Duration asked) const;
  // Asks the inner collection something that moves no items.
  template <class Ask>
  auto asked(Duration timeout, Ask ask) -> decltype(ask(timeout));
  // Calls the inner collection with the time that is left and charges `bytes_of` its answer.
  template <class Request, class Call>
  auto limited(const Request& request, Call call) -> decltype(call(request));

  const std::unique_ptr<Collection> inner_;
  const std::shared_ptr<TargetLimiter> limiter_;
  const Clock& clock_;
};

}  // namespace sideband
