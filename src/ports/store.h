// The Store port: durable state and audit leaves, changed only together and only in transactions.
//
// Callers hand over small functions. The store runs many of them in one transaction and commits
// them as a group; when one fails, the group runs again with a savepoint around each. So a function
// MUST be re-runnable (it may run twice and only the last run counts: reset captured results at its
// start), MUST take less than 2 ms, and MUST NOT do I/O, take locks or call the store. A function
// that returns an error leaves no trace; it MUST NOT go on after a call of the transaction failed
// with anything but kNotFound or the kConflict of update_repair.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "merkle/compact_range.h"
#include "model/detection.h"
#include "model/kept_state.h"
#include "model/notice.h"
#include "model/repair.h"
#include "model/retention.h"
#include "model/silence.h"
#include "model/target_identity.h"

namespace sideband {

// The collection of a lock that is in the way of every other lock on its target, and they of it.
inline constexpr const char* kWholeTarget = "*";

// Subtrees of the audit log of so many levels have a row: of 256 leaves and larger.
inline constexpr int kStoredHeight = 8;

// Range lock of a repair on a target's keys, both ends included, in byte order.
struct RangeLock {
  std::string target;
  std::string collection;
  std::string low;
  std::string high;
  Uuid repair;
};

// Remembered answer to an idempotent request.
struct IdempotentAnswer {
  std::string principal;
  std::string body_hash;
  std::string answer;
  WallTime at;
};

struct RepairFilter {
  std::string reconciler;            // empty = all
  std::optional<RepairState> state;  // none = all
  bool active_only = false;          // not terminal
  std::int64_t limit = 100;
};

// How long drifts rest that were closed at `from`: `rest`, doubled for each time that one came
// back, and `longest` from `doublings` times on.
struct GrowingRest {
  WallTime from;
  Duration rest{0};
  std::int64_t doublings = 0;
  Duration longest{0};
};

// Until when a drift that no scan sees any more must have rested to be forgotten.
struct RestedUntil {
  WallTime repaired;  // one that a repair closed, and that may still be taken back
  WallTime other;     // one whose repair failed, or that was left alone: it is good without us
};

struct AuditLeaf {
  std::int64_t index = 0;
  std::string record;  // canonical JSON: the leaf's bytes
};

struct AuditHead {
  std::int64_t size = 0;
  std::vector<Digest> range;  // compact range of the tree
};

struct CheckpointRow {
  std::int64_t size = 0;
  std::string note;  // signed note, C2SP format
};

// Up to `most` of a reconciler's queued repairs.
struct QueueTurn {
  std::string reconciler;
  std::int64_t most = 0;
};

// Work found by claim: a repair that may run now, with its new token already set.
struct ClaimRequest {
  std::string owner;
  std::int64_t now = 0;  // store clock, see Store::lease_clock
  WallTime wall;         // for not_before
  Duration lease{0};
  std::int64_t limit = 1;
  // Which queued ones: first those of the first turn. Unset: the oldest, whosever they are, within
  // the limit; set, the limit is for those that come back, and the turns are in addition.
  std::optional<std::vector<QueueTurn>> turns = {};
};

enum class SwitchLock : std::uint8_t { kShared, kExclusive };

// Reads; a consistent view within one function.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // Drifts of these keys, in their order; nothing where there is none.
  virtual Result<std::vector<std::optional<Drift>>> drifts(
      const std::string& reconciler, const std::vector<std::string>& keys) = 0;
  // Up to `limit` drifts with key > `after`, in key order.
  virtual Result<std::vector<Drift>> list_drifts(const std::string& reconciler,
                                                 const std::string& after, std::int64_t limit) = 0;
  // The same without those that are only remembered: a repair closed them, and their rest was over
  // before `now`.
  virtual Result<std::vector<Drift>> list_open_drifts(const std::string& reconciler,
                                                      const std::string& after, std::int64_t limit,
                                                      WallTime now) = 0;
  virtual Result<std::int64_t> count_drifts(const std::string& reconciler) = 0;
  virtual Result<std::optional<ReconcilerHead>> head(const std::string& reconciler) = 0;
  // What heads with this source_scope know of their source; nothing where none put any.
  virtual Result<std::optional<SourceState>> source(const std::string& scope) = 0;
  // The reconcilers whose heads have this source_scope, by name: those that are configured, and
  // former names.
  virtual Result<std::vector<std::string>> reconcilers_of(const std::string& scope) = 0;

