// Remembered answers to idempotent requests.
#pragma once

#include <optional>
#include <string>

#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class IdempotentRows {
 public:
  explicit IdempotentRows(Connection& db) : db_(db) {}

  Result<std::optional<IdempotentAnswer>> idempotent(const std::string& key);
  Result<void> put_idempotent(const std::string& key, const IdempotentAnswer& answer);

 private:
  Connection& db_;
};

}  // namespace sideband
