#include "config/yaml.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "config/text_check.h"
#include "config/yaml_events.h"

namespace sideband::config {
namespace {

// Builds the trees from the events, with a stack of its own: depth costs no recursion.
class TreeBuilder {
 public:
  TreeBuilder(std::uint32_t file, Messages& messages)
      : messages_(messages), events_(file, messages) {}

  std::vector<Node> run() {
    while (const yaml_event_t* event = events_.next()) {
      if (event->type == YAML_STREAM_END_EVENT) return std::move(documents_);
      if (!take(*event)) return {};
    }
    return {};
  }

 private:
  struct Open {
    Node node;
    std::optional<Entry> entry;        // the key that waits for its value
    std::map<std::string, Span> keys;  // where each key was first written
    bool key_is_bad = false;
  };

  // False to stop reading this file.
  bool take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        return check_directives(event);
      case YAML_ALIAS_EVENT:
        return take_alias(event);
      case YAML_SCALAR_EVENT:
        return take_scalar(event);
      case YAML_SEQUENCE_START_EVENT:
        check_plain_data(event, event.data.sequence_start.anchor, event.data.sequence_start.tag);
        return open(event, NodeKind::kList);
      case YAML_MAPPING_START_EVENT:
        check_plain_data(event, event.data.mapping_start.anchor, event.data.mapping_start.tag);
        return open(event, NodeKind::kMap);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return close();
      default:
        return true;
    }
  }

  bool check_directives(const yaml_event_t& event) {
    const auto& start = event.data.document_start;
    if (start.version_directive != nullptr ||
        start.tag_directives.start != start.tag_directives.end) {
      messages_.error(events_.span_of(event), "",
                      "YAML directives (%YAML, %TAG) are not supported; remove "
                      "the line");
    }
    return true;
  }

  void check_plain_data(const yaml_event_t& event, const yaml_char_t* anchor,
                        const yaml_char_t* tag) {
    if (anchor != nullptr) {
      messages_.error(events_.span_of(event), path(),
                      fmt::format("anchors are not supported; remove &{} and write the value at "
                                  "each place",
                                  text_of(anchor)));
    }
    if (tag != nullptr) {
      messages_.error(events_.span_of(event), path(),
                      fmt::format("tags are not supported; remove {}", text_of(tag)));
    }
  }

  bool take_alias(const yaml_event_t& event) {
    messages_.error(events_.span_of(event), path(),
                    fmt::format("aliases are not supported; write the value instead of *{}",
                                text_of(event.data.alias.anchor)));
    return place(Node::of(NodeKind::kBroken, events_.span_of(event)));
  }

  bool take_scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    check_plain_data(event, scalar.anchor, scalar.tag);
    Node node = Node::of(NodeKind::kScalar, events_.span_of(event));
    node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    node.plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return place(std::move(node));
  }

  bool open(const yaml_event_t& event, NodeKind kind) {
    if (open_.size() >= kMaxDepth) {
      messages_.error(events_.span_of(event), "",
                      fmt::format("nested deeper than {} levels", kMaxDepth));
      return false;
    }
    Span span = events_.span_of(event);
    span.length = 1;
    open_.push_back({.node = Node::of(kind, span), .entry = {}, .keys = {}});
    return true;
  }

  bool close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    return place(std::move(node));
  }

  // Puts a finished node where it belongs: a document, an item, a key or a value.
  bool place(Node node) {
    if (++nodes_ > kMaxNodes) {
      messages_.error(node.span, "", fmt::format("more than {} values in one file", kMaxNodes));
      return false;
    }
    if (open_.empty()) {
      const bool empty = node.kind == NodeKind::kScalar && node.plain && node.text.empty();
      if (!empty) documents_.push_back(std::move(node));
      return true;
    }
    Open& parent = open_.back();
    if (parent.node.kind == NodeKind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.entry) {
      place_key(parent, std::move(node));
    } else {
      parent.entry->value = std::move(node);
      if (!parent.key_is_bad) parent.node.entries.push_back(std::move(*parent.entry));
      parent.entry.reset();
    }
    return true;
  }

  void place_key(Open& parent, Node node) {
    parent.key_is_bad = true;
    parent.entry = Entry{.key = node.text, .key_span = node.span, .value = {}};
    if (node.kind != NodeKind::kScalar) {
      if (node.kind != NodeKind::kBroken) messages_.error(node.span, path(), "a key must be text");
      return;
    }
    if (node.plain && node.text == "<<") {
      messages_.error(node.span, path(), "merge keys are not supported; write the keys out");
      return;
    }
    const auto [first, fresh] = parent.keys.emplace(node.text, node.span);
    if (!fresh) {
      messages_.error(
          node.span, path(),
          fmt::format("duplicate key; it is first set at {}", messages_.place(first->second)));
      return;
    }
    parent.key_is_bad = false;
  }

  // The dotted path of what is being read.
  [[nodiscard]] std::string path() const {
    std::string out;
    for (const Open& level : open_) {
      if (level.node.kind == NodeKind::kList) {
        out += fmt::format("[{}]", level.node.items.size());
      } else if (level.entry) {
        out += out.empty() ? level.entry->key : "." + level.entry->key;
      }
    }
    return out;
  }

  Messages& messages_;
  YamlEvents events_;
  std::vector<Open> open_;
  std::vector<Node> documents_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::vector<Node> parse_yaml(std::uint32_t file, Messages& messages) {
  if (!check_text(file, messages)) return {};
  return TreeBuilder(file, messages).run();
}

}  // namespace sideband::config
