// The forms in which a machine may want an answer. Every verb that reads writes a table or JSON;
// the others are made from that JSON in one place.
#pragma once

#include <string>

#include "model/document.h"

namespace sideband::cli {

// Block style with sorted keys. Texts that YAML would read as something else are quoted.
std::string to_yaml(const Document& document);

// One item of the list a line; a single object is one line.
std::string to_json_lines(const Document& document);

// `json` as "yaml" or "jsonl"; what is no JSON stays as it is.
std::string reformatted(const std::string& json, const std::string& format);

}  // namespace sideband::cli
