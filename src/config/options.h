// Field tables whose values stay text: the options of drivers.
#pragma once

#include <functional>
#include <string>

#include "config/field_table.h"

namespace sideband::config {

// Rows for driver options whose values go into the DriverOptions that `options` finds in the
// struct of the table.
Fields option_rows(const Fields& fields, const std::function<DriverOptions&(void*)>& options);

// Reads driver options on their own.
DriverOptions decode_options(const Fields& fields, const Node& node, const std::string& path,
                             Messages& messages);

}  // namespace sideband::config
