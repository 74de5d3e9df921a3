#include "settings/operation_checks.h"

#include <fmt/format.h>

namespace sideband::policy {

using config::DriverFields;
using config::Field;
using config::Fields;
using config::FieldType;

namespace {

bool is_filled_in(const Field& field) {
  const bool many = field.type == FieldType::kList || field.type == FieldType::kMap;
  return !field.literal && (many ? field.item : field.type) == FieldType::kText;
}

// The row of an option, whose key may be dotted.
const Field* row_of(const Fields& fields, std::string_view key) {
  for (const Field& field : fields) {
    if (field.key == key) return &field;
    if (!key.starts_with(field.key + ".")) continue;
    if (!field.fields) return &field;
    return row_of(*field.fields, key.substr(field.key.size() + 1));
  }
  return nullptr;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  return out;
}

}  // namespace

bool OperationChecks::target_exists(const std::string& path, const std::string& target) const {
  std::string missing = context_.missing_target(target);
  if (missing.empty()) return true;
  report_(path, std::move(missing));
  return false;
}

const DriverFields* OperationChecks::driver(const std::string& path,
                                            const std::string& target) const {
  if (!target_exists(path, target)) return nullptr;
  const DriverFields* driver = context_.driver_of(target);
  if (driver == nullptr || !driver->operation.empty()) return driver;
  report_(path, fmt::format("the driver \"{}\" of Target \"{}\" has no operations", driver->name,
                            target));
  return nullptr;
}

void OperationChecks::check(const std::string& path, const DriverFields& driver,
                            const std::string& target, const DriverOptions& options) const {
  if (!driver.check_operation || !sound_) return;
  config::OptionFaults faults;
  driver.check_operation(context_.settings.targets.at(target), options, faults);
  for (const auto& [name, text] : faults) report_(path + '.' + name, text);
}

void OperationChecks::keep_texts(const std::string& path, const DriverFields& driver,
                                 DriverOptions& options) const {
  for (auto& [name, text] : options) {
    const Field* row = row_of(driver.operation, name);
    if (row != nullptr && is_filled_in(*row)) continue;
    if (may_hold_(text)) {
      report_(path + "." + name, "nothing is filled in here; the driver has other keys for values");
    }
    text = escaped(text);
  }
}

}  // namespace sideband::policy
