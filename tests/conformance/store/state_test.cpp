// Heads, plans, steps, decisions, named values: what is written comes back, and nothing else.
#include "conformance/store/store_suite.h"

namespace sideband {
namespace {

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

TEST_P(StoreSuite, ADecisionIsFoundByItsIdAndByItsPlan) {
  const Decision before{new_id(), "r", {}, from_us(1), Verdict::kHold, {}};
  clock_.advance(std::chrono::milliseconds(1));
  const Uuid plan = new_id();
  const Decision made{new_id(), "r", plan, from_us(2), Verdict::kHold, {}};
  const Decision foreign{new_id(), "other", plan, from_us(2), Verdict::kAct, {}};
  clock_.advance(std::chrono::milliseconds(1));
  const Decision between{new_id(), "r", new_id(), from_us(3), Verdict::kAct, {}};
  const Decision applied{new_id(), "r", plan, from_us(4), Verdict::kAct, {}};
  must([&](StoreTx& tx) -> Result<void> {
    for (const Decision& each : {before, made, foreign, between, applied}) {
      SB_TRY(tx.insert_decision(each));
    }
    return {};
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto about, reader.decisions_about("r", plan, 10));
    EXPECT_TRUE(about.size() == 2 && about[0].id == made.id && about[1].id == applied.id);
    SB_ASSIGN(const auto one, reader.decisions_about("r", plan, 1));
    EXPECT_TRUE(one.size() == 1 && one[0].id == made.id);
    SB_ASSIGN(const auto found, reader.decision(applied.id));
    EXPECT_TRUE(found && found->plan == plan && found->at == from_us(4));
    SB_ASSIGN(const auto none, reader.decision(new_id()));
    EXPECT_FALSE(none);
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

TEST_P(StoreSuite, NoticesAreKeptByChannelAndReconciler) {
  const std::string odd("\0\xff'", 3);
  Notice first, second;
  first.since = from_us(5);
  first.status = "held";
  first.why = odd;
  second = first;
  second.owed = NoticeEvent::kOpened;
  second.number = 1;
  for (const NoticeKey& key :
       {NoticeKey{"oncall", "prices"}, NoticeKey{"oncall", "fleet"}, NoticeKey{"mail", "prices"}}) {
    const Kept<Notice> kept{[=](StoreReader& reader) { return reader.notice(key); },
                            [=](StoreTx& tx, auto row) { return tx.put_notice(key, row); }};
    keeps<Notice>(store(), kept, first, second);
  }
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_notice({"oncall", "fleet"}, {}));
    SB_TRY(tx.put_notice({"zz", "new"}, first));
    SB_ASSIGN(const auto all, tx.notices());
    EXPECT_EQ(all.size(), 3U) << "those put by this function too";
    return {};
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto all, reader.notices());
    EXPECT_TRUE(all.size() == 3 && all[0].first == NoticeKey({"mail", "prices"}) &&
                all[0].second == second && all[1].first == NoticeKey({"oncall", "prices"}) &&
                all[2].first == NoticeKey({"zz", "new"}) && all[2].second == first);
    return {};
  });
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

TEST_P(StoreSuite, WhatIsConnectedIsKept) {
  const Kept<KnownTarget> target{
      [](StoreReader& reader) { return reader.known_target("redis:a"); },
      [](StoreTx& tx, auto row) { return tx.put_known_target("redis:a", *row); }};
  const TargetIdentity first{"", "h1", "", "aa", "primary", 1, 12};
  const TargetIdentity second{"s.5", "h2", "h1", "bb", "standby", -1, -1};
  keeps<KnownTarget>(store(), target, {first, from_us(3), IdentityChange::kNone, {}},
                     {second, from_us(4), IdentityChange::kReplaced, first});
  must_read([](StoreReader& reader) -> Result<void> {
    EXPECT_FALSE(reader.known_target("redis:b")->has_value());
    return {};
  });
}

TEST_P(StoreSuite, WhatSignalsCameToIsKept) {
  const Kept<SignalHold> hold{
      [](StoreReader& reader) { return reader.signal_hold("s\nlatency\nabove\nhold"); },
      [](StoreTx& tx, auto row) { return tx.put_signal_hold("s\nlatency\nabove\nhold", *row); }};
  keeps<SignalHold>(store(), hold, {true, from_us(3), {}, "", {}},
                    {false, from_us(4), from_us(5), "no \"answer\"", from_us(6)});
}

TEST_P(StoreSuite, WhatDetectorsSaidIsKept) {
  const Kept<KeptDetection> detection{
      [](StoreReader& reader) { return reader.detection("queue"); },
      [](StoreTx& tx, auto row) { return tx.put_detection("queue", *row); }};
  keeps<KeptDetection>(
      store(), detection,
      {{Detected::kFiring, "above: value=9", "", from_us(3), from_us(4)}, "state of it"},
      {{Detected::kUnknown, "paused", "noisy", from_us(5), {}}, std::string("\0\n", 2)});
}

TEST_P(StoreSuite, HowFastRepairsMayBeIsKept) {
  const Kept<Throttle> throttle{
      [](StoreReader& reader) { return reader.throttle("s\nlatency\nabove"); },
      [](StoreTx& tx, auto row) { return tx.put_throttle("s\nlatency\nabove", *row); }};
  keeps<Throttle>(store(), throttle, {500, {}, from_us(3), ""},
                  {5, from_us(4), from_us(5), "signal \"latency\" is 35ms"});
}

TEST_P(StoreSuite, HowRepairsEndedIsKept) {
  const Kept<Breaker> breaker{
      [](StoreReader& reader) { return reader.breaker("redis:a\nprice:*"); },
      [](StoreTx& tx, auto row) { return tx.put_breaker("redis:a\nprice:*", *row); }};
  keeps<Breaker>(store(), breaker, {"+-+", {}, Duration(0), 0, {}},
                 {"---", from_us(4), std::chrono::minutes(10), 2, new_id()});
}

TEST_P(StoreSuite, SilencesAreKeptAndListedInOrder) {
  const Silence first{.id = new_id(),
                      .match = {"price-*", "team-shop", "cache", {{"tier", "gold"}, {"x", "y"}}},
                      .by = "ana",
                      .reason = "a \"move\"",
                      .since = from_us(3),
                      .until = from_us(4)};
  const Silence second{.id = new_id(), .match = {}, .by = "b n", .reason = "r"};
  const Uuid id = first.id;
  const Kept<Silence> silence{[=](StoreReader& reader) { return reader.silence(id); },
                              [=](StoreTx& tx, auto row) { return tx.put_silence(id, row); }};
  keeps<Silence>(store(), silence, second, first);
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_silence(first.id, first));
    SB_TRY(tx.put_silence(second.id, second));
    EXPECT_EQ(*tx.silences(), (std::vector<Silence>{first, second})) << "also those put just now";
    return {};
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(*reader.silences(), (std::vector<Silence>{first, second}));
    return {};
  });
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
