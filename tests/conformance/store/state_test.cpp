// Drifts, plans, steps, decisions, named values: what is written comes back, and nothing else.
#include <algorithm>

#include "conformance/store/store_suite.h"

namespace sideband {
namespace {

Drift drift_of(const std::string& key, std::int64_t scan, DriftState state = DriftState::kOpen) {
  Drift drift;
  drift.key = key;
  drift.state = state;
  drift.scan = scan;
  drift.first_seen = from_us(1);
  drift.attempts = 2;
  drift.until = from_us(3);
  return drift;
}

std::string keys_of(const std::vector<Drift>& drifts) {
  std::string keys;
  for (const Drift& drift : drifts) keys += drift.key + " ";
  return keys;
}

TEST_P(StoreSuite, DriftsAreOnePerKeyInByteOrder) {
  const Uuid plan = new_id();
  Drift attached = drift_of("b", 1, DriftState::kAttached);
  attached.plan = plan;
  const std::string odd("\xff\0\x01", 3);
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_drifts("r", {drift_of("a", 1), drift_of("b", 1), drift_of(odd, 1)}));
    SB_TRY(tx.put_drifts("r", {attached, drift_of("B", 1)}));
    return tx.put_drifts("other", {drift_of("z", 1)});
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(keys_of(*reader.list_drifts("r", "", 10)), "B a b " + odd + " ");
    EXPECT_EQ(keys_of(*reader.list_drifts("r", "B", 2)), "a b ");
    EXPECT_EQ(*reader.count_drifts("r"), 4);
    SB_ASSIGN(const auto found, reader.drifts("r", {"b", "none", odd}));
    EXPECT_FALSE(found.at(1).has_value());
    EXPECT_TRUE(found.at(2).has_value());
    const Drift& b = *found.at(0);
    EXPECT_TRUE(b.plan == plan && b.state == DriftState::kAttached && b.attempts == 2);
    EXPECT_TRUE(b.first_seen == from_us(1) && b.scan == 1 && b.until == from_us(3));
    return {};
  });
}

TEST_P(StoreSuite, ErasesDriftsThatAScanDidNotSee) {
  std::int64_t erased = 0;
  Repair active = queued_repair();
  active.reconciler = "r";
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.insert_repair(active));
    SB_TRY(tx.put_drifts("r", {drift_of("old1", 1), drift_of("old2", 1, DriftState::kSuspect),
                               drift_of("old3", 1), drift_of("seen", 2), drift_of("later", 3),
                               drift_of("at-work", 1, DriftState::kAttached),
                               drift_of("cooling", 1, DriftState::kCooling)}));
    SB_ASSIGN(erased, tx.erase_unseen_drifts("r", 2, from_us(0), 2));
    return {};
  });
  EXPECT_EQ(erased, 2);
  must([&](StoreTx& tx) -> Result<void> {
    SB_ASSIGN(erased, tx.erase_unseen_drifts("r", 2, from_us(0), 2));
    return tx.erase_drifts("r", {"later", "none"});
  });
  EXPECT_EQ(erased, 1);
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(keys_of(*reader.list_drifts("r", "", 10)), "at-work cooling seen ");
    return {};
  });
  // Without a repair at work the plan that a drift is of was only held.
  must([&](StoreTx& tx) -> Result<void> {
    active.state = RepairState::kCancelled;
    SB_TRY(tx.update_repair(active));
    SB_ASSIGN(erased, tx.erase_unseen_drifts("r", 2, from_us(0), 2));
    return {};
  });
  EXPECT_EQ(erased, 1);
}

