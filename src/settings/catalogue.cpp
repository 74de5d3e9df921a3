#include "settings/catalogue.h"

#include <algorithm>
#include <cctype>

#include "base/jcs.h"
#include "config/decode.h"
#include "config/schema.h"
#include "settings/calendar_fields.h"
#include "settings/channel.h"
#include "settings/kinds.h"
#include "settings/playbook_fields.h"
#include "settings/reconciler_fields.h"

namespace sideband::policy {
namespace {

using config::DriverFields;
using config::Field;
using config::Fields;
using config::FieldType;

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

void put_table(Fields& out, const std::string& key, const std::string& doc, const Fields& rows) {
  if (rows.empty()) return;
  out.push_back({.key = key, .type = FieldType::kTable, .doc = doc, .fields = config::share(rows)});
}

config::NamedTable driver_table(const DriverFields& driver) {
  Fields fields;
  put_table(fields, "connect", "Keys of spec.connect of a Target.", driver.connect);
  for (const Field& field : driver.credentials) fields.push_back(field);
  put_table(fields, "desired", "Its keys of spec.desired of a Reconciler.", driver.desired);
  put_table(fields, "actual", "Its keys of spec.actual of a Reconciler.", driver.actual);
  put_table(fields, "operation", "Its keys of run, look and undo of a Playbook's step.",
            driver.operation);
  return {driver.name, driver.doc, std::move(fields)};
}

// Rows of all drivers as optional ones; a key that drivers use for different types takes anything.
void merge_rows(Fields& all, const Fields& rows) {
  for (Field row : rows) {
    row.required = false;
    const auto same = std::find_if(all.begin(), all.end(),
                                   [&](const Field& field) { return field.key == row.key; });
    if (same == all.end()) {
      all.push_back(std::move(row));
    } else if (same->type != row.type || same->item != row.item || same->values != row.values) {
      same->type = FieldType::kAny;
    }
  }
}

DriverFields any_driver(const std::vector<DriverFields>& drivers) {
  DriverFields any;
  for (const DriverFields& driver : drivers) {
    merge_rows(any.desired, driver.desired);
    merge_rows(any.actual, driver.actual);
  }
  return any;
}

// {"properties": {"kind": {"const": "Target"}}, "required": ["kind"]}
std::string has_const(const std::string& key, const std::string& value) {
  const std::string constant = JsonObject().add("const", value).text();
  return JsonObject()
      .add_json("properties", JsonObject().add_json(key, constant).text())
      .add_json("required", json_strings({key}))
      .text();
}

std::string has_driver(const std::string& driver) {
  return JsonObject()
      .add_json("properties", JsonObject().add_json("spec", has_const("driver", driver)).text())
      .add_json("required", json_strings({"spec"}))
      .text();
}

std::string rule(const std::vector<std::string>& conditions, const std::string& schema) {
  const std::string all = JsonObject().add_json("allOf", json_array(conditions)).text();
  return JsonObject().add_json("if", all).add_json("then", schema).text();
}

}  // namespace

std::vector<config::NamedTable> reference_tables(const std::vector<DriverFields>& drivers) {
  std::vector<config::NamedTable> tables;
  for (Kind& kind : all_kinds(drivers)) {
    tables.push_back({lower_case(kind.name), std::move(kind.doc), std::move(kind.fields)});
  }
  for (const DriverFields& driver : drivers) tables.push_back(driver_table(driver));
  return tables;
}

std::string configuration_schema(const std::vector<DriverFields>& drivers) {
  const DriverFields any = any_driver(drivers);
  std::vector<std::string> rules = {
      rule({has_const("kind", "Reconciler")}, config::schema_of(reconciler_fields({&any, &any}))),
      rule({has_const("kind", "Playbook")},
           config::schema_of(playbook_fields([](const std::string&) { return nullptr; }))),
      rule({has_const("kind", "Guardrails")}, config::schema_of(guardrails_fields())),
      rule({has_const("kind", "Group")}, config::schema_of(group_fields())),
      rule({has_const("kind", "Channel")}, config::schema_of(channel_fields(nullptr))),
      rule({has_const("kind", "Calendar")}, config::schema_of(calendar_fields())),
      rule({has_const("kind", "Signal")}, config::schema_of(signal_fields(drivers))),
      rule({has_const("kind", "Target")}, config::schema_of(target_fields(nullptr, drivers)))};
  for (const DriverFields& driver : drivers) {
    rules.push_back(rule({has_const("kind", "Target"), has_driver(driver.name)},
                         config::schema_of(target_fields(&driver, drivers))));
  }
  std::vector<std::string> kinds;
  for (const Kind& kind : all_kinds(drivers)) kinds.push_back(kind.name);
  const std::string kind = JsonObject().add_json("enum", json_strings(kinds)).text();
  return JsonObject()
      .add("$schema", "https://json-schema.org/draft/2020-12/schema")
      .add("title", "Resolved Sideband configuration")
      .add("type", "object")
      .add_json("properties", JsonObject().add_json("kind", kind).text())
      .add_json("required", json_strings({"apiVersion", "kind", "metadata", "spec"}))
      .add_json("allOf", json_array(rules))
      .text();
}

}  // namespace sideband::policy
