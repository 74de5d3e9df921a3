#include "detectors/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/near_word.h"
#include "base/units.h"
#include "detectors/decimal.h"

namespace sideband::detectors {
namespace {

std::optional<double> finite_number(std::string_view text) {
  const auto number = parse_decimal(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

Result<void> check_form(const SettingRow& row, const std::string& text) {
  const auto wrong = [&](const std::string& more = "") -> Result<void> {
    return Error::invalid(
        fmt::format("{}={} is no {}{}", row.name, text, form_text(row.form), more));
  };
  switch (row.form) {
    case Form::kNumber:
      return finite_number(text) ? Result<void>() : wrong();
    case Form::kDuration: {
      const auto duration = parse_duration(text);
      return duration.ok() ? Result<void>() : wrong(": " + duration.error().message);
    }
    case Form::kCount: {
      const auto count = parse_count(text);
      return count.ok() ? Result<void>() : wrong(": " + count.error().message);
    }
    case Form::kFlag:
      return text == "true" || text == "false" ? Result<void>() : wrong();
  }
  return wrong();
}

}  // namespace

std::string form_text(Form form) {
  switch (form) {
    case Form::kNumber:
      return "number";
    case Form::kDuration:
      return "duration, such as 5m";
    case Form::kCount:
      return "count, such as 500";
    case Form::kFlag:
      return "true or false";
  }
  return "";
}

Result<Settings> Settings::read(const SettingTable& table,
                                const std::map<std::string, std::string>& given) {
  Settings settings;
  settings.table_ = &table;
  for (const auto& one : given) {
    const auto& [name, text] = one;
    const auto is_named = [&one](const SettingRow& each) { return each.name == one.first; };
    const auto row = std::find_if(table.begin(), table.end(), is_named);
    if (row == table.end()) {
      std::vector<std::string> names;
      for (const SettingRow& each : table) names.emplace_back(each.name);
      return Error::invalid(fmt::format("there is no setting \"{}\"{}; it has {}", name,
                                        did_you_mean(name, names), fmt::join(names, ", ")));
    }
    SB_TRY(check_form(*row, text));
    settings.given_[name] = text;
  }
  return settings;
}

std::string Settings::text(const std::string& name) const {
  const auto found = given_.find(name);
  if (found != given_.end()) return found->second;
  for (const SettingRow& row : *table_) {
    if (row.name == name) return row.fallback;
  }
  return "";
}

Result<std::optional<double>> Settings::number(const std::string& name) const {
  return finite_number(text(name));
}

Result<Duration> Settings::duration(const std::string& name) const {
  return parse_duration(text(name));
}

Result<std::int64_t> Settings::count(const std::string& name) const {
  return parse_count(text(name));
}

std::string Settings::text() const {
  std::string all;
  for (const SettingRow& row : *table_) {
    all += fmt::format("{}{}={}", all.empty() ? "" : ",", row.name, text(row.name));
  }
  return all;
}

}  // namespace sideband::detectors
