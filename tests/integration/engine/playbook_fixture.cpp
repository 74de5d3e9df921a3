#include "playbook_fixture.h"

namespace sideband {

PlaybookTest::PlaybookTest() {
  book_.name = "book";
  book_.version = "b1";
  book_.startable_by = {"mel"};
}

PlaybookStep PlaybookTest::run_step(const std::string& name, std::vector<std::string> needs) {
  PlaybookStep step;
  step.name = name;
  step.needs = std::move(needs);
  step.target = "have";
  step.run = {{"do", name}};
  step.undo_kind = UndoKind::kOptions;
  step.undo = {{"do", "un" + name}};
  step.retry.limit = 1;
  step.retry.initial = std::chrono::milliseconds(2);
  step.retry.errors = {"unavailable", "timeout"};
  return step;
}

void PlaybookTest::define(std::vector<PlaybookStep> steps) {
  book_.steps = std::move(steps);
  settings_.playbooks["book"] = std::make_shared<const PlaybookSettings>(book_);
}

void PlaybookTest::begin(std::vector<PlaybookStep> steps) {
  define(std::move(steps));
  start();
}

Repair PlaybookTest::start_run(const std::map<std::string, std::string>& inputs) {
  const auto started = engine_->playbooks().start({"book", inputs, person("mel")});
  EXPECT_TRUE(started.ok()) << started.error().message;
  return started.ok() ? *started : Repair();
}

Repair PlaybookTest::run_to_rest(const std::map<std::string, std::string>& inputs) {
  return resting(start_run(inputs).id);
}

std::vector<std::string> PlaybookTest::record(const Repair& repair) {
  std::vector<std::string> out;
  const auto read = store_->read([&](StoreReader& store) -> Result<void> {
    out.clear();
    SB_ASSIGN(const auto rows, store.steps(repair.id, 0, 1000));
    for (const Step& row : rows) {
      SB_ASSIGN(const auto outcomes, decode_outcomes(row.outcomes));
      std::string line = book_.steps.at(static_cast<std::size_t>(row.from)).name;
      if (row.undo) line += " back";
      line += outcomes.empty() ? " open" : " " + std::string(outcome_name(outcomes[0].outcome));
      if (!outcomes.empty() && outcomes[0].inferred) line += " inferred";
      out.push_back(line);
    }
    return {};
  });
  EXPECT_TRUE(read.ok());
  return out;
}

}  // namespace sideband