  virtual Result<std::optional<Plan>> plan(const Uuid& id) = 0;
  // The chunk's encode_changes bytes; kNotFound when pruned or never written.
  virtual Result<std::string> chunk(const Uuid& plan, std::int64_t seq) = 0;

  virtual Result<std::optional<Repair>> repair(const Uuid& id) = 0;
  // Newest first.
  virtual Result<std::vector<Repair>> repairs(const RepairFilter& filter) = 0;
  virtual Result<std::int64_t> count_repairs(const std::string& reconciler, RepairState state) = 0;
  // Whether any repair of it waits to be claimed: queued or scheduled.
  virtual Result<bool> has_waiting(const std::string& reconciler) = 0;
  // Those that have queued repairs, by name; what it costs does not depend on how many these are.
  virtual Result<std::vector<std::string>> queued_reconcilers() = 0;
  // How many wait for an approval, a worker or a back-off, by name; costs a look at each of them.
  virtual Result<std::vector<std::pair<std::string, std::int64_t>>> count_waiting() = 0;
  // Whether fewer than `limit` repairs of it are running.
  virtual Result<bool> has_room(const std::string& reconciler, std::int64_t limit) = 0;
  // Steps with seq >= `from`, in order.
  virtual Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from,
                                          std::int64_t limit) = 0;
  // Up to `limit` range locks, by target, collection and key; of one repair, or of all where it is
  // empty.
  virtual Result<std::vector<RangeLock>> locks(const Uuid& repair, std::int64_t limit) = 0;
  virtual Result<std::vector<Approval>> approvals(const Uuid& repair) = 0;
  // Newest first; an empty reconciler means all.
  virtual Result<std::vector<Decision>> decisions(const std::string& reconciler,
                                                  std::int64_t limit) = 0;
  virtual Result<std::optional<Decision>> decision(const Uuid& id) = 0;
  // Those about one plan of `reconciler`, the oldest first; costs a look at each that was made
  // since the plan was begun.
  virtual Result<std::vector<Decision>> decisions_about(const std::string& reconciler,
                                                        const Uuid& plan, std::int64_t limit) = 0;

  // What gates and switches remember (model/kept_state.h); nothing where there is no row. A
  // function that writes sees what it read itself until it ends, also when other nodes write.
  virtual Result<std::optional<Pause>> pause(const std::string& reconciler) = 0;  // "": everything
  // All pauses, by reconciler.
  virtual Result<std::vector<std::pair<std::string, Pause>>> pauses() = 0;
  virtual Result<std::optional<CancelRequest>> cancel_request(const Uuid& repair) = 0;
  virtual Result<std::optional<DeclinedPlan>> declined_plan(const std::string& reconciler) = 0;
  virtual Result<std::optional<CrashCount>> crash_count(const Uuid& repair) = 0;
  virtual Result<std::optional<std::vector<WindowSlot>>> window(const WindowKey& key) = 0;
  virtual Result<std::optional<RateBucket>> rate_bucket(const std::string& scope) = 0;  // "": site
  // What was connected at this address last.
  virtual Result<std::optional<KnownTarget>> known_target(const std::string& place) = 0;
  virtual Result<std::optional<LeaderRow>> leader() = 0;
  virtual Result<std::optional<Notice>> notice(const NoticeKey& key) = 0;
  // All of them, by channel and reconciler.
  virtual Result<std::vector<std::pair<NoticeKey, Notice>>> notices() = 0;
  // By rule (policy/pause_rule.h).
  virtual Result<std::optional<SignalHold>> signal_hold(const std::string& rule) = 0;
  // By rule (policy/throttle.h).
  virtual Result<std::optional<Throttle>> throttle(const std::string& rule) = 0;
  // Of this signal's detector.
  virtual Result<std::optional<KeptDetection>> detection(const std::string& signal) = 0;
  // Of what this scope protects (ReconcilerRuntime::scope).
  virtual Result<std::optional<Breaker>> breaker(const std::string& scope) = 0;
  virtual Result<std::optional<Silence>> silence(const Uuid& id) = 0;
  // All of them, also those that ended, by id, which is the order in which they were made.
  virtual Result<std::vector<Silence>> silences() = 0;
  // Undos of a reconciler's repairs that have not ended, oldest first; costs a look at those alone.
  virtual Result<std::vector<Uuid>> active_undos(const std::string& reconciler) = 0;
  // The repairs that took back steps of a run, or tried to, in the order of their acceptance.
  virtual Result<std::vector<Uuid>> undos_of_run(const Uuid& run) = 0;

  virtual Result<std::optional<IdempotentAnswer>> idempotent(const std::string& key) = 0;

  virtual Result<AuditHead> audit_head() = 0;
  virtual Result<std::vector<AuditLeaf>> audit_leaves(std::int64_t from, std::int64_t limit) = 0;
  // The root of a perfect subtree of kStoredHeight or higher; nothing where it is not complete, and
  // in the part of a log that was written by a build before schema version 9, until it is put.
  virtual Result<std::optional<Digest>> audit_node(int height, std::uint64_t index) = 0;
  virtual Result<std::optional<CheckpointRow>> last_checkpoint() = 0;
  // Under which name the audit log is signed; nothing in a store that was never signed.
  virtual Result<std::optional<std::string>> audit_name() = 0;

  // --- Retention ---
  // Counts up to `limit` rows of a class behind `after`, in the order of their keys; those made
  // before `due` as due.
  virtual Result<StoreUse> count_use(StoredClass which, const StoreCursor& after, WallTime due,
                                     std::int64_t limit) = 0;
  // Up to `limit` repairs with id > `after` that ended before `before`, in the order of ids, which
  // is that of their making. Without those whose plan a reconciler still holds, and runs that a
  // repair takes back which has not ended.
  virtual Result<std::vector<EndedRepair>> ended_repairs(WallTime before, const Uuid& after,
                                                         std::int64_t limit) = 0;
  // What put_retention_mark put last.
  virtual Result<std::optional<WallTime>> retention_mark() = 0;
};