TEST_P(StoreSuite, ErasesTheDriftsOfOnePlanInSlices) {
  const Uuid mine = new_id(), other = new_id();
  std::vector<Drift> drifts;
  for (const char* key : {"a", "b", "c", "d", "e"}) {
    drifts.push_back(drift_of(key, 1, DriftState::kAttached));
    drifts.back().plan = std::string(key) == "b" ? other : mine;
  }
  std::optional<std::string> until;
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_drifts("r", drifts));
    SB_ASSIGN(until, tx.erase_plan_drifts("r", mine, "", 3));
    return {};
  });
  EXPECT_EQ(until, "d");
  must([&](StoreTx& tx) -> Result<void> {
    EXPECT_EQ(keys_of(*tx.list_drifts("r", "", 10)), "b e ");
    SB_ASSIGN(until, tx.erase_plan_drifts("r", mine, "d", 3));
    EXPECT_EQ(keys_of(*tx.list_drifts("r", "", 10)), "b ");
    return {};
  });
  EXPECT_EQ(until, std::nullopt);
}

TEST_P(StoreSuite, RestsTheDriftsOfOnePlanByHowOftenTheyCameBack) {
  const Uuid mine = new_id();
  std::vector<Drift> drifts;
  for (const std::int64_t reopens : {0, 1, 4, 5, 60}) {
    drifts.push_back(drift_of("k" + std::to_string(drifts.size()), 1, DriftState::kAttached));
    drifts.back().plan = mine;
    drifts.back().reopens = reopens;
    drifts.back().attempts = 2;
  }
  drifts.push_back(drift_of("other", 1, DriftState::kAttached));
  drifts.back().plan = new_id();
  const GrowingRest rest{from_us(1000), Duration(30), 5, Duration(600)};
  std::optional<std::string> until;
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_drifts("r", drifts));
    SB_ASSIGN(until, tx.rest_plan_drifts("r", mine, "", 3, rest));
    EXPECT_EQ(until, "k2");
    SB_ASSIGN(until, tx.rest_plan_drifts("r", mine, "k2", 3, rest));
    EXPECT_EQ(until, std::nullopt);
    return {};
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto found, reader.list_drifts("r", "", 10));
    std::vector<std::int64_t> ends;
    for (const Drift& drift : found) {
      if (drift.key == "other") {
        EXPECT_TRUE(drift.state == DriftState::kAttached) << "of another plan";
        continue;
      }
      EXPECT_TRUE(drift.state == DriftState::kCooling && drift.plan.empty());
      EXPECT_TRUE(drift.attempts == 0 && drift.first_seen == WallTime());
      ends.push_back(to_us(drift.until));
    }
    EXPECT_EQ(ends, (std::vector<std::int64_t>{1030, 1060, 1480, 1600, 1600}));
    return {};
  });
}

// Many keys are read another way than few: with rows between them, and with very many.
TEST_P(StoreSuite, ManyDriftsAreReadAsTheyAre) {
  for (const int between : {0, 1, 40}) {
    const std::string name = "r" + std::to_string(between);
    std::vector<Drift> drifts;
    std::vector<std::string> keys;
    for (int i = 1000; i < 1100; ++i) {
      keys.push_back(std::to_string(i));
      if (i % 3 != 0) drifts.push_back(drift_of(keys.back(), i));
      for (int j = 0; j < between; ++j) {
        drifts.push_back(drift_of(std::to_string(i) + "." + std::to_string(j), 1));
      }
    }
    std::reverse(keys.begin(), keys.end());
    must([&](StoreTx& tx) { return tx.put_drifts(name, drifts); });
    must_read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto found, reader.drifts(name, keys));
      EXPECT_EQ(found.size(), keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const int number = std::stoi(keys[i]);
        EXPECT_EQ(found[i].has_value(), number % 3 != 0) << keys[i];
        if (found[i]) {
          EXPECT_EQ(found[i]->scan, number);
        }
      }
      return {};
    });
  }
}

