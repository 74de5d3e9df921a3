#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <map>
#include <optional>
#include <utility>

#include "config/text_check.h"

namespace sideband::config {
namespace {

// Owns one libyaml parser over a text that outlives it.
class EventSource {
 public:
  explicit EventSource(const std::string& text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;
  ~EventSource() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }

  // The next event, valid until the next call; null after a syntax error.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    event_ = {};
    return yaml_parser_parse(&parser_, &event_) == 1 ? &event_ : nullptr;
  }
  [[nodiscard]] const yaml_parser_t& parser() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

// What the parser says, in words that do not need its specification.
std::string syntax_in_words(std::string_view problem, std::string_view context) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"did not find expected", "expected"},
      {"could not find expected", "expected"},
      {"expected '-' indicator", "expected a line that begins with -"},
      {"<document start>", "---"},
      {"mapping values are not allowed in this context",
       "a \":\" cannot stand here; quote the text that it is part of"},
      {"found character that cannot start any token",
       "no value begins with this character; quote the text that it is part of"},
      {"found unexpected end of stream", "the file ends here"},
      {"while parsing a flow mapping", "in a map in braces; is a quote or a brace not closed?"},
      {"while parsing a flow sequence",
       "in a list in brackets; is a quote or a bracket not closed?"},
      {"while parsing a block mapping", "in a map; are its keys one below the other?"},
      {"while parsing a block collection", "in a list; are its items one below the other?"},
      {"while scanning a quoted scalar", "in a text in quotes, which is not closed"},
      {"while scanning a simple key", "after a key"},
      {"while scanning for the next token", ""},
      {"while scanning a plain scalar", "in a text without quotes"}};
  std::string text(problem.empty() ? "cannot be read" : problem);
  if (!context.empty()) text += fmt::format(" {}", context);
  for (const auto& [theirs, ours] : kWords) {
    if (const std::size_t at = text.find(theirs); at != std::string::npos) {
      text.replace(at, theirs.size(), ours);
    }
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// Builds the trees from the events, with a stack of its own: depth costs no recursion.
class TreeBuilder {
 public:
  TreeBuilder(std::uint32_t file, Messages& messages)
      : file_(file), messages_(messages), source_(messages.source_text(file)) {}

  std::vector<Node> run() {
    while (const yaml_event_t* event = source_.next()) {
      if (event->type == YAML_STREAM_END_EVENT) return std::move(documents_);
      if (!take(*event)) return {};
    }
    report_syntax();
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
      messages_.error(span_of(event), "",
                      "YAML directives (%YAML, %TAG) are not supported; remove "
                      "the line");
    }
    return true;
  }

  void check_plain_data(const yaml_event_t& event, const yaml_char_t* anchor,
                        const yaml_char_t* tag) {
    if (anchor != nullptr) {
      messages_.error(span_of(event), path(),
                      fmt::format("anchors are not supported; remove &{} and write the value at "
                                  "each place",
                                  text_of(anchor)));
    }
    if (tag != nullptr) {
      messages_.error(span_of(event), path(),
                      fmt::format("tags are not supported; remove {}", text_of(tag)));
    }
  }

  bool take_alias(const yaml_event_t& event) {
    messages_.error(span_of(event), path(),
                    fmt::format("aliases are not supported; write the value instead of *{}",
                                text_of(event.data.alias.anchor)));
    return place(Node::of(NodeKind::kBroken, span_of(event)));
  }

  bool take_scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    check_plain_data(event, scalar.anchor, scalar.tag);
    Node node = Node::of(NodeKind::kScalar, span_of(event));
    node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    node.plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return place(std::move(node));
  }

  bool open(const yaml_event_t& event, NodeKind kind) {
    if (open_.size() >= kMaxDepth) {
      messages_.error(span_of(event), "", fmt::format("nested deeper than {} levels", kMaxDepth));
      return false;
    }
    Span span = span_of(event);
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

  [[nodiscard]] Span span_of(const yaml_event_t& event) const {
    Span span = span_of(event.start_mark);
    if (event.end_mark.line == event.start_mark.line &&
        event.end_mark.column > event.start_mark.column) {
      span.length = static_cast<std::uint32_t>(event.end_mark.column - event.start_mark.column);
    }
    return span;
  }

  [[nodiscard]] Span span_of(const yaml_mark_t& mark) const {
    return {.file = file_,
            .line = static_cast<std::uint32_t>(mark.line + 1),
            .column = static_cast<std::uint32_t>(mark.column + 1),
            .length = 1};
  }

  void report_syntax() {
    const yaml_parser_t& parser = source_.parser();
    const Span span = span_of(parser.problem_mark);
    if (tab_indents(parser.problem_mark)) {
      messages_.error(span, "", "a tab in the indentation; YAML indents with spaces only");
      return;
    }
    const std::string_view problem = parser.problem == nullptr ? "" : parser.problem;
    const std::string_view context = parser.context == nullptr ? "" : parser.context;
    messages_.error(span, "", "not valid YAML: " + syntax_in_words(problem, context));
  }

  [[nodiscard]] bool tab_indents(const yaml_mark_t& mark) const {
    const std::string_view text = messages_.source_text(file_);
    if (mark.index > text.size()) return false;
    std::size_t start = 0;
    for (std::size_t line = 0; line < mark.line; ++line) start = text.find('\n', start) + 1;
    const std::size_t content = text.find_first_not_of(" \t", start);
    return text.substr(start, content - start).find('\t') != std::string_view::npos;
  }

  std::uint32_t file_;
  Messages& messages_;
  EventSource source_;
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
