#include "config/typed_document.h"

#include "config/node_values.h"
#include "config/yaml_nodes.h"

namespace sideband::config {

Result<YamlText> parse_yaml_text(const std::string& name, std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Messages messages;
  YamlText out;
  out.nodes = read_yaml_nodes(messages.add_source(name, std::string(text)), messages);
  NodeValues values(messages);
  for (const DataNode& node : out.nodes) {
    if (messages.errors() == 0) out.documents.push_back(values.of_document(node));
  }
  if (messages.errors() > 0) return Error::invalid(messages.render());
  return out;
}

Result<std::vector<Document>> parse_yaml_documents(const std::string& name, std::string_view text) {
  SB_ASSIGN(YamlText parsed, parse_yaml_text(name, text));
  return std::move(parsed.documents);
}

}  // namespace sideband::config
