#include "engine/execute/undo_steps.h"

namespace sideband {
namespace {

Result<void> still_there(StoreReader& store, const Uuid& id) {
  SB_ASSIGN(const auto repair, store.repair(id));
  if (repair) return {};
  return Error::not_found("repair " + id.text() + " is not in the store any more");
}

Result<void> take_back(StoreReader& store, const Uuid& repair, const Step& step, PlanChunk& out) {
  if (step.state != StepState::kDone || step.undo) return {};
  SB_ASSIGN(const std::string bytes, store.chunk(repair, step.chunk));
  SB_ASSIGN(const auto chunk, decode_changes(bytes));
  SB_ASSIGN(const auto outcomes, decode_outcomes(step.outcomes));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].outcome != Outcome::kChanged) continue;
    out.changes.push_back(reversed(chunk.at(static_cast<std::size_t>(step.from) + i)));
    out.leaves.push_back(PlanHasher::leaf_of(out.changes.back()));
  }
  return {};
}

Result<PlanChunk> read_step(Store& store, const Uuid& repair, std::int64_t seq) {
  PlanChunk out;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    out = PlanChunk();
    SB_ASSIGN(const auto steps, reader.steps(repair, seq, 2));
    out.last = steps.size() < 2;
    return steps.empty() ? still_there(reader, repair)
                         : take_back(reader, repair, steps.front(), out);
  }));
  return out;
}

}  // namespace

UndoSteps::UndoSteps(Store& store, const Uuid& repair, bool ahead)
    : steps_(
          "undo ahead",
          [&store, repair, seq = std::int64_t{0}]() mutable {
            return read_step(store, repair, seq++);
          },
          ahead) {}

}  // namespace sideband
