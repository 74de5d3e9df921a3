// P-11: what is done when a source lost its items.
#include <fmt/format.h>

#include <algorithm>

#include "simulation/checks.h"

namespace sideband::sim {
namespace {

// From the first read of a look to its decision.
constexpr Duration kLongestLook = std::chrono::seconds(90);

}  // namespace

// A plan may delete what goes while half of the items are still seen: the caps are for that.
void Checks::check_hidden(const Pair& pair, const Story& told, const std::string& what) {
  // What is accepted of a source holds under each name of its reconciler.
  const bool accepted = std::any_of(pair.names.begin(), pair.names.end(),
                                    [&](const auto& name) { return believed_.contains(name); });
  if (told.source_released || accepted) return;
  const auto lost = pair.desired->most_hidden_since();
  if (!lost) return;
  // Of a source that was never seen whole nobody knows more than the actual side tells: half of
  // that may go.
  const std::ptrdiff_t deleted = std::ssize(told.deleted) + 1;
  const auto known = known_since_.find(told.reconciler);
  const bool never_whole = known == known_since_.end() || *lost < known->second;
  if (never_whole && std::ssize(pair.actual->content()) >= deleted) return;
  const bool counted = told.desired * 2 < std::ssize(pair.desired->content());
  if (counted || *lost + kLongestLook < told.decided) {
    violated("P-11", "deleted for a source that lost most of its items: " + what);
  }
}

// What a source loses item by item is only met by the cap on deletions.
void Checks::check_max_deletes(const Pair& pair, const Story& told, const std::string& what) {
  const MaxChanges& limit = pair.spec.gates.max_deletes;
  if (limit.count == 0 || !clocks_right_ || told.undo || told.requester != "sideband") return;
  std::int64_t used = 0;
  for (const auto& [other, story] : stories_) {
    const bool counts = pair.names.contains(story.reconciler) && story.started && !story.undo;
    const bool before = counts && *story.started <= *told.started;
    if (before && *told.started - *story.started < limit.window) used += std::ssize(story.deleted);
  }
  if (used > limit.count) {
    violated("P-11", fmt::format("{} deletions within {} s, {} are allowed: {}", used,
                                 limit.window.count() / 1'000'000, limit.count, what));
  }
}

// A release that was asked for while the source was whole shows in the repair alone: the decision
// had nothing to pass.
bool Checks::has_released_source(const std::string& id) {
  bool released = false;
  const auto read = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(const Uuid repair, Uuid::parse(id));
    SB_ASSIGN(const auto row, store.repair(repair));
    released = row && row->released.has(GateId::kSource);
    return {};
  };
  return database_.look(read).ok() && released;
}

// Nothing new is begun once a whole look said that the source cannot be believed.
void Checks::check_suspect(const std::string& id, const Story& story) {
  const bool suspect =
      suspect_.contains(story.reconciler) && was_suspect_.contains(story.reconciler);
  if (!suspect || story.undo || story.source_released) return;
  // The look that decided it found half of them again, and in the same commit another look did not.
  const std::int64_t before = baselines_[story.reconciler];
  if (story.decided == scheduler_.now() && story.desired >= before - story.desired) return;
  violated("P-11", "a step began while its source was suspect, repair " + id);
}

void Checks::read_sources() {
  was_suspect_ = std::move(suspect_);
  suspect_.clear();
  const auto read = [&](StoreReader& store) -> Result<void> {
    for (const auto& [name, pair] : pairs_) {
      SB_ASSIGN(const auto head, store.head(name));
      if (!head) continue;
      if (head->source.condition == SourceCondition::kSuspect) suspect_.insert(name);
      baselines_[name] = head->source.baseline;
      if (head->source.baseline >= 0) {
        for (const std::string& each : pair.names) known_since_.emplace(each, scheduler_.now());
      }
      // A whole look that finds half of them again makes it good, or people who accept its size.
      const SourceState& source = head->source;
      const bool forgotten = was_suspect_.contains(name) &&
                             source.condition == SourceCondition::kGood &&
                             source.desired * 2 < source.baseline;
      if (forgotten) violated("P-11", "a suspicion was forgotten, of the source of " + name);
      // Half of it was seen again since: what was accepted is over.
      const bool half = source.baseline * 2 >= std::ssize(pair.desired->content());
      std::erase_if(believed_, [&source, half, &names = pair.names](const auto& accepted) {
        return half && names.contains(accepted.first) && source.baseline > accepted.second;
      });
    }
    return {};
  };
  if (!database_.look(read).ok()) violated("P-1", "what is known of sources cannot be read");
}

}  // namespace sideband::sim
