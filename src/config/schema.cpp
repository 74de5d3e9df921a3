#include "config/schema.h"

#include "base/jcs.h"

namespace sideband::config {
namespace {

std::string pattern(std::string_view expression) {
  return JsonObject().add("type", "string").add("pattern", expression).text();
}

// A number may stand without quotes; YAML then reads it as a number.
std::string pattern_or_number(std::string_view expression, const char* number_type) {
  return JsonObject()
      .add_json("type", json_strings({"string", number_type}))
      .add("pattern", expression)
      .add("minimum", 0)
      .text();
}

// Any scalar: text fields keep the text of what YAML would read as a number or truth.
std::string any_text() {
  return JsonObject()
      .add_json("type", json_strings({"string", "number", "boolean"}))
      .add("minLength", 1)
      .text();
}

std::string secret() {
  const auto one = [](const char* key) {
    return JsonObject()
        .add("type", "object")
        .add("additionalProperties", false)
        .add_json("required", json_strings({key}))
        .add_json("properties", JsonObject().add_json(key, any_text()).text())
        .text();
  };
  const std::string from =
      JsonObject().add_json("oneOf", json_array({one("env"), one("file")})).text();
  return JsonObject()
      .add("type", "object")
      .add("additionalProperties", false)
      .add_json("required", json_strings({"valueFrom"}))
      .add_json("properties", JsonObject().add_json("valueFrom", from).text())
      .text();
}

std::string scalar_schema(FieldType type, const Field& field) {
  switch (type) {
    case FieldType::kName:
      return pattern("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$");
    case FieldType::kTemplate:
      return pattern("^([^{}]|\\{\\{|\\}\\}|\\{[A-Za-z0-9_]+\\})+$");
    case FieldType::kPointer:
      return pattern("^/([^~]|~[01])*$");
    case FieldType::kDuration:
      return pattern("^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?([0-9]+us)?$");
    case FieldType::kCount:
      return pattern_or_number("^[0-9]+[kM]?$", "integer");
    case FieldType::kPercent:
      return pattern("^(100(\\.0*)?|[0-9]{1,2}(\\.[0-9]*)?|\\.[0-9]+)%$");
    case FieldType::kAmount:
      return pattern_or_number("^[0-9.]+[kM%]?$", "integer");
    case FieldType::kSize:
      return pattern("^[0-9]+(B|KiB|MiB|GiB|kB|MB|GB)$");
    case FieldType::kNumber:
      return pattern_or_number("^[0-9.]+$", "number");
    case FieldType::kQuantity:
      return pattern_or_number("^[-+0-9.eE]+([A-Za-z0-9]*|%)$", "number");
    case FieldType::kBool:
      return JsonObject().add("type", "boolean").text();
    case FieldType::kDate:
      return pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
    case FieldType::kEnum:
      return JsonObject().add_json("enum", json_strings(field.values)).text();
    case FieldType::kSecret:
      return secret();
    default:
      return any_text();
  }
}

std::string list_schema(const Field& field) {
  const std::string item =
      field.item == FieldType::kTable ? schema_of(*field.fields) : scalar_schema(field.item, field);
  const std::string list = JsonObject().add("type", "array").add_json("items", item).text();
  if (!field.single) return list;
  return JsonObject().add_json("anyOf", json_array({list, item})).text();
}

std::string value_schema(const Field& field) {
  switch (field.type) {
    case FieldType::kTable:
      return schema_of(*field.fields);
    case FieldType::kAny:
      return "{}";
    case FieldType::kList:
      return list_schema(field);
    case FieldType::kMap:
      return JsonObject()
          .add("type", "object")
          .add_json("additionalProperties", scalar_schema(field.item, field))
          .text();
    default:
      return scalar_schema(field.type, field);
  }
}

// The value's schema with its documentation beside it.
std::string described(const Field& field) {
  const std::string schema = value_schema(field);
  std::string notes = "\"description\":" + json_string(field.doc);
  if (!field.fallback.empty()) notes += ",\"default\":" + json_string(field.fallback);
  return "{" + notes + (schema == "{}" ? "" : ",") + schema.substr(1);
}

}  // namespace

std::string schema_of(const Fields& fields) {
  JsonObject properties;
  JsonObject schema;
  std::vector<std::string> required;
  schema.add("type", "object").add("additionalProperties", false);
  for (const Field& field : fields) {
    if (field.key == "*") {
      schema.add_json("additionalProperties", value_schema(field));
      continue;
    }
    properties.add_json(field.key, described(field));
    if (field.required) required.push_back(field.key);
  }
  schema.add_json("properties", properties.text());
  if (!required.empty()) schema.add_json("required", json_strings(required));
  return schema.text();
}

}  // namespace sideband::config
