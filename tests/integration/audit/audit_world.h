// A store with an audit log that is signed, and an export of it.
#pragma once

#include <fstream>
#include <iterator>

#include "audit/checkpointer.h"
#include "audit/export.h"
#include "audit/prove_leaf.h"
#include "audit/verify/export.h"
#include "base/metrics.h"
#include "model/audit_record.h"
#include "store/sqlite/store.h"
#include "support/temp_dir.h"

namespace sideband {

class AuditWorld : public testing::Test {
 protected:
  void SetUp() override { open_store("state"); }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

  void open_store(const std::string& name) {
    store_.reset();
    auto opened = open_sqlite_store({.folder = path(name), .vfs = {}, .on_fatal = {}},
                                    {.clock = clock_, .metrics = metrics_});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }

  Result<std::unique_ptr<Checkpointer>> checkpointer(bool trust_store = false) {
    SB_ASSIGN(SigningKey key, SigningKey::load_or_make(path("key"), "sideband.example/log"));
    key_ = *parse_verifier_key(key.verifier_key());
    CheckpointerOptions options{.anchor = path("anchor")};
    options.trust_store = trust_store;
    return Checkpointer::open(*store_, std::move(key), clock_, options);
  }

  void append(const std::vector<std::string>& records) {
    const auto done = store_->run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
      for (const std::string& record : records) tx.stage_audit(record);
      return {};
    });
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  std::string record(const std::string& kind, int repair, int step, int token) {
    return AuditRecord(kind, clock_.wall(), "sideband")
        .add("repair", "r" + std::to_string(repair))
        .add("step", step)
        .add("token", token)
        .text();
  }

  // `count` records: intents with their outcomes.
  void append_steps(int count) {
    std::vector<std::string> records;
    for (int i = 0; i < count / 2; ++i) {
      records.push_back(record("intent", i / 4, i % 4, i + 1));
      records.push_back(record("outcome", i / 4, i % 4, i + 1));
    }
    append(records);
  }

  // Signs what is there and exports it to `name`.
  void export_to(const std::string& name) {
    auto signer = checkpointer();
    ASSERT_TRUE(signer.ok()) << signer.error().message;
    ASSERT_TRUE((*signer)->sign_now().ok());
    const auto done = export_log(*store_, path(name));
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  static std::string said(const Result<VerifyReport>& report) {
    if (!report.ok()) return report.error().message;
    return std::to_string(report->leaves) + " " + report->root + " " +
           std::to_string(report->open_intents);
  }

  // With one thread and with two, which find the same.
  Result<VerifyReport> verify(const std::string& name,
                              std::optional<std::string> saved = std::nullopt) {
    const auto alone = verify_export({path(name), key_, saved, ReadAhead::kNever});
    const auto ahead = verify_export({path(name), key_, std::move(saved), ReadAhead::kAlways});
    EXPECT_EQ(said(alone), said(ahead));
    return ahead;
  }

  static std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  static void write(const std::string& file, const std::string& content) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
  }

  ManualClock clock_{from_us(1'700'000'000'000'000)};
  Metrics metrics_;
  TempDir folder_;
  VerifierKey key_;
  std::unique_ptr<Store> store_;
};

}  // namespace sideband
