// Tokens of claims: epoch << 40 | seq, one sequence for the whole store.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class TokenSequence {
 public:
  explicit TokenSequence(Connection& db) : db_(db) {}

  // A run of fresh tokens, in rising order.
  Result<std::vector<std::uint64_t>> take(std::size_t count);
  // One for a repair that is new in this transaction.
  Result<std::uint64_t> next();
  // About so many will be asked for by next(); 0 says nothing.
  void expect(std::size_t count);
  // Writes how far the sequence has come, where it is a row of the store.
  Result<void> write();

 private:
  Connection& db_;
  std::optional<std::uint64_t> last_;
  std::int64_t taken_ = 0;            // and not yet written
  std::vector<std::uint64_t> spare_;  // of a shared store, the lowest last
  std::size_t at_once_ = 1;
};

}  // namespace sideband
