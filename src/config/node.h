// The tree that a configuration text becomes: maps, lists and scalars, each with its place.
//
// Plain values without ownership of anything else. Scalars are text; nothing is typed here, so
// that `no`, `1e3`, `012` and `1:30` mean what they say until a field's type reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sideband::config {

// A place in a source known to Messages. Lines and columns count from 1, columns in characters.
struct Span {
  std::uint32_t file = 0;
  std::uint32_t line = 0;  // 0 = the file as a whole
  std::uint32_t column = 0;
  std::uint32_t length = 1;  // characters to underline, on one line
};

enum class NodeKind : std::uint8_t {
  kScalar,
  kList,
  kMap,
  kBroken,  // already reported; readers pass it over in silence
};

struct Entry;

struct Node {
  NodeKind kind = NodeKind::kScalar;
  Span span;
  std::string text;            // of a scalar
  bool plain = false;          // a scalar without quotes
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a map, in the order written, keys unique

  // An empty node of that kind.
  static Node of(NodeKind kind, const Span& span);
  // The value under `key` of a map; null when this is no map or has no such key.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Entry {
  std::string key = {};
  Span key_span = {};
  Node value = {};
};

// The place of the node at `dotted_path` ("spec.gates.canary.cohorts[1]"), or of its nearest
// ancestor that exists.
Span span_at(const Node& root, std::string_view dotted_path);

// "a map", "a list", "text": for messages.
std::string_view kind_name(const Node& node);

// JSON text with sorted keys and every scalar as a string: equal for documents that differ only in
// key order, comments, quoting and layout.
std::string canonical_text(const Node& node);

}  // namespace sideband::config
