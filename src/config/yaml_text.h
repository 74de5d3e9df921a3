// Data as YAML for people to read.
#pragma once

#include <string>

#include "model/document.h"

namespace sideband::config {

// A document in block style, ended by a line break. Read by YAML 1.1 and 1.2 alike: what one of
// them could take for something else than a text stands in quotes.
std::string to_yaml(const Document& document);

}  // namespace sideband::config
