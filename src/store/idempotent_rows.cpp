#include "store/idempotent_rows.h"

#include "store/columns.h"

namespace sideband {
namespace {

const RowStatement kInsertAnswer = RowStatement::insert(
    StoreTable::kIdempotentAnswers, "key, principal, body_hash, answer, given_at");

}  // namespace

Result<std::optional<IdempotentAnswer>> IdempotentRows::idempotent(const std::string& key) {
  const RowKey only{StoreTable::kIdempotentAnswers, key};
  return find(
      db_,
      "SELECT principal, body_hash, answer, given_at FROM idempotent_answers"
      " WHERE key = $1",
      {key},
      [](Columns& row) {
        IdempotentAnswer answer;
        answer.principal = row.text();
        answer.body_hash = row.text();
        answer.answer = row.text();
        answer.at = row.time();
        return answer;
      },
      &only);
}

Result<void> IdempotentRows::put_idempotent(const std::string& key,
                                            const IdempotentAnswer& answer) {
  return db_.post_row(kInsertAnswer, key,
                      {key, answer.principal, answer.body_hash, answer.answer, answer.at});
}

}  // namespace sideband
