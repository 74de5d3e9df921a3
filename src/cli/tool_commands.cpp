#include "cli/tool_commands.h"

#include <istream>
#include <ostream>

#include "cli/exit_codes.h"
#include "cli/read_input.h"
#include "config/node_values.h"
#include "config/yaml.h"
#include "model/canonical_json.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMostJson = 64UL << 20U;

int tool_fail(const std::string& verb, const Error& error, std::ostream& err) {
  err << "sideband tool " << verb << ": " << error.message << "\n";
  return kUsage;
}

Document document_of(const config::Node& node) {
  if (node.kind == config::NodeKind::kScalar) {
    const Document typed =
        node.plain ? config::typed_scalar(node.text) : Document::string(node.text);
    // JSON has no infinity, and no "not a number".
    return parse_json(to_json(typed)).ok() ? typed : Document::string(node.text);
  }
  Document out = Document::of(node.kind == config::NodeKind::kList ? Document::Kind::kList
                                                                   : Document::Kind::kMap);
  for (const config::Node& item : node.items) out.items.push_back(document_of(item));
  for (const config::Entry& entry : node.entries) {
    out.members.emplace(entry.key, document_of(entry.value));
  }
  return out;
}

}  // namespace

int tool_canon_command(std::istream& in, std::ostream& out, std::ostream& err) {
  const auto text = read_input(in, kMostJson);
  if (!text.ok()) return tool_fail("canon", text.error(), err);
  const auto document = parse_json(*text);
  if (!document.ok()) return tool_fail("canon", document.error(), err);
  out << canonical_json(*document);
  return kOk;
}

int tool_yaml_command(std::istream& in, std::ostream& out, std::ostream& err) {
  auto text = read_input(in, config::kMaxFileBytes);
  if (!text.ok()) return tool_fail("yaml", text.error(), err);
  config::Messages messages;
  const auto nodes = parse_yaml(messages.add_source("standard input", std::move(*text)), messages);
  err << messages.render();
  if (messages.errors() > 0) return kUsage;
  for (const config::Node& node : nodes) out << to_json(document_of(node)) << "\n";
  return kOk;
}

}  // namespace sideband::cli
