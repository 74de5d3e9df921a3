// P-11: what is done when a source lost its items.
#include <fmt/format.h>

#include "simulation/checks.h"

namespace sideband::sim {
namespace {

// From the first read of a look to its decision.
constexpr Duration kLongestLook = std::chrono::seconds(90);

}  // namespace

// A plan may delete what goes while half of the items are still seen: the caps are for that.
void Checks::check_hidden(const Pair& pair, const Story& told, const std::string& what) {
  if (told.source_released || believed_.contains(told.reconciler)) return;
  const auto lost = pair.desired->most_hidden_since();
  if (!lost) return;
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
      // A whole look that finds half of them again makes it good, or people who accept its size.
      const SourceState& source = head->source;
      const bool forgotten = was_suspect_.contains(name) &&
                             source.condition == SourceCondition::kGood &&
                             source.desired * 2 < source.baseline;
      if (forgotten) violated("P-11", "a suspicion was forgotten, of the source of " + name);
      // Half of it was seen again since: what was accepted is over.
      const auto accepted = believed_.find(name);
      const bool larger = accepted != believed_.end() && source.baseline > accepted->second;
      const bool over = larger && source.baseline * 2 >= std::ssize(pair.desired->content());
      if (over) believed_.erase(accepted);
    }
    return {};
  };
  if (!database_.look(read).ok()) violated("P-1", "what is known of sources cannot be read");
}

}  // namespace sideband::sim
