// The playbooks of a world, and the people who start and confirm them.
#include "simulation/world.h"
#include "support/person.h"

namespace sideband::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kShelf = "shelf";

template <typename T>
const T& one_of(Scheduler& scheduler, const std::vector<T>& all) {
  return all.at(static_cast<std::size_t>(scheduler.between(0, std::ssize(all) - 1)));
}

}  // namespace

void World::make_books() {
  if (!scheduler_.chance(0.4)) return;
  targets_.push_back(std::make_unique<SimTarget>(scheduler_, faults_, options_.bug, kShelf,
                                                 scheduler_.chance(0.5)));
  targets_.back()->watch([this](const Write& write) { checks_->on_shelf_write(write); });
  targets_.back()->set("k0", "x");
  // Some operate on what a reconciler repairs too: then each has to wait for the other.
  std::vector<std::string> names = {"tool"};
  if (scheduler_.chance(0.5)) names.push_back(any_pair().actual->name());
  for (const std::string& name : names) {
    tools_.push_back(
        std::make_unique<SimTool>(scheduler_, faults_, options_.bug, name, scheduler_.chance(0.4)));
    tools_.back()->watch(checks_->books());
  }
  const auto count = scheduler_.between(1, 2);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string name = "book" + std::to_string(i);
    books_[name] = make_book(name);
  }
}

PlaybookSettings World::make_book(const std::string& name) {
  PlaybookSettings book;
  book.name = name;
  book.version = "b1";
  book.startable_by = {"ann", "bob"};
  book.inputs["n"].fallback = "0";
  book.timeout = scheduler_.chance(0.2) ? seconds(40) : minutes(30);
  if (scheduler_.chance(0.3)) {
    book.approval.emplace();
    book.approval->expires = minutes(5);
  }
  const auto steps = scheduler_.between(2, 6);
  for (std::int64_t i = 0; i < steps; ++i) book.steps.push_back(make_step(book));
  return book;
}

PlaybookStep World::make_step(const PlaybookSettings& book) {
  PlaybookStep step;
  step.name = "s" + std::to_string(book.steps.size());
  for (const PlaybookStep& before : book.steps) {
    if (scheduler_.chance(0.4)) step.needs.push_back(before.name);
  }
  static const std::vector<StepKind> kKinds = {
      StepKind::kRun,    StepKind::kRun,   StepKind::kRun,  StepKind::kRun,   StepKind::kRun,
      StepKind::kChange, StepKind::kCheck, StepKind::kWait, StepKind::kManual};
  step.kind = one_of(scheduler_, kKinds);
  step.timeout = scheduler_.between(seconds(2), seconds(15));
  step.retry.limit = scheduler_.between(0, 3);
  step.retry.initial = scheduler_.between(milliseconds(200), seconds(2));
  step.retry.errors = {"unavailable", "timeout"};
  if (scheduler_.chance(0.3)) step.retry.errors.push_back("failed");
  static const std::vector<OnFailure> kWays = {OnFailure::kStop, OnFailure::kCompensate,
                                               OnFailure::kCompensate, OnFailure::kContinue,
                                               OnFailure::kEscalate};
  step.on_failure = one_of(scheduler_, kWays);
  fill_step(step);
  for (const PlaybookStep& before : book.steps) {
    const bool needed = !step.needs.empty() && step.needs.back() == before.name;
    const bool answers = needed && before.kind == StepKind::kRun;
    if (answers && step.kind == StepKind::kRun) step.run["of"] = "{steps." + before.name + ".n}";
  }
  return step;
}

void World::fill_step(PlaybookStep& step) {
  switch (step.kind) {
    case StepKind::kRun: {
      static const std::vector<std::string> kKinds = {std::string(kIdempotentKind),
                                                      std::string(kLookKind), "plain"};
      step.target = one_of(scheduler_, tools_)->name();
      step.run = {{"kind", one_of(scheduler_, kKinds)}, {"n", "{inputs.n}"}};
      step.undo_kind = scheduler_.chance(0.8) ? UndoKind::kOptions : UndoKind::kNothing;
      if (step.undo_kind == UndoKind::kOptions) step.undo = {{"kind", one_of(scheduler_, kKinds)}};
      return;
    }
    case StepKind::kChange:
    case StepKind::kCheck:
      step.target = step.item.collection.target = kShelf;
      step.item.item = "k" + std::to_string(scheduler_.between(0, 1));
      step.item.within = scheduler_.between(seconds(0), seconds(5));
      step.item.exists = step.kind == StepKind::kCheck;
      if (step.kind == StepKind::kChange) step.item.value = step.name + "-{inputs.n}";
      return;
    case StepKind::kWait:
      step.wait = scheduler_.between(seconds(1), seconds(20));
      return;
    case StepKind::kManual:
      step.manual.instruction = "look";
      step.manual.evidence = scheduler_.chance(0.5);
      return;
  }
}

// Somebody starts a run; while one waits for the lock of another, too.
void World::start_book() {
  if (books_.empty()) return;
  auto book = books_.begin();
  std::advance(book, scheduler_.between(0, std::ssize(books_) - 1));
  const PlaybookStart asked{book->first, {{"n", std::to_string(++values_)}}, person("ann")};
  ask([&](Running& running) {
    const auto begun = running.engine->playbooks().start(asked);
    if (begun.ok()) checks_->accepted(begun->id.text());
  });
}

// People do what manual steps ask for; now and then one cannot.
void World::confirm_some() {
  if (books_.empty()) return;
  std::vector<Repair> halted;
  const auto look = [&](StoreReader& store) -> Result<void> {
    RepairFilter filter;
    filter.state = RepairState::kHalted;
    SB_ASSIGN(halted, store.repairs(filter));
    return {};
  };
  if (!database_.look(look).ok()) return;
  for (const Repair& repair : halted) {
    // Its note begins with the step that waits.
    const PlaybookConfirmation done{repair.id, repair.note.substr(0, repair.note.find(':')),
                                    person("bob"), "it answers", scheduler_.chance(0.15)};
    ask([&](Running& running) { (void)running.engine->playbooks().confirm(done); });
  }
}

// The world outside changes what playbooks change.
void World::drift_shelf() {
  for (const auto& target : targets_) {
    if (target->name() != kShelf) continue;
    target->set("k" + std::to_string(scheduler_.between(0, 1)), "d" + std::to_string(++values_));
  }
}

}  // namespace sideband::sim