TEST_P(StoreSuite, HeadsComeBackWhole) {
  ReconcilerHead head;
  head.scan = 4;
  head.scanned_at = from_us(5);
  head.plan = new_id();
  head.plan_hash = "hash";
  head.refusals = {Reason{GateId::kMaxChanges, Truth::kFalse, {Evidence::count("changes", 7)}},
                   Reason{GateId::kMode, Truth::kUnknown, {}}};
  head.open = 6;
  head.extras = 7;
  head.unknown = 8;
  head.first_unknown = std::string("k\0\xff", 3);
  head.suspect = 9;
  head.cooling = 10;
  head.busy = 11;
  head.ripe_at = from_us(12);
  head.failed = 13;
  head.flapping = 14;
  head.scope = "scope";
  head.source_scope = "source";
  head.source = {
      SourceCondition::kSuspect,      from_us(15), 16, 17, 18, "error", from_us(19), {{20, 21, 22}},
      {"ana", "why", 23, from_us(24)}};
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_head("r", {}));
    return tx.put_head("r", head);
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto stored, reader.head("r"));
    EXPECT_TRUE(stored && *stored == head);
    EXPECT_FALSE(reader.head("none")->has_value());
    return {};
  });
}

TEST_P(StoreSuite, HeadsOfOneScopeKnowOneSource) {
  ReconcilerHead of_one, of_other, alone;
  of_one.source_scope = of_other.source_scope = "place";
  of_one.scan = 1;
  of_other.scan = 2;
  of_one.source.baseline = 40;
  alone.source.baseline = 7;
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_head("one", of_one));
    SB_TRY(tx.put_head("alone", alone));
    of_other.source = *tx.source("place").value();
    return tx.put_head("other", of_other);
  });
  must([](StoreTx& tx) -> Result<void> {
    SB_ASSIGN(auto head, tx.head("other"));
    EXPECT_EQ(head->source.baseline, 40);
    head->source.condition = SourceCondition::kSuspect;
    SB_TRY(tx.put_head("other", *head));
    EXPECT_EQ(tx.head("one").value()->source.condition, SourceCondition::kSuspect)
        << "also within one function";
    return {};
  });
  must_read([](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto one, reader.head("one"));
    EXPECT_EQ(one->source.condition, SourceCondition::kSuspect);
    EXPECT_EQ(one->scan, 1);
    EXPECT_EQ(reader.head("alone").value()->source.baseline, 7);
    EXPECT_EQ(*reader.reconcilers_of("place"), (std::vector<std::string>{"one", "other"}));
    EXPECT_TRUE(reader.reconcilers_of("elsewhere")->empty());
    EXPECT_FALSE(reader.source("elsewhere")->has_value());
    return {};
  });
}

Plan plan_of(const Uuid& id, const std::string& reconciler) {
  Plan plan{id,    reconciler, "v1", "g1", PlanState::kDraft, "",        {1, 2, 3, 4},
            false, 5,          "lo", "hi", from_us(6),        from_us(7)};
  return plan;
}

TEST_P(StoreSuite, ChunksOfADraftAreReplacedAndDropped) {
  const Plan plan = plan_of(new_id(), "r");
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.insert_plan(plan));
    for (const std::int64_t seq : {0, 1, 2}) SB_TRY(tx.insert_chunk(plan.id, seq, "as found"));
    SB_TRY(tx.replace_chunk(plan.id, 0, "less"));
    return tx.erase_chunks(plan.id, 2);
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(*reader.chunk(plan.id, 0), "less");
    EXPECT_EQ(*reader.chunk(plan.id, 1), "as found");
    EXPECT_EQ(reader.chunk(plan.id, 2).error().code, ErrorCode::kNotFound);
    return {};
  });
  const auto missing = store().run(
      Lane::kBulk, [&](StoreTx& tx) { return tx.replace_chunk(plan.id, 7, "nothing there"); });
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

