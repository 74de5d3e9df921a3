// Pruning on every store: what has ended goes with all of its rows, in bounded parts, and nothing
// goes that somebody needs.
#include <algorithm>

#include "conformance/store/store_suite.h"

namespace sideband {
namespace {

class RetentionStore : public StoreSuite {
 protected:
  Plan plan_of(PlanState state = PlanState::kSealed) {
    Plan plan;
    plan.id = new_id();
    plan.reconciler = "prices";
    plan.state = state;
    plan.hash = "cafe";
    plan.created_at = plan.observed_at = now();
    clock_.advance(std::chrono::milliseconds(1));
    return plan;
  }

  // A repair with its plan, chunks, steps and an approval.
  Repair whole_repair(RepairState state, int chunks = 1, std::size_t bytes = 10) {
    const Plan plan = plan_of();
    Repair repair;
    repair.id = repair.plan = plan.id;
    repair.reconciler = plan.reconciler;
    repair.state = state;
    repair.created_at = plan.created_at;
    if (is_terminal(state)) repair.ended_at = now();
    must([&](StoreTx& tx) -> Result<void> {
      SB_TRY(tx.insert_plan(plan));
      SB_TRY(tx.insert_repair(repair));
      for (int i = 0; i < chunks; ++i) {
        SB_TRY(tx.insert_chunk(plan.id, i, std::string(bytes, 'c')));
        Step step;
        step.seq = step.chunk = i;
        step.state = StepState::kDone;
        step.salt = std::string(32, 's');
        SB_TRY(tx.put_step(repair.id, step));
      }
      Approval approval;
      approval.repair = repair.id;
      approval.by = "ana";
      approval.at = now();
      return tx.insert_approval(approval);
    });
    clock_.advance(std::chrono::milliseconds(1));
    return repair;
  }

  Decision decide(const Uuid& plan) {
    Decision decision;
    decision.id = new_id();
    decision.reconciler = "prices";
    decision.plan = plan;
    decision.at = now();
    must([&](StoreTx& tx) { return tx.insert_decision(decision); });
    clock_.advance(std::chrono::milliseconds(1));
    return decision;
  }

  void hold(const Uuid& plan) {
    ReconcilerHead head;
    head.plan = plan;
    must([&](StoreTx& tx) { return tx.put_head("prices", head); });
  }

  std::string ended(WallTime before, const Uuid& after = {}, std::int64_t limit = 100) {
    std::string out;
    must_read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto found, reader.ended_repairs(before, after, limit));
      for (const EndedRepair& repair : found) out += repair.id.text() + " ";
      return {};
    });
    return out;
  }

  std::vector<Uuid> erase(const std::vector<Uuid>& ids) {
    std::vector<Uuid> erased;
    must([&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(erased, tx.erase_ended(ids));
      return {};
    });
    return erased;
  }

  std::int64_t sweep(std::int64_t rows = 500, std::int64_t bytes = 1 << 20) {
    std::int64_t count = 0;
    must([&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(const LeftoverCount erased, tx.erase_leftovers(rows, bytes));
      count = erased.total();
      return {};
    });
    return count;
  }

  StoreUse use(StoredClass which, std::int64_t page = 100, WallTime due = {}) {
    StoreUse all;
    must_read([&](StoreReader& reader) -> Result<void> {
      StoreCursor at;
      for (bool more = true; more;) {
        SB_ASSIGN(const StoreUse part, reader.count_use(which, at, due, page));
        EXPECT_LE(part.rows, page);
        all.add(part);
        more = part.next.has_value();
        if (more) at = *part.next;
      }
      return {};
    });
    return all;
  }

  std::int64_t rows(StoredClass which) { return use(which).rows; }

  PrunedPage prune_plans(WallTime drafts, WallTime sealed, const Uuid& after = {},
                         std::int64_t limit = 100) {
    PrunedPage page;
    must([&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(page, tx.prune_plans(drafts, sealed, after, limit));
      return {};
    });
    return page;
  }

  PrunedPage prune_decisions(WallTime before, const Uuid& after = {}, std::int64_t limit = 100) {
    PrunedPage page;
    must([&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(page, tx.prune_decisions(before, after, limit));
      return {};
    });
    return page;
  }

  bool has_plan(const Uuid& id) {
    bool found = false;
    must_read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto plan, reader.plan(id));
      found = plan.has_value();
      return {};
    });
    return found;
  }
};

