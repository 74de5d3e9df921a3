// JSON as data with places.
#pragma once

#include <string_view>

#include "config/data_node.h"

namespace sideband::config {

// `text` is one that parse_json (model/document.h) has read: it decides what is JSON, and this only
// finds out where its values are. Scalars have no text here; keys do.
DataNode json_nodes(std::string_view text);

}  // namespace sideband::config
