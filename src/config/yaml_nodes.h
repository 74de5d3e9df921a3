// YAML as data with places: everything of YAML 1.2 that says data, anchors, aliases, tags and
// directives included. The configuration of the product is read by yaml.h, which refuses these.
#pragma once

#include <vector>

#include "config/data_node.h"
#include "config/messages.h"

namespace sideband::config {

// The documents of source `file`, empty ones left out. What is wrong goes to `messages`, and the
// answer is empty then. Aliases are not followed. A text of more than kMaxFileBytes, deeper than
// kMaxDepth or of more than kMaxNodes values is refused, and so are UTF-16, and a byte order mark
// that the caller has not taken off. Offsets are bytes of the source's text.
std::vector<DataNode> read_yaml_nodes(std::uint32_t file, Messages& messages);

}  // namespace sideband::config
