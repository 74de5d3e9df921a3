// Functions that share a commit: each sees what those before it wrote, fails for itself, and leaves
// what it would have left in a commit of its own.
#include "conformance/store/store_suite.h"
#include "support/scratch_rows.h"

namespace sideband {
namespace {

// The fixture of functions that are committed together.
class Groups : public StoreSuite {
 protected:
  // Holds the writer until all of them wait.
  std::vector<Result<void>> together(std::vector<StoreFn> fns) {
    Latch gate(1), held(1), latch(static_cast<int>(fns.size()));
    std::vector<Result<void>> results(fns.size());
    store().submit(
        Lane::kControl, [](StoreTx&) { return Result<void>(); },
        [&](Result<void>) {
          held.down();
          gate.wait();
        });
    held.wait();
    for (std::size_t i = 0; i < fns.size(); ++i) {
      store().submit(Lane::kControl, std::move(fns[i]), [&, i](Result<void> result) {
        results[i] = std::move(result);
        latch.down();
      });
    }
    gate.down();
    latch.wait();
    return results;
  }
  static StoreFn about(const std::string& key, StoreFn fn) {
    fn.reconciler = "prices";
    fn.keys = {key};
    return fn;
  }
  static Drift drift(const std::string& key, std::int64_t attempts) {
    Drift drift;
    drift.key = key;
    drift.attempts = attempts;
    return drift;
  }
};

TEST_P(Groups, KeepTheOrderOfWhatIsDoneToARow) {
  must([](StoreTx& tx) { return tx.put_drifts("prices", {drift("a", 1)}); });
  std::vector<std::int64_t> saw;
  const auto look = [&](StoreTx& tx, const std::string& key) -> Result<void> {
    SB_ASSIGN(const auto found, tx.drifts("prices", {key}));
    saw.push_back(found[0] ? found[0]->attempts : -1);
    return {};
  };
  const auto set = [&](const std::string& key, std::int64_t attempts) {
    return about(key, [=](StoreTx& tx) -> Result<void> {
      SB_TRY(look(tx, key));
      return tx.put_drifts("prices", {drift(key, attempts)});
    });
  };
  const auto drop = [&](const std::string& key) {
    return about(key, [=](StoreTx& tx) -> Result<void> {
      SB_TRY(look(tx, key));
      return tx.erase_drifts("prices", {key});
    });
  };
  for (const auto& result : together({set("a", 2), set("b", 3), drop("a"), set("b", 4), set("a", 5),
                                      drop("b"), set("a", 6), drop("c")})) {
    EXPECT_TRUE(result.ok()) << result.error().message;
  }
  EXPECT_EQ(saw, (std::vector<std::int64_t>{1, -1, 2, 3, -1, 4, 5, -1}));
  must_read([](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto left, reader.list_drifts("prices", "", 10));
    EXPECT_EQ(left.size(), 1U);
    EXPECT_EQ(left.at(0).attempts, 6);
    return {};
  });
}

TEST_P(Groups, FailOnlyTheFunctionWhoseTokenIsOld) {
  std::vector<Repair> repairs(3);
  for (Repair& repair : repairs) repair = queued_repair();
  must([&](StoreTx& tx) -> Result<void> {
    for (const Repair& repair : repairs) SB_TRY(tx.insert_repair(repair));
    return {};
  });
  std::vector<StoreFn> fns;
  for (std::size_t i = 0; i < repairs.size(); ++i) {
    Repair changed = repairs[i];
    changed.note = "changed";
    if (i == 1) changed.token += 1;
    fns.emplace_back([changed](StoreTx& tx) { return tx.update_repair(changed); });
  }
  const auto results = together(std::move(fns));
  EXPECT_TRUE(results[0].ok() && results[2].ok());
  ASSERT_FALSE(results[1].ok());
  EXPECT_EQ(results[1].error().code, ErrorCode::kConflict);
  EXPECT_NE(results[1].error().message.find(repairs[1].id.text()), std::string::npos);
  must_read([&](StoreReader& reader) -> Result<void> {
    for (std::size_t i = 0; i < repairs.size(); ++i) {
      SB_ASSIGN(const auto repair, reader.repair(repairs[i].id));
      EXPECT_EQ(repair->note, i == 1 ? "" : "changed");
    }
    return {};
  });
}

TEST_P(Groups, SeeALockThatWasThoughtFree) {
  const Uuid holder = new_id();
  const auto lock = [&](const std::string& key, bool& got, bool wide = false) {
    return StoreFn([&got, key, wide, repair = new_id()](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(got, tx.try_lock({"cache", "prices", key, wide ? "z" : key, repair}, true));
      return {};
    });
  };
  must([&](StoreTx& tx) -> Result<void> {
    SB_ASSIGN(const bool got, tx.try_lock({"cache", "prices", "k", "k", holder}));
    EXPECT_TRUE(got);
    return {};
  });
  bool held = true, fresh = false, same = true, around = true, freed = false;
  const StoreFn unlock = [&](StoreTx& tx) { return tx.unlock(holder); };
  for (const auto& result : together({lock("k", held), lock("m", fresh), lock("m", same),
                                      lock("l", around, true), unlock, lock("k", freed)})) {
    EXPECT_TRUE(result.ok()) << result.error().message;
  }
  EXPECT_FALSE(held);
  EXPECT_TRUE(fresh);
  EXPECT_FALSE(same);
  EXPECT_FALSE(around);
  EXPECT_TRUE(freed);
}

// Locked, written and unlocked again in one commit: nothing of it may be left.
TEST_P(Groups, LeaveNoLockOfARepairThatBeganAndEndedInOne) {
  std::vector<StoreFn> fns;
  for (int i = 0; i < 4; ++i) {
    const Repair repair = queued_repair();
    fns.emplace_back([repair, i](StoreTx& tx) -> Result<void> {
      const std::string key = "k" + std::to_string(i);
      SB_ASSIGN(const bool got, tx.try_lock({"cache", "prices", key, key, repair.id}, true));
      EXPECT_TRUE(got);
      return tx.insert_repair(repair);
    });
    fns.emplace_back([repair](StoreTx& tx) { return tx.unlock(repair.id); });
  }
  for (const auto& result : together(std::move(fns))) EXPECT_TRUE(result.ok());
  must_read([](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto left, reader.locks(Uuid(), 10));
    EXPECT_TRUE(left.empty());
    return {};
  });
}