class StoreTx : public StoreReader {
 public:
  virtual Result<void> put_drifts(const std::string& reconciler,
                                  const std::vector<Drift>& drifts) = 0;
  virtual Result<void> erase_drifts(const std::string& reconciler,
                                    const std::vector<std::string>& keys) = 0;
  // Erases up to `limit` drifts that scan number `scan` did not see: suspect and open ones, those
  // that `rested`, and those of a plan as long as no repair of the reconciler is active. Says how
  // many.
  virtual Result<std::int64_t> erase_unseen_drifts(const std::string& reconciler, std::int64_t scan,
                                                   const RestedUntil& rested,
                                                   std::int64_t limit) = 0;
  // Erases up to `limit` drifts attached to `plan`, from key > `after` on in key order; says the
  // key up to which none is left, or nothing when there are no more.
  virtual Result<std::optional<std::string>> erase_plan_drifts(const std::string& reconciler,
                                                               const Uuid& plan,
                                                               const std::string& after,
                                                               std::int64_t limit) = 0;
  // The same, but they rest instead (DriftState::kCooling), each by how often it came back.
  virtual Result<std::optional<std::string>> rest_plan_drifts(const std::string& reconciler,
                                                              const Uuid& plan,
                                                              const std::string& after,
                                                              std::int64_t limit,
                                                              const GrowingRest& rest) = 0;
  // Its source becomes that of all heads of the same source_scope.
  virtual Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head) = 0;

  virtual Result<void> insert_plan(const Plan& plan) = 0;
  virtual Result<void> insert_chunk(const Uuid& plan, std::int64_t seq,
                                    const std::string& changes) = 0;
  // Writes other changes into a chunk that is there; kNotFound where it is not.
  virtual Result<void> replace_chunk(const Uuid& plan, std::int64_t seq,
                                     const std::string& changes) = 0;
  // Drops the chunks of a plan from number `from` on.
  virtual Result<void> erase_chunks(const Uuid& plan, std::int64_t from) = 0;
  // Replaces state, hash, counts, chunks, low and high.
  virtual Result<void> update_plan(const Plan& plan) = 0;
  // Drops a plan with its chunks.
  virtual Result<void> erase_plan(const Uuid& plan) = 0;
  // Drops every draft of this reconciler: what a crash left.
  virtual Result<void> erase_drafts(const std::string& reconciler) = 0;

  virtual Result<void> insert_repair(const Repair& repair) = 0;
  // Writes the whole row where its stored token equals repair.token; kConflict where it does not:
  // a worker whose lease was taken over must stop.
  virtual Result<void> update_repair(const Repair& repair) = 0;
  // Up to `limit` repairs that are queued, due, or whose lease ended, oldest first, with state,
  // lease and a fresh token written. Running, validating and compensating ones keep their state.
  // Those whose row still names an owner are `abandoned`: who gives one back clears it.
  virtual Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) = 0;
  // A fresh token, higher than all before: for a repair that starts in the transaction that
  // accepts it.
  virtual Result<std::uint64_t> next_token() = 0;
  virtual Result<void> put_step(const Uuid& repair, const Step& step) = 0;
  virtual Result<void> insert_approval(const Approval& approval) = 0;
  virtual Result<void> insert_decision(const Decision& decision) = 0;

  // Nothing: erases the row.
  virtual Result<void> put_pause(const std::string& reconciler, std::optional<Pause> pause) = 0;
  virtual Result<void> put_cancel(const Uuid& repair, std::optional<CancelRequest> cancel) = 0;
  virtual Result<void> put_declined(const std::string& reconciler,
                                    std::optional<DeclinedPlan> declined) = 0;
  virtual Result<void> put_crashes(const Uuid& repair, std::optional<CrashCount> count) = 0;
  virtual Result<void> put_window(const WindowKey& key, std::vector<WindowSlot> slots) = 0;
  virtual Result<void> put_rate_bucket(const std::string& scope, RateBucket bucket) = 0;
  virtual Result<void> put_known_target(const std::string& place, KnownTarget target) = 0;
  virtual Result<void> put_leader(std::optional<LeaderRow> leader) = 0;
  virtual Result<void> put_notice(const NoticeKey& key, std::optional<Notice> notice) = 0;
  virtual Result<void> put_signal_hold(const std::string& rule, SignalHold hold) = 0;
  virtual Result<void> put_throttle(const std::string& rule, Throttle throttle) = 0;
  virtual Result<void> put_detection(const std::string& signal, KeptDetection kept) = 0;
  virtual Result<void> put_breaker(const std::string& scope, Breaker breaker) = 0;
  virtual Result<void> put_silence(const Uuid& id, std::optional<Silence> silence) = 0;
  virtual Result<void> add_undo_of_run(const Uuid& run, const Uuid& undo) = 0;

  virtual Result<void> put_idempotent(const std::string& key, const IdempotentAnswer& answer) = 0;

  // Until this transaction ends, what it reads of switches (pauses, cancels and silences) stays
  // true on every node: kExclusive, asked before one is written, waits for all that hold kShared,
  // which they ask before they read one, and lets others wait.
  virtual Result<void> lock_switches(SwitchLock how) = 0;
  // Until this transaction ends no other node counts places of the whole site.
  virtual Result<void> lock_site() = 0;

  // False when a lock of another repair overlaps. `free`: most likely none does; a store may then
  // say true at once, and run the function again if it was wrong.
  virtual Result<bool> try_lock(const RangeLock& lock, bool free = false) = 0;
  virtual Result<void> unlock(const Uuid& repair) = 0;

  // Stages a leaf: `record` is its canonical JSON, which is clipped to what a verifier takes
  // (clip_record). The store appends all staged leaves as the last act before COMMIT; a failed
  // append fails the transaction, and so the action.
  virtual void stage_audit(std::string record) = 0;

  virtual Result<void> put_checkpoint(const CheckpointRow& checkpoint) = 0;
  // Keeps what is there.
  virtual Result<void> put_audit_nodes(const std::vector<TreeNode>& nodes) = 0;
  virtual Result<void> put_audit_name(const std::string& name) = 0;
  // Writes `bytes` and drops what the last call wrote: whether there is room for as much.
  virtual Result<void> probe_write(const std::string& bytes) = 0;

  // --- Retention: each call does a bounded part, and can be repeated after a crash ---
  virtual Result<void> put_retention_mark(WallTime at) = 0;
  // Erases these repairs with their plans, as far as ended_repairs would name them; says which.
  // Their chunks, steps and approvals become leftovers, which nobody finds by a repair any more: a
  // repair that is there has all of its rows.
  virtual Result<std::vector<Uuid>> erase_ended(const std::vector<Uuid>& repairs) = 0;
  // Erases up to `rows` rows of each class of leftovers, and about `bytes` of chunks. None at all:
  // nothing is left.
  virtual Result<LeftoverCount> erase_leftovers(std::int64_t rows, std::int64_t bytes) = 0;
  // Looks at up to `limit` plans with id > `after`; erases drafts made before `drafts`, and sealed
  // ones made before `sealed` that have no repair and that no reconciler holds.
  virtual Result<PrunedPage> prune_plans(WallTime drafts, WallTime sealed, const Uuid& after,
                                         std::int64_t limit) = 0;
  // The same for decisions made before `before`.
  virtual Result<PrunedPage> prune_decisions(WallTime before, const Uuid& after,
                                             std::int64_t limit) = 0;
  // Erases up to `limit` answers given before `before`, the oldest first; says how many.
  virtual Result<std::int64_t> prune_idempotent(WallTime before, std::int64_t limit) = 0;
};