TEST_P(StoreSuite, PlansAreSealedAndDraftsCanBeDropped) {
  Plan kept = plan_of(new_id(), "r");
  const Plan draft = plan_of(new_id(), "r"), other = plan_of(new_id(), "other");
  const std::string bytes("\0\xff changes", 10);
  must([&](StoreTx& tx) -> Result<void> {
    for (const Plan& plan : {kept, draft, other}) SB_TRY(tx.insert_plan(plan));
    for (const Plan& plan : {kept, draft}) SB_TRY(tx.insert_chunk(plan.id, 0, bytes));
    kept.state = PlanState::kSealed;
    kept.hash = "hash";
    kept.low = "a";
    kept.high = "z";
    kept.counts = {11, 12, 13, -1};
    kept.chunks = 1;
    SB_TRY(tx.update_plan(kept));
    return tx.erase_drafts("r");
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto stored, reader.plan(kept.id));
    const auto tie = [](const Plan& p) {
      return std::tie(p.id, p.reconciler, p.reconciler_version, p.guardrails_version, p.state,
                      p.hash, p.counts.create, p.counts.update, p.counts.erase, p.counts.desired,
                      p.whole, p.chunks, p.low, p.high, p.observed_at, p.created_at);
    };
    EXPECT_TRUE(stored && tie(*stored) == tie(kept));
    EXPECT_EQ(*reader.chunk(kept.id, 0), bytes);
    EXPECT_FALSE(reader.plan(draft.id)->has_value());
    EXPECT_EQ(reader.chunk(draft.id, 0).error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(reader.plan(other.id)->has_value());
    return {};
  });
  const auto missing = run([&](StoreTx& tx) { return tx.update_plan(draft); });
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  must([&](StoreTx& tx) { return tx.erase_plan(kept.id); });
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(reader.chunk(kept.id, 0).error().code, ErrorCode::kNotFound);
    return {};
  });
}

TEST_P(StoreSuite, StepsAreReplacedAndListedInOrder) {
  const Uuid repair = new_id();
  Step intent{0, 1, 2, 3, true, StepState::kIntent, 99, std::string(32, '\0'), "", ""};
  Step done = intent;
  done.state = StepState::kDone;
  done.outcomes = std::string("\x01\0", 2);
  done.output = R"({"rows":7})";
  Step later = intent;
  later.seq = 7;
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_step(repair, later));
    SB_TRY(tx.put_step(repair, intent));
    return tx.put_step(repair, done);
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto steps, reader.steps(repair, 0, 10));
    EXPECT_EQ(steps.size(), 2U);
    const auto tie = [](const Step& s) {
      return std::tie(s.seq, s.chunk, s.from, s.to, s.undo, s.state, s.token, s.salt, s.outcomes,
                      s.output);
    };
    EXPECT_TRUE(tie(steps.at(0)) == tie(done) && tie(steps.at(1)) == tie(later));
    EXPECT_EQ(reader.steps(repair, 1, 10)->size(), 1U);
    EXPECT_EQ(reader.steps(repair, 0, 1)->size(), 1U);
    return {};
  });
}

TEST_P(StoreSuite, ApprovalsAndDecisionsComeBack) {
  const Uuid repair = new_id();
  const Approval first{repair, "ana", true, from_us(1), "h", "r", "g", "fine"};
  const Approval second{repair, "bo", false, from_us(2), "h", "r", "g", ""};
  const Reason reason{GateId::kMaxChanges,
                      Truth::kUnknown,
                      {Evidence::count("changes", 5), Evidence::of("why", "5 of 20")}};
  const Decision older{new_id(), "r", repair, from_us(3), Verdict::kHold, {reason, reason}};
  clock_.advance(std::chrono::milliseconds(1));
  const Decision newer{new_id(), "other", {}, from_us(4), Verdict::kAct, {}};
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.insert_approval(second));
    SB_TRY(tx.insert_approval(first));
    SB_TRY(tx.insert_decision(older));
    return tx.insert_decision(newer);
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto approvals, reader.approvals(repair));
    EXPECT_EQ(approvals.size(), 2U);
    EXPECT_TRUE(approvals[0].by == "ana" && approvals[0].approve && !approvals[1].approve);
    SB_ASSIGN(const auto decisions, reader.decisions("", 10));
    EXPECT_TRUE(decisions.size() == 2 && decisions[0].id == newer.id);
    EXPECT_TRUE(decisions[0].plan.empty() && decisions[0].verdict == Verdict::kAct);
    SB_ASSIGN(const auto of_one, reader.decisions("r", 10));
    EXPECT_TRUE(of_one.size() == 1 && of_one[0].reasons.size() == 2);
    const Reason& back = of_one.at(0).reasons.at(1);
    EXPECT_TRUE(back == reason);
    return {};
  });
}

