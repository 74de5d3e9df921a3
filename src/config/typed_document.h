// YAML as data: documents typed by the core schema of YAML 1.2.2 (section 10.3), so that a YAML
// text and a JSON text of the same data become equal Documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/data_node.h"
#include "model/document.h"

namespace sideband::config {

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The documents of a text, empty ones left out, and where each stands. Offsets count from behind a
// byte order mark.
struct YamlText {
  std::vector<DataNode> nodes;
  std::vector<Document> documents;  // as many
};

// The rendered messages are one error; see yaml_nodes.h and node_values.h for what is refused.
Result<YamlText> parse_yaml_text(const std::string& name, std::string_view text);

// Its documents alone.
Result<std::vector<Document>> parse_yaml_documents(const std::string& name, std::string_view text);

}  // namespace sideband::config
