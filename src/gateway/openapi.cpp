#include "gateway/openapi.h"

#include <map>

#include "base/jcs.h"
#include "gateway/answer_schema.h"
#include "gateway/gateway.h"
#include "gateway/permission.h"
#include "gateway/route_doc.h"

namespace sideband {
namespace {

std::string value_schema(const RouteValue& value) {
  JsonObject out;
  switch (value.type) {
    case ValueType::kText:
      out.add("type", "string");
      break;
    case ValueType::kTexts:
      out.add("type", "array").add_json("items", R"({"type":"string"})");
      break;
    case ValueType::kFlag:
      out.add("type", "boolean");
      break;
    case ValueType::kCount:
      out.add("type", "integer").add("minimum", 0);
      break;
    case ValueType::kInputs:
      out.add("type", "object")
          .add_json("additionalProperties", R"({"type":["string","number","boolean"]})");
      break;
  }
  return out.text();
}

std::string parameter(std::string_view name, std::string_view in, std::string_view doc,
                      const std::string& schema, bool required) {
  return JsonObject()
      .add("name", name)
      .add("in", in)
      .add("description", doc)
      .add("required", required)
      .add_json("schema", schema)
      .text();
}

// The {placeholders} of its path, its query, and its head.
std::string parameters_of(const RouteDoc& doc) {
  std::vector<std::string> out;
  const std::string_view path = doc.path;
  for (std::size_t at = path.find('{'); at != path.npos; at = path.find('{', at + 1)) {
    const std::string_view name = path.substr(at + 1, path.find('}', at) - at - 1);
    out.push_back(parameter(name, "path", "which one", R"({"type":"string"})", true));
  }
  for (const RouteValue& value : doc.query) {
    out.push_back(parameter(value.name, "query", value.doc, value_schema(value), value.required));
  }
  if (doc.starts) {
    out.push_back(parameter("Idempotency-Key", "header",
                            "the same key and body again is answered with what it began",
                            R"({"type":"string"})", false));
  }
  return json_array(out);
}

std::string body_of(const RouteDoc& doc) {
  JsonObject members;
  std::vector<std::string> required;
  for (const RouteValue& value : doc.body) {
    const std::string schema = value_schema(value);
    members.add_json(value.name,
                     "{\"description\":" + json_string(value.doc) + "," + schema.substr(1));
    if (value.required) required.emplace_back(value.name);
  }
  JsonObject schema;
  schema.add("type", "object").add("additionalProperties", false);
  schema.add_object("properties", members);
  if (!required.empty()) schema.add_json("required", json_strings(required));
  const std::string content =
      JsonObject()
          .add_json("application/json", JsonObject().add_object("schema", schema).text())
          .text();
  return JsonObject().add("required", !required.empty()).add_json("content", content).text();
}

std::string answer(std::string_view what, std::string_view type, const std::string& schema) {
  const std::string content =
      JsonObject().add_json(type, JsonObject().add_json("schema", schema).text()).text();
  return JsonObject().add("description", what).add_json("content", content).text();
}

std::string answers_of(const RouteDoc& doc) {
  const std::string problem =
      answer("What went wrong", "application/problem+json", schema_ref("Problem"));
  JsonObject out;
  out.add_json("200", doc.answer == "text"
                          ? answer("The answer", "text/plain", R"({"type":"string"})")
                          : answer("The answer", "application/json", schema_ref(doc.answer)));
  if (!doc.accepted.empty()) {
    out.add_json("202", answer("It goes on", "application/json", schema_ref(doc.accepted)));
  }
  return out.add_json("4XX", problem).add_json("5XX", problem).text();
}

std::string operation(const Gateway::RouteInfo& route, const RouteDoc& doc) {
  JsonObject out;
  out.add("operationId", doc.operation).add("summary", doc.summary);
  out.add_json("parameters", parameters_of(doc)).add_json("responses", answers_of(doc));
  if (!doc.body.empty()) out.add_json("requestBody", body_of(doc));
  if (!route.needs) return out.add_json("security", "[]").text();
  out.add("description",
          "Needs the permission \"" + std::string(permission_name(*route.needs)) + "\".");
  return out.add("x-permission", permission_name(*route.needs)).text();
}

std::string paths() {
  std::map<std::string, JsonObject> by_path;
  for (const Gateway::RouteInfo& route : Gateway::route_table()) {
    const std::string method = route.method == "GET" ? "get" : "post";
    by_path[route.path].add_json(method, operation(route, route_doc(route.method, route.path)));
  }
  JsonObject out;
  for (const auto& [path, item] : by_path) out.add_object(path, item);
  return out.text();
}

std::string info(const std::string& version) {
  const std::string licence =
      JsonObject().add("name", "Apache-2.0").add("identifier", "Apache-2.0").text();
  return JsonObject()
      .add("title", "Resolved Sideband")
      .add("version", version)
      .add("description",
           "The daemon's API on its unix socket. Unknown members of a body and unknown parameters "
           "of a query are refused.")
      .add_json("license", licence)
      .text();
}

std::string components() {
  const std::string bearer = JsonObject()
                                 .add("type", "http")
                                 .add("scheme", "bearer")
                                 .add("description", "A token that \"sideband token add\" made")
                                 .text();
  return JsonObject()
      .add_json("securitySchemes", JsonObject().add_json("token", bearer).text())
      .add_object("schemas", answer_schemas())
      .text();
}

}  // namespace

std::string openapi_document(const std::string& version) {
  return JsonObject()
             .add("openapi", "3.1.0")
             .add_json("info", info(version))
             .add_json("servers", R"([{"url":"/"}])")
             .add_json("security", R"([{"token":[]}])")
             .add_json("paths", paths())
             .add_json("components", components())
             .text() +
         "\n";
}

}  // namespace sideband