// Control goes first: leases, pauses, cancels, approvals, outcomes. Bulk runs in slices of 5 ms.
enum class Lane : std::uint8_t { kControl, kBulk };

// What a store function does, and which drifts it is known to read: a store may read those of many
// functions at once.
struct StoreFn {
  StoreFn() = default;
  template <std::invocable<StoreTx&> Fn>
  StoreFn(Fn fn) : call(std::move(fn)) {}  // NOLINT: functions are given as they are
  Result<void> operator()(StoreTx& tx) const { return call(tx); }

  std::function<Result<void>(StoreTx&)> call;
  std::string reconciler;
  std::vector<std::string> keys;
};
using StoreReadFn = std::function<Result<void>(StoreReader&)>;
// Called after COMMIT (or failure), on the store's thread; MUST return quickly and not block. A
// refused submit (queue full, store closing) calls it on the caller's thread.
using StoreDone = std::function<void(Result<void>)>;

class Store {
 public:
  virtual ~Store() = default;

  // Queues `fn`; never blocks on the disk. `done` is called once, after the effect is durable.
  // kUnavailable "store queue is full" when too many wait in this lane. An error with
  // Effect::kMaybe (a lost connection during COMMIT) leaves open whether it happened.
  virtual void submit(Lane lane, StoreFn fn, StoreDone done) = 0;

