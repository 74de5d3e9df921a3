#include "config/node.h"

#include <charconv>

#include "base/jcs.h"

namespace sideband::config {
namespace {

// Takes the next step off a dotted path: "a.b" gives "a", "[2].b" gives "[2]".
std::string_view take_step(std::string_view& path) {
  if (path.starts_with('.')) path.remove_prefix(1);
  const std::size_t end = path.find_first_of(".[", path.starts_with('[') ? 1 : 0);
  const std::string_view step = path.substr(0, end);
  path.remove_prefix(step.size());
  return step;
}

const Node* item_at(const Node& node, std::string_view step) {
  std::size_t index = 0;
  std::from_chars(step.data() + 1, step.data() + step.size(), index);
  return index < node.items.size() ? &node.items[index] : nullptr;
}

}  // namespace

Node Node::of(NodeKind kind, const Span& span) {
  Node node;
  node.kind = kind;
  node.span = span;
  return node;
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Span span_at(const Node& root, std::string_view dotted_path) {
  const Node* node = &root;
  Span span = root.span;
  while (!dotted_path.empty()) {
    const std::string_view step = take_step(dotted_path);
    const Node* next = step.starts_with('[') ? item_at(*node, step) : node->find(step);
    if (next == nullptr) break;
    span = next->span;
    for (const Entry& entry : node->entries) {
      if (&entry.value == next && next->kind != NodeKind::kScalar) span = entry.key_span;
    }
    node = next;
  }
  return span;
}

std::string_view kind_name(const Node& node) {
  switch (node.kind) {
    case NodeKind::kMap:
      return "a map";
    case NodeKind::kList:
      return "a list";
    case NodeKind::kScalar:
      return node.plain && node.text.empty() ? "nothing" : "text";
    case NodeKind::kBroken:
      break;
  }
  return "something unreadable";
}

std::string canonical_text(const Node& node) {
  if (node.kind == NodeKind::kMap) {
    JsonObject object;
    for (const Entry& entry : node.entries) {
      object.add_json(entry.key, canonical_text(entry.value));
    }
    return object.text();
  }
  if (node.kind == NodeKind::kList) {
    std::vector<std::string> items;
    for (const Node& item : node.items) items.push_back(canonical_text(item));
    return json_array(items);
  }
  return json_string(node.text);
}

}  // namespace sideband::config
