#include "drivers/postgres/sql/writer.h"

#include <map>
#include <set>
#include <unordered_map>

#include "base/bytes.h"
#include "drivers/judge.h"
#include "drivers/options.h"
#include "drivers/postgres/sql/rows.h"
#include "drivers/postgres/sql/unique.h"

namespace sideband {
namespace {

using Places = std::vector<std::size_t>;             // of changes in the request
using NotKept = std::map<std::size_t, std::string>;  // places, and why

std::string_view privileges_of(ChangeOp op) {
  switch (op) {
    case ChangeOp::kCreate:
      return "SELECT, INSERT";
    case ChangeOp::kUpdate:
      return "SELECT, UPDATE";
    case ChangeOp::kDelete:
      break;
  }
  return "SELECT, DELETE";
}

PgElement element_of(const Fields& fields, const std::string& name) {
  const auto at = fields.find(name);
  return at == fields.end() ? PgElement() : PgElement(at->second);
}

// One apply: sorts out what cannot be done, then tries everything at once, and only where a row is
// refused once more with a savepoint for each statement.
class ApplyTransaction {
 public:
  ApplyTransaction(PgConnection& connection, const PgShape& shape, const PgTable& table,
                   const PgFence& fence, const ApplyRequest& request, const Deadline& deadline)
      : connection_(connection),
        shape_(shape),
        table_(table),
        fence_(fence),
        request_(request),
        deadline_(deadline),
        decoder_(shape),
        found_(request.changes.size()),
        want_(request.changes.size()),
        settled_(request.changes.size()) {}

  Result<std::vector<ChangeOutcome>> run();

 private:
  std::optional<ChangeOutcome> reject(std::size_t place);
  void sort_out();
  Result<void> attempt(bool carefully);
  Result<void> begin(bool carefully);
  [[nodiscard]] std::string tagged(const std::string& sql) const;
  Result<bool> admit();
  Result<void> change(ChangeOp op, const Places& places);
  Result<void> change_carefully(ChangeOp op, const Places& places);
  Result<void> blame_a_row(ChangeOp op, const Places& places, const Error& error);
  Result<bool> fails_by_itself(ChangeOp op);
  Result<NotKept> execute(ChangeOp op, const Places& places);
  Result<void> write_in_order();
  Result<void> write_group(const UniqueGroup& group, const std::vector<UniqueSet>& sets);
  Result<void> try_group(const UniqueGroup& group, const std::vector<UniqueSet>& sets);
  Result<void> write_step(const Places& places);
  Result<void> park(std::size_t place, const UniqueSet& set);
  Result<void> fail_group(const UniqueGroup& group, const std::string& set,
                          const std::string& said);
  PgParams parameters(ChangeOp op, const Places& places) const;
  void add_column(PgParams& params, const PgTableColumn& column, const Places& places,
                  const std::vector<Fields>& values) const;
  void add_rows(PgParams& params, const Places& places, const std::vector<Fields>& values) const;
  Result<void> classify_rest();

