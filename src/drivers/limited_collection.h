// Any Collection, kept to its target's limits.
#pragma once

#include <memory>

#include "drivers/target_limiter.h"
#include "ports/collection.h"

namespace sideband {

// Thread-safe. Each call waits for a connection and for the rates within its own timeout, or the
// target's statementTimeout where that is shorter, and hands what is left of it on; kTimeout
// (Effect::kNone) when there is no room in time. Where a rate is limited, what is asked for at once
// is cut into several calls, each of which waits for its turn: other clients of the target see
// small calls at even distances. A page is what about a second allows. A read that is cut has the
// time that its rate takes besides its own.
class LimitedCollection final : public Collection {
 public:
  LimitedCollection(std::unique_ptr<Collection> inner, std::shared_ptr<TargetLimiter> limiter,
                    const Clock& clock)
      : inner_(std::move(inner)),
        limiter_(std::move(limiter)),
        clock_(clock),
        traits_(inner_->traits()) {}

  // Without digests where reads are limited: rows that the target hashes are read too.
  [[nodiscard]] CollectionTraits traits() const override;
  // Charged by what the target had to pass. Several calls make one page where keys have an order,
  // or alone are wanted: else it may find a key twice.
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
  Result<LogPlace> log_place(Duration timeout) override;
  Result<Changed> changed_since(const ChangedRequest& request) override;
  // Charged to bytes only: no item is read.
  Result<std::vector<State>> kept(const std::vector<Wanted>& wanted, Duration timeout) override;
  // Charged to writes and bytes: what is written is not read. Cut into several calls only where
  // each change is made by itself; of those after one that failed nothing was tried.
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;
  Result<std::string> stage(const Change& change) override { return inner_->stage(change); }
  Result<void> unstage(const std::string& path) override { return inner_->unstage(path); }
  [[nodiscard]] bool replaced() const override { return inner_->replaced(); }
  [[nodiscard]] bool outdated() const override { return inner_->outdated(); }

 private:
  [[nodiscard]] Deadline own_deadline(Duration asked) const;
  [[nodiscard]] bool page_ends(const ScanPage& page, const ScanRequest& request, std::size_t bytes,
                               MonoTime begin) const;
  // One call of a scan, as large as may go out at once.
  Result<ScanPage> scan_once(const ScanRequest& request, const Deadline& deadline);
  Result<std::vector<Item>> read_once(const std::vector<std::string>& keys,
                                      const Deadline& deadline);
  Result<std::vector<ChangeOutcome>> apply_once(const ApplyRequest& request,
                                                const Deadline& deadline);
  // Asks the inner collection something with the time that is left; `bytes_of` of its answer are
  // charged.
  template <class Ask>
  auto asked(Duration timeout, Ask ask) -> decltype(ask(timeout));
  template <class Request, class Call>
  auto limited(const Request& request, Call call) -> decltype(call(request));

  const std::unique_ptr<Collection> inner_;
  const std::shared_ptr<TargetLimiter> limiter_;
  const Clock& clock_;
  const CollectionTraits traits_;  // of the inner one
};

}  // namespace sideband
