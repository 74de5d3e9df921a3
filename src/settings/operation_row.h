// The row of an operation that a document has run: its keys are those of the target's driver.
#pragma once

#include <string>

#include "settings/envelope.h"

namespace sideband::policy {

// Rows of the driver's operations; without a driver whatever stands there. Nothing is put where
// the row is not written.
template <class T>
config::Field operation_row(const std::string& key, const config::DriverFields* driver,
                            DriverOptions T::*member, const std::string& doc) {
  if (driver == nullptr || driver->operation.empty()) return unread_row(key, doc);
  config::Field row =
      config::TableOf<T>().options_table(key, driver->operation, member, doc).fields().front();
  // Options of what is not written would say that it is there.
  row.absent = nullptr;
  return row;
}

}  // namespace sideband::policy
