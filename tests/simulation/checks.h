// The checkers: they watch every write of every target and every record of the audit log, and know
// nothing of how the service works. Each names the property (P-n of the reliability requirements)
// that it found broken.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/verify/rules.h"
#include "model/settings.h"
#include "simulation/book_checks.h"
#include "simulation/breaker_checks.h"
#include "simulation/leaf.h"
#include "simulation/returns.h"
#include "simulation/sim_store.h"
#include "simulation/sim_target.h"

namespace sideband::sim {

// What a world is made of, as its checkers must know it.
struct Pair {
  std::string reconciler;       // as it is called now
  std::set<std::string> names;  // and ever was
  SimTarget* desired = nullptr;
  SimTarget* actual = nullptr;
  ReconcilerSettings spec;                                 // as it is now
  std::vector<std::pair<MonoTime, std::string>> versions;  // since when
};

// What the log tells of one repair.
struct Story {
  std::string reconciler;
  std::string plan_hash;
  std::string version;
  std::string verdict;
  std::string requester;
  MonoTime decided;
  std::int64_t changes = 0;
  std::int64_t desired = 0;
  bool undo = false;
  bool source_released = false;                 // people let it pass that its source is suspect
  std::set<std::string> deleted;                // keys, each perhaps more than once
  std::map<std::string, std::string> approved;  // by whom -> hash
  std::optional<MonoTime> approved_at;
  std::optional<MonoTime> started;
  MonoTime validating;  // since when
  struct StepStory {
    int intents = 0;
    int outcomes = 0;
    std::int64_t token = 0;
    std::int64_t from = 0;
    std::int64_t to = 0;
    bool undo = false;
    MonoTime ended;
  };
  std::map<std::int64_t, StepStory> steps;
  std::int64_t token = 0;
  std::int64_t lease_until = 0;
  bool held = false;    // its lease has an owner
  bool denied = false;  // by the policy that was asked last before it would begin
  std::string state;
  std::optional<MonoTime> ended;
  std::map<std::string, MonoTime> written;                   // keys it wrote, and when last
  std::map<std::string, std::optional<std::string>> values;  // and what
};

// From so many attempts on a resource rests until a person looks.
inline constexpr std::int64_t kQuarantine = 3;

// The rule that some reconcilers have (decide.when), and what it says, without the rule language.
inline constexpr const char* kMomentRule = "now.getMilliseconds() < 700";
inline bool moment_passes(WallTime at) {
  return at.time_since_epoch() % std::chrono::seconds(1) < std::chrono::milliseconds(700);
}

class Checks {
 public:
  Checks(Scheduler& scheduler, SimDatabase& database, std::map<std::string, Pair>& pairs,
         const std::map<std::string, PlaybookSettings>& books, int nodes);

  // A write of the pair's actual side, before it is in the ledger.
  void on_write(const Pair& pair, const Write& write);
  // A write of a collection that only playbooks change, likewise.
  void on_shelf_write(const Write& write);
  // Who watches the tools of playbooks.
  ToolWatcher& books() { return books_; }
  // Told that this job, "REPAIR:STEP", has killed its worker so often.
  void on_death(const std::string& job, int deaths);
  // New records since the last call.
  void on_commit();
  // Told that this command was accepted: it may not be lost.
  void accepted(const std::string& repair) { accepted_.insert(repair); }
  // With all faults over and all work done.
  void at_end();
  // From now on nothing holds but that nobody signs what is there.
  void store_was_set_back() { set_back_ = scheduler_.now(); }
  // Prints every record and every write from now on.
  void trace_all() { traced_ = true; }
  // Wall clocks were wrong: times in the log prove nothing from now on.
  void clocks_were_wrong() {
    clocks_right_ = false;
    breakers_.clocks_were_wrong();
  }

  // The first violation; empty = none.
  [[nodiscard]] const std::string& violation() const { return violation_; }
  void violated(const std::string& property, const std::string& what);
  [[nodiscard]] std::int64_t writes() const { return writes_; }
  [[nodiscard]] const std::map<std::string, Story>& stories() const { return stories_; }

