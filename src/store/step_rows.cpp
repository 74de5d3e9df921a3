#include "store/step_rows.h"

#include "store/columns.h"

namespace sideband {
namespace {

const RowStatement kPutStep =
    RowStatement::upsert(StoreTable::kSteps, "repair, seq",
                         "chunk, first, past, undo, state, token, salt, outcomes, output");

Step step_from(Columns& row) {
  Step step;
  step.seq = row.integer();
  step.chunk = row.integer();
  step.from = row.integer();
  step.to = row.integer();
  step.undo = row.flag();
  step.state = row.choice(StepState::kDone);
  step.token = static_cast<std::uint64_t>(row.integer());
  step.salt = row.text();
  step.outcomes = row.text();
  step.output = row.text();
  return step;
}

}  // namespace

Result<std::vector<Step>> StepRows::steps(const Uuid& repair, std::int64_t from,
                                          std::int64_t limit) {
  return collect(
      db_,
      "SELECT seq, chunk, first, past, undo, state, token, salt, outcomes, output FROM steps"
      " WHERE repair = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
      {repair, from, limit}, step_from);
}

Result<void> StepRows::put_step(const Uuid& repair, const Step& step) {
  return db_.post_row(
      kPutStep, std::string(repair.bytes()) + std::to_string(step.seq),
      {repair, step.seq, step.chunk, step.from, step.to, step.undo, static_cast<int>(step.state),
       step.token, Param::blob(step.salt), Param::blob(step.outcomes), Param::blob(step.output)});
}

}  // namespace sideband
