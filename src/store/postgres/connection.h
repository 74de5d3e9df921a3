// Connection over PostgreSQL (libpq), with binary parameters and results. Between begin and commit
// it is in pipeline mode: what is posted is sent without waiting, so that a transaction costs as
// many round trips as it has questions, not statements.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/connection.h"
#include "store/postgres/bound_params.h"
#include "store/postgres/link.h"
#include "store/postgres/row_batches.h"

namespace sideband {

// Opens itself again in begin() after the server was away; statements are then prepared anew. The
// server may then be another one, or an older copy: before the first leaf is appended the tree must
// extend what was last committed here, else nothing is ever written again ("LOG_FORKED").
class PostgresConnection final : public Connection {
 public:
  // `writes`: reads lock the rows that they return, where a statement has the mark for it.
  static Result<std::unique_ptr<PostgresConnection>> open(std::string where, bool writes);

  Result<std::int64_t> execute(Sql sql, Params params) override;
  Result<void> post(Sql sql, Params params) override;
  Result<void> post_one(Sql sql, Params params, const std::function<Error()>& missed) override;
  Result<void> post_row(const RowStatement& statement, std::string_view row, Params params,
                        const std::function<Error()>& missed) override;
  Result<void> flush() override;
  Result<void> append_leaves(std::uint64_t first, const std::vector<std::string>& records) override;
  Result<void> script(const char* text) override;
  Result<void> begin(bool writes) override;
  Result<void> commit() override;
  void rollback() override;
  [[nodiscard]] bool in_transaction() override;
  Result<void> savepoint() override;
  Result<void> end_savepoint(bool keep) override;
  [[nodiscard]] std::uint64_t changes() override { return changes_; }
  [[nodiscard]] Failure last_failure() const override { return failure_; }
  void clear_failure() override { failure_ = Failure::kNone; }
  [[nodiscard]] bool has_other_writers() const override { return writes_; }
  Result<void> grow_from(const CompactRange& stored) override;
  void grown_to(const CompactRange& tree) override { grown_ = tree; }

 protected:
  Result<void> run_query(Sql sql, const RowKey* only, Params params, void* context,
                         EachRow each) override;

 private:
  using Answer = PgAnswer;
  // Sent, and not yet answered.
  struct Sent {
    const char* text;  // of the statement, which names it in statements_
    bool prepares = false;
    std::int64_t rows = 0;               // that must change
    std::function<Error()> missed = {};  // set where that counts
    bool many = false;                   // of several calls: which one missed cannot be seen
  };

  PostgresConnection(std::string where, bool writes) : where_(std::move(where)), writes_(writes) {}
  Result<void> connect();
  Result<const char*> prepared(const char* sql, const BoundParams& bound);
  Result<Answer> run(Sql sql, Params params);
  Result<Answer> run_plain(Sql sql, Params params);
  // `rows` and `missed` as in Sent.
  Result<void> send(const char* sql, const BoundParams& bound, std::function<Error()> missed,
                    std::int64_t rows);
  Result<void> send_rows();
  // What waits of tables that the statement is about goes before it.
  Result<void> send_rows_before(Sql sql);
  Result<void> send_text(const char* text);
  // Reads the answers of all that was sent; the last one. At the first failure the rest is given
  // up.
  Result<Answer> drain();
  Result<Answer> take_answer(const Sent& sent, std::optional<Error>& missed);
  // Ends a pipeline: all that was sent is answered or given up when it returns.
  void synchronise();
  void leave_pipeline();
  Result<CompactRange> known_tree_up_to(std::uint64_t size);
  Error fork(const std::string& why);
  Error failed(const PGresult* answer, const char* doing);

  const std::string where_;
  const bool writes_;
  PgLink link_{nullptr, &PQfinish};
  std::unordered_map<const char*, std::string> statements_;
  std::uint64_t names_ = 0;
  bool open_ = false;       // a transaction
  bool pipelined_ = false;  // in pipeline mode
  bool syncing_ = false;    // the end of the pipeline is sent
  bool careful_ = false;    // behind a savepoint: each failure must show where it happened
  bool unclear_ = false;    // the first one that missed was written together with others
  std::deque<Sent> sent_;
  RowBatches rows_;  // that wait to be sent
  std::uint64_t changes_ = 0;
  Failure failure_ = Failure::kNone;
  CompactRange known_;                 // of the audit log, as of our last commit that appended
  std::optional<CompactRange> grown_;  // and not yet committed
  bool proven_ = true;                 // that this server's log extends it
  std::optional<Error> forked_;
};

}  // namespace sideband
