// What every form of a log has to show, checked leaf by leaf: the tree that its head signed, the
// one that was saved earlier, and what records must say about each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/verify/note.h"
#include "audit/verify/rules.h"
#include "base/result.h"
#include "merkle/compact_range.h"

namespace sideband {

// What is known of a log before its leaves are read.
struct LogHeads {
  std::optional<Checkpoint> head;   // over exactly these leaves; nothing where none is signed
  std::optional<Checkpoint> saved;  // an earlier one of the same log
};

// The heads, once the saved note is opened and they fit each other. kCorrupt: they do not, or the
// note is not signed by `key`, or of another log than `origin`.
Result<LogHeads> open_heads(std::optional<Checkpoint> head,
                            const std::optional<std::string>& saved_note, const VerifierKey& key,
                            std::string_view origin);

struct VerifyReport {
  std::uint64_t leaves = 0;
  std::string root;  // hex
  std::int64_t open_intents = 0;
  bool is_signed = false;
  std::uint64_t without_record = 0;  // leaves of which only the hash is there
  // Nothing where the records are sideband's; else why the first one is not, so that what they say
  // was not checked.
  std::optional<std::string> foreign = std::nullopt;
};

// "first bad index 7: why", the answer of every check that can name one.
Error bad_index(std::uint64_t index, const std::string& why);

enum class Producer : std::uint8_t { kSideband, kAny };

// Memory O(log n) and the open repairs. Used by one thread.
class LeafChecker {
 public:
  // `producer`: whether a log whose first leaf is no record of sideband is checked without the
  // rules of records, or refused.
  LeafChecker(LogHeads heads, Producer producer);

  // The next leaf. `hash` is the leaf's. kCorrupt with the index.
  Result<void> take(std::string_view record, const Digest& hash);
  // The next leaf, of which only the hash is there.
  Result<void> pass(const Digest& hash);
  // Once all were taken. kCorrupt: they are not those that were signed or saved.
  Result<VerifyReport> finish();

  [[nodiscard]] const CompactRange& tree() const { return tree_; }

 private:
  Result<void> check_place();
  Result<void> check_saved() const;
  Result<void> check_record(std::string_view record);

  const LogHeads heads_;
  const Producer producer_;
  CompactRange tree_;
  RecordRules rules_;
  VerifyReport report_;
};

}  // namespace sideband
