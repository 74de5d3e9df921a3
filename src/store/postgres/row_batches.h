// Rows that wait to be written, gathered by statement: one statement then writes all rows of it.
// What a statement costs beside its row (a message, a bind, an executor) is paid once for many.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/connection.h"

namespace sideband {

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

// Used by one thread. Statements must outlive it. Rows of a table are kept in the order of their
// statements' first row; two writes of one row never wait together, so that the order between them
// cannot be lost.
class RowBatches {
 public:
  struct Batch {
    const RowStatement* statement;
    ParamLists lists;
    std::function<Error()> missed;  // of the first row; set where each must change one row
  };

  // Whether this row waits: then what waits must be sent before anything else is done to it.
  [[nodiscard]] bool waits(StoreTable table, std::string_view row) const;
  // Whether any row of these tables waits.
  [[nodiscard]] bool waits_for(TableSet tables) const;
  // False when so much waits that it must be sent first.
  bool add(const RowStatement& statement, std::string_view row, Params params,
           std::function<Error()> missed);
  // All that waits, in order.
  std::vector<Batch> take();
  void clear();

 private:
  std::vector<Batch> batches_;
  std::unordered_set<std::string> rows_;  // table and row
  std::size_t bytes_ = 0;                 // of all parameters
};

}  // namespace sideband