TEST_P(RetentionStore, FindsWhatHasEndedOldestFirst) {
  const Repair first = whole_repair(RepairState::kConverged);
  const Repair open = whole_repair(RepairState::kRunning);
  const Repair second = whole_repair(RepairState::kNeedsHuman);
  const WallTime between = now();
  const Repair late = whole_repair(RepairState::kCancelled);
  EXPECT_EQ(ended(between), first.id.text() + " " + second.id.text() + " ");
  EXPECT_EQ(ended(between, {}, 1), first.id.text() + " ");
  EXPECT_EQ(ended(between, first.id), second.id.text() + " ");
  EXPECT_EQ(ended(first.ended_at), "") << "what ended at that time did not end before it";
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(ended(now(), second.id), late.id.text() + " ");
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto found, reader.ended_repairs(now(), {}, 1));
    EXPECT_EQ(found.at(0).bytes, 500 + 10);
    EXPECT_EQ(found.at(0).ended_at, first.ended_at);
    EXPECT_EQ(found.at(0).reconciler, "prices");
    return {};
  });
}

TEST_P(RetentionStore, OpenAndRestingRepairsAreNotErased) {
  std::vector<Uuid> all;
  std::int64_t open = 0;
  for (int i = 0; i <= static_cast<int>(RepairState::kSuperseded); ++i) {
    const auto state = static_cast<RepairState>(i);
    all.push_back(whole_repair(state).id);
    open += is_terminal(state) ? 0 : 1;
  }
  const std::vector<Uuid> erased = erase(all);
  EXPECT_EQ(std::ssize(erased), std::ssize(all) - open);
  while (sweep() > 0) continue;
  for (const StoredClass which : {StoredClass::kPlans, StoredClass::kChunks, StoredClass::kRepairs,
                                  StoredClass::kSteps, StoredClass::kApprovals}) {
    EXPECT_EQ(rows(which), open) << stored_class_name(which);
  }
}

TEST_P(RetentionStore, APlanThatAReconcilerHoldsKeepsItsRepair) {
  const Repair held = whole_repair(RepairState::kCancelled);
  const Decision decision = decide(held.id);
  hold(held.id);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(ended(now()), "");
  EXPECT_TRUE(erase({held.id}).empty());
  EXPECT_EQ(prune_plans(now(), now()).rows, 0);
  EXPECT_EQ(prune_decisions(now()).rows, 0);
  hold({});
  EXPECT_EQ(erase({held.id}).size(), 1U);
}

TEST_P(RetentionStore, ARunStaysWhileItIsTakenBack) {
  const Repair run = whole_repair(RepairState::kConverged);
  Repair undo = whole_repair(RepairState::kCompensating);
  must([&](StoreTx& tx) { return tx.add_undo_of_run(run.id, undo.id); });
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(ended(now()), "");
  EXPECT_TRUE(erase({run.id}).empty());
  undo.state = RepairState::kCompensated;
  undo.ended_at = now();
  must([&](StoreTx& tx) { return tx.update_repair(undo); });
  EXPECT_EQ(erase({run.id}).size(), 1U);
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto undos, reader.undos_of_run(run.id));
    EXPECT_TRUE(undos.empty());
    return {};
  });
}

TEST_P(RetentionStore, ARepairGoesAtOnceAndItsRowsInParts) {
  const Repair gone = whole_repair(RepairState::kConverged, 5, 1000);
  const Repair kept = whole_repair(RepairState::kConverged, 2);
  EXPECT_EQ(erase({gone.id}).size(), 1U);
  EXPECT_TRUE(erase({gone.id}).empty()) << "again";
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_FALSE((*reader.repair(gone.id)).has_value());
    return {};
  });
  EXPECT_FALSE(has_plan(gone.id));
  EXPECT_EQ(rows(StoredClass::kSteps), 7);
  EXPECT_EQ(sweep(2, 1500), 2 + 1 + 2) << "two steps, the approval, chunks of 1,500 bytes";
  reopen();  // what a stop in the midst left is found again
  EXPECT_EQ(sweep(100, 1), 3 + 1) << "one chunk always goes";
  EXPECT_EQ(sweep(100, 1 << 20), 2 + 1) << "and the leftover itself";
  EXPECT_EQ(sweep(), 0);
  EXPECT_EQ(rows(StoredClass::kSteps), 2);
  EXPECT_EQ(rows(StoredClass::kChunks), 2);
  EXPECT_EQ(rows(StoredClass::kApprovals), 1);
  EXPECT_TRUE(has_plan(kept.id));
}