  PgConnection& connection_;
  const PgShape& shape_;
  const PgTable& table_;
  const PgFence& fence_;
  const ApplyRequest& request_;
  const Deadline& deadline_;
  PgRowDecoder decoder_;
  std::vector<Fields> found_;
  std::vector<Fields> want_;
  std::vector<std::optional<ChangeOutcome>> settled_;
  Places places_[3];  // by op: the changes that the server decides
  // What a row is to hold that is parked, in place of what is wanted.
  std::optional<State> parked_;
};

// What must not reach the server; decodes the rest.
std::optional<ChangeOutcome> ApplyTransaction::reject(std::size_t place) {
  const Change& change = request_.changes[place];
  if (auto rejected = reject_unsound(change, Shape::kFields)) return rejected;
  if (!shape_.key().values(change.key)) return failed("not a key of this table");
  if (change.op == ChangeOp::kUpdate && !table_.can_update()) {
    return failed("this collection has no column to write");
  }
  auto found = decode_fields(change.found.present() ? change.found.bytes : std::string());
  auto want = decode_fields(change.want.present() ? change.want.bytes : std::string());
  if (!found || !want) return failed("the change's fields are damaged");
  for (const auto& [name, value] : *want) {
    if (table_.has_field(name)) continue;
    return failed("'" + name + "' is not among the columns of this collection");
  }
  found_[place] = std::move(*found);
  want_[place] = std::move(*want);
  return std::nullopt;
}

void ApplyTransaction::sort_out() {
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < request_.changes.size(); ++i) {
    settled_[i] = reject(i);
    const Change& change = request_.changes[i];
    if (!settled_[i] && !keys.insert(change.key).second) {
      settled_[i] = failed("the key is there twice in one request");
    }
    if (!settled_[i]) places_[static_cast<std::size_t>(change.op)].push_back(i);
  }
}

Result<std::vector<ChangeOutcome>> ApplyTransaction::run() {
  sort_out();
  const auto before = settled_;
  auto done = attempt(false);
  const bool passing = connection_.failed_in_passing();
  if (!done) connection_.rollback(deadline_);
  const bool may_be_a_row = !passing && connection_.fit() && !deadline_.passed();
  if (!done && may_be_a_row) {
    settled_ = before;
    done = attempt(true);
    if (!done) connection_.rollback(deadline_);
  }
  if (!done) return done.error();
  std::vector<ChangeOutcome> outcomes;
  outcomes.reserve(settled_.size());
  for (auto& outcome : settled_) outcomes.push_back(std::move(*outcome));
  return outcomes;
}

Result<void> ApplyTransaction::attempt(bool carefully) {
  SB_TRY(begin(carefully));
  SB_ASSIGN(const bool admitted, admit());
  if (!admitted) {
    for (auto& outcome : settled_) {
      if (!outcome) outcome = refused_by_fence();
    }
    return connection_.commit(deadline_);
  }
  if (carefully) SB_TRY(write_in_order());
  // New rows first: others may refer to them.
  for (const ChangeOp op : {ChangeOp::kCreate, ChangeOp::kUpdate, ChangeOp::kDelete}) {
    Places places = places_[static_cast<std::size_t>(op)];
    std::erase_if(places, [&](std::size_t place) { return settled_[place].has_value(); });
    if (places.empty()) continue;
    SB_TRY(carefully ? change_carefully(op, places) : change(op, places));
  }
  SB_TRY(classify_rest());
  return connection_.commit(deadline_);
}

// Triggers and audits of the target can tell by sideband.repair who it is that writes. Deferrable
// constraints count at COMMIT: rows may be in each other's way in between. Carefully, they speak up
// at the statement that broke them.
Result<void> ApplyTransaction::begin(bool carefully) {
  const std::string repair = request_.step.empty() ? "" : request_.step.text();
  return connection_.script(
      "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
      "SET LOCAL sideband.repair = '" +
          repair + "';SET CONSTRAINTS ALL " + (carefully ? "IMMEDIATE" : "DEFERRED"),
      deadline_);
}

// The server's log then says which step of which repair it was, as the audit log calls them: in
// front, where a log that cuts long statements keeps it.
std::string ApplyTransaction::tagged(const std::string& sql) const {
  if (request_.step.empty()) return sql;
  return "/* sideband repair " + request_.step.text() + " step " + std::to_string(request_.seq) +
         " token " + std::to_string(request_.token) + " */ " + sql;
}

// Locks the fence's row until COMMIT, so that of two applies the later one sees the other's token.
Result<bool> ApplyTransaction::admit() {
  if (fence_.table.empty()) return true;
  const std::string sql = "insert into " + fence_.table +
                          " as f (scope, token) values ($1, $2) on conflict (scope) do update "
                          "set token = excluded.token where f.token <= excluded.token returning 1";
  PgParams params;
  params.text(fence_.scope).integer(static_cast<std::int64_t>(request_.token));
  SB_ASSIGN(const PgAnswer answer,
            connection_.query(tagged(sql), params, deadline_, "SELECT, INSERT, UPDATE"));
  return answer.rows() == 1;
}

void ApplyTransaction::add_column(PgParams& params, const PgTableColumn& column,
                                  const Places& places, const std::vector<Fields>& values) const {
  std::vector<PgElement> elements;
  elements.reserve(places.size());
  for (const std::size_t place : places) elements.push_back(element_of(values[place], column.name));
  params.array(column.bytes ? kPgBytea : kPgText, elements);
}

void ApplyTransaction::add_rows(PgParams& params, const Places& places,
                                const std::vector<Fields>& values) const {
  std::vector<PgElement> rows;
  rows.reserve(places.size());
  for (const std::size_t place : places) {
    std::vector<PgElement> row;
    row.reserve(table_.columns().size());
    for (const PgTableColumn& column : table_.columns()) {
      PgElement element = element_of(values[place], column.name);
      if (element && column.bytes) element = "\\x" + to_hex(*element);
      row.push_back(std::move(element));
    }
    rows.emplace_back(pg_array_text(row));
  }
  params.array(kPgText, rows);
}

PgParams ApplyTransaction::parameters(ChangeOp op, const Places& places) const {
  PgParams params;
  PgKeyArrays keys(shape_.key());
  for (const std::size_t place : places) keys.add(request_.changes[place].key);
  keys.put(params);
  if (table_.is_wide()) {
    if (op != ChangeOp::kCreate) add_rows(params, places, found_);
    if (op != ChangeOp::kDelete) add_rows(params, places, want_);
    return params;
  }
  if (op != ChangeOp::kCreate) {
    for (const PgTableColumn& column : table_.columns()) {
      add_column(params, column, places, found_);
    }
  }
  if (op != ChangeOp::kDelete) {
    for (const PgTableColumn& column : table_.columns()) {
      if (column.is_set_by(op)) add_column(params, column, places, want_);
    }
  }
  return params;
}

// Settles what the statement changed; answers the changes that the table did not keep as wanted,
// which must not be committed.
Result<NotKept> ApplyTransaction::execute(ChangeOp op, const Places& places) {
  std::unordered_map<std::string_view, std::size_t> by_key;
  for (const std::size_t place : places) by_key.emplace(request_.changes[place].key, place);
  SB_ASSIGN(const PgAnswer answer, connection_.query(tagged(table_.sql(op)), parameters(op, places),
                                                     deadline_, privileges_of(op)));
  NotKept taken_back;
  for (int i = 0; i < answer.rows(); ++i) {
    SB_ASSIGN(const Item item, decoder_.item(pg_row(answer, i)));
    const auto at = by_key.find(item.key);
    if (at == by_key.end()) return Error::conflict("a trigger changed the key of a row");
    const State& want = parked_ ? *parked_ : request_.changes[at->second].want;
    if (op != ChangeOp::kDelete && !item.state.same_as(want)) {
      taken_back.emplace(at->second, not_kept(want, item.state));
    } else {
      settled_[at->second] = changed();
    }
  }
  return taken_back;
}

Result<void> ApplyTransaction::change(ChangeOp op, const Places& places) {
  SB_ASSIGN(const NotKept taken_back, execute(op, places));
  if (taken_back.empty()) return {};
  return Error::conflict(taken_back.begin()->second);
}

// Whether the statement fails without any row too: then no row is to blame, but a grant, say.
Result<bool> ApplyTransaction::fails_by_itself(ChangeOp op) {
  SB_TRY(connection_.script("SAVEPOINT change", deadline_));
  const auto none = execute(op, {});
  if (none) {
    SB_TRY(connection_.script("RELEASE change", deadline_));
    return false;
  }
  SB_TRY(connection_.script("ROLLBACK TO change; RELEASE change", deadline_));
  return true;
}

// A statement was refused: the row is found by halves.
Result<void> ApplyTransaction::blame_a_row(ChangeOp op, const Places& places, const Error& error) {
  if (error.code != ErrorCode::kConflict) {
    SB_ASSIGN(const bool all, fails_by_itself(op));
    if (all) return error;
  }
  if (places.size() == 1) {
    ChangeOutcome outcome = failed(error);
    if (error.retry == Retry::kNever) outcome.retry = Retry::kAfter;
    settled_[places.front()] = std::move(outcome);
    return {};
  }
  const auto middle = places.begin() + static_cast<std::ptrdiff_t>(places.size() / 2);
  SB_TRY(change_carefully(op, Places(places.begin(), middle)));
  return change_carefully(op, Places(middle, places.end()));
}

// Within a savepoint: what the table refuses leaves no trace.
Result<void> ApplyTransaction::change_carefully(ChangeOp op, const Places& places) {
  SB_TRY(connection_.script("SAVEPOINT change", deadline_));
  const auto taken_back = execute(op, places);
  if (taken_back && taken_back->empty()) return connection_.script("RELEASE change", deadline_);
  if (!taken_back && connection_.failed_in_passing()) return taken_back.error();
  SB_TRY(connection_.script("ROLLBACK TO change; RELEASE change", deadline_));
  for (const std::size_t place : places) settled_[place].reset();
  if (!taken_back) return blame_a_row(op, places, taken_back.error());
  for (const auto& [place, why] : *taken_back) settled_[place] = failed(why);
  Places rest;
  for (const std::size_t place : places) {
    if (!settled_[place]) rest.push_back(place);
  }
  return rest.empty() ? Result<void>() : change_carefully(op, rest);
}

// Rows that hold each other's unique values, which no single statement can write.
Result<void> ApplyTransaction::write_in_order() {
  Places all;
  for (const Places& places : places_) all.insert(all.end(), places.begin(), places.end());
  std::vector<UniqueChange> changes;
  changes.reserve(all.size());
  for (const std::size_t place : all) {
    changes.push_back({request_.changes[place].op, found_[place], want_[place]});
  }
  SB_ASSIGN(const auto sets, pg_unique_sets(connection_, table_, deadline_));
  for (UniqueGroup& group : order_by_unique(changes, sets)) {
    for (std::size_t& change : group.changes) change = all[change];
    for (UniqueStep& step : group.steps) {
      for (std::size_t& change : step.changes) change = all[change];
    }
    SB_TRY(write_group(group, sets));
  }
  return {};
}

// Within a savepoint, together or not at all.
Result<void> ApplyTransaction::write_group(const UniqueGroup& group,
                                           const std::vector<UniqueSet>& sets) {
  SB_TRY(connection_.script("SAVEPOINT change", deadline_));
  std::map<std::size_t, Fields> found;
  for (const std::size_t place : group.changes) found.emplace(place, found_[place]);
  const auto done = try_group(group, sets);
  if (done) return connection_.script("RELEASE change", deadline_);
  if (connection_.failed_in_passing()) return done.error();
  SB_TRY(connection_.script("ROLLBACK TO change; RELEASE change", deadline_));
  parked_.reset();
  for (auto& [place, fields] : found) found_[place] = std::move(fields);
  return fail_group(group, sets[group.set].name, done.error().message);
}

Result<void> ApplyTransaction::try_group(const UniqueGroup& group,
                                         const std::vector<UniqueSet>& sets) {
  // What cannot be parked may be written all the same where the constraint can wait.
  if (group.stuck_on != UniqueStep::kNoSet) {
    SB_TRY(connection_.script("SET CONSTRAINTS ALL DEFERRED", deadline_));
    SB_TRY(write_step(group.changes));
    return connection_.script("SET CONSTRAINTS ALL IMMEDIATE", deadline_);
  }
  for (const UniqueStep& step : group.steps) {
    SB_TRY(step.parks() ? park(step.changes.front(), sets[step.park_for])
                        : write_step(step.changes));
  }
  return {};
}

Result<void> ApplyTransaction::write_step(const Places& places) {
  for (const ChangeOp op : {ChangeOp::kDelete, ChangeOp::kUpdate, ChangeOp::kCreate}) {
    Places of_op = places;
    std::erase_if(of_op, [&](std::size_t place) { return request_.changes[place].op != op; });
    if (of_op.empty()) continue;
    SB_TRY(change(op, of_op));
    for (const std::size_t place : of_op) {
      if (!settled_[place]) return Error::conflict("one of the rows was not written");
    }
  }
  return {};
}

// Gives the row's value of `set` free, under the same guard as any other change.
Result<void> ApplyTransaction::park(std::size_t place, const UniqueSet& set) {
  std::vector<PgElement> wanted;
  for (const Fields& fields : want_) {
    if (auto value = element_of(fields, set.park_by)) wanted.push_back(std::move(value));
  }
  SB_ASSIGN(const PgElement free, pg_free_value(connection_, table_, set, wanted, deadline_));
  Fields parked = found_[place];
  parked.erase(set.park_by);
  if (free) parked.emplace(set.park_by, *free);
  Fields want = std::exchange(want_[place], parked);
  parked_ = State::of_fields(parked);
  const auto done = write_step({place});
  parked_.reset();
  want_[place] = std::move(want);
  settled_[place].reset();
  found_[place] = std::move(parked);
  return done;
}

// Those that somebody else changed say so; the others wait for these, or for room.
Result<void> ApplyTransaction::fail_group(const UniqueGroup& group, const std::string& set,
                                          const std::string& said) {
  std::vector<std::string> keys;
  for (const std::size_t place : group.changes) keys.push_back(request_.changes[place].key);
  SB_ASSIGN(const std::vector<Item> items, pg_read(connection_, shape_, keys, deadline_));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto outcome = judge(request_.changes[group.changes[i]], items[i].state);
    settled_[group.changes[i]] =
        outcome ? std::move(*outcome) : failed(unique_problem(keys, set, said));
  }
  return {};
}

