// The OpenAPI 3.1 document of the API, made of the route table, route_doc.h and answer_schema.h.
#pragma once

#include <string>

namespace sideband {

// As JSON, ended by a line break.
std::string openapi_document(const std::string& version);

}  // namespace sideband
