#include "store/columns.h"
#include "store/sql_tx.h"

namespace sideband {

Result<std::optional<std::string>> SqlTx::value(const std::string& name) {
  if (const auto known = values_.find(name); known != values_.end()) return known->second.value;
  SB_ASSIGN(auto found, find(
                            db_, "SELECT value FROM named_values WHERE name = $1 /*lock*/", {name},
                            [](Columns& row) { return row.text(); }, &name));
  values_.emplace(name, KnownValue{found, !found, false});
  return found;
}

Result<std::vector<std::pair<std::string, std::string>>> SqlTx::values(const std::string& prefix) {
  SB_TRY(write_values());
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
  return set_value(name, value);
}

Result<void> SqlTx::erase_value(const std::string& name) {
  return set_value(name, std::nullopt);
}

Result<void> SqlTx::set_value(const std::string& name, std::optional<std::string> value) {
  KnownValue& known = values_[name];
  known.value = std::move(value);
  known.to_write = true;
  ++values_put_;
  return write_values_ == Values::kAtEnd ? Result<void>() : write_value(name, known);
}

Result<void> SqlTx::write_values() {
  for (auto& [name, known] : values_) {
    if (known.to_write) SB_TRY(write_value(name, known));
  }
  return {};
}

Result<void> SqlTx::write_value(const std::string& name, KnownValue& known) {
  known.to_write = false;
  if (!known.value) {
    return db_.post_row("DELETE FROM named_values WHERE name = $1", name, {name});
  }
  if (std::exchange(known.was_absent, false) && db_.has_other_writers()) {
    // What was computed rests on there being nothing: if another node was first, run again.
    return db_.post_row("INSERT INTO named_values (name, value) VALUES ($1, $2)", name,
                        {name, Param::blob(*known.value)});
  }
  return db_.post_row(
      "INSERT INTO named_values (name, value) VALUES ($1, $2)"
      " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      name, {name, Param::blob(*known.value)});
}

// One number in the space of advisory locks of the store's database.
#define SB_SWITCHES "7236835021949"

Result<void> SqlTx::lock_switches(SwitchLock how) {
  if (!db_.has_other_writers() || switches_ == how || switches_ == SwitchLock::kExclusive)
    return {};
  switches_ = how;
  // What was read before was not held.
  std::erase_if(values_, [](const auto& entry) {
    const bool is_switch = entry.first.starts_with("pause/") || entry.first.starts_with("cancel/");
    return is_switch && !entry.second.to_write;
  });
  if (how == SwitchLock::kExclusive) {
    return change(db_, "SELECT pg_advisory_xact_lock(" SB_SWITCHES ")", {});
  }
  return change(db_, "SELECT pg_advisory_xact_lock_shared(" SB_SWITCHES ")", {});
}

void SqlTx::forget_reads() {
  switches_.reset();
  values_.clear();
  heads_.clear();
  running_.clear();
  repairs_.clear();
  waiting_.clear();
  spaces_.clear();
  ahead_.clear();
}

Result<std::optional<IdempotentAnswer>> SqlTx::idempotent(const std::string& key) {
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

Result<void> SqlTx::put_idempotent(const std::string& key, const IdempotentAnswer& answer) {
  return db_.post_row(
      "INSERT INTO idempotent_answers (key, principal, body_hash, answer, given_at)"
      " VALUES ($1, $2, $3, $4, $5)",
      key, {key, answer.principal, answer.body_hash, answer.answer, answer.at});
}

}  // namespace sideband