TEST_P(RetentionStore, PlansWithoutARepairGoWhenNobodyHoldsThem) {
  const Plan draft = plan_of(PlanState::kDraft);
  const Plan sealed = plan_of();
  const Plan held = plan_of();
  must([&](StoreTx& tx) -> Result<void> {
    for (const Plan& plan : {draft, sealed, held}) {
      SB_TRY(tx.insert_plan(plan));
      SB_TRY(tx.insert_chunk(plan.id, 0, "changes"));
    }
    return {};
  });
  hold(held.id);
  const Repair repair = whole_repair(RepairState::kAwaitingApproval);
  EXPECT_EQ(prune_plans(draft.created_at, sealed.created_at).rows, 0) << "not older";
  const PrunedPage first = prune_plans(now(), {}, {}, 2);
  EXPECT_EQ(first.rows, 1);
  EXPECT_EQ(first.drafts, 1);
  EXPECT_EQ(first.oldest, draft.created_at);
  EXPECT_EQ(first.next, sealed.id);
  const PrunedPage second = prune_plans(now(), now());
  EXPECT_EQ(second.rows, 1);
  EXPECT_EQ(second.drafts, 0);
  EXPECT_FALSE(second.next.has_value());
  EXPECT_TRUE(has_plan(held.id) && has_plan(repair.id) && !has_plan(sealed.id));
  EXPECT_EQ(sweep(), 2 + 2);
  EXPECT_EQ(rows(StoredClass::kChunks), 2);
}

TEST_P(RetentionStore, DecisionsStayWithTheirRepair) {
  const Repair repair = whole_repair(RepairState::kConverged);
  const Decision of_repair = decide(repair.id);
  const Decision alone = decide(new_id());
  const Decision of_none = decide({});
  const Decision late = decide({});
  const PrunedPage page = prune_decisions(late.at, {}, 2);
  EXPECT_EQ(page.rows, 1);
  EXPECT_EQ(page.newest, alone.at);
  ASSERT_EQ(page.next, alone.id);
  EXPECT_EQ(prune_decisions(late.at, *page.next, 2).rows, 1);
  erase({repair.id});
  EXPECT_EQ(prune_decisions(late.at).oldest, of_repair.at);
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto left, reader.decisions("", 10));
    EXPECT_TRUE(left.size() == 1 && left[0].id == late.id);
    return {};
  });
}

TEST_P(RetentionStore, CountsRowsPageByPage) {
  for (int i = 0; i < 3; ++i) whole_repair(RepairState::kConverged, 3, 100);
  const WallTime middle = now();
  whole_repair(RepairState::kRunning, 1, 100);
  decide({});
  for (std::size_t i = 0; i < kStoredClasses; ++i) {
    const auto which = static_cast<StoredClass>(i);
    const StoreUse whole = use(which, 100, middle);
    const StoreUse pages = use(which, 2, middle);
    EXPECT_EQ(whole.rows, pages.rows) << stored_class_name(which);
    EXPECT_EQ(whole.bytes, pages.bytes) << stored_class_name(which);
    EXPECT_EQ(whole.due, pages.due) << stored_class_name(which);
    EXPECT_EQ(whole.oldest, pages.oldest) << stored_class_name(which);
  }
  const StoreUse chunks = use(StoredClass::kChunks, 100, middle);
  EXPECT_EQ(chunks.rows, 10);
  EXPECT_EQ(chunks.due, 9);
  EXPECT_EQ(chunks.bytes, 10 * 124);
  EXPECT_EQ(use(StoredClass::kDecisions).rows, 1);
  EXPECT_EQ(use(StoredClass::kAnswers).rows, 0);
}

TEST_P(RetentionStore, CountsAnswersAndLeaves) {
  must([&](StoreTx& tx) -> Result<void> {
    SB_TRY(tx.put_idempotent("a", {"ana", "hash", "answer", from_us(10)}));
    SB_TRY(tx.put_idempotent("b", {"ana", "hash", "answer", from_us(20)}));
    tx.stage_audit("{}");
    tx.stage_audit("{}");
    return {};
  });
  const StoreUse answers = use(StoredClass::kAnswers, 1, from_us(15));
  EXPECT_TRUE(answers.rows == 2 && answers.due == 1 && answers.oldest == from_us(10));
  const StoreUse leaves = use(StoredClass::kLeaves, 1, now());
  EXPECT_TRUE(leaves.rows == 2 && leaves.due == 0 && !leaves.oldest);
}

TEST_P(RetentionStore, RemembersItsClock) {
  const auto mark = [&] {
    std::optional<WallTime> found;
    must_read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(found, reader.retention_mark());
      return {};
    });
    return found;
  };
  EXPECT_FALSE(mark().has_value());
  for (const std::int64_t at : {5, 3}) {
    must([&](StoreTx& tx) { return tx.put_retention_mark(from_us(at)); });
    EXPECT_EQ(mark(), from_us(at));
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, RetentionStore, testing::ValuesIn(store_kinds()),
                         [](const auto& made) { return made.param.name; });

}  // namespace
}  // namespace sideband
