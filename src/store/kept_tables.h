// The tables of what gates and switches remember (model/kept_state.h), each described once
// (store/kept_table.h).
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "model/detection.h"
#include "model/kept_state.h"
#include "model/notice.h"
#include "model/silence.h"
#include "model/source_state.h"
#include "model/target_identity.h"
#include "store/kept_table.h"

namespace sideband {

// By reconciler; "" = everything.
struct PauseTable : KeptTable<PauseTable, std::string, Pause> {
  static constexpr StoreTable kTable = StoreTable::kPauses;
  static constexpr std::tuple kKeys{WholeColumn{"reconciler"}};
  static constexpr std::tuple kValues{column("paused_by", &Pause::by),
                                      column("reason", &Pause::reason),
                                      column("since", &Pause::since)};
};

// By repair.
struct CancelTable : KeptTable<CancelTable, Uuid, CancelRequest> {
  static constexpr StoreTable kTable = StoreTable::kCancels;
  static constexpr std::tuple kKeys{WholeColumn{"repair"}};
  static constexpr std::tuple kValues{
      column("cancelled_by", &CancelRequest::by), column("reason", &CancelRequest::reason),
      column("at_once", &CancelRequest::at_once), column("since", &CancelRequest::since)};
};

// By reconciler.
struct DeclinedTable : KeptTable<DeclinedTable, std::string, DeclinedPlan> {
  static constexpr StoreTable kTable = StoreTable::kDeclinedPlans;
  static constexpr std::tuple kKeys{WholeColumn{"reconciler"}};
  static constexpr std::tuple kValues{column("plan_hash", &DeclinedPlan::plan_hash),
                                      column("declined_by", &DeclinedPlan::by)};
};

// By repair.
struct CrashTable : KeptTable<CrashTable, Uuid, CrashCount> {
  static constexpr StoreTable kTable = StoreTable::kCrashCounts;
  static constexpr std::tuple kKeys{WholeColumn{"repair"}};
  static constexpr std::tuple kValues{column("step", &CrashCount::step),
                                      column("crashes", &CrashCount::crashes)};
};

// By scope and kind.
struct WindowTable : KeptTable<WindowTable, WindowKey, std::vector<WindowSlot>> {
  static constexpr StoreTable kTable = StoreTable::kChangeWindows;
  static constexpr std::tuple kKeys{column("scope", &WindowKey::scope),
                                    column("kind", &WindowKey::kind)};
  static constexpr std::tuple kValues{EncodedColumn<Row>{"slots", encode_slots, decode_slots}};
};

// By scope; "" = the site.
struct BucketTable : KeptTable<BucketTable, std::string, RateBucket> {
  static constexpr StoreTable kTable = StoreTable::kRateBuckets;
  static constexpr std::tuple kKeys{WholeColumn{"scope"}};
  static constexpr std::tuple kValues{column("micro_tokens", &RateBucket::micro_tokens),
                                      column("filled_at", &RateBucket::filled_at)};
};

// By scope (ReconcilerHead::source_scope).
struct SourceTable : KeptTable<SourceTable, std::string, SourceState> {
  static constexpr StoreTable kTable = StoreTable::kSources;
  static constexpr std::tuple kKeys{WholeColumn{"scope"}};
  static constexpr std::tuple kValues{EncodedColumn<Row>{"state", encode_source, decode_source}};
};

// By the address of a target (ReconcilerRuntime::places).
struct KnownTargetTable : KeptTable<KnownTargetTable, std::string, KnownTarget> {
  static constexpr StoreTable kTable = StoreTable::kKnownTargets;
  static constexpr std::tuple kKeys{WholeColumn{"place"}};
  static constexpr std::tuple kValues{
      EncodedColumn<Row>{"state", encode_known_target, decode_known_target}};
};

// Of one row, whose key is always 1.
struct LeaderTable : KeptTable<LeaderTable, std::int64_t, LeaderRow> {
  static constexpr StoreTable kTable = StoreTable::kLeaderLease;
  static constexpr std::tuple kKeys{WholeColumn{"id"}};
  static constexpr std::tuple kValues{column("owner", &LeaderRow::owner),
                                      column("lease_until", &LeaderRow::until)};
};

// By channel and reconciler.
struct NoticeTable : KeptTable<NoticeTable, NoticeKey, Notice> {
  static constexpr StoreTable kTable = StoreTable::kNotices;
  static constexpr std::tuple kKeys{column("channel", &NoticeKey::channel),
                                    column("reconciler", &NoticeKey::reconciler)};
  static constexpr std::tuple kValues{EncodedColumn<Row>{"state", encode_notice, decode_notice}};
};

// By rule (policy/pause_rule.h).
struct SignalHoldTable : KeptTable<SignalHoldTable, std::string, SignalHold> {
  static constexpr StoreTable kTable = StoreTable::kSignalHolds;
  static constexpr std::tuple kKeys{WholeColumn{"rule"}};
  static constexpr std::tuple kValues{
      column("holding", &SignalHold::holding), column("since", &SignalHold::since),
      column("crossed_since", &SignalHold::crossed_since), column("unknown", &SignalHold::unknown),
      column("unknown_since", &SignalHold::unknown_since)};
};

// By scope (ReconcilerRuntime::scope).
struct BreakerTable : KeptTable<BreakerTable, std::string, Breaker> {
  static constexpr StoreTable kTable = StoreTable::kBreakers;
  static constexpr std::tuple kKeys{WholeColumn{"scope"}};
  static constexpr std::tuple kValues{
      column("ends", &Breaker::ends), column("opened_at", &Breaker::opened_at),
      column("open_for", &Breaker::open_for), column("failed_probes", &Breaker::failed_probes),
      column("probe", &Breaker::probe)};
};

// By its id.
struct SilenceTable : KeptTable<SilenceTable, Uuid, Silence> {
  static constexpr StoreTable kTable = StoreTable::kSilences;
  static constexpr std::tuple kKeys{WholeColumn{"id"}};
  static constexpr std::tuple kValues{EncodedColumn<Row>{"state", encode_silence, decode_silence}};
};

// By signal.
struct DetectionTable : KeptTable<DetectionTable, std::string, KeptDetection> {
  static constexpr StoreTable kTable = StoreTable::kDetections;
  static constexpr std::tuple kKeys{WholeColumn{"signal"}};
  static constexpr std::tuple kValues{
      EncodedColumn<Row>{"state", encode_detection, decode_detection}};
};

// By rule (policy/throttle.h).
struct ThrottleTable : KeptTable<ThrottleTable, std::string, Throttle> {
  static constexpr StoreTable kTable = StoreTable::kThrottles;
  static constexpr std::tuple kKeys{WholeColumn{"rule"}};
  static constexpr std::tuple kValues{
      column("per_second", &Throttle::per_second), column("since", &Throttle::since),
      column("judged_at", &Throttle::judged_at), column("why", &Throttle::why)};
};

// Whether `table` is one of these: a row that was read as absent may have been inserted by another
// node first, which is a reason to run again and no error.
bool is_kept_table(std::string_view table);

}  // namespace sideband
