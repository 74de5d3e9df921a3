#include "store/columns.h"
#include "store/sql_tx.h"

namespace sideband {

Result<std::optional<std::string>> SqlTx::value(const std::string& name) {
  SB_ASSIGN(auto found, find(db_, "SELECT value FROM named_values WHERE name = $1 /*lock*/", {name},
                             [](Columns& row) { return row.text(); }));
  if (!found && db_.shared()) absent_.insert(name);
  return found;
}

Result<std::vector<std::pair<std::string, std::string>>> SqlTx::values(const std::string& prefix) {
  // Names are UTF-8, in which no byte is 0xff: nothing sorts between the prefix and this end.
  const std::string end = prefix + '\xff';
  return collect(db_,
                 "SELECT name, value FROM named_values WHERE name >= $1 AND name < $2"
                 " ORDER BY name",
                 {prefix, end}, [](Columns& row) {
                   std::string name = row.text();
                   return std::pair(std::move(name), row.text());
                 });
}

Result<void> SqlTx::put_value(const std::string& name, const std::string& value) {
  if (absent_.erase(name) > 0) {
    // What was computed rests on there being nothing: if another node was first, run again.
    return change(db_, "INSERT INTO named_values (name, value) VALUES ($1, $2)",
                  {name, Param::blob(value)});
  }
  return change(db_,
                "INSERT INTO named_values (name, value) VALUES ($1, $2)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                {name, Param::blob(value)});
}

Result<void> SqlTx::erase_value(const std::string& name) {
  return change(db_, "DELETE FROM named_values WHERE name = $1", {name});
}

Result<std::optional<IdempotentAnswer>> SqlTx::idempotent(const std::string& key) {
  return find(db_,
              "SELECT principal, body_hash, answer, given_at FROM idempotent_answers"
              " WHERE key = $1",
              {key}, [](Columns& row) {
                IdempotentAnswer answer;
                answer.principal = row.text();
                answer.body_hash = row.text();
                answer.answer = row.text();
                answer.at = row.time();
                return answer;
              });
}

Result<void> SqlTx::put_idempotent(const std::string& key, const IdempotentAnswer& answer) {
  return change(db_,
                "INSERT INTO idempotent_answers (key, principal, body_hash, answer, given_at)"
                " VALUES ($1, $2, $3, $4, $5)",
                {key, answer.principal, answer.body_hash, answer.answer, answer.at});
}

Result<void> SqlTx::prune_idempotent(WallTime before) {
  return change(db_, "DELETE FROM idempotent_answers WHERE given_at < $1", {before});
}

}  // namespace sideband
