#include "drivers/sqlite/writer.h"

#include <algorithm>
#include <charconv>

#include "drivers/judge.h"
#include "drivers/options.h"
#include "drivers/sqlite/unique.h"

namespace sideband {
namespace {

constexpr const char* kMakeFence =
    "create table if not exists sideband_fence(scope text primary key, token integer not null)";
constexpr const char* kSeenToken = "select token from sideband_fence where scope = ?1";
constexpr const char* kStoreToken =
    "insert into sideband_fence(scope, token) values(?1, ?2) "
    "on conflict(scope) do update set token = excluded.token";

// The fields that a state of this source can have.
std::set<std::string> fields_of(const SqliteSource& source) {
  std::set<std::string> fields(source.columns.begin(), source.columns.end());
  if (source.classes == SqliteClasses::kLeftOut) return fields;
  for (const std::string& column : source.columns) fields.insert(class_field(column));
  return fields;
}

Result<std::unique_ptr<SqliteStatement>> prepared_write(SqliteDatabase& db,
                                                        const std::string& sql) {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql));
  return std::make_unique<SqliteStatement>(std::move(statement));
}

// Whether an error of a statement says that this row cannot be so.
bool is_about_row(const Error& error) {
  return error.code == ErrorCode::kInvalid || error.code == ErrorCode::kConflict;
}

