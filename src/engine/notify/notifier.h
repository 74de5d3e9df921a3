// Tells channels which reconcilers need somebody, on the node that leads.
//
// A round looks at what the reconcilers that have channels are doing, keeps what follows for each
// channel (policy/notices.h) with the attempts that it is about to make, and makes them one after
// another. A death between an attempt and its record makes the attempt again, with the same id.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/notify/notice_metrics.h"
#include "engine/playbook/playbook_targets.h"
#include "engine/runtime/context.h"
#include "engine/runtime/runner.h"
#include "engine/runtime/unit.h"
#include "policy/notices.h"
#include "policy/status.h"

namespace sideband {

// Threads for the targets of channels, and their series.
void prepare_channels(const Settings& settings, Runner& runner, NoticeMetrics& measures);

class Notifier final : public Worker {
 public:
  // What a configured reconciler is doing now.
  using LookAt =
      std::function<Result<ReconcilerStatus>(StoreReader& store, const ReconcilerSettings& spec)>;

  // References must outlive it.
  Notifier(EngineContext& context, const PlaybookTargets& tools, CurrentSettings settings,
           LookAt look_at, NoticeMetrics& measures);
  Unit next(Result<void> last) override;

 private:
  enum class Phase : std::uint8_t { kRest, kLook, kKeep, kTell, kRecord };
  // By key: what is kept of it now; nothing erases it.
  using Changes = std::vector<std::pair<NoticeKey, std::optional<Notice>>>;
  struct Attempt {
    NoticeKey key;
    Notice notice;
    ChannelSettings channel;
    Labels labels;
    std::string failure;  // empty: it was told
    Duration pause{0};    // what the receiver asked for
  };

  Unit rest();
  Unit look();
  Unit keep();
  Unit next_attempt();
  Unit record();
  Result<void> look_at_all(StoreReader& store);
  [[nodiscard]] std::optional<Matter> matter_of(const NoticeKey& key) const;
  Result<Changes> changes(StoreReader& store) const;
  // What follows of one key; nothing changes where it is what was kept.
  void follow(const NoticeKey& key, const std::optional<Notice>& kept, Changes& out) const;
  Result<void> begin_attempts(StoreTx& store);
  void tell(Attempt& attempt) const;
  Result<void> keep_outcome(StoreTx& store, WallTime now);
  void note_outcome();

  EngineContext& context_;
  const PlaybookTargets& tools_;
  const CurrentSettings settings_of_;
  const LookAt look_at_;
  NoticeMetrics& measures_;
  Phase phase_ = Phase::kRest;
  bool resting_ = false;
  bool idle_ = true;  // the look found nothing to keep
  std::shared_ptr<const Settings> settings_;
  std::map<std::string, ReconcilerStatus> seen_;  // of reconcilers that have channels
  std::set<std::string> silenced_;                // names of those that nobody is told of now
  std::deque<Attempt> attempts_;
};

}  // namespace sideband
