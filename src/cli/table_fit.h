// Whether what one side has can be held by the columns of the other. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/settings.h"
#include "ports/table_report.h"

namespace sideband::cli {

// Where a value of `from` may not fit into `into`: why, as the end of a sentence; empty where it
// fits.
std::string misfit(const ColumnType& from, const ColumnType& into);

// What of the two sides does not fit each other, by their tables: key columns, placeholders of
// `actual` that are no column, columns that cannot hold what is wanted. Options are those of the
// actual side. A side whose columns are not known fits.
std::vector<TableFinding> misfits_of(const CollectionSettings& actual, const TableReport& desired,
                                     const TableReport& actual_report);

// Gives findings about a missing column of the actual side the statement that adds it, where the
// desired side, of the same kind, has a column of which it is a copy.
void add_columns_to_make(const CollectionSettings& actual, const TableReport& desired,
                         TableReport& actual_report);

}  // namespace sideband::cli