// "?2, ?3, ..." or "a = ?2, b = ?3, ...", behind so many parameters of the key.
std::string parameters(const std::vector<SqliteColumn>& columns, std::size_t keys, bool assign) {
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += i == 0 ? "" : ", ";
    if (assign) out += quote_name(columns[i].name) + " = ";
    out += '?' + std::to_string(keys + i + 1);
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<SqliteWriter>> SqliteWriter::open(const std::string& path,
                                                         const SqliteSource& source,
                                                         const SqliteFence& fence,
                                                         const Deadline& deadline) {
  SB_ASSIGN(auto db, SqliteDatabase::open(path, SqliteAccess::kWrite));
  db->set_deadline(deadline);
  std::unique_ptr<SqliteWriter> writer(new SqliteWriter(std::move(db), source, fence));
  SB_TRY(writer->prepare());
  return writer;
}

Result<void> SqliteWriter::prepare() {
  SB_TRY(check_columns(*db_, source_));
  SB_TRY(describe());
  const std::string table = quote_name(source_.table);
  const std::size_t keys = source_.keys.size();
  const std::string where = " where " + source_.compared_key() + " = " + source_.key_parameters();
  std::vector<SqliteColumn> inserted;
  for (const std::string& name : source_.keys) {
    inserted.push_back({name, "", SqliteAffinity::kBlob});
  }
  inserted.insert(inserted.end(), written_.list.begin(), written_.list.end());
  std::string names;
  for (const SqliteColumn& column : inserted) {
    names += (names.empty() ? "" : ", ") + quote_name(column.name);
  }
  SB_ASSIGN(select_, prepared_write(*db_, source_.select() + where));
  // OR ABORT overrides what the table itself says of conflicts: it may not replace another row.
  SB_ASSIGN(insert_, prepared_write(*db_, "insert or abort into " + table + "(" + names +
                                              ") values(" + parameters(inserted, 0, false) + ")"));
  SB_ASSIGN(erase_, prepared_write(*db_, "delete from " + table + where));
  if (written_.list.empty()) return {};
  SB_ASSIGN(update_, prepared_write(*db_, "update or abort " + table + " set " +
                                              parameters(written_.list, keys, true) + where));
  return {};
}

// The types of columns, looked at again where the schema is another one since.
Result<void> SqliteWriter::describe() {
  SB_ASSIGN(SqliteStatement version, SqliteStatement::prepare(*db_, "pragma schema_version"));
  SB_TRY(version.step());
  if (version.integer(0) == schema_) return {};
  std::vector<std::string> names;
  for (const std::string& column : source_.columns) {
    if (!source_.is_key(column)) names.push_back(column);
  }
  SB_ASSIGN(written_, describe_columns(*db_, source_.table, names));
  SB_ASSIGN(form_, row_form(*db_, source_));
  fields_ = fields_of(source_);
  SB_ASSIGN(keeper_, SqliteKeeper::open(written_, source_.classes));
  schema_ = version.integer(0);
  return {};
}

Result<bool> SqliteWriter::admit(std::uint64_t token) {
  if (!fence_.on) return true;
  SB_TRY(db_->run(kMakeFence));
  const auto wanted = static_cast<std::int64_t>(token);
  SB_ASSIGN(SqliteStatement seen, SqliteStatement::prepare(*db_, kSeenToken));
  seen.bind_text(1, fence_.scope);
  SB_ASSIGN(const bool row, seen.step());
  if (row && seen.integer(0) > wanted) return false;
  if (row && seen.integer(0) == wanted) return true;
  SB_ASSIGN(SqliteStatement store, SqliteStatement::prepare(*db_, kStoreToken));
  store.bind_text(1, fence_.scope);
  store.bind_int(2, wanted);
  SB_TRY(store.step());
  return true;
}

Result<State> SqliteWriter::current(const std::string& key) {
  select_->reset();
  if (!bind_key(*select_, key, source_.order)) return State::unknown("not a key of this table");
  const SqliteValueLimit limit(*db_, source_.max_size);
  const auto found = select_->step();
  if (!found.ok() && db_->too_large()) return larger_than(source_.max_size);
  if (!found.ok()) return found.error();
  if (!*found) return State::absent();
  State state = row_state(*select_, form_, source_.max_size);
  SB_ASSIGN(const bool second, select_->step());
  select_->reset();
  if (second) return State::unknown("more than one row has this key");
  return state;
}

Result<void> SqliteWriter::execute(const Change& change) {
  SqliteStatement* statement = change.op == ChangeOp::kCreate   ? insert_.get()
                               : change.op == ChangeOp::kDelete ? erase_.get()
                                                                : update_.get();
  if (statement == nullptr) return Error::invalid("this collection has no column to write");
  statement->reset();
  bind_key(*statement, change.key, source_.order);
  if (change.want.present()) {
    SB_ASSIGN(const Fields want, decode_fields(change.want.bytes));
    for (const auto& [name, value] : want) {
      if (!fields_.contains(name)) {
        return Error::invalid("'" + name + "' is not among the columns of this collection");
      }
    }
    int at = static_cast<int>(source_.keys.size());
    for (const SqliteColumn& column : written_.list) {
      bind_field(*statement, ++at, column, want, source_.classes);
    }
  }
  const auto done = statement->step();
  statement->reset();
  if (!done) return done.error();
  return {};
}

// Within a savepoint: what the table does not take, or would not keep as it is, leaves no trace.
Result<ChangeOutcome> SqliteWriter::write(const Change& change) {
  SB_TRY(db_->run("savepoint change"));
  const auto done = execute(change);
  blocked_ = !done && db_->is_double();
  if (!done && (!is_about_row(done.error()) || !db_->in_transaction())) return done.error();
  std::string why = done ? "" : done.error().message;
  if (done) {
    SB_ASSIGN(const State after, current(change.key));
    if (!after.same_as(change.want)) why = not_kept(change.want, after);
  }
  owed_ = why.empty() && carefully_ && db_->owes_keys();
  if (owed_) why = "a foreign key would lead nowhere";
  if (why.empty()) {
    SB_TRY(db_->run("release change"));
    return changed();
  }
  SB_TRY(db_->run("rollback to change; release change"));
  return failed(why);
}

Result<ChangeOutcome> SqliteWriter::apply_one(const Change& change) {
  owed_ = blocked_ = false;
  if (auto rejected = reject_unsound(change, Shape::kFields)) return *rejected;
  SB_ASSIGN(const State now, current(change.key));
  if (auto settled = judge(change, now)) return *settled;
  return check_and_write(change);
}

Result<ChangeOutcome> SqliteWriter::check_and_write(const Change& change) {
  if (!change.want.present()) return write(change);
  SB_ASSIGN(const Fields want, decode_fields(change.want.bytes));
  SB_ASSIGN(const State kept, keeper_->kept(want));
  return kept.known() ? write(change) : failed(kept.why);
}

Result<std::vector<State>> SqliteWriter::kept(const std::vector<Wanted>& wanted,
                                              const Deadline& deadline) {
  db_->set_deadline(deadline);
  SB_TRY(describe());
  std::vector<State> states;
  for (const Wanted& one : wanted) {
    SB_ASSIGN(const Fields want, decode_fields(one.want.bytes));
    SB_ASSIGN(State kept, keeper_->kept(want));
    states.push_back(std::move(kept));
  }
  return states;
}

// Leaves in `places` the changes that owed a key: one behind them may pay it.
Result<bool> SqliteWriter::pass(const std::vector<Change>& changes,
                                std::vector<std::size_t>& places) {
  std::vector<std::size_t> owing;
  for (const std::size_t place : places) {
    auto outcome = apply_one(changes[place]);
    if (!outcome && is_about_row(outcome.error()) && !db_->in_transaction()) {
      // A trigger or a constraint rolled everything back, for this change.
      ruled_out_[place] = failed(outcome.error().message);
      return false;
    }
    if (!outcome) return outcome.error();
    outcomes_[place] = std::move(*outcome);
    if (owed_) owing.push_back(place);
    if (blocked_) blocked_places_.push_back(place);
  }
  places = std::move(owing);
  return true;
}

Result<bool> SqliteWriter::apply_all(const std::vector<Change>& changes, std::uint64_t token) {
  outcomes_ = ruled_out_;
  blocked_places_.clear();
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!ruled_out_[i]) places.push_back(i);
  }
  SB_ASSIGN(const bool admitted, admit(token));
  if (!admitted) {
    for (const std::size_t place : places) outcomes_[place] = refused_by_fence();
    return true;
  }
  for (std::size_t before = places.size() + 1; !places.empty() && places.size() < before;) {
    before = places.size();
    SB_ASSIGN(const bool through, pass(changes, places));
    if (!through) return false;
  }
  return write_in_order(changes);
}

