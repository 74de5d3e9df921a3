#include "store/idempotent_rows.h"

#include "store/columns.h"

namespace sideband {

Result<std::optional<IdempotentAnswer>> IdempotentRows::idempotent(const std::string& key) {
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
      &key);
}

Result<void> IdempotentRows::put_idempotent(const std::string& key,
                                            const IdempotentAnswer& answer) {
  return db_.post_row(
      "INSERT INTO idempotent_answers (key, principal, body_hash, answer, given_at)"
      " VALUES ($1, $2, $3, $4, $5)",
      key, {key, answer.principal, answer.body_hash, answer.answer, answer.at});
}

}  // namespace sideband
