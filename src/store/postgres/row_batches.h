// Rows that wait to be written, gathered by statement: one statement then writes all rows of it.
// What a statement costs beside its row (a message, a bind, an executor) is paid once for many.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/connection.h"

namespace sideband {

// The statement that does for many rows what `sql` does for one: each parameter becomes a column
// of unnest($1, $2, ...). `sql` is an INSERT ... VALUES ($1, ..., $n) [ON CONFLICT ...], or an
// INSERT ... SELECT, UPDATE or DELETE whose first WHERE is its own.
std::string for_many_rows(std::string_view sql, std::size_t params);

// One list for each parameter of a statement, in PostgreSQL's binary form (array_recv in its
// arrayfuncs.c).
class ParamLists {
 public:
  explicit ParamLists(Params first_row);
  void add(Params row);
  // Lists that can be bound; views into this object.
  std::vector<Param> params();
  [[nodiscard]] std::size_t rows() const { return rows_; }

 private:
  struct List {
    Param::Kind kind;
    std::string bytes;
  };
  std::vector<List> lists_;
  std::size_t rows_ = 0;
};

// Used by one thread. Rows of a table are kept in the order of their statements' first row; two
// writes of one row never wait together, so that the order between them cannot be lost.
class RowBatches {
 public:
  struct Batch {
    const char* sql;   // for one row
    const char* many;  // for many; as long as the RowBatches
    ParamLists lists;
    std::function<Error()> missed;  // of the first row; set where each must change one row
  };

  // Whether this row waits: then what waits must be sent before anything else is done to it.
  [[nodiscard]] bool waits(const char* sql, std::string_view row);
  // Whether any row waits of a table that `sql` names.
  [[nodiscard]] bool waits_for(std::string_view sql);
  // False when so much waits that it must be sent first.
  bool add(const char* sql, std::string_view row, Params params, std::function<Error()> missed);
  // All that waits, in order.
  std::vector<Batch> take();
  void clear();

 private:
  const std::string& table(const char* sql);

  std::unordered_map<const char*, std::string> tables_;  // of statements
  std::unordered_map<const char*, std::string> many_;    // what does for many rows what they do
  std::vector<Batch> batches_;
  std::unordered_set<std::string> rows_;  // table and row
  std::size_t bytes_ = 0;                 // of all parameters
};

}  // namespace sideband