// What gates and switches remember: read back in the transaction that writes it and in the next,
// written over and erased, each without touching its neighbours.
template <class Row>
struct Kept {
  std::function<Result<std::optional<Row>>(StoreReader&)> get;
  std::function<Result<void>(StoreTx&, std::optional<Row>)> put;
};

template <class Row>
void keeps(Store& store, const Kept<Row>& kept, const Row& first, const Row& second) {
  const auto expect = [&](StoreReader& reader, const std::optional<Row>& wanted) {
    const auto found = kept.get(reader);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_TRUE(*found == wanted);
  };
  const auto write = [&](const std::optional<Row>& row) {
    const auto done = store.run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
      SB_TRY(kept.get(tx));
      SB_TRY(kept.put(tx, row));
      expect(tx, row);
      return {};
    });
    EXPECT_TRUE(done.ok()) << done.error().message;
    EXPECT_TRUE(store
                    .read([&](StoreReader& reader) -> Result<void> {
                      expect(reader, row);
                      return {};
                    })
                    .ok());
  };
  for (const auto& row : {std::optional(first), std::optional(second)}) write(row);
  const auto failed = store.run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
    SB_TRY(kept.put(tx, first));
    return Error::refused("no");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_TRUE(store
                  .read([&](StoreReader& reader) -> Result<void> {
                    expect(reader, second);
                    return {};
                  })
                  .ok());
}

TEST_P(StoreSuite, PausesAndCancelsAreKept) {
  const std::string odd("\0\xff'", 3);
  const Kept<Pause> of_one{[](StoreReader& reader) { return reader.pause("fleet"); },
                           [](StoreTx& tx, auto row) { return tx.put_pause("fleet", row); }};
  const Kept<Pause> of_all{[](StoreReader& reader) { return reader.pause(""); },
                           [](StoreTx& tx, auto row) { return tx.put_pause("", row); }};
  keeps<Pause>(store(), of_one, {"ana", odd, from_us(5)}, {"ben: x", "", from_us(6)});
  keeps<Pause>(store(), of_all, {"ana", "all", {}}, {"", "", from_us(7)});
  must_read([](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto all, reader.pauses());
    EXPECT_TRUE(all.size() == 2 && all[0].first.empty() && all[1].first == "fleet");
    return {};
  });
  must([](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_pause("fleet", {}));
    return tx.put_pause("nobody", {});
  });
  must_read([](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(reader.pauses()->size(), 1U);
    return {};
  });
  const Uuid repair = queued_repair().id;
  const Kept<CancelRequest> cancel{
      [=](StoreReader& reader) { return reader.cancel_request(repair); },
      [=](StoreTx& tx, auto row) { return tx.put_cancel(repair, row); }};
  keeps<CancelRequest>(store(), cancel, {"ana", odd, true, from_us(1)}, {"ben", "y", false, {}});
}

