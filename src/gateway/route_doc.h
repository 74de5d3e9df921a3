// What each route takes and answers: one table that bodies and queries are checked by, and that the
// OpenAPI document is made of.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sideband {

enum class ValueType : std::uint8_t { kText, kTexts, kFlag, kCount, kInputs };

// A parameter of the query, or a member of the body.
struct RouteValue {
  std::string_view name;
  ValueType type = ValueType::kText;
  std::string_view doc = {};
  bool required = false;
};

struct RouteDoc {
  std::string_view method;
  std::string_view path;       // as in the route table
  std::string_view operation;  // its name in clients that are made from the document
  std::string_view summary;
  std::string_view answer;         // name of a schema (answer_schema.h) of the 200; or "text"
  std::string_view accepted = {};  // of the 202, where there may be one
  bool starts = false;             // takes an Idempotency-Key
  std::vector<RouteValue> query = {};
  std::vector<RouteValue> body = {};
};

// One for each route, in the order of the route table.
const std::vector<RouteDoc>& route_docs();

// Of a route that there is.
const RouteDoc& route_doc(std::string_view method, std::string_view path);

}  // namespace sideband
