#include "store/token_sequence.h"

#include <algorithm>
#include <utility>

#include "store/columns.h"

namespace sideband {
namespace {

constexpr int kSequenceBits = 40;
// More are not asked for at once.
constexpr std::size_t kMaxAtOnce = 64;

}  // namespace

// A run of fresh tokens: epoch << 40 | seq, one sequence for the whole store. Where other nodes
// claim too, a sequence outside the transaction spares them waiting for our commit; the locks on
// the repairs make a later claim of a repair take a later number.
Result<std::vector<std::uint64_t>> TokenSequence::take(std::size_t count) {
  const auto token = [](Columns& row) {
    const auto epoch = static_cast<std::uint64_t>(row.integer());
    return (epoch << kSequenceBits) + static_cast<std::uint64_t>(row.integer());
  };
  if (db_.has_other_writers()) {
    return collect(db_, "SELECT epoch, nextval('token_seq') FROM tokens, generate_series(1, $1)",
                   {count}, token);
  }
  if (!last_) {
    SB_ASSIGN(last_, find(db_, "SELECT epoch, seq FROM tokens", {}, token));
    if (!last_) return Error::corrupt("the store has no token sequence");
  }
  taken_ += static_cast<std::int64_t>(count);
  std::vector<std::uint64_t> tokens(count);
  for (std::uint64_t& taken : tokens) taken = ++*last_;
  return tokens;
}

// A rolled-back savepoint leaves a gap in the sequence, never a number twice.
Result<void> TokenSequence::write() {
  if (taken_ == 0) return {};
  return change(db_, "UPDATE tokens SET seq = seq + $1", {std::exchange(taken_, 0)});
}

// For repairs that are new in this transaction; a claim must take fresh ones. A group that begins
// many repairs asks for many tokens at once; those that are left are never used.
Result<std::uint64_t> TokenSequence::next() {
  if (spare_.empty()) {
    SB_ASSIGN(spare_, take(db_.has_other_writers() ? at_once_ : 1));
    std::reverse(spare_.begin(), spare_.end());
    at_once_ = std::min<std::size_t>(at_once_ * 8, kMaxAtOnce);
  }
  const std::uint64_t token = spare_.back();
  spare_.pop_back();
  return token;
}

void TokenSequence::expect(std::size_t count) {
  if (count > 0) at_once_ = std::min(count, kMaxAtOnce);
}

}  // namespace sideband