// What is done in one commit leaves what the same leaves in a commit for each function.
TEST_P(Groups, DoWhatTheirFunctionsDoOneByOne) {
  const auto act = [this](const std::string& reconciler, std::uint64_t choice) {
    const std::string key = std::string(1, static_cast<char>('a' + choice % 5));
    const auto number = static_cast<std::int64_t>(choice / 16 % 1000);
    StoreFn fn = [=, act = choice / 5 % 3, at = now()](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(const auto found, tx.drifts(reconciler, {key}));
      if (act == 0) return tx.erase_drifts(reconciler, {key});
      if (act == 1 && found[0]) return put_scratch(tx, reconciler + key, std::to_string(number));
      Drift next = drift(key, number + (found[0] ? found[0]->attempts : 0));
      next.first_seen = at;
      SB_TRY(tx.put_drifts(reconciler, {next}));
      return act == 1 ? erase_scratch(tx, reconciler + key) : Result<void>();
    };
    fn.reconciler = reconciler;
    fn.keys = {key};
    return fn;
  };
  for (int round = 0; round < 10; ++round) {
    std::vector<StoreFn> fns;
    for (int i = 0; i < 30; ++i) {
      const std::uint64_t choice = random_.next();
      fns.push_back(act("grouped/", choice));
      must(act("single/", choice));
    }
    for (const auto& result : together(std::move(fns))) EXPECT_TRUE(result.ok());
    must_read([](StoreReader& reader) -> Result<void> {
      std::vector<std::string> texts;
      for (const char* const name : {"grouped/", "single/"}) {
        std::string& text = texts.emplace_back();
        SB_ASSIGN(const auto drifts, reader.list_drifts(name, "", 100));
        for (const Drift& drift : drifts) text += drift.key + std::to_string(drift.attempts) + " ";
        SB_ASSIGN(const auto values, scratch_rows(reader, name));
        for (const auto& [key, value] : values) text += key.back() + value + " ";
      }
      EXPECT_EQ(texts[0], texts[1]);
      return {};
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, Groups, testing::ValuesIn(store_kinds()),
                         [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace sideband
