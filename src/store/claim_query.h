// Claiming: repairs that may run now, with a lease and a fresh token written.
#pragma once

#include <vector>

#include "ports/store.h"
#include "store/connection.h"
#include "store/repair_rows.h"
#include "store/token_sequence.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class ClaimQuery {
 public:
  ClaimQuery(Connection& db, RepairRows& repairs, TokenSequence& tokens)
      : db_(db), repairs_(repairs), tokens_(tokens) {}

  // As StoreTx::claim_repairs.
  Result<std::vector<Repair>> claim(const ClaimRequest& request);

 private:
  Result<void> claim_from(Sql find, std::int64_t bound, std::int64_t limit,
                          std::vector<Repair>& found);
  Result<void> claim_queued(const ClaimRequest& request, std::vector<Repair>& found);

  Connection& db_;
  RepairRows& repairs_;
  TokenSequence& tokens_;
};

}  // namespace sideband