 private:
  void on_leaf(const Leaf& leaf);
  // A deletion of what is desired, as the source would say if it could be believed. P-11.
  void check_hidden(const Pair& pair, const Story& told, const std::string& what);
  void check_max_deletes(const Pair& pair, const Story& told, const std::string& what);
  bool has_released_source(const std::string& id);
  void check_suspect(const std::string& id, const Story& story);
  void read_sources();
  [[nodiscard]] const Pair* pair_of(const std::string& reconciler) const;
  void on_decide(const Leaf& leaf);
  void on_intent(const Leaf& leaf);
  void on_outcome(const Leaf& leaf);
  void on_state(const Leaf& leaf);
  void on_silence(const Leaf& leaf);
  void check_silences(const Pair& pair, const std::string& id, const Story& story, MonoTime began);
  void on_end(const Pair& pair, const std::string& id, const Story& story, const Leaf& leaf);
  void on_start(const Pair& pair, const std::string& id, Story& story);
  void on_book_intent(const std::string& id, Story& story, bool fresh, const Leaf& leaf);
  void check_approval(const Pair& pair, const std::string& id, const Story& story);
  [[nodiscard]] std::int64_t max_crashes(const Story& story) const;
  void check_approved(const std::string& id, const Story& story, Duration expires);
  void check_version(const Pair& pair, const std::string& id, const Story& story);
  void check_max_changes(const Pair& pair, const std::string& id, const Story& story);
  void note_write(const Pair& pair, const Write& write, Story& story);
  void count_returns(const Story& story);
  void check_canary(const Pair& pair, const std::string& id, const Story& story,
                    const Leaf& intent);
  void check_rate(const Pair& pair, const std::string& id, std::int64_t changes,
                  const Leaf& intent);
  static MonoTime time_of(const Leaf& leaf);
  void check_lease(const std::string& id, Story& story, std::int64_t token);
  void check_concurrency();
  void read_leases();
  [[nodiscard]] bool paused(const std::string& reconciler) const;

  struct Bucket {
    double level = 0;
    MonoTime at;
    bool begun = false;
  };

  Scheduler& scheduler_;
  SimDatabase& database_;
  std::map<std::string, Pair>& pairs_;
  const std::map<std::string, PlaybookSettings>& playbooks_;
  const int nodes_;
  BookChecks books_;
  BreakerChecks breakers_;
  Returns returns_;
  struct Silenced {
    std::string matches;  // as the record says it
    MonoTime since;
    MonoTime until;
  };
  std::vector<Silenced> silences_;
  std::int64_t next_leaf_ = 0;
  RecordRules rules_;
  std::map<std::string, Story> stories_;
  std::set<std::string> touched_;  // repairs in the records of this commit
  std::set<std::string> accepted_;
  std::set<std::string> poisonous_;  // repairs that killed as often as they may
  std::set<std::string> pauses_;
  std::map<std::string, std::set<std::string>> held_by_;  // by reconciler: rules that hold it
  std::set<std::string> decided_for_;  // names under which something was looked at
  // Names whose small source two people accepted, and how large it was.
  std::map<std::string, std::int64_t> believed_;
  std::set<std::string> suspect_;                  // names whose source is suspect by the store
  std::map<std::string, MonoTime> known_since_;    // when a source was first seen, by all names
  std::map<std::string, std::int64_t> baselines_;  // the most items of their sources
  std::set<std::string> was_suspect_;              // and was before this commit
  std::map<std::string, Bucket> buckets_;
  struct Rest {
    MonoTime since;
    MonoTime known;  // when the end of its repair was recorded
  };
  std::map<std::string, std::map<std::string, Rest>> rested_;  // reconciler, key
  void trace(const std::string& what) const;

  void check_unsigned();

  std::optional<MonoTime> set_back_;
  std::optional<std::int64_t> published_;  // leaves under the last checkpoint after that
  bool traced_ = false;
  bool clocks_right_ = true;
  std::int64_t writes_ = 0;
  std::string violation_;
};

}  // namespace sideband::sim
