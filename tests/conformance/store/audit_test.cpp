// Leaves, groups, lanes: what is committed together and what is not.
#include <atomic>

#include "base/mutex.h"
#include "conformance/store/store_suite.h"
#include "merkle/compact_range.h"
#include "support/scratch_rows.h"

namespace sideband {
namespace {

// All records, after checking indexes and that the head is their tree.
std::vector<std::string> audit_records(Store& store) {
  std::vector<std::string> records;
  const auto read = [&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const AuditHead head, reader.audit_head());
    SB_ASSIGN(const auto leaves, reader.audit_leaves(0, 1'000'000));
    CompactRange tree;
    for (const AuditLeaf& leaf : leaves) {
      EXPECT_EQ(leaf.index, static_cast<std::int64_t>(tree.size()));
      tree.append(leaf_hash(leaf.record));
      records.push_back(leaf.record);
    }
    EXPECT_EQ(head.size, static_cast<std::int64_t>(tree.size()));
    EXPECT_EQ(head.range, tree.hashes());
    return {};
  };
  EXPECT_TRUE(store.read(read).ok());
  return records;
}

StoreFn put(const std::string& name, const std::string& value) {
  return [=](StoreTx& tx) -> Result<void> {
    tx.stage_audit(name + "=" + value);
    return put_scratch(tx, name, value);
  };
}

TEST_P(StoreSuite, AFunctionThatFailsLeavesNoTrace) {
  must(put("a", "1"));
  const Result<void> failed = run([](StoreTx& tx) -> Result<void> {
    SB_TRY(put_scratch(tx, "a", "2"));
    tx.stage_audit("never");
    return Error::refused("no");
  });
  EXPECT_EQ(failed.error().code, ErrorCode::kRefused);
  must(put("b", "1"));
  EXPECT_EQ(audit_records(store()), (std::vector<std::string>{"a=1", "b=1"}));
  must_read([](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(scratch(reader, "a")->value(), "1");
    return {};
  });
}

TEST_P(StoreSuite, ThousandFunctionsKeepTheirOrderWhileSomeFail) {
  constexpr int kCount = 1000;
  Latch latch(kCount);
  std::atomic<int> failed{0};
  for (int i = 0; i < kCount; ++i) {
    const auto fn = [i](StoreTx& tx) -> Result<void> {
      const std::string text = std::to_string(i);
      tx.stage_audit(text);
      SB_TRY(put_scratch(tx, "k" + text, text));
      if (i % 10 == 3) return Error::refused("no");
      return {};
    };
    store().submit(Lane::kBulk, fn, [&](Result<void> result) {
      if (!result.ok()) ++failed;
      latch.down();
    });
  }
  latch.wait();
  EXPECT_EQ(failed, kCount / 10);
  std::vector<std::string> expected;
  for (int i = 0; i < kCount; ++i) {
    if (i % 10 != 3) expected.push_back(std::to_string(i));
  }
  EXPECT_EQ(audit_records(store()), expected);
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(scratch_rows(reader, "k")->size(), expected.size());
    return {};
  });
}

TEST_P(StoreSuite, AStatementErrorFailsOnlyItsFunction) {
  const Repair repair = queued_repair();
  Latch latch(3);
  std::vector<Result<void>> results(3);
  const auto submit = [&](std::size_t i, StoreFn fn) {
    store().submit(Lane::kControl, std::move(fn), [&, i](Result<void> result) {
      results[i] = std::move(result);
      latch.down();
    });
  };
  submit(0, [&](StoreTx& tx) { return tx.insert_repair(repair); });
  submit(1, [&](StoreTx& tx) {
    tx.stage_audit("never");
    return tx.insert_repair(repair);
  });
  submit(2, put("c", "1"));
  latch.wait();
  EXPECT_TRUE(results[0].ok());
  EXPECT_EQ(results[1].error().code, ErrorCode::kConflict);
  EXPECT_TRUE(results[2].ok()) << results[2].error().message;
  EXPECT_EQ(audit_records(store()), std::vector<std::string>{"c=1"});
}

TEST_P(StoreSuite, ControlGoesBeforeBulk) {
  Latch gate(1), held(1), latch(3);
  std::string order;
  store().submit(Lane::kBulk, put("x", "1"), [&](Result<void>) {
    held.down();
    gate.wait();
  });
  held.wait();
  const auto note = [&](char name) {
    return [&order, &latch, name](Result<void>) {
      order += name;
      latch.down();
    };
  };
  store().submit(Lane::kBulk, put("b1", "1"), note('b'));
  store().submit(Lane::kBulk, put("b2", "1"), note('b'));
  store().submit(Lane::kControl, put("c", "1"), note('c'));
  gate.down();
  latch.wait();
  EXPECT_EQ(order, "cbb");
}

TEST_P(StoreSuite, ReadersSeeCommittedStateOnly) {
  must(put("n", "1"));
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(scratch(reader, "n")->value(), "1");
    EXPECT_TRUE(run(put("n", "2")).ok());
    EXPECT_EQ(scratch(reader, "n")->value(), "1");  // one view within a function
    return {};
  });
  must_read([&](StoreReader& reader) -> Result<void> {
    EXPECT_EQ(scratch(reader, "n")->value(), "2");
    return {};
  });
}

TEST_P(StoreSuite, ReopeningKeepsEverythingAndTheTreeGrowsOn) {
  must(put("a", "1"));
  must([&](StoreTx& tx) { return tx.insert_repair(queued_repair()); });
  const std::uint64_t token = claim(claim_at(0)).at(0).token;
  must([&](StoreTx& tx) { return tx.put_checkpoint({1, "note"}); });
  reopen();
  must(put("b", "2"));
  EXPECT_EQ(audit_records(store()), (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_GT(claim(claim_at(100'000'000)).at(0).token, token);
  must_read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto checkpoint, reader.last_checkpoint());
    EXPECT_TRUE(checkpoint && checkpoint->size == 1 && checkpoint->note == "note");
    return {};
  });
}

TEST_P(StoreSuite, AFullQueueRefusesAtOnce) {
  writer_options_.queue_limit = 2;
  reopen();
  Latch gate(1), held(1), latch(3);
  store().submit(Lane::kBulk, put("x", "1"), [&](Result<void>) {
    held.down();
    gate.wait();
  });
  held.wait();
  std::vector<ErrorCode> codes;
  const auto note = [&](Result<void> result) {
    if (!result.ok()) codes.push_back(result.error().code);
    latch.down();
  };
  for (int i = 0; i < 3; ++i) store().submit(Lane::kBulk, put("y", "1"), note);
  EXPECT_EQ(codes, std::vector<ErrorCode>{ErrorCode::kUnavailable});
  gate.down();
  latch.wait();
}

}  // namespace
}  // namespace sideband
