// YAML as data: trees typed by the core schema of YAML 1.2.2 (section 10.3), so that a YAML text
// and a JSON text of the same data become equal Documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "model/document.h"

namespace sideband::config {

// Plain null, ~ and nothing are null; true and false booleans; whole and floating numbers numbers;
// everything else and all that is quoted is text. `node` must have no broken parts.
Document to_document(const Node& node);

// The documents of a YAML text, or the rendered messages as one error.
Result<std::vector<Document>> parse_yaml_documents(const std::string& name, std::string_view text);

}  // namespace sideband::config