TEST_P(StoreSuite, WhatGatesCountIsKept) {
  for (const WindowKind kind : {WindowKind::kChanges, WindowKind::kDeletes, WindowKind::kSite}) {
    const WindowKey key{kind, "files:/srv/x"};
    const Kept<std::vector<WindowSlot>> window{
        [=](StoreReader& reader) { return reader.window(key); },
        [=](StoreTx& tx, auto row) { return tx.put_window(key, *row); }};
    keeps<std::vector<WindowSlot>>(store(), window, {{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}});
  }
  const Kept<RateBucket> bucket{
      [](StoreReader& reader) { return reader.rate_bucket("fleet"); },
      [](StoreTx& tx, auto row) { return tx.put_rate_bucket("fleet", *row); }};
  keeps<RateBucket>(store(), bucket, {1'500'000, from_us(3)}, {0, from_us(4)});
  const Uuid repair = queued_repair().id;
  const Kept<CrashCount> crashes{
      [=](StoreReader& reader) { return reader.crash_count(repair); },
      [=](StoreTx& tx, auto row) { return tx.put_crashes(repair, row); }};
  keeps<CrashCount>(store(), crashes, {3, 1}, {4, 2});
  const Kept<DeclinedPlan> declined{
      [](StoreReader& reader) { return reader.declined_plan("fleet"); },
      [](StoreTx& tx, auto row) { return tx.put_declined("fleet", row); }};
  keeps<DeclinedPlan>(store(), declined, {"hash", "ana"}, {"other", "b n"});
  const Kept<LeaderRow> leader{[](StoreReader& reader) { return reader.leader(); },
                               [](StoreTx& tx, auto row) { return tx.put_leader(row); }};
  keeps<LeaderRow>(store(), leader, {"node a#1", 10}, {"b", 20});
}

TEST_P(StoreSuite, UndosAreFoundByWhatTheyTakeBack) {
  Repair undo = queued_repair();
  undo.undo = true;
  Repair ended = queued_repair();
  ended.undo = true;
  ended.state = RepairState::kConverged;
  const Repair plain = queued_repair();
  must([&](StoreTx& tx) -> Result<void> {
    for (const Repair& repair : {undo, ended, plain}) SB_TRY(tx.insert_repair(repair));
    SB_TRY(tx.add_undo_of_run(plain.id, undo.id));
    return tx.add_undo_of_run(plain.id, ended.id);
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(*reader.active_undos(undo.reconciler), std::vector<Uuid>{undo.id});
    EXPECT_TRUE(reader.active_undos("another")->empty());
    EXPECT_EQ(reader.undos_of_run(plain.id)->size(), 2U);
    EXPECT_TRUE(reader.undos_of_run(undo.id)->empty());
    return {};
  });
}

TEST_P(StoreSuite, TheNameOfTheLogAndTheProbeAreSingleRows) {
  must([](StoreTx& tx) -> Result<void> {
    EXPECT_FALSE(tx.audit_name()->has_value());
    SB_TRY(tx.put_audit_name("a"));
    SB_TRY(tx.put_audit_name("b"));
    SB_TRY(tx.probe_write(std::string(5000, 'x')));
    return tx.probe_write("");
  });
  must_read([](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(*reader.audit_name(), "b");
    return {};
  });
}

TEST_P(StoreSuite, IdempotentAnswersAreKeptOnceAndPruned) {
  const IdempotentAnswer answer{"ana", "hash", "answer", from_us(10)};
  must([&](StoreTx& tx) { return tx.put_idempotent("key", answer); });
  const auto again = run([&](StoreTx& tx) { return tx.put_idempotent("key", answer); });
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  const auto stored = [&](bool expected) {
    must_read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto found, reader.idempotent("key"));
      EXPECT_EQ(found.has_value(), expected);
      EXPECT_TRUE(!found || (found->answer == "answer" && found->at == answer.at));
      return {};
    });
  };
  const auto prune = [&](WallTime before) {
    std::int64_t count = 0;
    must([&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(count, tx.prune_idempotent(before, 10));
      return {};
    });
    return count;
  };
  EXPECT_EQ(prune(from_us(10)), 0);
  stored(true);
  EXPECT_EQ(prune(from_us(11)), 1);
  stored(false);
}

}  // namespace
}  // namespace sideband