Result<bool> SqliteWriter::write_in_order(const std::vector<Change>& changes) {
  if (blocked_places_.empty()) return true;
  std::sort(blocked_places_.begin(), blocked_places_.end());
  std::vector<UniqueChange> blocked;
  for (const std::size_t place : blocked_places_) {
    const Change& change = changes[place];
    UniqueChange& fields = blocked.emplace_back(UniqueChange{change.op, {}, {}});
    if (change.found.present()) {
      SB_ASSIGN(fields.found, decode_fields(change.found.bytes));
    }
    if (change.want.present()) {
      SB_ASSIGN(fields.want, decode_fields(change.want.bytes));
    }
  }
  SB_ASSIGN(const auto sets, sqlite_unique_sets(*db_, source_.table, written_));
  std::set<std::size_t> alone(blocked_places_.begin(), blocked_places_.end());
  for (UniqueGroup& group : order_by_unique(blocked, sets)) {
    for (std::size_t& change : group.changes) {
      change = blocked_places_[change];
      alone.erase(change);
    }
    for (UniqueStep& step : group.steps) {
      for (std::size_t& change : step.changes) change = blocked_places_[change];
    }
    SB_ASSIGN(const bool through, write_group(changes, group, sets));
    if (!through) return false;
  }
  // What was in their way may have been written since.
  std::vector<std::size_t> again(alone.begin(), alone.end());
  return pass(changes, again);
}

Result<bool> SqliteWriter::write_group(const std::vector<Change>& changes, const UniqueGroup& group,
                                       const std::vector<UniqueSet>& sets) {
  SB_TRY(db_->run("savepoint together"));
  auto tried = try_group(changes, group, sets);
  if (!tried && is_about_row(tried.error()) && !db_->in_transaction()) {
    for (const std::size_t place : group.changes) ruled_out_[place] = failed(tried.error().message);
    return false;
  }
  SB_ASSIGN(std::string why, std::move(tried));
  if (why.empty() && carefully_ && db_->owes_keys()) why = "a foreign key would lead nowhere";
  SB_TRY(db_->run(why.empty() ? "release together" : "rollback to together; release together"));
  std::vector<std::string> keys;
  for (const std::size_t place : group.changes) keys.push_back(changes[place].key);
  for (const std::size_t place : group.changes) {
    outcomes_[place] =
        why.empty() ? changed() : failed(unique_problem(keys, sets[group.set].name, why));
  }
  return true;
}

