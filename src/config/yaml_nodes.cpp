#include "config/yaml_nodes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "config/text_check.h"
#include "config/yaml.h"
#include "config/yaml_events.h"

namespace sideband::config {
namespace {

// libyaml counts characters.
class ByteOffsets {
 public:
  explicit ByteOffsets(std::string_view text) : text_(text) {
    const bool ascii = std::all_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    for (std::size_t at = 0; !ascii && at < text.size();) {
      offsets_.push_back(static_cast<std::uint32_t>(at));
      at += utf8_length(text.substr(at));
    }
  }
  [[nodiscard]] std::size_t of(std::size_t character) const {
    if (offsets_.empty()) return std::min(character, text_.size());
    return character < offsets_.size() ? offsets_[character] : text_.size();
  }
  // `end` without the blanks and line breaks before it.
  [[nodiscard]] std::size_t without_blanks(std::size_t start, std::size_t end) const {
    while (end > start &&
           std::string_view(" \t\r\n").find(text_[end - 1]) != std::string_view::npos)
      --end;
    return end;
  }

 private:
  std::string_view text_;
  std::vector<std::uint32_t> offsets_;
};

DataStyle style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return DataStyle::kSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return DataStyle::kDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:
      return DataStyle::kBlockText;
    default:
      return DataStyle::kPlain;
  }
}

// Builds the trees with a stack of its own: depth costs no recursion.
class DataBuilder {
 public:
  DataBuilder(std::uint32_t file, Messages& messages)
      : messages_(messages), events_(file, messages), offsets_(messages.source_text(file)) {}

  std::vector<DataNode> run() {
    while (const yaml_event_t* event = events_.next()) {
      if (event->type == YAML_STREAM_END_EVENT) return std::move(documents_);
      if (!take(*event)) return {};
    }
    return {};
  }

 private:
  // False to stop reading this text.
  bool take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_ALIAS_EVENT: {
        DataNode node = begin(event, DataKind::kAlias, event.data.alias.anchor, nullptr);
        return place(std::move(node));
      }
      case YAML_SCALAR_EVENT:
        return place(scalar(event));
      case YAML_SEQUENCE_START_EVENT: {
        const auto& list = event.data.sequence_start;
        return open(begin(event, DataKind::kList, list.anchor, list.tag),
                    list.style == YAML_FLOW_SEQUENCE_STYLE);
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& map = event.data.mapping_start;
        return open(begin(event, DataKind::kMap, map.anchor, map.tag),
                    map.style == YAML_FLOW_MAPPING_STYLE);
      }
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return close(event);
      default:
        return true;
    }
  }

  DataNode begin(const yaml_event_t& event, DataKind kind, const yaml_char_t* anchor,
                 const yaml_char_t* tag) const {
    DataNode node;
    node.kind = kind;
    node.span = events_.span_of(event);
    node.start = offsets_.of(event.start_mark.index);
    node.end = offsets_.of(event.end_mark.index);
    node.column = event.start_mark.column;
    node.anchor = text_of(anchor);
    node.tag = text_of(tag);
    return node;
  }

  DataNode scalar(const yaml_event_t& event) const {
    const auto& scalar = event.data.scalar;
    DataNode node = begin(event, DataKind::kScalar, scalar.anchor, scalar.tag);
    node.style = style_of(scalar.style);
    node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (node.style == DataStyle::kBlockText) {
      node.end = offsets_.without_blanks(node.start, node.end);
    }
    return node;
  }

  bool open(DataNode node, bool flow) {
    if (open_.size() >= kMaxDepth) {
      messages_.error(node.span, "", fmt::format("nested deeper than {} levels", kMaxDepth));
      return false;
    }
    node.style = flow ? DataStyle::kFlow : DataStyle::kBlock;
    node.span.length = 1;
    open_.push_back(std::move(node));
    return true;
  }

  bool close(const yaml_event_t& event) {
    DataNode node = std::move(open_.back());
    open_.pop_back();
    if (node.style == DataStyle::kFlow) {
      node.end = offsets_.of(event.end_mark.index);
    } else if (!node.parts.empty()) {
      node.end = std::max(node.start, node.parts.back().end);
    }
    return place(std::move(node));
  }

  bool place(DataNode node) {
    if (++nodes_ > kMaxNodes) {
      messages_.error(node.span, "", fmt::format("more than {} values in one text", kMaxNodes));
      return false;
    }
    if (!open_.empty()) {
      open_.back().parts.push_back(std::move(node));
    } else if (!node.is_plain("") || !node.anchor.empty()) {
      documents_.push_back(std::move(node));
    }
    return true;
  }

  Messages& messages_;
  YamlEvents events_;
  ByteOffsets offsets_;
  std::vector<DataNode> open_;
  std::vector<DataNode> documents_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::vector<DataNode> read_yaml_nodes(std::uint32_t file, Messages& messages) {
  if (!check_text(file, messages)) return {};
  return DataBuilder(file, messages).run();
}

}  // namespace sideband::config
