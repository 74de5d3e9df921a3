// The field table of each driver; each is in the fields.cpp of its folder.
#pragma once

#include "config/field_table.h"
#include "ports/driver.h"

namespace sideband {

constexpr Role role_of(config::Side side) {
  return side == config::Side::kActual ? Role::kActual : Role::kDesired;
}

config::DriverFields exec_fields();
config::DriverFields files_fields();
config::DriverFields http_fields();
config::DriverFields noop_fields();
config::DriverFields postgres_fields();
config::DriverFields redis_fields();
config::DriverFields sqlite_fields();

}  // namespace sideband