Result<std::string> SqliteWriter::try_group(const std::vector<Change>& changes,
                                            const UniqueGroup& group,
                                            const std::vector<UniqueSet>& sets) {
  if (group.stuck_on != UniqueStep::kNoSet) {
    return "no row of '" + sets[group.stuck_on].name + "' can be given another value meanwhile";
  }
  // Triggers of the rows before may have changed these.
  for (const std::size_t place : group.changes) {
    SB_ASSIGN(const State now, current(changes[place].key));
    if (!now.same_as(changes[place].found)) return std::string("a trigger changed one of them");
  }
  for (const UniqueStep& step : group.steps) {
    for (const std::size_t place : step.changes) {
      if (step.parks()) {
        SB_ASSIGN(std::string why, park(changes, place, sets[step.park_for]));
        if (!why.empty()) return why;
        continue;
      }
      SB_ASSIGN(const ChangeOutcome outcome, write(changes[place]));
      if (outcome.outcome != Outcome::kChanged) return outcome.detail;
    }
  }
  return std::string();
}

// The row is under SQLite's only write lock, and was judged under it.
Result<std::string> SqliteWriter::park(const std::vector<Change>& changes, std::size_t place,
                                       const UniqueSet& set) {
  std::int64_t largest = 0;
  for (const Change& change : changes) {
    if (!change.want.present()) continue;
    SB_ASSIGN(const Fields want, decode_fields(change.want.bytes));
    const auto at = want.find(set.park_by);
    std::int64_t number = 0;
    if (at == want.end()) continue;
    std::from_chars(at->second.data(), at->second.data() + at->second.size(), number);
    largest = std::max(largest, number);
  }
  const std::string where = " where " + source_.compared_key() + " = " + source_.key_parameters();
  const int least = static_cast<int>(source_.keys.size()) + 1;
  const std::string sql = sqlite_park_sql(source_.table, set, written_, where, least);
  SB_ASSIGN(SqliteStatement parked, SqliteStatement::prepare(*db_, sql));
  bind_key(parked, changes[place].key, source_.order);
  if (parked.parameters() >= least) parked.bind_int(least, largest);
  const auto done = parked.step();
  if (done.ok()) return std::string();
  if (!is_about_row(done.error()) || !db_->in_transaction()) return done.error();
  return done.error().message;
}

// False where a deferred foreign key refused it: then each change is made to show its own.
Result<bool> SqliteWriter::commit() {
  const auto committed = db_->run("commit");
  if (committed) return true;
  Error error = committed.error();
  const bool refused = error.code == ErrorCode::kConflict && db_->in_transaction() && !carefully_;
  if (!db_->in_transaction() || !db_->run("rollback")) error.effect = Effect::kMaybe;
  if (!refused || error.effect == Effect::kMaybe) return error;
  carefully_ = true;
  return false;
}

Result<bool> SqliteWriter::attempt(const std::vector<Change>& changes, std::uint64_t token) {
  SB_TRY(db_->run("begin immediate"));
  const auto through = apply_all(changes, token);
  if (through && *through && !db_->replaced()) return commit();
  // A statement may have ended the transaction already.
  if (db_->in_transaction()) (void)db_->run("rollback").ok();
  if (through && *through) {
    return Error::unavailable("another file was put in the place of the database meanwhile");
  }
  return through;
}

Result<std::vector<ChangeOutcome>> SqliteWriter::apply(const std::vector<Change>& changes,
                                                       std::uint64_t token,
                                                       const Deadline& deadline) {
  db_->set_deadline(deadline);
  SB_TRY(describe());
  ruled_out_.assign(changes.size(), std::nullopt);
  carefully_ = false;
  // Each round but the last rules out one change or begins to be careful.
  for (;;) {
    SB_ASSIGN(const bool done, attempt(changes, token));
    if (done) break;
  }
  std::vector<ChangeOutcome> outcomes;
  outcomes.reserve(changes.size());
  for (auto& outcome : outcomes_) outcomes.push_back(std::move(*outcome));
  return outcomes;
}

}  // namespace sideband
