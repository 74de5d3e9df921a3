// What is known of one side since the last good scan of it, from the feed that reads its log: which
// keys changed, and that no other did.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "engine/observe/change_journal.h"
#include "ports/collection.h"

namespace sideband {

// Why it is not known which keys changed, for a metric and for people; empty: it is known.
struct Doubt {
  std::string_view word;  // lives for ever
  std::string text;
};

// Used by one thread at a time. Both it is made with outlive it.
class ToldChanges {
 public:
  ToldChanges(Collection& side, ChangeJournal& journal) : side_(side), journal_(journal) {}

  [[nodiscard]] bool possible() const { return side_.traits().log; }
  // Where the log is now. Blocks on the target. Whatever scan follows begins behind it.
  Result<void> ask(Duration timeout);
  // Whether the feed has come as far as the log was when it was asked, or will not matter.
  [[nodiscard]] bool has_come() const;
  // Takes what the feed told meanwhile, and judges. Once for each ask, before the look.
  void take();

  // Where there is none, keys() are all that changed.
  [[nodiscard]] const Doubt& doubt() const { return doubt_; }
  [[nodiscard]] const std::set<std::string>& keys() const { return keys_; }

  // A scan of everything ended well that began behind the last ask.
  void scanned();
  // All of keys() were looked at, behind the last take.
  void looked_at() { keys_.clear(); }

 private:
  [[nodiscard]] Doubt find_doubt() const;

  Collection& side_;
  ChangeJournal& journal_;
  LogPlace asked_;
  std::optional<LogPlace> known_;  // before the last good scan
  std::string gap_;                // since then
  std::set<std::string> keys_;     // told since the last good look
  Doubt doubt_ = {"first", {}};
};

}  // namespace sideband