// What no statement touched: looks why.
Result<void> ApplyTransaction::classify_rest() {
  Places places;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < settled_.size(); ++i) {
    if (settled_[i]) continue;
    places.push_back(i);
    keys.push_back(request_.changes[i].key);
  }
  if (keys.empty()) return {};
  SB_ASSIGN(const std::vector<Item> items, pg_read(connection_, shape_, keys, deadline_));
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto outcome = judge(request_.changes[places[i]], items[i].state);
    settled_[places[i]] =
        outcome ? std::move(*outcome)
                : failed(
                      "the table did not take the change: a trigger or a rule holds it back, or "
                      "somebody wrote the row and put it back meanwhile");
  }
  return {};
}

}  // namespace

Result<std::vector<ChangeOutcome>> pg_apply(PgConnection& connection, const PgShape& shape,
                                            const PgTable& table, const PgFence& fence,
                                            const ApplyRequest& request, const Deadline& deadline) {
  return ApplyTransaction(connection, shape, table, fence, request, deadline).run();
}

Result<void> pg_check_fence(PgConnection& connection, const std::string& table,
                            const Deadline& deadline) {
  PgParams params;
  params.text(table);
  SB_ASSIGN(const PgAnswer answer,
            connection.query("select to_regclass($1) is not null", params, deadline));
  if (answer.truth(0, 0)) return {};
  return for_person(Error::invalid("there is no table " + table +
                                   " for the fence; run: CREATE TABLE " + table +
                                   "(scope text PRIMARY KEY, token bigint NOT NULL)"));
}

}  // namespace sideband
