// The heads: what a reconciler remembers of its last scan, a row each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ports/store.h"
#include "store/connection.h"
#include "store/kept_rows.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it. Reading locks the row
// where others write too, so that what was read, or put, stays true until the transaction ends or a
// savepoint is rolled back (forget).
class HeadRows {
 public:
  HeadRows(Connection& db, KeptRows& kept) : db_(db), kept_(kept) {}

  // With what is kept of its source.
  Result<std::optional<ReconcilerHead>> head(const std::string& reconciler);
  Result<std::vector<std::string>> reconcilers_of(const std::string& scope);
  Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head);
  void forget() {
    heads_.clear();
    names_.clear();
  }

 private:
  Result<std::optional<ReconcilerHead>> head_row(const std::string& reconciler);

  Connection& db_;
  KeptRows& kept_;                                                           // the sources
  std::map<std::string, std::optional<ReconcilerHead>, std::less<>> heads_;  // without sources
  std::map<std::string, std::vector<std::string>> names_;                    // by source_scope
};

}  // namespace sideband
