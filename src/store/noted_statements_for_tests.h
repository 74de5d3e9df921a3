// For tests of what is said to a database, and in which order.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/connection.h"

namespace sideband {

// A connection without a database behind it: notes each statement and says that it changed a row.
// Gives one row, of zeros and `text`, to queries that begin with one of `found`. For one thread.
class NotedStatements final : public Connection {
 public:
  explicit NotedStatements(bool others_write) : others_write_(others_write) {}

  Result<std::int64_t> execute(Sql sql, Params /*params*/) override {
    said.emplace_back(sql.text());
    return 1;
  }
  Result<void> script(const char* /*text*/) override { return {}; }
  Result<void> begin(bool /*writes*/) override { return {}; }
  Result<void> commit() override { return {}; }
  void rollback() override {}
  [[nodiscard]] bool in_transaction() override { return true; }
  Result<void> savepoint() override { return {}; }
  Result<void> end_savepoint(bool /*keep*/) override { return {}; }
  [[nodiscard]] std::uint64_t changes() override { return 0; }
  [[nodiscard]] Failure last_failure() const override { return Failure::kNone; }
  void clear_failure() override {}
  [[nodiscard]] bool has_other_writers() const override { return others_write_; }

  // Statements since the last call.
  std::vector<std::string> take() { return std::exchange(said, {}); }

  std::vector<std::string> said;
  std::string text;  // of each column of the row that is given
  std::vector<std::string> found = {"SELECT size, hashes FROM audit_head"};

 private:
  class SameRow final : public Row {
   public:
    explicit SameRow(std::string_view text) : text_(text) {}
    [[nodiscard]] std::int64_t integer(int /*column*/) const override { return 0; }
    [[nodiscard]] std::string_view bytes(int /*column*/) const override { return text_; }

   private:
    std::string_view text_;
  };

  Result<void> run_query(Sql sql, const RowKey* /*only*/, Params /*params*/, void* context,
                         EachRow each) override {
    said.emplace_back(sql.text());
    const bool there = std::any_of(found.begin(), found.end(), [&](const std::string& start) {
      return said.back().starts_with(start);
    });
    if (there) each(context, SameRow(text));
    return {};
  }

  const bool others_write_;
};

}  // namespace sideband
