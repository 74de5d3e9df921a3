// Indexes of PostgreSQL that are invalid: what is told of each, and what may be advised.
#pragma once

#include <string>
#include <vector>

namespace sideband::scan {

// One row for each; `invalid_index_of` reads it. Those whose build shows are left out. Needs
// PostgreSQL 12.
extern const char* const kInvalidIndexes;

struct InvalidIndex {
  std::string name;          // quoted, with its schema
  std::string table;         // likewise
  bool suffixed = false;     // it ends as those of REINDEX CONCURRENTLY do: _ccnew, _ccold, _ccnew1
  std::string original;      // the valid index of that table which it is a copy of; may be empty
  bool builds_show = false;  // whether this role sees what other sessions build
  bool locked = false;       // a session holds a lock that builds hold, on it or its table
  bool partitioned = false;  // the parent of indexes of partitions
  std::string partitions;    // those that have no valid part of it
};

InvalidIndex invalid_index_of(const std::vector<std::string>& row);

struct IndexAdvice {
  std::string what;
  std::string statement;  // empty: what is known is too weak for one
};

IndexAdvice advice_for(const InvalidIndex& index);

}  // namespace sideband::scan
