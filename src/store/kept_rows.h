// The caches of what gates and switches remember, one for each table, within one transaction.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/kept_tables.h"
#include "store/row_cache.h"

namespace sideband {

struct KeptRows {
  KeptRows(Connection& db, WriteRows when)
      : pauses(db, when),
        cancels(db, when),
        declined(db, when),
        crashes(db, when),
        windows(db, when),
        buckets(db, when),
        sources(db, when),
        targets(db, when),
        leader(db, when),
        notices(db, when),
        signal_holds(db, when),
        breakers(db, when),
        silences(db, when),
        detections(db, when),
        throttles(db, when),
        db_(db) {}

  // Calls `act` with each cache; stops at the first error.
  template <class Act>
  Result<void> each(Act act) {
    SB_TRY(act(pauses));
    SB_TRY(act(cancels));
    SB_TRY(act(declined));
    SB_TRY(act(crashes));
    SB_TRY(act(windows));
    SB_TRY(act(buckets));
    SB_TRY(act(sources));
    SB_TRY(act(targets));
    SB_TRY(act(leader));
    SB_TRY(act(notices));
    SB_TRY(act(signal_holds));
    SB_TRY(act(breakers));
    SB_TRY(act(silences));
    SB_TRY(act(detections));
    return act(throttles);
  }
  // Every pause, by reconciler, those put in this transaction too; every notice, by its key.
  Result<std::vector<std::pair<std::string, Pause>>> all_pauses();
  Result<std::vector<std::pair<NoticeKey, Notice>>> all_notices();
  // Every silence, by its id. Asked for in each decision: read once, until one is put or the reads
  // were not held.
  Result<std::vector<Silence>> all_silences();
  Result<void> put_silence(const Uuid& id, std::optional<Silence> silence) {
    listed_silences_.reset();
    return silences.put(id, std::move(silence));
  }
  void forget_listed_silences() { listed_silences_.reset(); }
  Result<void> write() {
    return each([](auto& cache) { return cache.write(); });
  }
  void forget() {
    pauses.forget();
    cancels.forget();
    declined.forget();
    crashes.forget();
    windows.forget();
    buckets.forget();
    sources.forget();
    targets.forget();
    leader.forget();
    notices.forget();
    signal_holds.forget();
    breakers.forget();
    silences.forget();
    detections.forget();
    throttles.forget();
    listed_silences_.reset();
  }
  [[nodiscard]] std::uint64_t puts() const {
    return pauses.puts() + cancels.puts() + declined.puts() + crashes.puts() + windows.puts() +
           buckets.puts() + sources.puts() + targets.puts() + leader.puts() + notices.puts() +
           signal_holds.puts() + breakers.puts() + silences.puts() + detections.puts() +
           throttles.puts();
  }

  RowCache<PauseTable> pauses;
  RowCache<CancelTable> cancels;
  RowCache<DeclinedTable> declined;
  RowCache<CrashTable> crashes;
  RowCache<WindowTable> windows;
  RowCache<BucketTable> buckets;
  RowCache<SourceTable> sources;
  RowCache<KnownTargetTable> targets;
  RowCache<LeaderTable> leader;
  RowCache<NoticeTable> notices;
  RowCache<SignalHoldTable> signal_holds;
  RowCache<BreakerTable> breakers;
  RowCache<SilenceTable> silences;
  RowCache<DetectionTable> detections;
  RowCache<ThrottleTable> throttles;

 private:
  Connection& db_;
  std::optional<std::vector<Silence>> listed_silences_;
};

}  // namespace sideband
