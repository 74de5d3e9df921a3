// What a stream of PostgreSQL's plugin pgoutput says about the keys of one table.
// https://www.postgresql.org/docs/15/protocol-logicalrep-message-formats.html, versions 1 and 2.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "drivers/postgres/sql/values.h"
#include "drivers/wake_keys.h"

namespace sideband {

// What a change of a relation means to a feed.
enum class PgInterest : std::uint8_t {
  kNone,
  kKeys,   // its rows have our keys
  kScan,   // something of ours may have changed
  kLater,  // the server does not know it, or not yet: kScan for now
};

// A column of the key, as the log sends it.
struct PgPublishedColumn {
  std::string name;
  PgForm form = PgForm::kText;
};

// Used by one thread at a time. Whatever it does not understand is a scan: bytes that are damaged
// cannot make it miss anything that they hold. Memory is bounded, whatever a transaction holds.
class PgOutput {
 public:
  using Ask = std::function<Result<PgInterest>(std::uint32_t relation)>;
  // The key is the columns of these names; `ask` is called for relations that were not seen before
  // or are described anew.
  PgOutput(std::vector<PgPublishedColumn> key, Ask ask)
      : key_(std::move(key)), ask_(std::move(ask)) {}

  // One message. An error only where `ask` has one, or transactions() became too many.
  Result<void> take(std::string_view message);

  // What the transactions that are complete have changed; the caller empties it.
  [[nodiscard]] WakeKeys& found() { return found_; }
  // The numbers of those of them that the caller did not take off yet.
  [[nodiscard]] std::deque<std::uint32_t>& transactions() { return transactions_; }
  // All transactions that end before this place of the log are in found().
  [[nodiscard]] std::uint64_t reached() const { return reached_; }
  // The server says that nothing follows before this place.
  void reach(std::uint64_t place);

 private:
  class Reader;
  struct Relation {
    PgInterest interest = PgInterest::kLater;
    std::vector<int> key;  // which columns; empty where it lacks one
  };

  Result<void> take_change(char kind, Reader& reader);
  Result<void> take_relation(Reader& reader);
  Result<void> take_truncate(Reader& reader);
  void take_transaction(char kind, Reader& reader);
  void take_stream(char kind, Reader& reader);
  void take_rows(char kind, const Relation& relation, Reader& reader);
  void take_key(const std::vector<std::optional<std::string_view>>& texts);
  Result<PgInterest> interest_in(std::uint32_t id);
  void changed();
  void ended(std::uint32_t transaction);

  const std::vector<PgPublishedColumn> key_;
  const Ask ask_;
  std::unordered_map<std::uint32_t, Relation> relations_;
  WakeKeys open_;  // of the transaction that is being sent
  bool in_transaction_ = false;
  std::uint32_t transaction_ = 0;    // its number
  bool in_stream_ = false;           // a piece of one that may still be rolled back
  std::set<std::uint32_t> touched_;  // such transactions that changed something of ours
  bool touched_overflow_ = false;
  WakeKeys found_;
  std::deque<std::uint32_t> transactions_;
  std::uint64_t reached_ = 0;
};

}  // namespace sideband