  // Runs `fn` on a read-only view of committed state; blocks the caller, not the writer.
  virtual Result<void> read(const StoreReadFn& fn) = 0;

  // The clock by which leases are written: one authority for all nodes of this store.
  virtual Result<std::int64_t> lease_clock() = 0;

  // Whether that is the time since 1970, by which all nodes go.
  [[nodiscard]] virtual bool tells_time() const { return false; }

  // Calls `heard`, on a thread of the store's own, when another node queued work: only a wake, some
  // are missed. It must not block. Nothing where there are no other nodes. Call it once; the store
  // must go before what `heard` uses, or be told to stop hearing with an empty function.
  virtual void on_work(std::function<void()> /*heard*/) {}

  // kStorage with the reason while the store cannot write (a full disk); success again once it can.
  virtual Result<void> health() { return {}; }

  // Writes a consistent copy into a new file, while work goes on; says how many bytes. Blocks for
  // as long as the disk takes. kUnsupported where the server has means of its own.
  virtual Result<std::int64_t> backup(const std::string& /*file*/) {
    return Error::unsupported(
        "this store is in PostgreSQL: back up its database with pg_dump or pg_basebackup, and copy "
        "the state folder (audit.key, anchor, tokens)");
  }

  // submit, and wait for it. Virtual for stores without a thread of their own.
  virtual Result<void> run(Lane lane, StoreFn fn);
};

}  // namespace sideband
